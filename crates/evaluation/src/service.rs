//! What can be asked of evaluation.

use std::sync::Arc;

use leitai_domain::{period::Period, verdict::Light};
use leitai_rpc::{failure::Failure, paging::Page};
use time::OffsetDateTime;

use crate::{
    cube::{Cube, PlanValues},
    error::QueryError,
    round::Round,
    row::Row,
    standings::Standing,
    state::State,
    target_round::TargetRound,
};

/// Which round, as known when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    /// The plan.
    pub plan_id: &'a str,
    /// The period.
    pub period: Period,
    /// As known at this time; `None` is now.
    pub as_of: Option<OffsetDateTime>,
}

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

    /// What everything is judged by and evaluated from.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// One verdict.
    pub fn verdict(&self, asked: Asked<'_>, indicator_id: &str, division: &str) -> Result<(Arc<Round>, Row), Failure> {
        let round = self.round(asked)?;
        let (target, county) = (target(&round, indicator_id)?, county(&round, division)?);
        let row = round.row(target, county).ok_or_else(|| QueryError::Indicator(indicator_id.into()))?;
        Ok((round, row))
    }

    /// Verdicts of a round, by indicator and division.
    pub fn verdicts(&self, asked: Asked<'_>, filter: &Filter, page: &Page) -> Result<Part<Row>, Failure> {
        let round = self.round(asked)?;
        let counties = match &filter.division_code {
            Some(code) => {
                let county = county(&round, code)?;
                county..county + 1
            }
            None => 0..round.facts.counties.len(),
        };
        if let Some(id) = &filter.indicator_id {
            target(&round, id)?;
        }
        let targets = round.targets.iter().filter(|target| keeps(&round, filter, target));
        let all = targets.flat_map(|target| counties.clone().map(move |county| (target, county)));
        let kept = all.filter(|(target, county)| filter.keeps(target, *county));
        let (kept, next_page_token) = page.slice(kept, |(target, county)| vec![ordinal(target.position), ordinal(*county)]);
        let rows = kept.into_iter().filter_map(|(target, county)| round.row(target, county)).collect();
        Ok(Part { round, rows, next_page_token })
    }

    /// Standings of a round, by group, best first; of one group where `group` is not empty.
    pub fn standings(&self, asked: Asked<'_>, group: &str, page: &Page) -> Result<Part<Standing>, Failure> {
        let round = self.round(asked)?;
        let place = |standing: &Standing| ordinal(standing.rank.map_or(usize::MAX, |rank| rank as usize));
        let kept = round.standings.iter().filter(|standing| group.is_empty() || standing.group == group);
        let key = |standing: &&Standing| vec![ordinal(standing.group_number), place(standing), ordinal(standing.county)];
        let (rows, next_page_token) = page.slice(kept, key);
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
            frozen: values.freeze_of(period).is_some(),
        };
        Ok((rounds.into_iter().map(summary).collect(), next))
    }

    /// The round as known then.
    pub fn round(&self, asked: Asked<'_>) -> Result<Arc<Round>, QueryError> {
        let Asked { plan_id, period, as_of } = asked;
        let cube = self.state.cube()?;
        let values = plan(&cube, plan_id)?;
        let year = values.facts().plan.year;
        if period.year() != year {
            return Err(QueryError::Period { plan: plan_id.to_owned(), year, period });
        }
        let Some(time) = as_of else { return Ok(self.state.round(plan_id, values, period)) };
        let then = cube.moment(time).and_then(|moment| self.state.round_at(plan_id, values, period, moment, time));
        then.ok_or_else(|| QueryError::PlanNotYet { plan: plan_id.to_owned(), time })
    }
}

impl Filter {
    fn keeps(&self, target: &TargetRound, county: usize) -> bool {
        let light = target.reasons.of(county).map(|reason| reason.light());
        self.lights.is_empty() || light.is_some_and(|light| self.lights.contains(&light))
    }
}

fn plan<'a>(cube: &'a Cube, plan_id: &str) -> Result<&'a PlanValues, QueryError> {
    cube.plan(plan_id).ok_or_else(|| QueryError::Plan(plan_id.to_owned()))
}

/// What the plan does not have is a mistake, not an empty list.
pub(crate) fn target<'a>(round: &'a Round, indicator_id: &str) -> Result<&'a TargetRound, QueryError> {
    let is_it =
        |target: &&TargetRound| round.facts.plan.indicators.get(target.position).is_some_and(|indicator| indicator.id == indicator_id);
    round.targets.iter().find(is_it).ok_or_else(|| QueryError::Indicator(indicator_id.to_owned()))
}

/// The county's place in the plan's counties.
pub(crate) fn county(round: &Round, code: &str) -> Result<usize, QueryError> {
    round.facts.counties.iter().position(|county| county.code == code).ok_or_else(|| QueryError::Division(code.to_owned()))
}

fn keeps(round: &Round, filter: &Filter, target: &TargetRound) -> bool {
    let Some(indicator) = round.facts.plan.indicators.get(target.position) else { return false };
    let owners = indicator.target.as_ref().map(|target| target.owners.as_slice()).unwrap_or_default();
    filter.indicator_id.as_ref().is_none_or(|id| *id == indicator.id) && filter.agency.as_ref().is_none_or(|agency| owners.contains(agency))
}

/// A number that sorts as text.
pub(crate) fn ordinal(number: usize) -> String {
    format!("{number:020}")
}
