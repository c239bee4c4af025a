//! What agencies do to a case, and what they may not. Pure.

use std::collections::BTreeSet;

use serde::Deserialize;
use time::{Date, Duration};

use super::{Change, Overdue, Parties, State};

/// How many of the evaluating agencies have to acknowledge a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcknowledgeBy {
    /// One of them is enough.
    Any,
    /// Each of them.
    All,
}

/// The part of a case that agencies change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// Where it is.
    pub state: State,
    /// Evaluating agencies that acknowledged it.
    pub acknowledged_by: BTreeSet<String>,
    /// The last day to acknowledge it.
    pub acknowledge_due: Option<Date>,
    /// The last day to file a measure.
    pub measure_due: Option<Date>,
    /// The measure under way; empty where none is.
    pub measure: String,
    /// The person or office answerable for it.
    pub measure_owner: String,
    /// The promised day.
    pub rectify_due: Option<Date>,
    /// A deadline that passed.
    pub overdue: Option<Overdue>,
    /// The last day of a suspension.
    pub suspended_until: Option<Date>,
    /// Who submitted the value that recovered it; empty where that is not known.
    pub recovered_by: String,
    /// Deadlines missed since it was opened.
    pub missed: i32,
    /// The last day before what is overdue counts once more.
    pub missed_again: Option<Date>,
    /// How often a promised day that had not passed was moved later.
    pub day_moves: i32,
    /// The last day that was promised since it was opened, also where its measure was sent back.
    pub promised: Option<Date>,
}

/// What a policy says of deeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How many of the evaluating agencies have to acknowledge a case.
    pub acknowledge_by: AcknowledgeBy,
    /// How often a promised day may be moved later before that counts as a missed deadline; `None`: any number of times.
    pub day_moves: Option<i32>,
    /// The last day to file a measure where the case waits for one from now on; `None` where the policy has no such deadline.
    pub measure_by: Option<Date>,
}

/// What an agency does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Says that it knows.
    Acknowledge,
    /// Files a measure.
    Rectify {
        /// What is done.
        measure: String,
        /// The person or office answerable for it.
        owner: String,
        /// The day by which the target is to be back on pace.
        promised: Date,
    },
    /// Sends a measure or a recovery back for rework.
    Return,
    /// Closes it.
    SignOff,
    /// Stops letters and deadlines up to and including a day.
    Suspend {
        /// The day.
        until: Date,
    },
    /// Ends a suspension.
    Resume,
}

/// Why an agency may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not one of the case's agencies, or not one that may do this.
    #[error("the agency has no part in the case that allows this")]
    NotYours,
    /// The case is signed off.
    #[error("the case is signed off")]
    Closed,
    /// This agency acknowledged it before.
    #[error("the agency has acknowledged the case before")]
    AcknowledgedBefore,
    /// The case has to be acknowledged first.
    #[error("the case has to be acknowledged first")]
    NotAcknowledged,
    /// There is neither a measure nor a recovery to send back.
    #[error("there is neither a measure nor a recovery to send back")]
    NothingToReturn,
    /// Data have not brought it back on pace.
    #[error("no later, due and reported value has brought the target back on pace")]
    NotRecovered,
    /// Whoever submitted the value cannot sign it off.
    #[error("the agency submitted the value that recovered the case: another has to sign it off")]
    OwnRecovery,
    /// It is suspended already.
    #[error("the case is suspended already")]
    SuspendedBefore,
    /// It is not suspended.
    #[error("the case is not suspended")]
    NotSuspended,
    /// A day that is not after today.
    #[error("the day is not after today")]
    DayPassed,
}

impl Refusal {
    /// The `reason` of the call's `ErrorInfo`.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotYours => "NOT_YOUR_CASE",
            Self::Closed => "CASE_CLOSED",
            Self::AcknowledgedBefore => "ACKNOWLEDGED_BEFORE",
            Self::NotAcknowledged => "NOT_ACKNOWLEDGED",
            Self::NothingToReturn => "NOTHING_TO_RETURN",
            Self::NotRecovered => "NOT_RECOVERED",
            Self::OwnRecovery => "OWN_RECOVERY",
            Self::SuspendedBefore => "SUSPENDED_BEFORE",
            Self::NotSuspended => "NOT_SUSPENDED",
            Self::DayPassed => "DAY_PASSED",
        }
    }
}

impl Deed {
    /// The change that records it.
    #[must_use]
    pub fn change(&self) -> Change {
        match self {
            Self::Acknowledge => Change::Acknowledged,
            Self::Rectify { .. } => Change::RectificationFiled,
            Self::Return => Change::Returned,
            Self::SignOff => Change::SignedOff,
            Self::Suspend { .. } => Change::Suspended,
            Self::Resume => Change::Resumed,
        }
    }

    fn is_allowed(&self, agency: &str, parties: &Parties) -> bool {
        let evaluates = parties.evaluating.iter().any(|other| other == agency);
        let (county, province) = (agency == parties.county, agency == parties.province);
        match self {
            // A target that nobody evaluates is the province's.
            Self::Acknowledge => evaluates || (province && parties.evaluating.is_empty()),
            Self::Rectify { .. } => evaluates || county,
            Self::Return | Self::SignOff => evaluates || province,
            Self::Suspend { .. } | Self::Resume => province,
        }
    }
}

/// The case after a deed of an agency.
///
/// # Errors
/// [`Refusal`] says why it may not.
pub fn after(life: &Life, deed: &Deed, agency: &str, parties: &Parties, rules: Rules, today: Date) -> Result<Life, Refusal> {
    if !deed.is_allowed(agency, parties) {
        return Err(Refusal::NotYours);
    }
    if life.state == State::SignedOff {
        return Err(Refusal::Closed);
    }
    match deed {
        Deed::Acknowledge => acknowledged(life, agency, parties, rules),
        Deed::Rectify { measure, owner, promised } => {
            let filed = Life { measure: measure.clone(), measure_owner: owner.clone(), ..life.clone() };
            rectifying(filed, *promised, rules.day_moves, today)
        }
        Deed::Return => returned(life, parties, rules),
        Deed::SignOff => signed_off(life, agency),
        Deed::Suspend { until } => suspended(life, *until, today),
        Deed::Resume => resumed(life, today),
    }
}

fn acknowledged(life: &Life, agency: &str, parties: &Parties, rules: Rules) -> Result<Life, Refusal> {
    let mut life = life.clone();
    let first = life.acknowledged_by.insert(agency.to_owned());
    // Who has to acknowledge may have become fewer since: a repeat then still moves the case on.
    let moves_on = life.state == State::Open && is_acknowledged(&life, parties, rules.acknowledge_by);
    if !first && !moves_on {
        return Err(Refusal::AcknowledgedBefore);
    }
    if moves_on {
        (life.state, life.overdue, life.measure_due) = (State::Acknowledged, None, rules.measure_by);
    }
    Ok(life)
}

/// True where the owners that have to know of it do.
fn is_acknowledged(life: &Life, parties: &Parties, by: AcknowledgeBy) -> bool {
    match by {
        AcknowledgeBy::Any => !life.acknowledged_by.is_empty(),
        AcknowledgeBy::All => {
            !life.acknowledged_by.is_empty() && parties.evaluating.iter().all(|owner| life.acknowledged_by.contains(owner))
        }
    }
}

fn rectifying(life: Life, promised: Date, most_moves: Option<i32>, today: Date) -> Result<Life, Refusal> {
    match life.state {
        State::Open => return Err(Refusal::NotAcknowledged),
        _ if promised <= today => return Err(Refusal::DayPassed),
        // What has recovered stays so; its measure is still worth knowing.
        State::Recovered => return Ok(Life { rectify_due: Some(promised), overdue: None, ..life }),
        _ => {}
    }
    // A promise that was broken has been counted as such; that a measure was sent back in between makes the new day no first one.
    let moved = life.overdue != Some(Overdue::Rectify) && life.promised.is_some_and(|before| promised > before);
    let day_moves = life.day_moves + i32::from(moved);
    let too_often = moved && most_moves.is_some_and(|most| day_moves > most);
    Ok(Life {
        state: State::Rectifying,
        rectify_due: Some(promised),
        promised: Some(promised),
        day_moves,
        missed: life.missed + i32::from(too_often),
        overdue: None,
        ..life
    })
}

/// Without its measure, and with as long for another; to be acknowledged first where it never was.
fn returned(life: &Life, parties: &Parties, rules: Rules) -> Result<Life, Refusal> {
    if !matches!(life.state, State::Rectifying | State::Recovered) {
        return Err(Refusal::NothingToReturn);
    }
    let known = is_acknowledged(life, parties, rules.acknowledge_by);
    Ok(Life {
        state: if known { State::Acknowledged } else { State::Open },
        measure_due: rules.measure_by.filter(|_| known),
        measure: String::new(),
        measure_owner: String::new(),
        rectify_due: None,
        overdue: None,
        recovered_by: String::new(),
        ..life.clone()
    })
}

fn signed_off(life: &Life, agency: &str) -> Result<Life, Refusal> {
    if life.state != State::Recovered {
        return Err(Refusal::NotRecovered);
    }
    if life.recovered_by == agency {
        return Err(Refusal::OwnRecovery);
    }
    Ok(Life { state: State::SignedOff, suspended_until: None, overdue: None, ..life.clone() })
}

/// The clock of deadlines that have not passed stands still: they end as many days after it as they would have ended after today.
fn suspended(life: &Life, until: Date, today: Date) -> Result<Life, Refusal> {
    if is_suspended(life, today) {
        return Err(Refusal::SuspendedBefore);
    }
    if until <= today {
        return Err(Refusal::DayPassed);
    }
    Ok(Life { suspended_until: Some(until), ..later_by(life, until - today, today) })
}

/// What is left of the suspension is taken back from the deadlines.
fn resumed(life: &Life, today: Date) -> Result<Life, Refusal> {
    match life.suspended_until {
        Some(until) if today <= until => Ok(Life { suspended_until: None, ..later_by(life, today - until, today) }),
        _ => Err(Refusal::NotSuspended),
    }
}

fn is_suspended(life: &Life, today: Date) -> bool {
    life.suspended_until.is_some_and(|until| today <= until)
}

/// Moves the days that have not passed.
fn later_by(life: &Life, days: Duration, today: Date) -> Life {
    let later = |day: Option<Date>| day.map(|day| if day < today { day } else { day.saturating_add(days) });
    let (acknowledge_due, rectify_due) = (later(life.acknowledge_due), later(life.rectify_due));
    let (measure_due, missed_again, promised) = (later(life.measure_due), later(life.missed_again), later(life.promised));
    Life { acknowledge_due, measure_due, rectify_due, missed_again, promised, ..life.clone() }
}

#[cfg(test)]
mod tests;
