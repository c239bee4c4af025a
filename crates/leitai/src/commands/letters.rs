//! `leitai letters`: list them, show what was done with one, write it, send it again.

mod corrections;
mod history;
mod render;
mod templates;

use leitai_notification::NotificationConfig;
use leitai_proto::notification::v1::{Delivery, DeliveryState, Letter, ListLettersRequest, ResendLetterRequest};
use serde_json::json;

use crate::{
    cli::{DeliveryStateName, LettersCommand, ResendArgs},
    clients::{Clients, all_pages, answer},
    listing::Listing,
    words,
};

pub async fn run(command: LettersCommand, clients: Clients, notification: &NotificationConfig) -> anyhow::Result<()> {
    match command {
        LettersCommand::List { plan, period, state, format } => {
            let period = period.map(|period| period.to_string()).unwrap_or_default();
            let state = state.map_or(DeliveryState::Unspecified, wire_state);
            let letters = fetch_in(clients, &plan.plan, &period, state).await?;
            listing(&letters, state).print(format.format)
        }
        LettersCommand::Show { letter, format } => history::run(letter, clients, format.format).await,
        LettersCommand::Render { letter, output, part } => render::run(letter, output.as_deref(), part, clients).await,
        LettersCommand::Touched(args) => corrections::touched(args, clients).await,
        LettersCommand::Correct(args) => corrections::correct(args, clients).await,
        LettersCommand::Corrections { plan, period, format } => corrections::list(plan.plan, period, clients, format.format).await,
        LettersCommand::Resend(args) => resend(args, clients).await,
        LettersCommand::Samples { output } => templates::write_samples(&output, notification),
        LettersCommand::Templates { output } => templates::write(&output),
    }
}

async fn resend(args: ResendArgs, mut clients: Clients) -> anyhow::Result<()> {
    let ResendArgs { letter, recipient, who, reason, request_id, format } = args;
    let request_id = request_id.unwrap_or_else(super::new_request_id);
    let request = ResendLetterRequest { request_id, letter_id: letter, recipients: recipient, who, reason };
    let resent = answer(clients.letters.resend_letter(request).await)?;
    history::deliveries(&resent.deliveries).print(format.format)
}

fn wire_state(state: DeliveryStateName) -> DeliveryState {
    match state {
        DeliveryStateName::Pending => DeliveryState::Pending,
        DeliveryStateName::Leased => DeliveryState::Leased,
        DeliveryStateName::Sent => DeliveryState::Sent,
        DeliveryStateName::Failed => DeliveryState::Failed,
        DeliveryStateName::Bounced => DeliveryState::Bounced,
    }
}

/// Reads every page.
pub async fn fetch(clients: Clients, plan_id: &str, period: &str) -> anyhow::Result<Vec<Letter>> {
    fetch_in(clients, plan_id, period, DeliveryState::Unspecified).await
}

async fn fetch_in(mut clients: Clients, plan_id: &str, period: &str, state: DeliveryState) -> anyhow::Result<Vec<Letter>> {
    let page = |page_token| ListLettersRequest {
        plan_id: plan_id.to_owned(),
        period: period.to_owned(),
        agency: String::new(),
        page_size: 1_000,
        page_token,
        state: state.into(),
    };
    Ok(all_pages!(token => clients.letters.list_letters(page(token)), letters))
}

/// A line for each delivery in this state, unspecified for all; a letter without an address has one line that says so.
fn listing(letters: &[Letter], state: DeliveryState) -> Listing {
    let wanted = |delivery: &&Delivery| state == DeliveryState::Unspecified || delivery.state() == state;
    let mut listing = Listing::new(&[
        ("letter_id", "标识"),
        ("number", "文号"),
        ("period", "期别"),
        ("tier", "级别"),
        ("agency", "收文单位"),
        ("cases", "事项"),
        ("recipient", "地址"),
        ("state", "投递"),
        ("attempts", "次数"),
        ("last_answer", "最近答复"),
        ("sha256", "摘要"),
        ("simulated", "模拟"),
    ]);
    for letter in letters {
        let ends = |recipient: &str, state: String, attempts: i32, answer: &str| {
            vec![
                json!(letter.letter_id),
                json!(letter.number),
                json!(letter.period),
                json!(words::letter_tier(letter)),
                json!(letter.agency),
                json!(letter.case_count),
                json!(recipient),
                json!(state),
                json!(attempts),
                json!(answer),
                json!(letter.sha256.get(..12)),
                json!(letter.simulated),
            ]
        };
        if letter.deliveries.is_empty() {
            listing.push(ends("地址簿无此单位", "no_address".to_owned(), 0, ""));
        }
        for delivery in letter.deliveries.iter().filter(wanted) {
            listing.push(ends(
                &delivery.masked_recipient,
                words::delivery_state(delivery.state()),
                delivery.attempts,
                &delivery.last_answer,
            ));
        }
    }
    listing
}
