//! Standings of a round: composite score, place and movement of each county.

use leitai_domain::{period::Period, policy::Policy, ranking, score};

use crate::{
    cube::PlanValues,
    row::{LightCounts, Row},
    targets::{county_targets, is_due},
};

/// A county's place in a round.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    /// Place of the county in the plan's counties.
    pub county: usize,
    /// Score, place and how many indicators entered.
    pub score: score::Standing,
    /// Places won since the last round that had standings.
    pub movement: Option<i32>,
    /// Indicators due.
    pub due: usize,
    /// Its verdicts by light.
    pub lights: LightCounts,
    /// True where any value of it was simulated.
    pub simulated: bool,
}

/// Standings, best first; unranked counties last, by code.
pub(crate) fn of_round(values: &PlanValues, period: Period, rows: &[Row], policy: &Policy) -> Vec<Standing> {
    let (scores, due) = scores(values, period, policy);
    let before =
        earlier(period).map(|period| self::scores(values, period, policy).0).find(|scores| scores.iter().any(|s| s.rank.is_some()));
    let place_before = |county: usize| before.as_ref().and_then(|scores| scores.get(county)?.rank);
    let standing = |(county, score): (usize, score::Standing)| {
        let movement = ranking::movement(place_before(county), score.rank);
        Standing { county, score, movement, due, lights: LightCounts::default(), simulated: false }
    };
    let mut standings: Vec<Standing> = scores.into_iter().enumerate().map(standing).collect();
    for row in rows {
        if let Some(standing) = standings.get_mut(row.county) {
            standing.lights.add(row.verdict.light());
            standing.simulated |= row.cell.as_ref().is_some_and(|cell| cell.simulated);
        }
    }
    standings.sort_by_key(|standing| (standing.score.rank.unwrap_or(u32::MAX), standing.county));
    standings
}

/// Scores by county, and how many indicators are due.
fn scores(values: &PlanValues, period: Period, policy: &Policy) -> (Vec<score::Standing>, usize) {
    let facts = values.facts();
    let due = county_targets(facts).filter(|(_, indicator, target)| is_due(indicator, target, period));
    let columns: Vec<score::Column> = due
        .map(|(_, indicator, _)| {
            let column = values.column(&indicator.id, period);
            let values = facts.counties.iter().map(|county| column.and_then(|column| county.value(column)));
            score::Column { decimals: indicator.decimals, values: values.collect() }
        })
        .collect();
    (score::standings(&columns, facts.counties.len(), &policy.composite), columns.len())
}

fn earlier(period: Period) -> impl Iterator<Item = Period> {
    (1..period.month()).rev().filter_map(move |month| Period::new(period.year(), month).ok())
}
