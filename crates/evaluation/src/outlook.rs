//! Where each county's year may end for one county target, from what a round knows. Never part of a verdict or a score.

use std::sync::Arc;

use leitai_domain::{
    micros, pace,
    period::Period,
    plan::{Indicator, Kind, Target},
    policy::Policy,
    projection::{self, History, NoProjection, Pool, Projection, ProjectionRules},
    yardstick::{Asked, Yardstick},
};

use crate::cube::{Column, County, PlanValues};

/// Most finished years that the pool takes in.
const EARLIER_YEARS: i32 = 5;

/// The year so far, last year, and how much the counties' months scatter.
#[derive(Debug)]
pub(crate) struct Outlook {
    year: Year,
    pool: Pool,
    /// Least value, before rounding, that ends the year green.
    threshold: f64,
    rules: ProjectionRules,
}

/// One year's values beside the year's before it.
#[derive(Debug)]
struct Year {
    kind: Kind,
    this_year: Months,
    last_year: Months,
}

type Months = Vec<(u8, Arc<Column>)>;
type Series = Vec<(u8, f64)>;

impl Outlook {
    /// Gathers a target's years and pools them; `None` for a target that asks nothing (`—`).
    pub fn new(values: &PlanValues, indicator: &Indicator, target: &Target, period: Period, policy: &Policy) -> Option<Self> {
        let december = Period::new(period.year(), 12).ok()?;
        let Asked::Value(yardstick) = Yardstick::of(indicator, target, december, None, policy) else { return None };
        let amount = indicator.level.as_deref().and_then(|id| values.facts().plan.indicator(id)).unwrap_or(indicator);
        // The growth of a stock is no sum of the months' growth: it stands where it stands, as a share does.
        let growth_of_a_stock = indicator.kind == Kind::Rate && amount.kind == Kind::Level;
        let kind = if growth_of_a_stock || pace::stands(indicator, target) { Kind::Share } else { indicator.kind };
        let year = |until: Period| Year::new(values, (indicator, kind), amount, until);
        let earlier = (1..=EARLIER_YEARS).filter_map(|back| Period::new(period.year() - back, 12).ok()).map(year);
        let years: Vec<Year> = std::iter::once(year(period)).chain(earlier.take_while(|year| !year.this_year.is_empty())).collect();
        let counties = values.facts().counties.iter();
        let series: Vec<_> = counties.flat_map(|county| years.iter().map(|year| (year.kind, year.series(county)))).collect();
        let pool = projection::pool(series.iter().map(|(kind, series)| history(*kind, series)), &policy.projection);
        let threshold = yardstick.least_green() as f64 / 1e6;
        Some(Self { year: years.into_iter().next()?, pool, threshold, rules: policy.projection.clone() })
    }

    /// A county's projection, or why there is none.
    pub fn of(&self, county: &County) -> Result<Projection, NoProjection> {
        let series = self.year.series(county);
        projection::project(&history(self.year.kind, &series), &self.pool, self.threshold, &self.rules)
    }
}

impl Year {
    fn new(values: &PlanValues, (indicator, kind): (&Indicator, Kind), amount: &Indicator, until: Period) -> Self {
        let last_december = Period::new(until.year() - 1, 12);
        let last_year = last_december.map(|december| months(values, &amount.id, None, december)).unwrap_or_default();
        Self { kind, this_year: months(values, &indicator.id, Some(indicator), until), last_year }
    }

    fn series(&self, county: &County) -> (Series, Series) {
        let of = |months: &Months| months.iter().filter_map(|(month, column)| Some((*month, value(county, column)?))).collect();
        (of(&self.this_year), of(&self.last_year))
    }
}

/// The columns from January to `until`, only of months in which the indicator of the calendar is due where one is given.
fn months(values: &PlanValues, indicator_id: &str, calendar: Option<&Indicator>, until: Period) -> Months {
    let periods = (1..=until.month()).filter_map(|month| Period::new(until.year(), month).ok());
    let due = periods.filter(|period| calendar.is_none_or(|indicator| indicator.is_due(*period)));
    due.filter_map(|period| Some((period.month(), Arc::clone(values.column(indicator_id, period)?)))).collect()
}

fn value(county: &County, column: &Column) -> Option<f64> {
    micros::value(county.micros(column)).map(|micros| micros as f64 / 1e6)
}

fn history(kind: Kind, (this_year, last_year): &(Series, Series)) -> History<'_> {
    History { kind, this_year, last_year, base_share: None }
}

#[cfg(test)]
mod tests;
