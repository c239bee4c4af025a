//! What can be asked of evaluation.

use std::sync::Arc;

use leitai_domain::{period::Period, verdict::Light};
use leitai_rpc::{failure::Failure, paging::Page};

use crate::{
    cube::{Cube, PlanValues},
    error::QueryError,
    round::Round,
    row::Row,
    standings::Standing,
    state::State,
};

/// Which verdicts of a round; an empty filter takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// One indicator's only.
    pub indicator_id: Option<String>,
    /// One division's only.
    pub division_code: Option<String>,
    /// Only with one of these lights.
    pub lights: Vec<Light>,
    /// Only those that this agency evaluates.
    pub agency: Option<String>,
}

/// Some rows of a round, and the next page's token.
pub(crate) struct Part<T> {
    /// The round they belong to.
    pub round: Arc<Round>,
    /// The rows.
    pub rows: Vec<T>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// A round with values.
pub(crate) struct Summary {
    /// The round.
    pub round: Arc<Round>,
    /// True where its findings were published.
    pub frozen: bool,
}

/// The use cases: everything that reads the cube.
#[derive(Debug, Clone)]
pub(crate) struct Queries {
    state: Arc<State>,
}

impl Queries {
    /// Queries on what the follower keeps fresh.
    pub fn new(state: Arc<State>) -> Self {
        Self { state }
    }

    /// How scores are made.
    pub fn score_method(&self) -> String {
        crate::method::score(self.state.policy())
    }

    /// One verdict.
    pub fn verdict(&self, plan_id: &str, period: Period, indicator_id: &str, division: &str) -> Result<(Arc<Round>, Row), Failure> {
        let round = self.round(plan_id, period)?;
        let filter = Filter { indicator_id: Some(indicator_id.into()), division_code: Some(division.into()), ..Filter::default() };
        check(&round, &filter)?;
        let row = round.rows.iter().find(|row| keeps(&round, &filter, row)).cloned();
        Ok((Arc::clone(&round), row.ok_or_else(|| QueryError::Indicator(indicator_id.into()))?))
    }

    /// Verdicts of a round, by indicator and division.
    pub fn verdicts(&self, plan_id: &str, period: Period, filter: &Filter, page: &Page) -> Result<Part<Row>, Failure> {
        let round = self.round(plan_id, period)?;
        check(&round, filter)?;
        let kept = round.rows.iter().filter(|row| keeps(&round, filter, row));
        let (rows, next_page_token) = page.slice(kept, |row| vec![ordinal(row.indicator), ordinal(row.county)]);
        let rows = rows.into_iter().cloned().collect();
        Ok(Part { round, rows, next_page_token })
    }

    /// Standings of a round, best first.
    pub fn standings(&self, plan_id: &str, period: Period, page: &Page) -> Result<Part<Standing>, Failure> {
        let round = self.round(plan_id, period)?;
        let place = |standing: &&Standing| ordinal(standing.score.rank.map_or(usize::MAX, |rank| rank as usize));
        let (rows, next_page_token) = page.slice(&round.standings, |standing| vec![place(standing), ordinal(standing.county)]);
        let rows = rows.into_iter().cloned().collect();
        Ok(Part { round, rows, next_page_token })
    }

    /// Rounds with values, by plan and period; `plan_id` empty for all plans.
    pub fn rounds(&self, plan_id: &str, page: &Page) -> Result<(Vec<Summary>, String), Failure> {
        let cube = self.state.cube()?;
        if !plan_id.is_empty() {
            plan(&cube, plan_id)?;
        }
        let wanted = cube.plans().filter(|(id, _)| plan_id.is_empty() || *id == plan_id);
        let rounds = wanted.flat_map(|(id, values)| values.periods().into_iter().map(move |period| (id, values, period)));
        let (rounds, next) = page.slice(rounds, |(id, _, period)| vec![(*id).to_owned(), period.to_string()]);
        let summary = |(id, values, period): (&str, &PlanValues, Period)| Summary {
            round: self.state.round(id, values, period),
            frozen: values.is_frozen(period),
        };
        Ok((rounds.into_iter().map(summary).collect(), next))
    }

    fn round(&self, plan_id: &str, period: Period) -> Result<Arc<Round>, QueryError> {
        let cube = self.state.cube()?;
        let values = plan(&cube, plan_id)?;
        let year = values.facts().plan.year;
        if period.year() != year {
            return Err(QueryError::Period { plan: plan_id.to_owned(), year, period });
        }
        Ok(self.state.round(plan_id, values, period))
    }
}

fn plan<'a>(cube: &'a Cube, plan_id: &str) -> Result<&'a PlanValues, QueryError> {
    cube.plan(plan_id).ok_or_else(|| QueryError::Plan(plan_id.to_owned()))
}

/// A filter that names what the plan does not have is a mistake, not an empty list.
fn check(round: &Round, filter: &Filter) -> Result<(), QueryError> {
    let targets: Vec<&str> = round.facts.plan.county_targets().map(|(indicator, _)| indicator.id.as_str()).collect();
    if let Some(id) = filter.indicator_id.as_ref().filter(|id| !targets.contains(&id.as_str())) {
        return Err(QueryError::Indicator(id.clone()));
    }
    let judged = |code: &String| round.facts.counties.iter().any(|county| county.code == *code);
    match filter.division_code.as_ref().filter(|code| !judged(code)) {
        Some(code) => Err(QueryError::Division(code.clone())),
        None => Ok(()),
    }
}

fn keeps(round: &Round, filter: &Filter, row: &Row) -> bool {
    let facts = &round.facts;
    let (Some(indicator), Some(county)) = (facts.plan.indicators.get(row.indicator), facts.counties.get(row.county)) else { return false };
    let owners = indicator.target.as_ref().map(|target| target.owners.as_slice()).unwrap_or_default();
    filter.indicator_id.as_ref().is_none_or(|id| *id == indicator.id)
        && filter.division_code.as_ref().is_none_or(|code| *code == county.code)
        && (filter.lights.is_empty() || filter.lights.contains(&row.verdict.light()))
        && filter.agency.as_ref().is_none_or(|agency| owners.contains(agency))
}

/// A number that sorts as text.
fn ordinal(number: usize) -> String {
    format!("{number:020}")
}
