//! Evaluating one round: every county target × county, as a pure function of the values known and the policy.

use std::{collections::BTreeSet, sync::Arc};

use leitai_domain::{
    period::Period,
    plan::{Indicator, Kind, Target},
    policy::Policy,
    ranking,
    still_needed::BaseShare,
    verdict::{self, Evidence, Instead, Light, Verdict},
};
use rust_decimal::Decimal;

use crate::{
    cube::{Column, County, PlanFacts, PlanValues},
    row::{LightCounts, Row},
    standings::{self, Standing},
    targets::{county_targets, is_due},
};

/// A round, evaluated.
#[derive(Debug)]
pub(crate) struct Round {
    /// The plan and its counties.
    pub facts: Arc<PlanFacts>,
    /// The period.
    pub period: Period,
    /// By indicator in the plan's order, then division by code.
    pub rows: Vec<Row>,
    /// Best first, unranked counties last by code.
    pub standings: Vec<Standing>,
    /// All verdicts by light.
    pub lights: LightCounts,
}

impl Round {
    /// True where any value in it was simulated.
    pub fn simulated(&self) -> bool {
        self.rows.iter().filter_map(|row| row.cell.as_ref()).any(|cell| cell.simulated)
    }

    /// Indicator name and what was measured in its place.
    pub fn proxies(&self) -> BTreeSet<(&str, &str)> {
        let name = |row: &Row| self.facts.plan.indicators.get(row.indicator).map(|indicator| indicator.name.as_str());
        self.rows.iter().filter_map(|row| Some((name(row)?, row.cell.as_ref()?.proxy.as_deref()?))).collect()
    }
}

/// Evaluates a round from what is known.
pub(crate) fn evaluate(values: &PlanValues, period: Period, policy: &Policy) -> Round {
    let facts = Arc::clone(values.facts());
    let rows: Vec<Row> = county_targets(&facts)
        .flat_map(|(position, indicator, target)| column_of_verdicts(values, position, indicator, target, period, policy))
        .collect();
    let lights = LightCounts::of(rows.iter().map(|row| row.verdict.light()));
    let standings = standings::of_round(values, period, &rows, policy);
    Round { facts, period, rows, standings, lights }
}

fn column_of_verdicts(
    values: &PlanValues,
    position: usize,
    indicator: &Indicator,
    target: &Target,
    period: Period,
    policy: &Policy,
) -> Vec<Row> {
    let year = Year::new(values, indicator, target, policy, period);
    let Some(view) = year.months.last() else { return Vec::new() };
    let counties = &values.facts().counties;
    let ranks = ranking::published_places(&view.values(counties), indicator.decimals);
    let ranked = ranks.iter().flatten().count();
    let row = |(at, (county, rank)): (usize, (&County, Option<u32>))| {
        let verdict = view.judge(county);
        let behind_since = year.behind_since(county, &verdict);
        Row { indicator: position, county: at, verdict, cell: view.own.and_then(|column| county.cell(column)), rank, ranked, behind_since }
    };
    counties.iter().zip(ranks).enumerate().map(row).collect()
}

/// One target from January up to a period.
struct Year<'a> {
    months: Vec<View<'a>>,
}

impl<'a> Year<'a> {
    fn new(values: &'a PlanValues, indicator: &'a Indicator, target: &'a Target, policy: &'a Policy, period: Period) -> Self {
        let months = (1..=period.month()).filter_map(|month| Period::new(period.year(), month).ok());
        Self { months: months.map(|month| View::new(values, indicator, target, policy, month)).collect() }
    }

    /// Walks back over the periods at which the target was due for as long as they are red; a period without a value ends the walk.
    fn behind_since(&self, county: &County, verdict: &Verdict) -> Option<Period> {
        if verdict.light() != Light::Red {
            return None;
        }
        let before = self.months.iter().rev().skip(1).filter(|view| view.is_due());
        let first = before.take_while(|view| view.judge(county).light() == Light::Red).last();
        first.or(self.months.last()).map(|view| view.period)
    }
}

/// One target at one period, with the columns that its verdicts are made from.
struct View<'a> {
    indicator: &'a Indicator,
    target: &'a Target,
    policy: &'a Policy,
    period: Period,
    own: Option<&'a Column>,
    instead: Vec<(&'a Indicator, &'a Column)>,
    base: Base<'a>,
}

/// Where last year's share of the same months comes from.
enum Base<'a> {
    /// The growth of a stock.
    NotAdditive,
    /// Last year's amounts up to the same month, and up to December.
    Amounts(Option<&'a Column>, Option<&'a Column>),
}

impl<'a> View<'a> {
    fn new(values: &'a PlanValues, indicator: &'a Indicator, target: &'a Target, policy: &'a Policy, period: Period) -> Self {
        let plan = &values.facts().plan;
        let measures = indicator.related.iter().chain(&indicator.level);
        let instead = measures.filter_map(|id| Some((plan.indicator(id)?, values.column(id, period)?))).collect();
        let amount = indicator.level.as_deref().and_then(|id| plan.indicator(id)).unwrap_or(indicator);
        let base = if amount.kind == Kind::Level {
            Base::NotAdditive
        } else if amount.kind == Kind::Flow {
            let last_year = |month: Period| values.column(&amount.id, month.last_year());
            Base::Amounts(last_year(period), Period::new(period.year(), 12).ok().and_then(last_year))
        } else {
            Base::Amounts(None, None)
        };
        Self { indicator, target, policy, period, own: values.column(&indicator.id, period), instead, base }
    }

    fn values(&self, counties: &[County]) -> Vec<Option<Decimal>> {
        counties.iter().map(|county| self.own.and_then(|column| county.value(column))).collect()
    }

    fn is_due(&self) -> bool {
        is_due(self.indicator, self.target, self.period)
    }

    fn judge(&self, county: &County) -> Verdict {
        verdict::judge(self.indicator, self.target, self.period, &self.evidence(county), self.policy)
    }

    fn evidence(&self, county: &County) -> Evidence<'a> {
        let instead = |(indicator, column): &(&'a Indicator, &Column)| Some(Instead { indicator, value: county.value(column)? });
        let base = match self.base {
            Base::NotAdditive => BaseShare::NotAdditive,
            Base::Amounts(same_months, december) => {
                let amount = |column: Option<&Column>| column.and_then(|column| county.value(column));
                BaseShare::from_levels(self.period, amount(same_months), amount(december))
            }
        };
        let value = self.own.and_then(|column| county.value(column));
        let instead = if value.is_some() { Vec::new() } else { self.instead.iter().filter_map(instead).collect() };
        Evidence { value, instead, base }
    }
}

#[cfg(test)]
mod tests;
