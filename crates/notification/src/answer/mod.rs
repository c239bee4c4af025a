//! Rows as messages.

mod bounce;
pub mod cases;
pub mod corrections;

use leitai_proto::notification::v1 as wire;
use leitai_rpc::clock::rfc3339;

use crate::{
    addresses::mask,
    bounce::envelope_id,
    corrections::LETTER_WORD as CORRECTION,
    reminders::LETTER_WORD as REMINDER,
    service::Sent,
    store::{
        Leased, Tried,
        entities::{delivery, delivery_event, issued_round, letter_finding},
    },
};

pub use self::bounce::bounce;

/// A letter with its deliveries.
pub fn letter((row, deliveries): Sent) -> wire::Letter {
    let kind = match row.tier.as_str() {
        REMINDER => wire::LetterKind::Reminder,
        CORRECTION => wire::LetterKind::Correction,
        _ => wire::LetterKind::Findings,
    };
    wire::Letter {
        letter_id: row.letter_id,
        number: row.number,
        plan_id: row.plan_id,
        period: row.period,
        agency: row.agency,
        subject: row.subject,
        message_id: row.message_id,
        sha256: row.sha256,
        size_bytes: row.size_bytes,
        rendered_at: rfc3339(row.rendered_at_ms),
        case_count: row.case_count,
        deliveries: deliveries.into_iter().map(delivery).collect(),
        simulated: row.simulated,
        tier: cases::tier(Some(&row.tier)).into(),
        reply_by: row.reply_by,
        kind: kind.into(),
    }
}

/// A delivery.
pub fn delivery(row: delivery::Model) -> wire::Delivery {
    let state = match row.state.as_str() {
        _ if row.bounced_at_ms.is_some() => wire::DeliveryState::Bounced,
        "pending" => wire::DeliveryState::Pending,
        "leased" => wire::DeliveryState::Leased,
        "sent" => wire::DeliveryState::Sent,
        _ => wire::DeliveryState::Failed,
    };
    wire::Delivery {
        masked_recipient: mask(&row.recipient),
        delivery_id: row.delivery_id,
        state: state.into(),
        attempts: row.attempts,
        last_answer: row.last_answer,
        next_attempt_at: row.next_attempt_at_ms.map(rfc3339).unwrap_or_default(),
    }
}

/// An attempt at one of these deliveries.
pub fn attempt(tried: Tried, deliveries: &[delivery::Model]) -> wire::Attempt {
    let outcome = match tried.attempt.outcome.as_str() {
        "sent" => wire::AttemptOutcome::Sent,
        "temporary" => wire::AttemptOutcome::Temporary,
        _ => wire::AttemptOutcome::Permanent,
    };
    wire::Attempt {
        masked_recipient: recipient(&tried.attempt.delivery_id, deliveries),
        delivery_id: tried.attempt.delivery_id,
        attempted_at: rfc3339(tried.attempt.at_ms),
        outcome: outcome.into(),
        answer: tried.attempt.answer,
        will_retry: tried.attempt.will_retry,
        worker_id: tried.lease.worker_id,
        leased_at: rfc3339(tried.lease.leased_at_ms),
    }
}

/// An event of one of these deliveries.
pub fn delivery_event(row: delivery_event::Model, deliveries: &[delivery::Model]) -> wire::DeliveryEvent {
    let kind = match row.what.as_str() {
        "resent" => wire::DeliveryEventKind::Resent,
        "bounced" => wire::DeliveryEventKind::Bounced,
        _ => wire::DeliveryEventKind::Delayed,
    };
    wire::DeliveryEvent {
        masked_recipient: recipient(&row.delivery_id, deliveries),
        delivery_id: row.delivery_id,
        at: rfc3339(row.at_ms),
        kind: kind.into(),
        who: row.who,
        reason: row.reason,
    }
}

fn recipient(delivery_id: &str, deliveries: &[delivery::Model]) -> String {
    deliveries.iter().find(|delivery| delivery.delivery_id == delivery_id).map(|delivery| mask(&delivery.recipient)).unwrap_or_default()
}

/// That a letter holds a finding.
pub fn finding(row: letter_finding::Model) -> wire::LetterFinding {
    wire::LetterFinding { letter_id: row.letter_id, indicator_id: row.indicator_id, division_code: row.division_code }
}

/// An issued round.
pub fn round(row: issued_round::Model) -> wire::IssuedRound {
    let issued_at = rfc3339(row.issued_at_ms);
    wire::IssuedRound { plan_id: row.plan_id, period: row.period, issued_at, letter_count: row.letter_count }
}

/// Work for a worker.
pub fn leased(leased: Leased) -> wire::LeasedDelivery {
    let lease_token = leased.delivery.lease_token.unwrap_or_default();
    wire::LeasedDelivery {
        envelope_id: envelope_id(&leased.delivery.delivery_id, &lease_token),
        delivery_id: leased.delivery.delivery_id,
        lease_token,
        letter_number: leased.letter.number,
        agency: leased.letter.agency,
        mail_from: leased.letter.mail_from,
        rcpt_to: leased.delivery.recipient,
        message_id: leased.letter.message_id,
        message: leased.message,
    }
}
