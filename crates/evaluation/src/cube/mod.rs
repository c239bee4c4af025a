//! The value cube: plans, and for each the values known, as columns of indicator × period over its divisions.

mod column;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

pub(crate) use column::{Cell, Column};
use leitai_domain::{
    period::{Period, PeriodError},
    plan::{Plan, PlanError},
};
use leitai_proto::ingestion::v1 as wire;

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

/// A county that a plan judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct County {
    /// GB/T 2260 code.
    pub code: String,
    /// Full name.
    pub name: String,
    /// The prefecture's full name.
    pub prefecture: String,
    /// Its row in every column of its plan.
    row: usize,
}

/// A plan revision with the counties it judges.
#[derive(Debug)]
pub(crate) struct PlanFacts {
    /// The document.
    pub plan: Plan,
    /// Counts from 1.
    pub revision: i32,
    /// By code.
    pub counties: Vec<County>,
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
}

/// A plan and all values known of it.
#[derive(Debug)]
pub(crate) struct PlanValues {
    facts: Arc<PlanFacts>,
    rows: HashMap<String, usize>,
    columns: HashMap<String, BTreeMap<Period, Column>>,
    frozen: BTreeMap<Period, String>,
    proxies: HashMap<String, Arc<str>>,
    version: u64,
}

/// Everything known.
#[derive(Debug, Default)]
pub(crate) struct Cube {
    plans: BTreeMap<String, PlanValues>,
}

impl Cube {
    /// Takes in one change; answers with the round that it froze.
    pub fn apply(&mut self, kind: wire::change::Kind) -> Result<Option<Frozen>, CubeError> {
        match kind {
            wire::change::Kind::PlanApplied(applied) => self.plan_applied(applied).map(|()| None),
            wire::change::Kind::ObservationAccepted(accepted) => self.observed(accepted).map(|()| None),
            wire::change::Kind::RoundFrozen(round) => self.frozen(round).map(Some),
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

    fn plan_applied(&mut self, applied: wire::PlanApplied) -> Result<(), CubeError> {
        let document = applied.plan.ok_or(CubeError::Absent("plan"))?;
        let plan = Plan::from_toml(&document.document_toml)?;
        match self.plans.get_mut(&document.plan_id) {
            Some(values) => values.replace_plan(plan, document.revision, applied.counties),
            None => {
                self.plans.insert(document.plan_id, PlanValues::new(plan, document.revision, applied.counties));
            }
        }
        Ok(())
    }

    fn observed(&mut self, accepted: wire::ObservationAccepted) -> Result<(), CubeError> {
        let observation = accepted.observation.ok_or(CubeError::Absent("observation"))?;
        let period = observation.period.parse()?;
        self.known(accepted.plan_id)?.observe(period, observation);
        Ok(())
    }

    fn frozen(&mut self, round: wire::Round) -> Result<Frozen, CubeError> {
        let frozen = Frozen { period: round.period.parse()?, plan_id: round.plan_id, frozen_at: round.frozen_at };
        let values = self.known(frozen.plan_id.clone())?;
        values.frozen.insert(frozen.period, frozen.frozen_at.clone());
        Ok(frozen)
    }

    fn known(&mut self, plan_id: String) -> Result<&mut PlanValues, CubeError> {
        self.plans.get_mut(&plan_id).ok_or(CubeError::UnknownPlan(plan_id))
    }
}

impl PlanValues {
    fn new(plan: Plan, revision: i32, counties: Vec<wire::County>) -> Self {
        let mut rows = HashMap::new();
        let facts = Arc::new(PlanFacts { plan, revision, counties: placed(&mut rows, counties) });
        Self { facts, rows, columns: HashMap::new(), frozen: BTreeMap::new(), proxies: HashMap::new(), version: 0 }
    }

    /// A new revision keeps the values: they belong to indicators and divisions, not to the text.
    fn replace_plan(&mut self, plan: Plan, revision: i32, counties: Vec<wire::County>) {
        self.version += 1;
        self.facts = Arc::new(PlanFacts { plan, revision, counties: placed(&mut self.rows, counties) });
    }

    fn observe(&mut self, period: Period, observation: wire::Observation) {
        self.version += 1;
        let row = row_of(&mut self.rows, &observation.division_code);
        let proxy = (!observation.proxy.is_empty()).then(|| {
            let shared = self.proxies.entry(observation.proxy).or_insert_with_key(|text| text.as_str().into());
            Arc::clone(shared)
        });
        let cell = Cell {
            micros: observation.value_micros,
            text: observation.source_text,
            proxy,
            printed_rank: observation.printed_rank,
            simulated: observation.simulated,
        };
        self.columns.entry(observation.indicator_id).or_default().entry(period).or_default().set(row, cell);
    }

    /// The plan and its counties.
    pub fn facts(&self) -> &Arc<PlanFacts> {
        &self.facts
    }

    /// Changes with every change of plan or values.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// One indicator at one period.
    pub fn column(&self, indicator_id: &str, period: Period) -> Option<&Column> {
        self.columns.get(indicator_id)?.get(&period)
    }

    /// True where the round was frozen.
    pub fn is_frozen(&self, period: Period) -> bool {
        self.frozen.contains_key(&period)
    }

    /// Periods of the plan's year that have at least one value of one of its counties, ascending.
    pub fn periods(&self) -> Vec<Period> {
        let year = self.facts.plan.year;
        let has_value = |period: &Period| {
            let mut columns = self.columns.values().filter_map(|by_period| by_period.get(period));
            columns.any(|column| self.facts.counties.iter().any(|county| county.value(column).is_some()))
        };
        (1..=12).filter_map(|month| Period::new(year, month).ok()).filter(has_value).collect()
    }
}

impl County {
    /// Its value in a column of its plan.
    pub fn value(&self, column: &Column) -> Option<rust_decimal::Decimal> {
        column.value(self.row)
    }

    /// Its cell in a column of its plan.
    pub fn cell(&self, column: &Column) -> Option<Cell> {
        column.cell(self.row)
    }
}

/// Rows are given once and never moved, so that a plan's next revision can judge other counties on the same columns.
fn row_of(rows: &mut HashMap<String, usize>, code: &str) -> usize {
    let next = rows.len();
    rows.get(code).copied().unwrap_or_else(|| {
        rows.insert(code.to_owned(), next);
        next
    })
}

fn placed(rows: &mut HashMap<String, usize>, counties: Vec<wire::County>) -> Vec<County> {
    let mut placed: Vec<County> = counties
        .into_iter()
        .map(|county| County { row: row_of(rows, &county.code), code: county.code, name: county.name, prefecture: county.prefecture_name })
        .collect();
    placed.sort_by(|left, right| left.code.cmp(&right.code));
    placed
}

#[cfg(test)]
mod tests;
