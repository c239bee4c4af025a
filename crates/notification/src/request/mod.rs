//! Bounds on what callers of notification send.

mod bounce;
pub mod cases;

use leitai_proto::notification::v1::{AttemptOutcome, DeliveryState, ReleasedLease, ResendLetterRequest};
use leitai_rpc::failure::Failure;

use crate::{
    convert::{bounded_number, filter},
    retry::Outcome,
    store::{DeliveryIn, Order, Released},
};

pub use self::bounce::bounce;

/// Leases in one call at most.
const LEASES: usize = 100;
/// Milliseconds until a lease that is given back is due again, at most.
const LONGEST_WAIT: i32 = 3_600_000;
/// Recipients named in one call at most.
const RECIPIENTS: usize = 100;

/// An id or token that must be there.
///
/// # Errors
/// `NAME` where it is empty, longer than 200 characters or holds a control character.
pub fn name(field: &str, text: String) -> Result<String, Failure> {
    filter(field, text)?.ok_or_else(|| Failure::invalid("NAME", format!("{field} is empty")).field(field, "must be given"))
}

/// A worker's name.
///
/// # Errors
/// `NAME` outside 1 to 100 characters.
pub fn worker(text: String) -> Result<String, Failure> {
    line("worker_id", text, 100)
}

/// One line of 1 to `most` characters.
fn line(field: &str, text: String, most: usize) -> Result<String, Failure> {
    let count = text.chars().count();
    if count == 0 || count > most || text.contains(char::is_control) {
        let found = format!("{field} is empty, longer than {most} characters or holds a control character");
        return Err(Failure::invalid("NAME", found).field(field, format!("1 to {most} characters in one line")));
    }
    Ok(text)
}

/// What came of an attempt.
///
/// # Errors
/// `OUTCOME` where none is given.
pub fn outcome(outcome: AttemptOutcome) -> Result<Outcome, Failure> {
    match outcome {
        AttemptOutcome::Sent => Ok(Outcome::Sent),
        AttemptOutcome::Temporary => Ok(Outcome::Temporary),
        AttemptOutcome::Permanent => Ok(Outcome::Permanent),
        AttemptOutcome::Unspecified => {
            Err(Failure::invalid("OUTCOME", "outcome is not given").field("outcome", "sent, temporary or permanent"))
        }
    }
}

/// Leases to give back.
///
/// # Errors
/// `LEASES` outside 1 to 100; `NAME` or `BOUNDS` names the field.
pub fn released(leases: Vec<ReleasedLease>) -> Result<Vec<Released>, Failure> {
    if leases.is_empty() || leases.len() > LEASES {
        return Err(Failure::invalid("LEASES", format!("{} leases", leases.len())).field("leases", format!("1 to {LEASES}")));
    }
    leases.into_iter().map(lease).collect()
}

fn lease(lease: ReleasedLease) -> Result<Released, Failure> {
    Ok(Released {
        delivery_id: name("leases.delivery_id", lease.delivery_id)?,
        token: name("leases.lease_token", lease.lease_token)?,
        wait_ms: bounded_number("leases.wait_milliseconds", lease.wait_milliseconds, 0..=LONGEST_WAIT, 0)?.into(),
    })
}

/// Which state deliveries are looked for by.
///
/// # Errors
/// `FILTER` for a number that is no state.
pub fn delivery_state(state: i32) -> Result<Option<DeliveryIn>, Failure> {
    let unknown = |_| Failure::invalid("FILTER", format!("state is {state}")).field("state", "a delivery's state or unspecified");
    Ok(match DeliveryState::try_from(state).map_err(unknown)? {
        DeliveryState::Unspecified => None,
        DeliveryState::Pending => Some(DeliveryIn::State("pending")),
        DeliveryState::Leased => Some(DeliveryIn::State("leased")),
        DeliveryState::Sent => Some(DeliveryIn::State("sent")),
        DeliveryState::Failed => Some(DeliveryIn::Failed),
        DeliveryState::Bounced => Some(DeliveryIn::Bounced),
    })
}

/// What is to be sent again.
///
/// # Errors
/// `NAME` or `RECIPIENTS` names the field.
pub fn resend(request: ResendLetterRequest) -> Result<Order, Failure> {
    if request.recipients.len() > RECIPIENTS {
        let found = format!("{} recipients", request.recipients.len());
        return Err(Failure::invalid("RECIPIENTS", found).field("recipients", format!("at most {RECIPIENTS}")));
    }
    Ok(Order {
        request_id: line("request_id", request.request_id, 64)?,
        letter_id: name("letter_id", request.letter_id)?,
        recipients: request.recipients.into_iter().map(|recipient| line("recipients", recipient, 320)).collect::<Result<_, _>>()?,
        who: line("who", request.who, 100)?,
        reason: line("reason", request.reason, 500)?,
    })
}

#[cfg(test)]
mod tests;
