//! What follows from a report that a mail system returned. Pure.

use crate::letter::stable_id;

/// What the system did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Given up.
    Failed,
    /// Still tried.
    Delayed,
    /// No failure.
    Passed,
}

/// What a report says about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address as the reporting system knew it.
    pub final_recipient: String,
    /// The address as it was first given; may be empty.
    pub original_recipient: String,
    /// What was done.
    pub action: Action,
    /// The status of RFC 3463.
    pub status: String,
    /// The words of the system that refused.
    pub diagnostic: String,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// A repeat is answered with the first answer.
    pub request_id: String,
    /// The Message-IDs it names, with angle brackets.
    pub message_ids: Vec<String>,
    /// The system that reports.
    pub reporting_mta: String,
    /// The envelope that it names; empty where it names none.
    pub envelope_id: String,
    /// Whom it is about.
    pub recipients: Vec<Recipient>,
}

/// What a report does to a delivery that it is about for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It was sent and is bounced.
    Bounced,
    /// A delay is noted.
    Delayed,
    /// A failure is noted: the delivery is to be sent anyway, or has failed already.
    Noted,
    /// Nothing.
    Passed,
}

/// What reports about a sending are to name: the delivery, and what only those know who saw the sending. The lease's token itself, which lets
/// attempts be recorded, is not told.
#[must_use]
pub fn envelope_id(delivery_id: &str, lease_token: &str) -> String {
    format!("{delivery_id}.{}", stable_id(&["envelope", delivery_id, lease_token]))
}

/// The delivery that an envelope's id names, whoever gave it.
#[must_use]
pub fn delivery_of(envelope_id: &str) -> Option<&str> {
    envelope_id.split_once('.').map(|(delivery_id, _)| delivery_id)
}

/// Decides. A system that has given up sends no other report (RFC 3464, 2.3.3), so its word counts whatever the class of the status, which is
/// 4 where it gave up after days of trying.
#[must_use]
pub fn effect(action: Action, state: &str) -> Effect {
    match (action, state) {
        (Action::Passed, _) => Effect::Passed,
        (Action::Delayed, _) => Effect::Delayed,
        (Action::Failed, "sent") => Effect::Bounced,
        (Action::Failed, _) => Effect::Noted,
    }
}

/// Which of a letter's addresses a report means: the original one, else the final one; where a letter has one address only, that one even
/// where mail was forwarded from it.
#[must_use]
pub fn addressed<'a>(addresses: &[&'a str], recipient: &Recipient) -> Option<&'a str> {
    let named = [&recipient.original_recipient, &recipient.final_recipient];
    let found = named.iter().find_map(|name| addresses.iter().find(|address| address.eq_ignore_ascii_case(name)));
    match (found, addresses) {
        (Some(found), _) => Some(found),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Action::Failed, "sent", Effect::Bounced)]
    #[case(Action::Failed, "failed", Effect::Noted)]
    #[case(Action::Failed, "pending", Effect::Noted)]
    #[case(Action::Failed, "leased", Effect::Noted)]
    #[case(Action::Delayed, "sent", Effect::Delayed)]
    #[case(Action::Delayed, "failed", Effect::Delayed)]
    #[case(Action::Passed, "sent", Effect::Passed)]
    fn effects(#[case] action: Action, #[case] state: &str, #[case] expected: Effect) {
        assert_eq!(effect(action, state), expected);
    }

    #[test]
    fn an_envelope_fits_its_parameter_and_is_another_for_each_sending() {
        let (delivery, token) = (stable_id(&["d"]), "0123456789abcdef0123456789abcdef");
        let id = envelope_id(&delivery, token);
        // RFC 3461, 4.4: at most 100 characters, none that has to be encoded.
        assert!(id.len() <= 100 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'), "{id}");
        assert_eq!(delivery_of(&id), Some(delivery.as_str()));
        assert!(id != envelope_id(&delivery, "another") && !id.contains(token));
    }

    #[rstest]
    #[case::original_first(&["a@x", "b@x"], "B@X", "a@x", Some("b@x"))]
    #[case::final_where_there_is_no_other(&["a@x", "b@x"], "", "a@x", Some("a@x"))]
    #[case::forwarded_from_the_only_one(&["a@x"], "", "moved@y", Some("a@x"))]
    #[case::forwarded_from_one_of_two(&["a@x", "b@x"], "", "moved@y", None)]
    #[case::no_address(&[], "a@x", "a@x", None)]
    fn whom_a_report_means(#[case] addresses: &[&str], #[case] original: &str, #[case] last: &str, #[case] expected: Option<&str>) {
        let recipient = Recipient {
            final_recipient: last.to_owned(),
            original_recipient: original.to_owned(),
            action: Action::Failed,
            status: "5.1.1".to_owned(),
            diagnostic: String::new(),
        };
        assert_eq!(addressed(addresses, &recipient), expected);
    }
}
