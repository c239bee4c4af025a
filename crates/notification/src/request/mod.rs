//! Bounds on what callers of notification send.

mod bounce;
pub mod cases;
pub mod corrections;

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
/// `TEXT` outside 1 to 100 characters.
pub fn worker(text: String) -> Result<String, Failure> {
    self::text("worker_id", text, 1, 100)
}

/// The caller's id of a request.
///
/// # Errors
/// `REQUEST_ID` outside 1 to 64 characters.
pub fn request_id(id: String) -> Result<String, Failure> {
    let fits = (1..=64).contains(&id.chars().count()) && !id.contains(char::is_control);
    if fits { Ok(id) } else { Err(Failure::invalid("REQUEST_ID", "request_id does not fit").field("request_id", "1 to 64 characters")) }
}

/// One line of text.
///
/// # Errors
/// `TEXT` outside the bounds or with a control character.
pub fn text(field: &str, text: String, least: usize, most: usize) -> Result<String, Failure> {
    let length = text.trim().chars().count();
    if (least..=most).contains(&length) && !text.contains(char::is_control) {
        return Ok(text.trim().to_owned());
    }
    Err(Failure::invalid("TEXT", format!("{field} has {length} characters or more than one line"))
        .field(field, format!("{least} to {most} characters on one line")))
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
/// `REQUEST_ID`, `NAME`, `TEXT` or `RECIPIENTS` names the field.
pub fn resend(request: ResendLetterRequest) -> Result<Order, Failure> {
    if request.recipients.len() > RECIPIENTS {
        let found = format!("{} recipients", request.recipients.len());
        return Err(Failure::invalid("RECIPIENTS", found).field("recipients", format!("at most {RECIPIENTS}")));
    }
    Ok(Order {
        request_id: request_id(request.request_id)?,
        letter_id: name("letter_id", request.letter_id)?,
        recipients: request.recipients.into_iter().map(|recipient| text("recipients", recipient, 1, 320)).collect::<Result<_, _>>()?,
        who: text("who", request.who, 1, 100)?,
        reason: text("reason", request.reason, 1, 500)?,
    })
}

#[cfg(test)]
mod tests;
