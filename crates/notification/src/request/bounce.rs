//! Bounds on reports that callers send.

use leitai_proto::notification::v1::{BounceAction, BouncedRecipient, RecordBounceRequest};
use leitai_rpc::failure::Failure;

use super::line;
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
/// `NAME`, `RECIPIENTS`, `MESSAGE_IDS` or `ACTION` names the field.
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
        request_id: line("request_id", request.request_id, 64)?,
        message_ids: request.message_ids.into_iter().map(|id| line("message_ids", id, MESSAGE_ID)).collect::<Result<_, _>>()?,
        reporting_mta: optional("reporting_mta", request.reporting_mta, 255)?,
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
        final_recipient: line("recipients.final_recipient", recipient.final_recipient, ADDRESS)?,
        original_recipient: optional("recipients.original_recipient", recipient.original_recipient, ADDRESS)?,
        action,
        status: line("recipients.status", recipient.status, 20)?,
        diagnostic: recipient.diagnostic.chars().map(plain).take(DIAGNOSTIC).collect(),
    })
}

fn optional(field: &str, text: String, most: usize) -> Result<String, Failure> {
    if text.is_empty() { Ok(text) } else { line(field, text, most) }
}
