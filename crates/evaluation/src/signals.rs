//! Integrity signals of a round: the values that each test of the domain takes, gathered from what the round knows.

use leitai_domain::{
    assessment::Expected,
    integrity::{self, Base, Quantity, Signal, Subject, Total, YearEnd},
    micros,
    period::Period,
    plan::{self, Indicator, Kind, Rollup, Scope},
    yardstick::{Asked, Yardstick},
};
use rust_decimal::prelude::ToPrimitive;

use crate::round::Round;

/// Something to verify, and the indicator it is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Noticed {
    /// Place of the indicator in the plan's list.
    pub position: usize,
    /// What the test says; its counties are places in the round's counties.
    pub signal: Signal,
}

/// Everything that the tests notice in a round, by kind, then indicator in the plan's order, then county by code.
pub(crate) fn of_round(round: &Round) -> Vec<Noticed> {
    let names: Vec<&str> = round.facts.counties.iter().map(|county| county.name.as_str()).collect();
    let due = |indicator: &&Indicator| indicator.is_due(round.period);
    let indicators = round.facts.plan.indicators.iter().enumerate().filter(|(_, indicator)| due(indicator));
    let mut noticed: Vec<Noticed> = indicators
        .flat_map(|(position, indicator)| {
            let scene = Scene { round, position, indicator, counties: &names };
            scene.signals().into_iter().map(move |signal| Noticed { position, signal })
        })
        .collect();
    // Stable: within an indicator each test's own order is kept.
    noticed.sort_by_key(|one| (one.signal.kind, one.position));
    noticed
}

/// One indicator of a round.
struct Scene<'a> {
    round: &'a Round,
    position: usize,
    indicator: &'a Indicator,
    counties: &'a [&'a str],
}

type Values = Vec<Option<i64>>;

impl Scene<'_> {
    fn signals(&self) -> Vec<Signal> {
        if self.indicator.scope == Scope::Province {
            return self.sum_mismatch().into_iter().collect();
        }
        let mut signals: Vec<Signal> = self.bunching().into_iter().collect();
        signals.extend(self.repeated());
        signals.extend(self.base_lowered());
        signals.extend(self.december_jump());
        signals.extend(self.last_digit());
        signals.extend(self.first_digit());
        signals
    }

    /// Only where every county is asked for the same, and of rates and shares: the test's curve does not fit counts that end at zero.
    fn bunching(&self) -> Option<Signal> {
        let period = self.round.period;
        if !matches!(self.indicator.kind, Kind::Rate | Kind::Share) {
            return None;
        }
        let same = |target: &&crate::target_round::TargetRound| matches!(target.expected, Expected::Same(_));
        self.round.targets.iter().filter(same).find(|target| target.position == self.position)?;
        let values = self.published(self.indicator, period);
        integrity::bunching(&values, self.least_met()?, &self.subject(&[period]), &self.round.policy.integrity)
    }

    fn repeated(&self) -> Vec<Signal> {
        let periods = self.due_periods();
        let columns: Vec<Values> = periods.iter().map(|period| self.published(self.indicator, *period)).collect();
        let row = |county: usize| -> Values { columns.iter().map(|column| column.get(county).copied().flatten()).collect() };
        let panel: Vec<Values> = (0..self.counties.len()).map(row).collect();
        integrity::repeated(&panel, &self.subject(&periods), &self.round.policy.integrity)
    }

    /// A growth rate beside its amount of both years.
    fn base_lowered(&self) -> Vec<Signal> {
        let period = self.round.period;
        let amount = self.indicator.level.as_deref().and_then(|id| self.round.facts.plan.indicator(id));
        let (Some(amount), Some(met_from), Kind::Rate) = (amount, self.least_met(), self.indicator.kind) else { return Vec::new() };
        let columns = [self.published(self.indicator, period), self.published(amount, period), self.published(amount, period.last_year())];
        let base = |county: usize| {
            let [growth, amount, last_year] = columns.each_ref().map(|column| column.get(county).copied().flatten());
            Some(Base { growth: growth?, amount: amount?, last_year: last_year? })
        };
        let bases: Vec<Option<Base>> = (0..self.counties.len()).map(base).collect();
        integrity::base_lowered(&bases, met_from, &self.subject(&[period]), &quantity(amount), &self.round.policy.integrity)
    }

    /// An amount of a finished year beside the year before.
    fn december_jump(&self) -> Vec<Signal> {
        let december = self.round.period;
        let (12, Kind::Flow, Ok(november)) = (december.month(), self.indicator.kind, Period::new(december.year(), 11)) else {
            return Vec::new();
        };
        let columns = [november, december, november.last_year(), december.last_year()].map(|period| self.published(self.indicator, period));
        let year = |county: usize| {
            let [november, december, last_november, last_december] = columns.each_ref().map(|column| column.get(county).copied().flatten());
            Some(YearEnd { november: november?, december: december?, last_november: last_november?, last_december: last_december? })
        };
        let years: Vec<Option<YearEnd>> = (0..self.counties.len()).map(year).collect();
        integrity::december_jump(&years, &self.subject(&[december]), &self.round.policy.integrity)
    }

    /// The province's own figure beside the counties' sum, on the values that the roll-up takes.
    fn sum_mismatch(&self) -> Option<Signal> {
        let (plan, known, period) = (&self.round.facts.plan, &self.round.known, self.round.period);
        let Some(Rollup::Sum { of }) = &self.indicator.rollup else { return None };
        let part = plan.indicator(of)?;
        // A sum in a smaller unit than its parts would need fractions of a count: no plan has one, and the roll-up still compares it.
        let county_units = plan::factor(&self.indicator.unit, &part.unit).filter(rust_decimal::Decimal::is_integer)?.to_i64()?;
        let value = known.micros(&plan.province_code, &self.indicator.id, period)?;
        let total = Total { value, quantity: quantity(self.indicator), county_units };
        let subject = Subject { quantity: quantity(part), counties: self.counties, periods: &[period] };
        integrity::sum_mismatch(&self.reported(part, period), &total, &subject, &self.round.policy.integrity)
    }

    fn last_digit(&self) -> Option<Signal> {
        let periods = self.due_periods();
        let values: Vec<i64> = periods.iter().flat_map(|period| self.published(self.indicator, *period)).flatten().collect();
        integrity::last_digit(&values, &self.subject(&periods), &self.round.policy.integrity)
    }

    /// Of amounts at one period: a county's amounts of several months are no independent values.
    fn first_digit(&self) -> Option<Signal> {
        let period = self.round.period;
        if !matches!(self.indicator.kind, Kind::Flow | Kind::Level) {
            return None;
        }
        let values: Vec<i64> = self.published(self.indicator, period).into_iter().flatten().collect();
        integrity::first_digit(&values, &self.subject(&[period]), &self.round.policy.integrity)
    }

    /// The least published value that meets the target; `None` where nothing is asked, or of each county something else.
    fn least_met(&self) -> Option<i64> {
        let target = self.indicator.target.as_ref()?;
        match Yardstick::of(self.indicator, target, self.round.period, None, &self.round.policy) {
            Asked::Value(yardstick) => Some(yardstick.least_met()),
            Asked::NotDue | Asked::NotApplicable => None,
        }
    }

    /// This year's periods at which the indicator was due, up to the round's.
    fn due_periods(&self) -> Vec<Period> {
        let mut periods: Vec<Period> = self.round.period.earlier_this_year().chain([self.round.period]).collect();
        periods.retain(|period| self.indicator.is_due(*period));
        periods.sort_unstable();
        periods
    }

    fn published(&self, indicator: &Indicator, period: Period) -> Values {
        let values = self.reported(indicator, period);
        values.into_iter().map(|value| value.map(|value| micros::rounded(value, indicator.decimals))).collect()
    }

    fn reported(&self, indicator: &Indicator, period: Period) -> Values {
        let counties = &self.round.facts.counties;
        let Some(column) = self.round.known.column(&indicator.id, period) else { return vec![None; counties.len()] };
        counties.iter().map(|county| micros::value(county.micros(column))).collect()
    }

    fn subject<'a>(&'a self, periods: &'a [Period]) -> Subject<'a> {
        Subject { quantity: quantity(self.indicator), counties: self.counties, periods }
    }
}

fn quantity(indicator: &Indicator) -> Quantity<'_> {
    Quantity { name: &indicator.name, unit: &indicator.unit, decimals: indicator.decimals }
}
