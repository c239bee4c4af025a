//! A plan and all values known of it, now or at a moment.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use leitai_domain::{micros, period::Period, plan::Plan};
use leitai_proto::ingestion::v1 as wire;

use super::{Cell, Column, moments::Moment};

/// A county that a plan judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct County {
    /// GB/T 2260 code.
    pub code: String,
    /// Full name.
    pub name: String,
    /// The prefecture's full name.
    pub prefecture: String,
    /// The prefecture's GB/T 2260 code.
    pub prefecture_code: String,
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

/// When a round was frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Freeze {
    /// RFC 3339 UTC.
    pub at: String,
    /// What was known by then is in the round.
    pub moment: Moment,
}

/// A plan and all values known of it. A clone shares the columns until one of the two changes.
#[derive(Debug, Clone)]
pub(crate) struct PlanValues {
    facts: Arc<PlanFacts>,
    /// Every revision with the moment since when, oldest first.
    revisions: Vec<(Moment, Arc<PlanFacts>)>,
    rows: Arc<HashMap<String, usize>>,
    columns: HashMap<String, BTreeMap<Period, Arc<Column>>>,
    frozen: BTreeMap<Period, Freeze>,
    texts: HashMap<String, Arc<str>>,
    version: u64,
}

impl PlanValues {
    /// A plan without values.
    pub(super) fn new(plan: Plan, revision: i32, counties: Vec<wire::County>, moment: Moment) -> Self {
        let mut rows = HashMap::new();
        let facts = Arc::new(PlanFacts { plan, revision, counties: placed(&mut rows, counties) });
        Self {
            revisions: vec![(moment, Arc::clone(&facts))],
            facts,
            rows: Arc::new(rows),
            columns: HashMap::new(),
            frozen: BTreeMap::new(),
            texts: HashMap::new(),
            version: 0,
        }
    }

    /// A new revision keeps the values: they belong to indicators and divisions, not to the text.
    pub(super) fn replace_plan(&mut self, plan: Plan, revision: i32, counties: Vec<wire::County>, moment: Moment) {
        self.version += 1;
        self.facts = Arc::new(PlanFacts { plan, revision, counties: placed(Arc::make_mut(&mut self.rows), counties) });
        self.revisions.push((moment, Arc::clone(&self.facts)));
    }

    pub(super) fn observe(&mut self, period: Period, observation: wire::Observation, submitter: String, moment: Moment) {
        let proxy = self.shared(observation.proxy);
        let submitter = self.shared(submitter);
        let cell = Cell {
            micros: observation.value_micros,
            text: observation.source_text,
            proxy,
            printed_rank: observation.printed_rank,
            simulated: observation.simulated,
            submitter,
        };
        let row = self.row(&observation.division_code);
        self.column_mut(observation.indicator_id, period).set(row, moment, cell);
    }

    /// The same text once for all values; `None` for an empty one.
    fn shared(&mut self, text: String) -> Option<Arc<str>> {
        let shared = (!text.is_empty()).then(|| self.texts.entry(text).or_insert_with_key(|text| text.as_str().into()));
        shared.map(|text| Arc::clone(text))
    }

    pub(super) fn freeze(&mut self, period: Period, at: String, moment: Moment) {
        self.version += 1;
        self.frozen.insert(period, Freeze { at, moment });
    }

    /// What was known at a moment; `None` where the plan was not yet.
    pub fn at(&self, moment: Moment) -> Option<Self> {
        let revisions: Vec<_> = self.revisions.iter().filter(|(since, _)| *since <= moment).cloned().collect();
        let then = |periods: &BTreeMap<Period, Arc<Column>>| -> BTreeMap<Period, Arc<Column>> {
            periods.iter().filter_map(|(period, column)| Some((*period, column.at(moment)?))).collect()
        };
        let facts = revisions.last().map(|(_, facts)| Arc::clone(facts))?;
        Some(Self {
            facts,
            revisions,
            rows: Arc::clone(&self.rows),
            columns: self.columns.iter().map(|(id, periods)| (id.clone(), then(periods))).collect(),
            frozen: self
                .frozen
                .iter()
                .filter(|(_, freeze)| freeze.moment <= moment)
                .map(|(period, freeze)| (*period, freeze.clone()))
                .collect(),
            texts: HashMap::new(),
            version: self.version,
        })
    }

    /// The same values under another revision of the plan.
    pub fn under(&self, facts: Arc<PlanFacts>) -> Self {
        Self { facts, ..self.clone() }
    }

    /// The same with one value in another's place, or with none.
    pub fn suppose(&mut self, division: &str, indicator_id: &str, period: Period, micros: Option<i64>) {
        let row = self.row(division);
        let column = self.column_mut(indicator_id.to_owned(), period);
        match micros {
            Some(micros) => column.set(
                row,
                Moment::NEWEST,
                Cell { micros, text: leitai_domain::decimal::from_micros(micros).to_string(), ..Cell::default() },
            ),
            None => column.clear(row),
        }
    }

    /// Counties, by their place in the plan, whose value came in after its round was frozen without one; nobody before it is frozen.
    pub fn backfilled(&self, column: &Column, period: Period) -> Vec<usize> {
        let Some(freeze) = self.frozen.get(&period) else { return Vec::new() };
        let late: HashSet<usize> = column.first_since(freeze.moment).collect();
        if late.is_empty() {
            return Vec::new();
        }
        self.facts.counties.iter().enumerate().filter(|(_, county)| late.contains(&county.row)).map(|(place, _)| place).collect()
    }

    /// The newest revision and its counties.
    pub fn facts(&self) -> &Arc<PlanFacts> {
        &self.facts
    }

    /// Changes with every change of plan, values or freezes.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// One indicator at one period.
    pub fn column(&self, indicator_id: &str, period: Period) -> Option<&Arc<Column>> {
        self.columns.get(indicator_id)?.get(&period)
    }

    /// When the round was frozen.
    pub fn freeze_of(&self, period: Period) -> Option<&Freeze> {
        self.frozen.get(&period)
    }

    /// The value of any division, counties or not, in 10⁻⁶.
    pub fn micros(&self, division: &str, indicator_id: &str, period: Period) -> Option<i64> {
        let row = self.rows.get(division)?;
        micros::value(self.column(indicator_id, period)?.micros(*row))
    }

    /// Periods of the plan's year that have at least one value of one of its counties, ascending.
    pub fn periods(&self) -> Vec<Period> {
        let facts = &self.facts;
        let has_value = |period: &Period| {
            let mut columns = self.columns.values().filter_map(|by_period| by_period.get(period));
            columns.any(|column| facts.counties.iter().any(|county| county.micros(column) != micros::ABSENT))
        };
        (1..=12).filter_map(|month| Period::new(facts.plan.year, month).ok()).filter(has_value).collect()
    }

    /// Every indicator and period with values.
    pub fn columns(&self) -> impl Iterator<Item = (&str, Period, &Arc<Column>)> {
        self.columns.iter().flat_map(|(id, periods)| periods.iter().map(move |(period, column)| (id.as_str(), *period, column)))
    }

    fn row(&mut self, code: &str) -> usize {
        match self.rows.get(code) {
            Some(row) => *row,
            None => row_of(Arc::make_mut(&mut self.rows), code),
        }
    }

    fn column_mut(&mut self, indicator_id: String, period: Period) -> &mut Column {
        self.version += 1;
        Arc::make_mut(self.columns.entry(indicator_id).or_default().entry(period).or_default())
    }
}

impl County {
    /// Its value in a column of its plan.
    pub fn value(&self, column: &Column) -> Option<rust_decimal::Decimal> {
        column.value(self.row)
    }

    /// Its value in a column of its plan, in 10⁻⁶, [`micros::ABSENT`] where there is none.
    pub fn micros(&self, column: &Column) -> i64 {
        column.micros(self.row)
    }

    /// Its cell in a column of its plan.
    pub fn cell(&self, column: &Column) -> Option<Cell> {
        column.cell(self.row)
    }

    /// Since when its value in a column is in force.
    pub fn since(&self, column: &Column) -> Option<Moment> {
        column.since(self.row)
    }

    /// True where its value in a column was simulated.
    pub fn is_simulated(&self, column: &Column) -> bool {
        column.is_simulated(self.row)
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
    let place = |county: wire::County| County {
        row: row_of(rows, &county.code),
        code: county.code,
        name: county.name,
        prefecture: county.prefecture_name,
        prefecture_code: county.prefecture_code,
    };
    let mut placed: Vec<County> = counties.into_iter().map(place).collect();
    placed.sort_by(|left, right| left.code.cmp(&right.code));
    placed
}
