//! What revisions between two moments changed in a round.

use std::{collections::BTreeMap, sync::Arc};

use leitai_domain::{micros, period::Period};
use leitai_rpc::{failure::Failure, paging::Page};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::Analyses;
use crate::{
    cube::{Column, Moment},
    error::QueryError,
    round::Round,
    row::Row,
    service::{Asked, ordinal},
    standings::Standing,
};

/// From when to when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// `None`: when the round was frozen.
    pub before: Option<OffsetDateTime>,
    /// `None`: now.
    pub after: Option<OffsetDateTime>,
}

/// One thing that is another now.
#[derive(Debug)]
pub(crate) enum Effect {
    /// A value came, or another took its place: county, indicator, period, before and after × 10⁶.
    Value { county: usize, indicator: String, period: Period, before: Option<i64>, after: Option<i64> },
    /// A verdict: before and after.
    Verdict(Box<Row>, Box<Row>),
    /// A standing: before and after, absent where the county is not judged.
    Standing(Box<(Option<Standing>, Option<Standing>)>),
}

/// The round at both moments with what differs, and the next page's token.
pub(crate) struct Effects {
    /// As known before.
    pub before: Arc<Round>,
    /// As known after.
    pub after: Arc<Round>,
    /// Values, then verdicts, then standings.
    pub effects: Vec<Effect>,
    /// Empty on the last page.
    pub next_page_token: String,
}

impl Analyses {
    /// The round as known when it was frozen, or at a moment, with when it was frozen by then.
    pub fn round_as_of(&self, asked: Asked<'_>) -> Result<(Arc<Round>, Option<String>), Failure> {
        let frozen = self.frozen(asked)?;
        match (asked.as_of, frozen) {
            (Some(time), frozen) => Ok((self.queries.round(asked)?, frozen.filter(|frozen| frozen.time <= time).map(|frozen| frozen.at))),
            (None, Some(frozen)) => Ok((frozen.round, Some(frozen.at))),
            (None, None) => Ok((self.queries.round(asked)?, None)),
        }
    }

    /// When a moment was, Unix milliseconds; `None` for one that never was.
    pub fn time_of(&self, moment: Moment) -> Option<i64> {
        self.queries.state().known_so_far().time_of(moment)
    }

    /// What is another after than before.
    pub fn effects(&self, asked: Asked<'_>, span: Span, page: &Page) -> Result<Effects, Failure> {
        let not_frozen = || QueryError::NotFrozen { plan: asked.plan_id.to_owned(), period: asked.period };
        let before = match span.before {
            Some(time) => self.queries.round(Asked { as_of: Some(time), ..asked })?,
            None => self.frozen(asked)?.ok_or_else(not_frozen)?.round,
        };
        let after = self.queries.round(Asked { as_of: span.after, ..asked })?;
        let differences = [values(&before, &after), verdicts(&before, &after), standings(&before, &after)];
        let (kept, next_page_token) = page.slice(differences.into_iter().flatten(), |(key, _)| key.clone());
        Ok(Effects { before, after, effects: kept.into_iter().map(|(_, effect)| effect).collect(), next_page_token })
    }

    /// The round as it was frozen; `None` where it was not.
    pub(super) fn frozen(&self, asked: Asked<'_>) -> Result<Option<Frozen>, Failure> {
        let state = self.queries.state();
        let cube = state.cube()?;
        let values = cube.plan(asked.plan_id).ok_or_else(|| QueryError::Plan(asked.plan_id.to_owned()))?;
        let Some(freeze) = values.freeze_of(asked.period) else { return Ok(None) };
        let time = OffsetDateTime::parse(&freeze.at, &Rfc3339).map_err(|error| Failure::internal(&error))?;
        let round = state.round_at(asked.plan_id, values, asked.period, freeze.moment, time);
        Ok(round.map(|round| Frozen { round, at: freeze.at.clone(), time }))
    }
}

/// A round as it was frozen.
pub(super) struct Frozen {
    pub round: Arc<Round>,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// The same.
    pub time: OffsetDateTime,
}

type Keyed = (Vec<String>, Effect);

fn key(kind: usize, first: impl ToString, second: impl ToString, county: usize) -> Vec<String> {
    vec![ordinal(kind), first.to_string(), second.to_string(), ordinal(county)]
}

/// Values up to the round's period, last year's among them.
fn values(before: &Round, after: &Round) -> Vec<Keyed> {
    let mut columns: BTreeMap<(&str, Period), [Option<&Arc<Column>>; 2]> = BTreeMap::new();
    for (side, round) in [before, after].into_iter().enumerate() {
        for (id, period, column) in
            round.known.columns().filter(|(_, period, _)| *period <= after.period || period.year() < after.period.year())
        {
            if let Some(slot) = columns.entry((id, period)).or_default().get_mut(side) {
                *slot = Some(column);
            }
        }
    }
    let differ = columns.into_iter().filter(|(_, [before, after])| !before.zip(*after).is_some_and(|(one, other)| Arc::ptr_eq(one, other)));
    differ.flat_map(|((id, period), [old, new])| column_effects(after, id, period, old, new)).collect()
}

fn column_effects(round: &Round, id: &str, period: Period, old: Option<&Arc<Column>>, new: Option<&Arc<Column>>) -> Vec<Keyed> {
    let read = |column: Option<&Arc<Column>>, county: usize| {
        column.zip(round.facts.counties.get(county)).and_then(|(column, county)| micros::value(county.micros(column)))
    };
    let effect = |county: usize| {
        let (before, after) = (read(old, county), read(new, county));
        let value = Effect::Value { county, indicator: id.to_owned(), period, before, after };
        (before != after).then(|| (key(0, id, period, county), value))
    };
    (0..round.facts.counties.len()).filter_map(effect).collect()
}

fn verdicts(before: &Round, after: &Round) -> Vec<Keyed> {
    let of = |round: &Round, row: &Row| {
        let indicator = round.facts.plan.indicators.get(row.indicator).map(|indicator| indicator.id.clone())?;
        Some((indicator, round.facts.counties.get(row.county)?.code.clone()))
    };
    let old: BTreeMap<_, _> = before.rows().filter_map(|row| Some((of(before, &row)?, row))).collect();
    let pair = |row: Row| old.get(&of(after, &row)?).cloned().map(|old| (old, row));
    let said =
        |row: &Row| (row.verdict.reason, row.verdict.expected, row.cell.as_ref().map(|cell| cell.micros), row.rank, row.behind_since);
    let changed = after.rows().filter_map(pair).filter(|(old, new)| said(old) != said(new));
    changed.map(|(old, new)| (key(1, ordinal(new.indicator), "", new.county), Effect::Verdict(Box::new(old), Box::new(new)))).collect()
}

fn standings(before: &Round, after: &Round) -> Vec<Keyed> {
    let code = |round: &Round, standing: &Standing| round.facts.counties.get(standing.county).map(|county| county.code.clone());
    let mut both: BTreeMap<String, (Option<Standing>, Option<Standing>)> = BTreeMap::new();
    for standing in &before.standings {
        both.entry(code(before, standing).unwrap_or_default()).or_default().0 = Some(standing.clone());
    }
    for standing in &after.standings {
        both.entry(code(after, standing).unwrap_or_default()).or_default().1 = Some(standing.clone());
    }
    let said = |standing: &Option<Standing>| standing.as_ref().map(|standing| (standing.score, standing.rank, standing.veto.clone()));
    let changed = both.into_iter().filter(|(_, (old, new))| said(old) != said(new));
    changed.map(|(code, (old, new))| (key(2, code, "", 0), Effect::Standing(Box::new((old, new))))).collect()
}
