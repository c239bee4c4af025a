//! `leitai letters show`: a letter's deliveries, and what was done with them.

use leitai_proto::notification::v1::{Attempt, Delivery, DeliveryEvent, GetLetterRequest, ListAttemptsRequest, ListDeliveryEventsRequest};
use serde_json::{Value, json};

use crate::{
    cli::Format,
    clients::{Clients, all_pages, answer},
    listing::Listing,
    say::say,
    words,
};

/// A table shows the letter's head and deliveries before its history; JSON and CSV hold the history alone.
pub async fn run(letter_id: String, mut clients: Clients, format: Format) -> anyhow::Result<()> {
    let shown = answer(clients.letters.get_letter(GetLetterRequest { letter_id: letter_id.clone() }).await)?;
    if let (Format::Table, Some(letter)) = (format, &shown.letter) {
        say!("{} {}（{}）", letter.number, letter.agency, letter.period);
        say!("{}\n{} {}", letter.subject, letter.message_id, letter.sha256);
        deliveries(&letter.deliveries).print(format)?;
    }
    let attempts = |page_token| ListAttemptsRequest { letter_id: letter_id.clone(), page_size: 1_000, page_token };
    let attempts = all_pages!(token => clients.letters.list_attempts(attempts(token)), attempts);
    let events = |page_token| ListDeliveryEventsRequest { letter_id: letter_id.clone(), page_size: 1_000, page_token };
    let events = all_pages!(token => clients.letters.list_delivery_events(events(token)), events);
    history(&attempts, &events).print(format)
}

/// A line for each delivery.
pub fn deliveries(deliveries: &[Delivery]) -> Listing {
    let mut listing = Listing::new(&[
        ("delivery_id", "投递标识"),
        ("recipient", "地址"),
        ("state", "投递"),
        ("attempts", "次数"),
        ("next_attempt_at", "下次投递"),
        ("last_answer", "最近答复"),
    ]);
    for delivery in deliveries {
        listing.push(vec![
            json!(delivery.delivery_id),
            json!(delivery.masked_recipient),
            json!(words::delivery_state(delivery.state())),
            json!(delivery.attempts),
            json!(delivery.next_attempt_at),
            json!(delivery.last_answer),
        ]);
    }
    listing
}

/// Attempts and events by time.
fn history(attempts: &[Attempt], events: &[DeliveryEvent]) -> Listing {
    let mut lines: Vec<(&str, Vec<Value>)> = attempts.iter().map(|one| (one.attempted_at.as_str(), attempt(one))).collect();
    lines.extend(events.iter().map(|one| (one.at.as_str(), event(one))));
    // RFC 3339 in UTC sorts as text once its Z, which comes after the point of a fraction, is off. At the same time attempts come first.
    lines.sort_by_key(|(at, _)| at.trim_end_matches('Z'));
    let mut listing = Listing::new(&[
        ("at", "时间"),
        ("recipient", "地址"),
        ("what", "结果"),
        ("who", "经手"),
        ("answer", "答复或原因"),
        ("delivery_id", "投递标识"),
    ]);
    for (_, line) in lines {
        listing.push(line);
    }
    listing
}

fn attempt(attempt: &Attempt) -> Vec<Value> {
    vec![
        json!(attempt.attempted_at),
        json!(attempt.masked_recipient),
        json!(words::attempt_outcome(attempt.outcome())),
        json!(attempt.worker_id),
        json!(attempt.answer),
        json!(attempt.delivery_id),
    ]
}

fn event(event: &DeliveryEvent) -> Vec<Value> {
    vec![
        json!(event.at),
        json!(event.masked_recipient),
        json!(words::delivery_event(event.kind())),
        json!(event.who),
        json!(event.reason),
        json!(event.delivery_id),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_in_order_of_time() {
        let attempt = |at: &str| Attempt { attempted_at: at.to_owned(), ..Attempt::default() };
        let event = |at: &str| DeliveryEvent { at: at.to_owned(), ..DeliveryEvent::default() };
        let (first, second, third) = ("2025-04-18T09:00:00Z", "2025-04-18T09:00:00.25Z", "2025-04-18T09:00:00.3Z");
        let rows = history(&[attempt(third), attempt(first)], &[event(second)]).json();
        let times: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["at"].as_str().unwrap()).collect();
        assert_eq!(times, [first, second, third]);
    }
}
