//! Bounds on reports that callers send.

use leitai_proto::notification::v1::{BounceAction, BouncedRecipient, RecordBounceRequest};
use leitai_rpc::failure::Failure;

use super::{request_id, text};
use crate::bounce::{Action, Recipient, Report};

/// Characters of an address at most (RFC 3696, erratum 1690, rounded up as RFC 5321, 4.5.3.1 adds them).
const ADDRESS: usize = 320;
/// Characters of a diagnostic that are kept.
const DIAGNOSTIC: usize = 500;
/// Characters of a Message-ID at most: one line of RFC 5322.
const MESSAGE_ID: usize = 998;

/// A report.
///
/// # Errors
/// `REQUEST_ID`, `TEXT`, `RECIPIENTS`, `MESSAGE_IDS` or `ACTION` names the field.
pub fn bounce(request: RecordBounceRequest) -> Result<Report, Failure> {
    let count = request.recipients.len();
    if !(1..=100).contains(&count) {
        return Err(Failure::invalid("RECIPIENTS", format!("{count} recipients")).field("recipients", "1 to 100"));
    }
    if request.message_ids.len() > 20 {
        let found = format!("{} message_ids", request.message_ids.len());
        return Err(Failure::invalid("MESSAGE_IDS", found).field("message_ids", "at most 20"));
    }
    Ok(Report {
        request_id: request_id(request.request_id)?,
        message_ids: request.message_ids.into_iter().map(|id| text("message_ids", id, 1, MESSAGE_ID)).collect::<Result<_, _>>()?,
        reporting_mta: text("reporting_mta", request.reporting_mta, 0, 255)?,
        envelope_id: text("envelope_id", request.envelope_id, 0, 100)?,
        recipients: request.recipients.into_iter().map(recipient).collect::<Result<_, _>>()?,
    })
}

fn recipient(recipient: BouncedRecipient) -> Result<Recipient, Failure> {
    let action = match recipient.action() {
        BounceAction::Failed => Action::Failed,
        BounceAction::Delayed => Action::Delayed,
        BounceAction::Passed => Action::Passed,
        BounceAction::Unspecified => {
            return Err(Failure::invalid("ACTION", "action is not given").field("recipients.action", "failed, delayed or passed"));
        }
    };
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    Ok(Recipient {
        final_recipient: text("recipients.final_recipient", recipient.final_recipient, 1, ADDRESS)?,
        original_recipient: text("recipients.original_recipient", recipient.original_recipient, 0, ADDRESS)?,
        action,
        status: text("recipients.status", recipient.status, 1, 20)?,
        diagnostic: recipient.diagnostic.chars().map(plain).take(DIAGNOSTIC).collect(),
    })
}
