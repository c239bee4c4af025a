//! Bounds on what callers of notification send.

use leitai_proto::notification::v1::{AttemptOutcome, CaseState, ListCasesRequest, ReleasedLease};
use leitai_rpc::failure::Failure;

use crate::{
    convert::{bounded_number, filter},
    retry::Outcome,
    store::{CaseFilter, Released},
};

/// Leases in one call at most.
const LEASES: usize = 100;
/// Milliseconds until a lease that is given back is due again, at most.
const LONGEST_WAIT: i32 = 3_600_000;

/// Which cases.
///
/// # Errors
/// `FILTER` names the field.
pub fn cases(request: ListCasesRequest) -> Result<CaseFilter, Failure> {
    let state = match CaseState::try_from(request.state) {
        Ok(CaseState::Unspecified) => None,
        Ok(CaseState::Open) => Some("open"),
        Ok(CaseState::Recovered) => Some("recovered"),
        Err(_) => {
            return Err(Failure::invalid("FILTER", format!("state is {}", request.state)).field("state", "open, recovered or unspecified"));
        }
    };
    Ok(CaseFilter { plan_id: filter("plan_id", request.plan_id)?, state, division_code: filter("division_code", request.division_code)? })
}

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
    let text = name("worker_id", text)?;
    if text.chars().count() > 100 {
        return Err(Failure::invalid("NAME", "worker_id is too long").field("worker_id", "1 to 100 characters"));
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
