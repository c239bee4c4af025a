//! Counties that do not add up: their sum differs from the reported total by more than rounding can explain.
//!
//! Exact integer arithmetic; no probability is involved. Each value may be off by half of its published step, and all of them together by
//! the sum of the halves: rounding alone never raises the signal.

use super::{IntegrityRules, Quantity, Signal, SignalKind, Subject, text};

/// Keeps every product within 128 bits.
const MOST_UNITS: i64 = 1_000_000_000_000;

/// A reported total, and how counties' units convert to its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total<'a> {
    /// The total in 10⁻⁶ of its unit, as published.
    pub value: i64,
    /// What the total is.
    pub quantity: Quantity<'a>,
    /// Counties' units in one unit of the total, 1 to 10¹²: 10,000 for 万元 in 亿元.
    pub county_units: i64,
}

/// Holds the counties' sum against the total. Where counties are missing only a sum of non-negative values above the total is
/// noticed, since what is missing can but add to it. `None` also without any county's value or for a conversion out of its bounds.
#[must_use]
pub fn sum_mismatch(values: &[Option<i64>], total: &Total<'_>, subject: &Subject<'_>, rules: &IntegrityRules) -> Option<Signal> {
    let counted = values.iter().flatten().count();
    if counted == 0 || !(1..=MOST_UNITS).contains(&total.county_units) {
        return None;
    }
    // Everything in half 10⁻⁶ of the counties' unit, so that halves of steps are whole.
    let units = i128::from(total.county_units);
    let sum: i128 = values.iter().flatten().map(|value| i128::from(*value)).sum();
    let twice = 2 * (sum - i128::from(total.value) * units);
    let allowance = counted as i128 * i128::from(subject.quantity.step()) + i128::from(total.quantity.step()) * units;
    let can_only_grow = twice > 0 && values.iter().flatten().all(|value| *value >= 0);
    (twice.abs() > allowance && (counted == values.len() || can_only_grow)).then(|| {
        let in_total = |twice: i128| twice as f64 / 2e6 / total.county_units as f64;
        let mut signal = Signal::new(SignalKind::SumMismatch, counted, in_total(twice), subject.periods, rules);
        signal.message = message(total, subject, [sum, twice, allowance], [counted, values.len()]);
        signal
    })
}

fn message(total: &Total<'_>, subject: &Subject<'_>, [sum, twice, allowance]: [i128; 3], [counted, of]: [usize; 2]) -> String {
    let units = i128::from(total.county_units);
    // One place more than published shows the allowance, which is a part of a step for few counties.
    let shown = |micros: i128| text::wide(micros, total.quantity.decimals + 1);
    format!(
        "{}：应报{of}个县中{counted}个县有数，合计{}{unit}，与上报的{}{}{}相差{}{unit}，超过四舍五入允许的{}{unit}，请总数和各县数据提供单位核实。",
        subject.heading(),
        shown(sum / units),
        total.quantity.name,
        text::wide(i128::from(total.value), total.quantity.decimals),
        total.quantity.unit,
        shown(twice / 2 / units),
        shown(allowance / 2 / units),
        unit = total.quantity.unit,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::integrity::testing::{asks_to_verify, rules};

    const GDP: Quantity<'_> = Quantity { name: "地区生产总值", unit: "万元", decimals: 0 };

    fn noticed(values: &[Option<i64>], tenths: i64) -> Option<Signal> {
        let values: Vec<_> = values.iter().map(|value| value.map(|value| value * 1_000_000)).collect();
        let quantity = Quantity { name: "全县域合计", unit: "亿元", decimals: 1 };
        let total = Total { value: tenths * 100_000, quantity, county_units: 10_000 };
        sum_mismatch(&values, &total, &Subject { quantity: GDP, counties: &[], periods: &[] }, &rules())
    }

    #[rstest]
    // 1.0501 亿元 against 1.1: off by 0.0499, allowed 2 × 0.00005 + 0.05 = 0.0501
    #[case(&[Some(5_000), Some(5_501)], 11, false)]
    // 1.0498 against 1.1: off by 0.0502
    #[case(&[Some(5_000), Some(5_498)], 11, true)]
    #[case(&[Some(5_000), Some(6_502)], 11, true)]
    // A missing county explains a total that is larger, not one that is smaller.
    #[case(&[Some(5_000), None], 11, false)]
    #[case(&[Some(12_000), None], 11, true)]
    #[case(&[Some(12_000), Some(-1), None], 11, false)]
    #[case(&[None, None], 11, false)]
    fn only_more_than_rounding_is_noticed(#[case] values: &[Option<i64>], #[case] tenths: i64, #[case] expected: bool) {
        assert_eq!(noticed(values, tenths).is_some(), expected);
    }

    #[test]
    fn the_message_shows_the_sum_and_its_coverage() {
        let signal = noticed(&[Some(30_000), Some(25_000), None], 50).unwrap();
        assert_eq!((signal.sample_size, signal.statistic, signal.p_value), (2, 0.5, None));
        assert_eq!(
            signal.message,
            "地区生产总值：应报3个县中2个县有数，合计5.50亿元，与上报的全县域合计5.0亿元相差0.50亿元，超过四舍五入允许的0.05亿元，请总数和各县数据提供单位核实。"
        );
        asks_to_verify(&signal);
    }

    #[test]
    fn a_conversion_out_of_bounds_says_nothing() {
        let total = |county_units| Total { value: 1, quantity: GDP, county_units };
        let subject = Subject { quantity: GDP, counties: &[], periods: &[] };
        assert!([-1, 0, i64::MAX].iter().all(|units| sum_mismatch(&[Some(i64::MAX)], &total(*units), &subject, &rules()).is_none()));
    }

    proptest! {
        /// Exact values of a hundredth 万元, rounded to whole 万元 by county and to 0.1 亿元 in total.
        #[test]
        fn rounding_alone_is_never_noticed(exact in proptest::collection::vec(0_i64..500_000_000, 1..80)) {
            let half_up = |value: i64, unit: i64| (value + unit / 2).div_euclid(unit);
            let counties: Vec<_> = exact.iter().map(|value| Some(half_up(*value, 100))).collect();
            prop_assert_eq!(noticed(&counties, half_up(exact.iter().sum(), 100_000)), None);
        }
    }
}
