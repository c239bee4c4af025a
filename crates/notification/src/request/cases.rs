//! Bounds on what callers say of cases and silences.

use leitai_proto::notification::v1::{CaseState, CreateSilenceRequest, FileRectificationRequest, ListCasesRequest};
use leitai_rpc::failure::Failure;
use time::Date;

use super::{name, text};
use crate::{
    cases::{State, life::Deed, record},
    convert::filter,
    service::{Act, NewSilence},
    store::CaseFilter,
};

/// Which cases.
///
/// # Errors
/// `FILTER` names the field.
pub fn filtered(request: ListCasesRequest) -> Result<CaseFilter, Failure> {
    let state = match CaseState::try_from(request.state) {
        Ok(CaseState::Unspecified) => None,
        Ok(CaseState::Open) => Some(State::Open),
        Ok(CaseState::Acknowledged) => Some(State::Acknowledged),
        Ok(CaseState::Rectifying) => Some(State::Rectifying),
        Ok(CaseState::Recovered) => Some(State::Recovered),
        Ok(CaseState::SignedOff) => Some(State::SignedOff),
        Err(_) => {
            let right = "open, acknowledged, rectifying, recovered, signed off or unspecified";
            return Err(Failure::invalid("FILTER", format!("state is {}", request.state)).field("state", right));
        }
    };
    let wanted = |of: &&State| state.is_none_or(|state| **of == state) && (!request.active || of.is_active());
    let all = state.is_none() && !request.active;
    Ok(CaseFilter {
        plan_id: filter("plan_id", request.plan_id)?,
        states: if all { Vec::new() } else { State::ALL.iter().filter(wanted).map(|state| state.word()).collect() },
        nothing: !all && !State::ALL.iter().any(|of| wanted(&of)),
        agency: filter("evaluating_agency", request.evaluating_agency)?,
        overdue: request.overdue,
        division_code: filter("division_code", request.division_code)?,
    })
}

/// Who does what to which case.
///
/// # Errors
/// `REQUEST_ID`, `NAME` or `TEXT` names the field.
pub fn act(request_id: String, case_id: String, agency: String, who: String, reason: String) -> Result<Act, Failure> {
    Ok(Act {
        request_id: super::request_id(request_id)?,
        case_id: name("case_id", case_id)?,
        agency: name("agency", agency)?,
        who: text("who", who, 1, 100)?,
        reason: text("reason", reason, 0, 500)?,
    })
}

/// The same where a reason has to be given.
///
/// # Errors
/// As [`act`].
pub fn reasoned(act: Act) -> Result<Act, Failure> {
    let reason = text("reason", act.reason.clone(), 1, 500)?;
    Ok(Act { reason, ..act })
}

/// A measure.
///
/// # Errors
/// `TEXT` or `DAY` names the field.
pub fn rectification(request: FileRectificationRequest) -> Result<(Act, Deed), Failure> {
    let deed = Deed::Rectify {
        measure: text("measure", request.measure, 1, 500)?,
        owner: text("measure_owner", request.measure_owner, 1, 100)?,
        promised: day("promised_day", &request.promised_day)?,
    };
    Ok((act(request.request_id, request.case_id, request.agency, request.who, request.reason)?, deed))
}

/// A silence.
///
/// # Errors
/// `REQUEST_ID`, `FILTER`, `TEXT` or `DAY` names the field.
pub fn silence(request: CreateSilenceRequest) -> Result<NewSilence, Failure> {
    let silence = NewSilence {
        request_id: super::request_id(request.request_id)?,
        plan_id: filter("plan_id", request.plan_id)?,
        indicator_id: filter("indicator_id", request.indicator_id)?,
        division_code: filter("division_code", request.division_code)?,
        who: text("who", request.who, 1, 100)?,
        reason: text("reason", request.reason, 1, 500)?,
        until: day("until", &request.until)?,
    };
    if silence.plan_id.is_none() && silence.indicator_id.is_none() && silence.division_code.is_none() {
        let right = "at least one of plan_id, indicator_id and division_code";
        return Err(Failure::invalid("FILTER", "a silence over everything is none").field("plan_id", right));
    }
    Ok(silence)
}

/// A day, `2025-05-06`.
///
/// # Errors
/// `DAY` repeats what was found.
pub fn day(field: &str, text: &str) -> Result<Date, Failure> {
    record::day(text).ok_or_else(|| Failure::invalid("DAY", format!("{field} is `{text}`")).field(field, "a day as 2025-06-30"))
}
