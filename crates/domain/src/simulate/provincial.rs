//! What the province itself would report beside its counties.

use std::collections::{BTreeSet, HashMap};

use rust_decimal::Decimal;

use super::{
    DEFLATOR, Gaps, SimulateError, SimulatedValue, counties, months, shipped_plan, sort,
    value_added::{self, by},
};
use crate::{
    decimal,
    division::Registry,
    period::Period,
    plan::{Frequency, Indicator, Plan, Scope, Target},
    rollup::{Values, roll_up},
};

/// Real growth of industry in the whole province, %: an assumption.
const WHOLE_PROVINCE_GROWTH: Decimal = Decimal::from_parts(50, 0, 0, false, 1);
/// How far the province's tax lies above its counties', %: as where the province counts a tax that counties do not.
const OTHER_TAX: Decimal = Decimal::from_parts(4, 0, 0, false, 1);
/// Industrial enterprises that drop out each month.
const DROPOUTS: u8 = 2;

/// The province's own figures of the plan's year: every provincial indicator that is due each month or quarter, under the plan's province
/// code, sorted by indicator and period.
///
/// They are what all counties of the same seed give, those that report nothing included, rounded as published. Three do not agree with
/// the counties, so that a reconciliation has something to show:
/// - tax revenue is 0.4 % above the counties' sum;
/// - from September the province counts one result more than its counties;
/// - the stock of industrial enterprises loses 2 a month, which counties do not report.
///
/// What no county reports is assumed: incomes grow by the plain mean of the counties' growth, project investment grows evenly from last
/// year's printed value by that mean, industry of the whole province is last year's by the plan's printed share and grows by 5.0 %
/// and by [`DEFLATOR`].
///
/// # Errors
/// [`SimulateError`] only where shipped files contradict each other.
pub fn provincial_reports(registry: &Registry, seed: u64) -> Result<Vec<SimulatedValue>, SimulateError> {
    let plan = shipped_plan()?;
    let mut values = counties(registry, &plan, seed, Gaps::Filled)?;
    values.extend(value_added::of(&plan, &values)?);
    let mut all = Everything::of(values);
    let own = plan.indicators.iter().filter(|one| one.scope == Scope::Province && one.frequency != Frequency::Yearly);
    // What others are divided by comes first.
    let (divisors, others): (Vec<&Indicator>, Vec<&Indicator>) = own.partition(|one| one.target.is_none());
    let months = months(&plan)?;
    for indicator in divisors.into_iter().chain(others) {
        for period in months.iter().copied().filter(|month| indicator.is_due(*month)) {
            if let Some(figure) = figure(&plan, indicator, period, &all) {
                let published = decimal::round(figure, indicator.decimals).normalize();
                all.province.insert((indicator.id.clone(), period), published);
            }
        }
    }
    let report =
        |((indicator_id, period), value)| SimulatedValue { division_code: plan.province_code.clone(), indicator_id, period, value };
    let mut reports: Vec<SimulatedValue> = all.province.into_iter().map(report).collect();
    sort(&mut reports);
    Ok(reports)
}

/// The province's figure before it is rounded.
fn figure(plan: &Plan, indicator: &Indicator, period: Period, all: &Everything) -> Option<Decimal> {
    let rolled = || roll_up(plan, indicator, period, all).value;
    match indicator.id.as_str() {
        "province_tax_revenue" => Some(rolled()? * by(OTHER_TAX)),
        "province_tech_results" => Some(rolled()? + Decimal::from(u8::from(period.month() >= 9))),
        "province_industrial_enterprises" => Some(rolled()? - Decimal::from(DROPOUTS * period.month())),
        "province_urban_income_growth" => all.mean("urban_income_growth", period),
        "province_rural_income_growth" => all.mean("rural_income_growth", period),
        "province_project_investment" => {
            let evenly = baseline(plan, &indicator.id)? * Decimal::from(period.month()) / Decimal::from(12);
            Some(evenly * by(all.mean("project_investment_growth", period)?))
        }
        "whole_province_industry_value_added" => {
            let share = baseline(plan, "province_industry_share_of_province")? / Decimal::ONE_HUNDRED;
            let before = all.sum("industry_value_added", period.last_year()).checked_div(share)?;
            Some(before * by(WHOLE_PROVINCE_GROWTH) * by(DEFLATOR))
        }
        _ => rolled(),
    }
}

fn baseline(plan: &Plan, id: &str) -> Option<Decimal> {
    plan.indicator(id)?.target.as_ref().and_then(Target::baseline_value)
}

/// All values of a simulated year, as a roll-up looks at them.
pub(super) struct Everything {
    codes: Vec<String>,
    counties: HashMap<(String, String, Period), Decimal>,
    province: HashMap<(String, Period), Decimal>,
}

impl Everything {
    pub(super) fn of(values: Vec<SimulatedValue>) -> Self {
        let codes: BTreeSet<String> = values.iter().map(|one| one.division_code.clone()).collect();
        let counties = values.into_iter().map(|one| ((one.division_code, one.indicator_id, one.period), one.value)).collect();
        Self { codes: codes.into_iter().collect(), counties, province: HashMap::new() }
    }

    fn column(&self, id: &str, period: Period) -> Vec<Decimal> {
        (0..self.codes.len()).filter_map(|county| self.county(county, id, period)).collect()
    }

    fn sum(&self, id: &str, period: Period) -> Decimal {
        self.column(id, period).into_iter().sum()
    }

    fn mean(&self, id: &str, period: Period) -> Option<Decimal> {
        self.sum(id, period).checked_div(Decimal::from(self.column(id, period).len()))
    }
}

impl Values for Everything {
    fn county(&self, county: usize, indicator_id: &str, period: Period) -> Option<Decimal> {
        let code = self.codes.get(county)?;
        self.counties.get(&(code.clone(), indicator_id.to_owned(), period)).copied()
    }

    fn province(&self, indicator_id: &str, period: Period) -> Option<Decimal> {
        self.province.get(&(indicator_id.to_owned(), period)).copied()
    }

    fn counties(&self) -> usize {
        self.codes.len()
    }
}

#[cfg(test)]
mod tests;
