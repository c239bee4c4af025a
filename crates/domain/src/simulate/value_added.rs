//! Value added of agriculture and of industry by county: the weights behind the growth of both.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::{
    DEFLATOR, Gaps, SimulateError, SimulatedValue,
    anchor::{Anchors, GDP, PRIMARY, SECONDARY},
    counties, shipped_plan, sort,
};
use crate::{
    decimal,
    division::Registry,
    period::Period,
    plan::{Plan, Target},
};

/// Value added of agriculture and of industry for each county of [`super::province`], at each quarter of the plan's year and of last year.
///
/// Agriculture has the part of GDP that it had in the yearbook of 2020. Industry is the same part of each county's secondary industry of
/// 2020, such that all counties add up to the share that the plan prints for 2024. Both follow the county's GDP over last year's quarters
/// and grow by the county's simulated growth and by [`DEFLATOR`]; where that growth is missing, the amount is. `industry_share_change` is
/// drawn on its own and does not follow from these.
///
/// # Errors
/// [`SimulateError`] only where shipped files contradict each other.
pub fn value_added(registry: &Registry, seed: u64) -> Result<Vec<SimulatedValue>, SimulateError> {
    let plan = shipped_plan()?;
    of(&plan, &counties(registry, &plan, seed, Gaps::Left)?)
}

/// The value added behind these counties' values.
pub(super) fn of(plan: &Plan, values: &[SimulatedValue]) -> Result<Vec<SimulatedValue>, SimulateError> {
    let anchors = Anchors::read()?;
    let known: HashMap<(&str, &str, Period), Decimal> =
        values.iter().map(|one| ((one.division_code.as_str(), one.indicator_id.as_str(), one.period), one.value)).collect();
    let mut found = Vec::new();
    let branches = [
        ("primary_value_added", "primary_growth", PRIMARY, Decimal::ONE),
        ("industry_value_added", "industry_growth", SECONDARY, industry_of_secondary(plan, &anchors)?),
    ];
    for gdp in values.iter().filter(|one| one.indicator_id == "gdp" && one.period.year() < plan.year) {
        let code = gdp.division_code.as_str();
        for (id, growth, branch, part) in branches {
            let decimals = plan.indicator(id).map_or(decimal::SCALE, |indicator| indicator.decimals);
            let base = decimal::round(gdp.value * part * anchors.of(code, branch)? / anchors.of(code, GDP)?, decimals);
            let value = |period, value: Decimal| SimulatedValue {
                division_code: code.to_owned(),
                indicator_id: id.to_owned(),
                period,
                value: value.normalize(),
            };
            let now = Period::new(plan.year, gdp.period.month())?;
            let grown = known.get(&(code, growth, now)).map(|growth| decimal::round(base * by(*growth) * by(DEFLATOR), decimals));
            found.push(value(gdp.period, base));
            found.extend(grown.map(|grown| value(now, grown)));
        }
    }
    sort(&mut found);
    Ok(found)
}

/// The printed share of industry in GDP over the share of the secondary industry in 2020.
fn industry_of_secondary(plan: &Plan, anchors: &Anchors) -> Result<Decimal, SimulateError> {
    const SHARE: &str = "province_industry_share";
    let printed = plan.indicator(SHARE).and_then(|indicator| indicator.target.as_ref()).and_then(Target::baseline_value);
    let printed = printed.ok_or(SimulateError::NoBaseline(SHARE))? / Decimal::ONE_HUNDRED;
    Ok(printed * anchors.total(GDP) / anchors.total(SECONDARY))
}

/// A growth in percent as a factor.
pub(super) fn by(percent: Decimal) -> Decimal {
    Decimal::ONE + percent / Decimal::ONE_HUNDRED
}
