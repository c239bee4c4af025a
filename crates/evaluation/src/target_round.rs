//! One county target in a round: reasons by month, places, and each county's verdict in full.

use std::sync::OnceLock;

use leitai_domain::{
    assessment::{self, Assessment, Expected, Known, Reasons},
    micros,
    period::Period,
    plan::{Indicator, Kind, Target},
    policy::Policy,
    ranking::{self, Place},
    still_needed::BaseShare,
    verdict::{self, Evidence, Instead, Light, Verdict},
};
use rayon::prelude::*;

use crate::{
    cube::{Column, County, PlanFacts, PlanValues},
    outlook::Outlook,
    targets::county_targets,
};

/// Verdicts that take about as long as waking another thread pays for.
const WORTH_A_THREAD: usize = 20_000;

/// One county target, assessed from January up to the round's period.
#[derive(Debug)]
pub(crate) struct TargetRound {
    /// Place of the indicator in the plan's list.
    pub position: usize,
    /// Why each county has its light, in the counties' order.
    pub reasons: Reasons,
    /// Values × 10⁶ as published, [`micros::ABSENT`] where there is none.
    pub published: Vec<i64>,
    /// Places among the counties with a value.
    pub places: Vec<Option<Place>>,
    /// Counties with a value.
    pub ranked: usize,
    /// What is expected of each county at the period.
    pub expected: Expected,
    /// Made when it is first asked for.
    pub outlook: OnceLock<Option<Outlook>>,
    /// Counties that are red, by earlier due month, newest first.
    earlier_reds: Vec<(Period, Vec<bool>)>,
}

impl TargetRound {
    /// All county targets of a plan, on as many cores as there are where the counties are worth it.
    pub fn of_all(facts: &PlanFacts, assess: impl Fn(usize, &Indicator, &Target) -> Self + Sync) -> Vec<Self> {
        let targets: Vec<(usize, &Indicator, &Target)> = county_targets(facts).collect();
        let together = (WORTH_A_THREAD / facts.counties.len().max(1)).max(1);
        let assess = |(position, indicator, target): &(usize, &Indicator, &Target)| assess(*position, indicator, target);
        targets.par_iter().with_min_len(together).map(assess).collect()
    }

    /// Assesses a target, with places and since when counties are behind.
    pub fn new(values: &PlanValues, position: usize, indicator: &Indicator, target: &Target, period: Period, policy: &Policy) -> Self {
        let mut now = Self::at(values, position, indicator, target, period, policy);
        // Where nobody is behind now, nobody asks since when.
        let any_red = now.reasons.iter().any(|reason| reason.light() == Light::Red);
        let months = period.earlier_this_year().filter(|_| any_red);
        let reds = |reasons: Reasons| reasons.iter().map(|reason| reason.light() == Light::Red).collect();
        let earlier = months.map(|month| (month, Self::at(values, position, indicator, target, month, policy)));
        now.earlier_reds = earlier.filter(|(_, then)| then.is_due()).map(|(month, then)| (month, reds(then.reasons))).collect();
        now.places = ranking::column_places(&now.published, indicator.decimals);
        now.ranked = now.places.iter().flatten().count();
        now
    }

    /// Assesses a target at one period and no more: nobody has a place, and nothing says since when a county is behind.
    pub fn at(values: &PlanValues, position: usize, indicator: &Indicator, target: &Target, period: Period, policy: &Policy) -> Self {
        let view = View::new(values, indicator, period);
        let Assessment { reasons, published, expected } =
            assessment::assess(indicator, target, period, &view, values.facts().counties.len(), policy);
        Self { position, reasons, published, expected, places: Vec::new(), ranked: 0, outlook: OnceLock::new(), earlier_reds: Vec::new() }
    }

    /// True where the target expects something at the period.
    pub fn is_due(&self) -> bool {
        self.expected != Expected::Nothing
    }

    /// First period of the unbroken run of red verdicts that ends at `period`. A due period without a value ends the walk back.
    pub fn behind_since(&self, county: usize, period: Period) -> Option<Period> {
        self.reasons.of(county).filter(|reason| reason.light() == Light::Red)?;
        let run = self.earlier_reds.iter().take_while(|(_, reds)| reds.get(county) == Some(&true));
        Some(run.last().map_or(period, |(month, _)| *month))
    }
}

/// One indicator at one period, with the columns that its verdicts are made from.
pub(crate) struct View<'a> {
    indicator: &'a Indicator,
    period: Period,
    counties: &'a [County],
    own: Option<&'a Column>,
    values: Vec<i64>,
    instead: Vec<(&'a Indicator, &'a Column)>,
    base: Base<'a>,
    /// Counties whose value came in after its round was frozen without one, ascending.
    late: Vec<usize>,
}

/// Where last year's share of the same months comes from.
enum Base<'a> {
    /// The growth of a stock.
    NotAdditive,
    /// Last year's amounts up to the same month, and up to December.
    Amounts(Option<&'a Column>, Option<&'a Column>),
}

impl<'a> View<'a> {
    /// What is known of an indicator at a period.
    pub fn new(values: &'a PlanValues, indicator: &'a Indicator, period: Period) -> Self {
        let facts = values.facts();
        let column = |id: &str, period| values.column(id, period).map(AsRef::as_ref);
        let measures = indicator.related.iter().chain(&indicator.level);
        let instead = measures.filter_map(|id| Some((facts.plan.indicator(id)?, column(id, period)?))).collect();
        let own = column(&indicator.id, period);
        let counties = facts.counties.as_slice();
        let own_values = own.map(|column| counties.iter().map(|county| county.micros(column)).collect()).unwrap_or_default();
        let late = own.map(|column| values.backfilled(column, period)).unwrap_or_default();
        Self { indicator, period, counties, own, values: own_values, instead, base: Base::of(values, indicator, period), late }
    }

    /// A county's verdict in full.
    pub fn judge(&self, target: &Target, county: usize, policy: &Policy) -> Verdict {
        verdict::judge(self.indicator, target, self.period, &self.evidence(county), policy)
    }

    /// The column of its own values.
    pub fn own(&self) -> Option<&'a Column> {
        self.own
    }

    fn evidence(&self, county: usize) -> Evidence<'a> {
        let value = self.values.get(county).copied().and_then(micros::value).map(leitai_domain::decimal::from_micros);
        let measured = |(indicator, column): &(&'a Indicator, &'a Column)| {
            Some(Instead { indicator, value: self.counties.get(county)?.value(column)? })
        };
        let instead = if value.is_some() { Vec::new() } else { self.instead.iter().filter_map(measured).collect() };
        Evidence { value, instead, base: self.base(county), late: self.late.binary_search(&county).is_ok() }
    }
}

impl Known for View<'_> {
    fn values(&self) -> &[i64] {
        &self.values
    }

    fn base(&self, county: usize) -> BaseShare {
        let county = self.counties.get(county);
        match self.base {
            Base::NotAdditive => BaseShare::NotAdditive,
            Base::Amounts(same_months, december) => {
                let amount = |column: Option<&Column>| column.zip(county).and_then(|(column, county)| county.value(column));
                BaseShare::from_levels(self.period, amount(same_months), amount(december))
            }
        }
    }

    fn late(&self) -> Vec<usize> {
        self.late.clone()
    }

    fn another_was_reported(&self, county: usize) -> bool {
        let county = self.counties.get(county);
        self.instead.iter().any(|(_, column)| county.is_some_and(|county| county.micros(column) != micros::ABSENT))
    }
}

impl<'a> Base<'a> {
    fn of(values: &'a PlanValues, indicator: &'a Indicator, period: Period) -> Self {
        let amount = indicator.level.as_deref().and_then(|id| values.facts().plan.indicator(id)).unwrap_or(indicator);
        let last_year = |month: Period| values.column(&amount.id, month.last_year()).map(AsRef::as_ref);
        match amount.kind {
            Kind::Level => Self::NotAdditive,
            Kind::Flow => Self::Amounts(last_year(period), Period::new(period.year(), 12).ok().and_then(last_year)),
            Kind::Rate | Kind::Share | Kind::Change => Self::Amounts(None, None),
        }
    }
}
