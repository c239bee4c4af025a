//! What the rest of the year still has to bring.

use rust_decimal::Decimal;

use crate::{
    decimal, pace,
    period::Period,
    plan::{Indicator, Kind, Target},
};

/// Last year's share of the same months in last year's total, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseShare {
    /// From last year's amounts.
    Known(Decimal),
    /// Even over the months, because last year's amounts are not known.
    Assumed(Decimal),
    /// Last year's amount is zero or negative: no growth can be had from it.
    Undefined,
    /// The indicator is the growth of a stock: its months do not add up to the year.
    NotAdditive,
}

/// What is still needed to reach a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillNeeded {
    /// For rates: growth of the remaining months, %; otherwise the amount a month. At most six decimals.
    pub value: Decimal,
    /// `%`, or the unit followed by `/月`.
    pub unit: String,
    /// For rates: last year's share of the months passed, 0 to 1.
    pub base_share: Option<Decimal>,
    /// True where that share is assumed even.
    pub share_assumed: bool,
    /// The formula with its inputs, to be worked out again by hand: `[(1+5.5%)-25%×(1+5.4%)]÷(1-25%)-1=5.5333%`.
    pub working: String,
}

impl BaseShare {
    /// From last year's amounts up to the same month and up to December; assumed month / 12 where either is not known.
    #[must_use]
    pub fn from_levels(period: Period, same_months: Option<Decimal>, december: Option<Decimal>) -> Self {
        let known = [same_months, december].into_iter().flatten();
        if known.clone().any(|level| level <= Decimal::ZERO) {
            return Self::Undefined;
        }
        match (same_months, december) {
            (Some(same_months), Some(december)) => Self::Known(same_months / december),
            _ => Self::Assumed(Decimal::from(period.month()) / Decimal::from(12)),
        }
    }

    /// The share where it is known and not assumed.
    #[must_use]
    pub fn known(self) -> Option<Decimal> {
        match self {
            Self::Known(share) => Some(share),
            Self::Assumed(_) | Self::Undefined | Self::NotAdditive => None,
        }
    }
}

/// What is still needed to bring `actual` at `period` to the target by December. `None` where it is reached, the year is over, the base is
/// zero or negative, or the months do not add up (a share, a change on the same period of last year, the growth of a stock).
#[must_use]
pub fn still_needed(indicator: &Indicator, target: &Target, actual: Decimal, period: Period, base: BaseShare) -> Option<StillNeeded> {
    let number = target.comparator().bound()?;
    if decimal::round(actual, indicator.decimals) >= number || pace::stands(indicator, target) {
        return None;
    }
    match indicator.kind {
        Kind::Share => None,
        Kind::Rate => needed_growth(number, actual, base),
        Kind::Flow | Kind::Level | Kind::Change => needed_a_month(indicator, number, actual, period),
    }
}

/// ((1 + T) − w (1 + g)) / (1 − w) − 1, with T and g in percent.
fn needed_growth(target: Decimal, to_date: Decimal, base: BaseShare) -> Option<StillNeeded> {
    let (share, share_assumed) = match base {
        BaseShare::Known(share) => (share, false),
        BaseShare::Assumed(share) => (share, true),
        BaseShare::Undefined | BaseShare::NotAdditive => return None,
    };
    if share <= Decimal::ZERO || share >= Decimal::ONE {
        return None;
    }
    let percent = Decimal::ONE_HUNDRED;
    let remaining = percent.checked_add(target)?.checked_sub(share.checked_mul(percent.checked_add(to_date)?)?)?;
    let growth = remaining.checked_div(Decimal::ONE - share)?.checked_sub(percent)?;
    let value = decimal::round(growth, decimal::SCALE).normalize();
    let w = shown(share * percent);
    let working = format!("[(1+{}%)-{w}%×(1+{}%)]÷(1-{w}%)-1={}%", target.normalize(), shown(to_date), shown(value));
    Some(StillNeeded { value, unit: "%".to_owned(), base_share: Some(share), share_assumed, working })
}

fn needed_a_month(indicator: &Indicator, number: Decimal, actual: Decimal, period: Period) -> Option<StillNeeded> {
    let months = 12_u8.checked_sub(period.month())?;
    let amount = number.checked_sub(actual)?.checked_div(Decimal::from(months))?;
    let value = decimal::round(amount, decimal::SCALE).normalize();
    let working = format!("({}-{})÷{months}={}", number.normalize(), shown(actual), shown(value));
    Some(StillNeeded { value, unit: format!("{}/月", indicator.unit), base_share: None, share_assumed: false, working })
}

/// Four decimals are enough to work it out again, and not more than a reader can copy.
fn shown(value: Decimal) -> Decimal {
    decimal::round(value, 4).normalize()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::testing::{dec, indicator, month};

    fn needed(indicator: &Indicator, actual: Decimal, period: u8, base: BaseShare) -> Option<StillNeeded> {
        still_needed(indicator, indicator.target.as_ref().unwrap(), actual, month(period), base)
    }

    fn growth(target: &str) -> Indicator {
        indicator("rate", "%", &format!("{target}以上"), "")
    }

    #[rstest]
    // (1.055 − 0.25 × 1.054) / 0.75 − 1 = 0.7915 / 0.75 − 1
    #[case("5.5", "5.4", "0.25", "5.533333")]
    // (1.08 − 0.5 × 0.90) / 0.5 − 1 = 0.63 / 0.5 − 1
    #[case("8", "-10", "0.5", "26")]
    // (1.15 − 0.2 × 0) / 0.8 − 1: nothing at all so far
    #[case("15", "-100", "0.2", "43.75")]
    fn growth_needed_of_the_remaining_months(#[case] target: &str, #[case] to_date: &str, #[case] share: &str, #[case] expected: &str) {
        let found = needed(&growth(target), dec(to_date), 3, BaseShare::Known(dec(share))).unwrap();
        assert_eq!(
            (found.value, found.unit.as_str(), found.base_share, found.share_assumed),
            (dec(expected), "%", Some(dec(share)), false)
        );
    }

    #[test]
    fn the_working_can_be_checked_by_hand() {
        let growth = needed(&growth("5.50"), dec("5.4"), 3, BaseShare::Known(dec("0.25")));
        assert_eq!(growth.unwrap().working, "[(1+5.5%)-25%×(1+5.4%)]÷(1-25%)-1=5.5333%");
        let amount = needed(&indicator("flow", "亿元", "600以上", ""), dec("120.5"), 3, BaseShare::Undefined);
        assert_eq!(amount.unwrap().working, "(600-120.5)÷9=53.2778");
    }

    #[test]
    fn an_unknown_profile_is_assumed_even() {
        let base = BaseShare::from_levels(month(3), None, Some(dec("400")));
        assert_eq!(base, BaseShare::Assumed(dec("0.25")));
        let found = needed(&growth("5.5"), dec("5.4"), 3, base).unwrap();
        assert!(found.share_assumed);
        assert_eq!(found.value, dec("5.533333"));
    }

    #[rstest]
    #[case(Some("90"), Some("400"), BaseShare::Known("0.225".parse().unwrap()))]
    #[case(Some("0"), Some("400"), BaseShare::Undefined)]
    #[case(Some("-3"), None, BaseShare::Undefined)]
    #[case(Some("3"), Some("0"), BaseShare::Undefined)]
    fn the_base_must_be_positive(#[case] same_months: Option<&str>, #[case] december: Option<&str>, #[case] base: BaseShare) {
        assert_eq!(BaseShare::from_levels(month(3), same_months.map(dec), december.map(dec)), base);
    }

    #[rstest]
    #[case(BaseShare::Known(Decimal::ONE))] // December
    #[case(BaseShare::Known(Decimal::TWO))]
    #[case(BaseShare::Undefined)]
    #[case(BaseShare::NotAdditive)]
    fn an_undefined_growth_is_absent(#[case] base: BaseShare) {
        assert_eq!(needed(&growth("8"), dec("1"), 12, base), None);
    }

    #[rstest]
    // (600 − 120) / 9
    #[case("flow", "亿元", "600", "120", 3, Some("53.333333"))]
    #[case("change", "户", "2", "1", 8, Some("0.25"))]
    #[case("change", "户", "2", "2", 8, None)] // reached
    #[case("flow", "亿元", "600", "599", 12, None)] // the year is over
    #[case("flow", "亿元", "600", "599.96", 11, None)] // printed as 600.0
    #[case("share", "%", "12.2", "11", 6, None)]
    #[case("standing change", "个百分点", "0.5", "0.1", 6, None)]
    fn amount_needed_a_month(
        #[case] kind: &str,
        #[case] unit: &str,
        #[case] number: &str,
        #[case] actual: &str,
        #[case] period: u8,
        #[case] expected: Option<&str>,
    ) {
        let (kind, pace) = kind.strip_prefix("standing ").map_or((kind, ""), |kind| (kind, "pace = \"constant\""));
        let indicator = indicator(kind, unit, &format!("{number}以上"), pace);
        let found = needed(&indicator, dec(actual), period, BaseShare::Undefined);
        assert_eq!(found.as_ref().map(|found| found.value), expected.map(dec));
        assert!(found.is_none_or(|found| found.unit == format!("{unit}/月") && found.base_share.is_none()));
    }

    proptest! {
        /// What is needed, earned in the remaining months, gives exactly the target: w(1+g) + (1−w)(1+needed) = 1+T.
        #[test]
        fn the_needed_growth_reaches_the_target(target in 1_i64..5_000, behind in 10_i64..20_000, share in 1_i64..100) {
            let (target, share) = (Decimal::new(target, 2), Decimal::new(share, 2));
            let to_date = target - Decimal::new(behind, 2);
            let found = needed(&growth(&target.to_string()), to_date, 6, BaseShare::Known(share)).unwrap();
            prop_assert!(found.value > target);
            let year = share * (Decimal::ONE_HUNDRED + to_date) + (Decimal::ONE - share) * (Decimal::ONE_HUNDRED + found.value);
            prop_assert!((year - Decimal::ONE_HUNDRED - target).abs() < Decimal::new(1, 5));
        }
    }
}
