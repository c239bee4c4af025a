use proptest::prelude::*;
use rstest::rstest;

use super::*;

const LETTER: &str = "<county-economy-2025.2025-M03.2025-1@leitai.example>";
const POSTFIX: &str = include_str!("../../testdata/postfix.eml");

fn recipient_of(address: &str, original: &str, action: Action, status: &str, diagnostic: &str) -> Recipient {
    Recipient {
        final_recipient: address.to_owned(),
        original_recipient: original.to_owned(),
        action,
        status: status.to_owned(),
        diagnostic: diagnostic.to_owned(),
    }
}

#[rstest]
#[case::postfix(
    POSTFIX,
    &[LETTER],
    "mail.province.example",
    recipient_of("a@gov.example", "a@gov.example", Action::Failed, "5.1.1", "550 5.1.1 <a@gov.example>: Recipient address rejected: User unknown")
)]
#[case::postfix_delayed(
    include_str!("../../testdata/postfix-delayed.eml"),
    &[LETTER],
    "mail.province.example",
    recipient_of("b@gov.example", "b@gov.example", Action::Delayed, "4.4.1", "connect to mx.gov.example[192.0.2.7]:25: Connection timed out")
)]
#[case::exim_by_its_references(
    include_str!("../../testdata/exim.eml"),
    &[LETTER],
    "relay.example",
    recipient_of("a@gov.example", "", Action::Failed, "5.0.0", "550 No such user here")
)]
#[case::exchange(
    include_str!("../../testdata/exchange.eml"),
    &["<county-economy-2025.2025-M03.2025-2@leitai.example>"],
    "exchange.county.example",
    recipient_of("C@county.example", "", Action::Failed, "5.2.2", "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException")
)]
fn reports_of_different_systems(#[case] message: &str, #[case] ids: &[&str], #[case] system: &str, #[case] recipient: Recipient) {
    let expected = Report {
        message_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        reporting_mta: system.to_owned(),
        envelope_id: String::new(),
        recipients: vec![recipient],
    };
    assert_eq!(read(message.as_bytes()), Ok(expected));
}

#[test]
fn the_envelope_is_read() {
    let named = POSTFIX.replacen("Reporting-MTA:", "Original-Envelope-Id: 0a1b.2c3d\nReporting-MTA:", 1);
    assert_eq!(read(named.as_bytes()).unwrap().envelope_id, "0a1b.2c3d");
    let long = POSTFIX.replacen("Reporting-MTA:", &format!("Original-Envelope-Id: {}\nReporting-MTA:", "a".repeat(300)), 1);
    assert_eq!(read(long.as_bytes()).unwrap().envelope_id.len(), 100);
}

#[test]
fn every_recipient_is_read_and_comments_are_not() {
    let report = read(include_bytes!("../../testdata/two-recipients.eml")).unwrap();
    assert!(report.message_ids.is_empty(), "the report's own Message-ID is not the letter's");
    let expected = [
        recipient_of("moved@elsewhere.example", "a@gov.example", Action::Failed, "5.7.1", ""),
        recipient_of("b@gov.example", "", Action::Passed, "2.0.0", ""),
    ];
    assert_eq!(report.recipients, expected);
}

#[rstest]
#[case::receipt(include_bytes!("../../testdata/receipt.eml"), "report-type=disposition-notification")]
#[case::absence(include_bytes!("../../testdata/absence.eml"), "`text/plain`")]
#[case::nothing(b"", "no mail message")]
fn other_messages_are_named_for_what_they_are(#[case] message: &[u8], #[case] said: &str) {
    let refused = read(message).unwrap_err().to_string();
    assert!(refused.contains(said), "{refused}");
}

#[rstest]
#[case::no_status_part("message/delivery-status", "text/plain", "it has no message/delivery-status part")]
#[case::no_recipient("Final-Recipient", "X-Recipient", "names no recipient")]
#[case::no_action("Action: failed", "X-Action: failed", "Action of a recipient is ``")]
#[case::strange_action("Action: failed", "Action: exploded", "Action of a recipient is `exploded`")]
#[case::no_status("Status: 5.1.1", "X-Status: 5.1.1", "Status of a recipient is ``")]
#[case::strange_status("Status: 5.1.1", "Status: 3.1.1", "Status of a recipient is `3.1.1`")]
#[case::short_status("Status: 5.1.1", "Status: 550", "Status of a recipient is `550`")]
fn a_report_with_a_fault_is_refused(#[case] good: &str, #[case] bad: &str, #[case] said: &str) {
    let refused = read(POSTFIX.replace(good, bad).as_bytes()).unwrap_err().to_string();
    assert!(refused.contains(said), "{refused}");
}

#[test]
fn too_many_recipients_are_refused() {
    let one = "Final-Recipient: rfc822; x@y.example\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n";
    let many =
        POSTFIX.replace("Final-Recipient: rfc822; a@gov.example", &format!("{}Final-Recipient: rfc822; a@gov.example", one.repeat(100)));
    assert_eq!(read(many.as_bytes()), Err(NotAReport::TooMany(101)));
}

proptest! {
    #[test]
    fn no_bytes_break_it(at in 0..POSTFIX.len(), with in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut bytes = POSTFIX.as_bytes().to_vec();
        let end = (at + with.len()).min(bytes.len());
        bytes.splice(at..end, with);
        if let Ok(report) = read(&bytes) {
            prop_assert!(!report.recipients.is_empty() && report.message_ids.len() <= MESSAGE_IDS);
        }
    }
}
