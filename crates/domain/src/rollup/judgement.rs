//! The verdict on a provincial target.

use rust_decimal::Decimal;

use super::{RollUp, RollUpReason, Values, roll_up};
use crate::{
    period::Period,
    plan::{Indicator, Kind, Plan, Rollup, Target},
    policy::Policy,
    still_needed::BaseShare,
    verdict::{self, Evidence, Verdict},
};

/// Holds the judged figure of [`super::reconcile`] against the provincial target.
#[must_use]
pub fn verdict(
    plan: &Plan,
    indicator: &Indicator,
    target: &Target,
    period: Period,
    judged: Option<Decimal>,
    values: &impl Values,
    policy: &Policy,
) -> Verdict {
    let evidence = Evidence { value: judged, instead: Vec::new(), base: base_share(plan, indicator, period, values), late: false };
    verdict::judge(indicator, target, period, &evidence, policy)
}

/// Last year's share of the same months: of the province's own figures, else of the roll-ups of all counties. A printed value of last year
/// stands for last December where the province did not report it. For growth it is the share of what grew.
fn base_share(plan: &Plan, indicator: &Indicator, period: Period, values: &impl Values) -> BaseShare {
    let last_year = period.last_year();
    let december = Period::new(last_year.year(), 12).unwrap_or(last_year);
    match indicator.kind {
        Kind::Level | Kind::Share | Kind::Change => BaseShare::NotAdditive,
        Kind::Flow => {
            let printed = || indicator.target.as_ref().and_then(Target::baseline_value);
            let own = |period| values.province(&indicator.id, period);
            let rolled = |period| whole(&roll_up(plan, indicator, period, values));
            let reported = own(last_year).zip(own(december).or_else(printed));
            share(period, reported.or_else(|| rolled(last_year).zip(rolled(december))))
        }
        Kind::Rate => match grown(indicator).and_then(|id| plan.indicator(id)) {
            Some(amount) if amount.kind == Kind::Level => BaseShare::NotAdditive,
            Some(amount) => share(period, sum(amount, last_year, values).zip(sum(amount, december, values))),
            None => BaseShare::from_levels(period, None, None),
        },
    }
}

fn share(period: Period, amounts: Option<(Decimal, Decimal)>) -> BaseShare {
    BaseShare::from_levels(period, amounts.map(|(same_months, _)| same_months), amounts.map(|(_, december)| december))
}

fn whole(rolled: &RollUp) -> Option<Decimal> {
    rolled.value.filter(|_| rolled.reason == RollUpReason::Computed)
}

/// The amount whose growth a roll-up is.
fn grown(indicator: &Indicator) -> Option<&str> {
    match indicator.rollup.as_ref()? {
        Rollup::GrowthOfSum { of } | Rollup::WeightedGrowth { weight: of, .. } => Some(of),
        _ => None,
    }
}

/// The sum of all counties, or nothing.
fn sum(amount: &Indicator, period: Period, values: &impl Values) -> Option<Decimal> {
    let counties = (0..values.counties()).map(|county| values.county(county, &amount.id, period));
    counties.collect::<Option<Vec<_>>>()?.into_iter().try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value))
}
