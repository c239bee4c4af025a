use leitai_proto::notification::v1::{BounceAction, BouncedRecipient, RecordBounceRequest};
use leitai_rpc::failure::explain;
use rstest::rstest;
use tonic::Status;

use super::*;

/// What a caller is told.
fn said<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    explain(&Status::from(result.unwrap_err()))
}

fn order() -> ResendLetterRequest {
    ResendLetterRequest {
        request_id: "r".to_owned(),
        letter_id: "l".to_owned(),
        recipients: vec!["a@x.example".to_owned()],
        who: "值班员".to_owned(),
        reason: "地址已更正".to_owned(),
    }
}

#[rstest]
#[case(ResendLetterRequest { request_id: String::new(), ..order() }, "request_id: 1 to 64")]
#[case(ResendLetterRequest { request_id: "r".repeat(65), ..order() }, "request_id: 1 to 64")]
#[case(ResendLetterRequest { letter_id: String::new(), ..order() }, "letter_id: must be given")]
#[case(ResendLetterRequest { who: String::new(), ..order() }, "who: 1 to 100")]
#[case(ResendLetterRequest { reason: "一\n二".to_owned(), ..order() }, "reason: 1 to 500")]
#[case(ResendLetterRequest { recipients: vec!["a@x.example".to_owned(); 101], ..order() }, "recipients: at most 100")]
#[case(ResendLetterRequest { recipients: vec![String::new()], ..order() }, "recipients: 1 to 320")]
fn a_resend_out_of_bounds_is_named(#[case] request: ResendLetterRequest, #[case] right: &str) {
    assert!(resend(order()).is_ok());
    let said = said(resend(request));
    assert!(said.contains(right), "{said}");
}

fn given_back() -> ReleasedLease {
    ReleasedLease { delivery_id: "d".to_owned(), lease_token: "t".to_owned(), wait_milliseconds: 3_600_000 }
}

#[rstest]
#[case(vec![], "leases: 1 to 100")]
#[case(vec![given_back(); 101], "leases: 1 to 100")]
#[case(vec![ReleasedLease { lease_token: String::new(), ..given_back() }], "leases.lease_token: must be given")]
#[case(vec![ReleasedLease { wait_milliseconds: -1, ..given_back() }], "leases.wait_milliseconds: 0 to 3600000")]
#[case(vec![ReleasedLease { wait_milliseconds: 3_600_001, ..given_back() }], "leases.wait_milliseconds: 0 to 3600000")]
fn leases_out_of_bounds_are_named(#[case] leases: Vec<ReleasedLease>, #[case] right: &str) {
    assert_eq!(released(vec![given_back(); 100]).unwrap().len(), 100);
    let said = said(released(leases));
    assert!(said.contains(right), "{said}");
}

fn returned() -> BouncedRecipient {
    BouncedRecipient {
        final_recipient: "a@x.example".to_owned(),
        original_recipient: String::new(),
        action: BounceAction::Failed.into(),
        status: "5.1.1".to_owned(),
        diagnostic: String::new(),
    }
}

fn report(recipients: Vec<BouncedRecipient>) -> RecordBounceRequest {
    RecordBounceRequest { request_id: "r".to_owned(), message_ids: Vec::new(), recipients, ..RecordBounceRequest::default() }
}

#[rstest]
#[case(report(vec![]), "recipients: 1 to 100")]
#[case(report(vec![BouncedRecipient { final_recipient: String::new(), ..returned() }]), "recipients.final_recipient: 1 to 320")]
#[case(report(vec![BouncedRecipient { action: 0, ..returned() }]), "recipients.action: failed, delayed or passed")]
#[case(report(vec![BouncedRecipient { status: String::new(), ..returned() }]), "recipients.status: 1 to 20")]
#[case(RecordBounceRequest { message_ids: vec!["<a@b>".to_owned(); 21], ..report(vec![returned()]) }, "message_ids: at most 20")]
#[case(RecordBounceRequest { request_id: String::new(), ..report(vec![returned()]) }, "request_id: 1 to 64")]
fn a_report_out_of_bounds_is_named(#[case] request: RecordBounceRequest, #[case] right: &str) {
    let long = BouncedRecipient { diagnostic: "一\u{0}".repeat(400), ..returned() };
    let kept = bounce(report(vec![long])).unwrap();
    assert_eq!(kept.recipients[0].diagnostic.chars().count(), 500);
    let said = said(bounce(request));
    assert!(said.contains(right), "{said}");
}

#[test]
fn a_number_that_is_no_state_is_named() {
    assert_eq!(delivery_state(0).unwrap(), None);
    assert_eq!(delivery_state(5).unwrap(), Some(DeliveryIn::Bounced));
    assert!(said(delivery_state(6)).contains("state is 6"));
}
