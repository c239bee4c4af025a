//! A report's life, pure: what may follow what, and why a step is refused.
//!
//! ```text
//! submitted ──► held (values wait for explanations) ──► awaiting approval: county → city → evaluator ──► in force
//!                  │ withdraw, return, replace               │ withdraw, return, replace
//!                  ▼                                         ▼
//!             returned, withdrawn ──replace──► replaced
//! ```
//!
//! [`machine`] takes one step after another, [`refusal`] names what is not allowed, [`waits`] says what a report waits for, [`hash`] what an
//! approval is given to.

pub mod hash;
pub mod machine;
pub mod refusal;
pub mod waits;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use leitai_domain::plan::{ApprovalLevel, Plan};
pub use leitai_proto::ingestion::v1::ReportState as State;
use leitai_proto::ingestion::v1::ReportWait;
use leitai_rpc::clock::rfc3339;

use self::refusal::Refusal;
use crate::store::reports::Head;

/// Each indicator that has an evaluating agency, with its agencies.
pub type Owners = BTreeMap<String, Vec<String>>;

/// What is known of a report when a step is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// The plan.
    pub plan_id: String,
    /// The agency that submitted it.
    pub submitter: String,
    /// Where it is.
    pub state: State,
    /// What it goes through, in order; the evaluators' only where an indicator has one.
    pub levels: Vec<ApprovalLevel>,
    /// Evaluating agencies of the indicators that wait.
    pub owners: Owners,
    /// Given so far, in order.
    pub approvals: Vec<Given>,
    /// Values that wait for an explanation.
    pub held: u64,
    /// Of the values that are approved.
    pub values_sha256: String,
    /// The report that took its place or corrects it; empty for none.
    pub replaced_by: String,
}

/// An approval that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// At which level.
    pub level: ApprovalLevel,
    /// By whom.
    pub agency: String,
    /// At the evaluators' level: of what.
    pub indicators: BTreeSet<String>,
}

impl Life {
    /// True where something of it can still come into force.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(self.state, State::Held | State::AwaitingApproval)
    }

    /// The level that it waits for; `None` where every level is complete, or there is none.
    #[must_use]
    pub fn next_level(&self) -> Option<ApprovalLevel> {
        self.levels.iter().copied().find(|level| !self.is_complete(*level))
    }

    /// Indicators that no evaluating agency has approved yet.
    pub fn unapproved(&self) -> impl Iterator<Item = (&String, &Vec<String>)> {
        let by_evaluators = || self.approvals.iter().filter(|given| given.level == ApprovalLevel::Evaluator);
        self.owners.iter().filter(move |(indicator, _)| !by_evaluators().any(|given| given.indicators.contains(*indicator)))
    }

    /// True where the agency may approve at the evaluators' level, now or later.
    fn may_evaluate(&self, agency: &str) -> bool {
        let elsewhere = |given: &Given| given.agency == agency && given.level != ApprovalLevel::Evaluator;
        agency != self.submitter && !self.approvals.iter().any(elsewhere)
    }

    fn is_complete(&self, level: ApprovalLevel) -> bool {
        match level {
            ApprovalLevel::Evaluator => self.unapproved().next().is_none(),
            one => self.approvals.iter().any(|given| given.level == one),
        }
    }
}

/// Where a report that was just judged stands, written into its head, which has its submission and hash of values already; answers with what
/// it waits for.
///
/// # Errors
/// [`Refusal::NoApprover`] where nobody could ever approve it.
pub fn begin(
    head: &mut Head,
    plan: &Plan,
    levels: Vec<ApprovalLevel>,
    owners: Owners,
    held: u64,
    awaiting: u64,
) -> Result<Vec<ReportWait>, Refusal> {
    head.state = state(held, awaiting);
    head.levels = levels.iter().map(ToString::to_string).collect();
    head.level_since = head.submitted_at;
    let life = Life {
        plan_id: head.plan_id.clone(),
        submitter: head.submitter.clone(),
        state: head.state,
        levels,
        owners,
        approvals: Vec::new(),
        held,
        values_sha256: head.values_sha256.clone(),
        replaced_by: String::new(),
    };
    life.can_be_approved()?;
    let at = rfc3339(head.submitted_at);
    Ok(waits::waits(&life, plan, awaiting, &waits::Since { submitted: at.clone(), level: at }))
}

/// The owners of the targets of these indicators; an indicator without any has no evaluating agency.
#[must_use]
pub fn owners<'a>(plan: &Plan, indicators: impl IntoIterator<Item = &'a str>) -> Owners {
    let owners = |id: &str| Some(plan.indicator(id)?.target.as_ref()?.owners.clone()).filter(|owners| !owners.is_empty());
    indicators.into_iter().filter_map(|id| Some((id.to_owned(), owners(id)?))).collect()
}

/// The plan's levels that a report with these owners goes through.
#[must_use]
pub fn levels(plan: &Plan, owners: &Owners) -> Vec<ApprovalLevel> {
    let levels = plan.approval.iter().flat_map(|approval| approval.levels.iter().copied());
    levels.filter(|level| *level != ApprovalLevel::Evaluator || !owners.is_empty()).collect()
}

/// The state that follows from what waits.
fn state(held: u64, awaiting: u64) -> State {
    match (held, awaiting) {
        (0, 0) => State::InForce,
        (0, _) => State::AwaitingApproval,
        _ => State::Held,
    }
}
