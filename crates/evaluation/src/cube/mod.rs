//! The value cube: plans, and for each the values known, as columns of indicator × period over its divisions.

mod column;
mod moments;
mod values;

use std::collections::BTreeMap;

use leitai_domain::{
    period::{Period, PeriodError},
    plan::{Plan, PlanError},
};
use leitai_proto::ingestion::v1 as wire;
use time::OffsetDateTime;

use self::moments::Moments;
pub(crate) use self::{
    column::{Cell, Column},
    moments::Moment,
    values::{County, PlanFacts, PlanValues},
};

/// Why an entry of ingestion's log cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CubeError {
    /// The plan document cannot be read.
    #[error("the plan cannot be read")]
    Plan(#[from] PlanError),
    /// No period.
    #[error("the period cannot be read")]
    Period(#[from] PeriodError),
    /// A value or round of a plan that was not applied before it.
    #[error("plan `{0}` was not applied before it")]
    UnknownPlan(String),
    /// A field that must be there.
    #[error("`{0}` is not set")]
    Absent(&'static str),
}

/// A frozen round as ingestion announced it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frozen {
    /// The plan.
    pub plan_id: String,
    /// The period.
    pub period: Period,
    /// RFC 3339 UTC.
    pub frozen_at: String,
    /// Measures that were overdue then.
    pub overdue: Vec<wire::OverdueMeasure>,
}

/// Everything known.
#[derive(Debug, Default)]
pub(crate) struct Cube {
    plans: BTreeMap<String, PlanValues>,
    moments: Moments,
    /// Measures announced for the round that is frozen next, by plan and period.
    overdue: BTreeMap<(String, String), Vec<wire::OverdueMeasure>>,
}

impl Cube {
    /// Takes in one change; answers with the round that it froze.
    pub fn apply(&mut self, kind: wire::change::Kind, recorded_at_ms: i64) -> Result<Option<Frozen>, CubeError> {
        let moment = self.moments.of_entry(recorded_at_ms);
        match kind {
            wire::change::Kind::PlanApplied(applied) => self.plan_applied(applied, moment).map(|()| None),
            wire::change::Kind::ObservationAccepted(accepted) => self.observed(accepted, moment).map(|()| None),
            wire::change::Kind::RoundFrozen(round) => self.frozen(round).map(Some),
            // An open round has the values of any other period; who is asked for them is ingestion's and notification's.
            wire::change::Kind::RoundOpened(_) => Ok(None),
            wire::change::Kind::MeasuresOverdue(overdue) => {
                self.overdue.entry((overdue.plan_id, overdue.period)).or_default().extend(overdue.measures);
                Ok(None)
            }
        }
    }

    /// One plan.
    pub fn plan(&self, id: &str) -> Option<&PlanValues> {
        self.plans.get(id)
    }

    /// All plans, by id.
    pub fn plans(&self) -> impl Iterator<Item = (&str, &PlanValues)> {
        self.plans.iter().map(|(id, plan)| (id.as_str(), plan))
    }

    /// The last moment that was not after a time; `None` where nothing was known yet.
    pub fn moment(&self, time: OffsetDateTime) -> Option<Moment> {
        self.moments.at(time)
    }

    /// When a moment was, Unix milliseconds.
    pub fn time_of(&self, moment: Moment) -> Option<i64> {
        self.moments.time_of(moment)
    }

    fn plan_applied(&mut self, applied: wire::PlanApplied, moment: Moment) -> Result<(), CubeError> {
        let document = applied.plan.ok_or(CubeError::Absent("plan"))?;
        let plan = Plan::from_toml(&document.document_toml)?;
        match self.plans.get_mut(&document.plan_id) {
            Some(values) => values.replace_plan(plan, document.revision, applied.counties, moment),
            None => {
                self.plans.insert(document.plan_id, PlanValues::new(plan, document.revision, applied.counties, moment));
            }
        }
        Ok(())
    }

    fn observed(&mut self, accepted: wire::ObservationAccepted, moment: Moment) -> Result<(), CubeError> {
        let observation = accepted.observation.ok_or(CubeError::Absent("observation"))?;
        let period = observation.period.parse()?;
        self.known(accepted.plan_id)?.observe(period, observation, accepted.submitter, moment);
        Ok(())
    }

    /// A freeze ends its moment: what is recorded in the same millisecond after it is not in the round.
    fn frozen(&mut self, round: wire::Round) -> Result<Frozen, CubeError> {
        let overdue = self.overdue.remove(&(round.plan_id.clone(), round.period.clone())).unwrap_or_default();
        let frozen = Frozen { period: round.period.parse()?, plan_id: round.plan_id, frozen_at: round.frozen_at, overdue };
        self.known(frozen.plan_id.clone())?;
        let moment = self.moments.end();
        let values = self.known(frozen.plan_id.clone())?;
        values.freeze(frozen.period, frozen.frozen_at.clone(), moment);
        Ok(frozen)
    }

    fn known(&mut self, plan_id: String) -> Result<&mut PlanValues, CubeError> {
        self.plans.get_mut(&plan_id).ok_or(CubeError::UnknownPlan(plan_id))
    }
}

#[cfg(test)]
mod tests;
