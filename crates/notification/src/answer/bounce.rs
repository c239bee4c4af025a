//! Reports as messages.

use leitai_proto::notification::v1 as wire;
use leitai_rpc::clock::rfc3339;

use crate::{addresses::mask, store::entities::bounce::Model};

/// One recipient of a report.
pub fn bounce(row: Model) -> wire::Bounce {
    let recipient = if row.original_recipient.is_empty() { &row.final_recipient } else { &row.original_recipient };
    wire::Bounce {
        masked_recipient: mask(recipient),
        outcome: outcome(&row.outcome).into(),
        action: action(&row.action).into(),
        bounce_id: row.bounce_id,
        recorded_at: rfc3339(row.at_ms),
        letter_id: row.letter_id.unwrap_or_default(),
        delivery_id: row.delivery_id.unwrap_or_default(),
        status: row.status,
        diagnostic: row.diagnostic,
        reporting_mta: row.reporting_mta,
        message_id: row.message_id,
    }
}

fn outcome(word: &str) -> wire::BounceOutcome {
    match word {
        "bounced" => wire::BounceOutcome::Bounced,
        "delayed" => wire::BounceOutcome::Delayed,
        "noted" => wire::BounceOutcome::Noted,
        "passed" => wire::BounceOutcome::Passed,
        "other_address" => wire::BounceOutcome::OtherAddress,
        "address_only" => wire::BounceOutcome::AddressOnly,
        _ => wire::BounceOutcome::Unknown,
    }
}

fn action(word: &str) -> wire::BounceAction {
    match word {
        "failed" => wire::BounceAction::Failed,
        "delayed" => wire::BounceAction::Delayed,
        _ => wire::BounceAction::Passed,
    }
}
