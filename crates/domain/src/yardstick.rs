//! The yardstick: what the values of one target at one period are held against, in whole millionths, so that a column of counties is
//! judged by comparing integers.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use crate::{
    micros,
    pace::{self, Expectation},
    period::Period,
    plan::{Indicator, Target},
    policy::Policy,
    target::Comparator,
    verdict::Reason,
};

/// The numbers that split a line of values into met, within band, behind within the margin, and behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Yardstick {
    expected: i64,
    met_from: i64,
    band_from: i64,
    margin_from: i64,
    decimals: u32,
}

/// What a target asks at a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// This much.
    Value(Yardstick),
    /// Nothing yet.
    NotDue,
    /// Nothing ever (`—`).
    NotApplicable,
}

impl Yardstick {
    /// What the target asks at the period. `base_share` is last year's share of the same months, 0 to 1, where known.
    #[must_use]
    pub fn of(indicator: &Indicator, target: &Target, period: Period, base_share: Option<Decimal>, policy: &Policy) -> Asked {
        match pace::expectation(indicator, target, period, base_share) {
            Expectation::NotDue => Asked::NotDue,
            Expectation::NotApplicable => Asked::NotApplicable,
            Expectation::Value(expected) => Asked::Value(Self::new(indicator, target.comparator(), expected, policy)),
        }
    }

    fn new(indicator: &Indicator, comparator: Comparator, expected: Decimal, policy: &Policy) -> Self {
        let number = at_least(expected);
        let met_from = if matches!(comparator, Comparator::MoreThan(_)) { number.saturating_add(1) } else { number };
        let band_from = match comparator {
            Comparator::About(about) => at_least(expected - policy.tolerance(indicator, about, expected)),
            _ => i64::MAX,
        };
        let margin_from = at_least(expected - policy.warning_margin(indicator, expected));
        Self { expected: number, met_from, band_from, margin_from, decimals: indicator.decimals }
    }

    /// What the pace expects, in the indicator's unit × 10⁶.
    #[must_use]
    pub fn expected(&self) -> i64 {
        self.expected
    }

    /// Why a published value has its light; `published` is rounded to the indicator's decimals and × 10⁶.
    #[must_use]
    #[inline]
    pub fn reason(&self, published: i64) -> Reason {
        // The thresholds that the value stays under are counted: a column around its target would make branches guess wrong.
        let band_from = self.band_from.min(self.met_from);
        let margin_from = self.margin_from.min(band_from);
        match u8::from(published < self.met_from) + u8::from(published < band_from) + u8::from(published < margin_from) {
            0 => Reason::Met,
            1 => Reason::WithinBand,
            2 => Reason::BehindWithinMargin,
            _ => Reason::Behind,
        }
    }

    /// The least value × 10⁶, before rounding, whose published form is green (met, or within the band).
    #[must_use]
    pub fn least_green(&self) -> i64 {
        self.next_published(self.met_from.min(self.band_from)).saturating_sub(micros::step(self.decimals) / 2)
    }

    /// The least published value × 10⁶ that meets the target in full, without any band.
    #[must_use]
    pub fn least_met(&self) -> i64 {
        self.next_published(self.met_from)
    }

    /// The least published value that is not below.
    fn next_published(&self, micros: i64) -> i64 {
        let step = micros::step(self.decimals);
        let above = micros.rem_euclid(step);
        if above == 0 { micros } else { micros.saturating_add(step - above) }
    }

    /// A reported value × 10⁶ as it is published.
    #[must_use]
    pub fn published(&self, reported: i64) -> i64 {
        micros::rounded(reported, self.decimals)
    }
}

/// The smallest whole number of millionths that is not below the value; at most the largest there is.
fn at_least(value: Decimal) -> i64 {
    let scaled = value.checked_mul(Decimal::from(1_000_000)).unwrap_or(if value.is_sign_negative() { Decimal::MIN } else { Decimal::MAX });
    let whole = scaled.round_dp_with_strategy(0, RoundingStrategy::ToPositiveInfinity);
    whole.to_i64().unwrap_or(if value.is_sign_negative() { i64::MIN + 1 } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::testing::{dec, indicator, month};

    fn asked(kind: &str, unit: &str, text: &str, more: &str, period: u8) -> Asked {
        let indicator = indicator(kind, unit, text, more);
        Yardstick::of(&indicator, indicator.target.as_ref().unwrap(), month(period), None, &Policy::example().unwrap())
    }

    #[rstest]
    // 左右 with 10 % is 4.95 and more, the margin of 1.0 ends at 4.5
    #[case("5.5左右", 5_500_000, 5_500_000, 4_950_000, 4_500_000)]
    #[case("8以上", 8_000_000, 8_000_000, i64::MAX, 7_000_000)]
    #[case("超过8", 8_000_000, 8_000_001, i64::MAX, 7_000_000)]
    fn the_line_is_split(#[case] text: &str, #[case] expected: i64, #[case] met: i64, #[case] band: i64, #[case] margin: i64) {
        let Asked::Value(yardstick) = asked("rate", "%", text, "", 3) else { unreachable!() };
        assert_eq!((yardstick.expected, yardstick.met_from, yardstick.band_from, yardstick.margin_from), (expected, met, band, margin));
    }

    #[rstest]
    #[case("8以上", 7_950_000)] // 7.95 is printed 8.0
    #[case("超过8", 8_050_000)] // the next printed value is 8.1
    #[case("5.5左右", 4_950_000)] // the band ends at 4.95, the next printed value is 5.0
    fn the_least_green_value_is_printed_green_and_the_next_lesser_is_not(#[case] text: &str, #[case] least: i64) {
        let Asked::Value(yardstick) = asked("rate", "%", text, "", 12) else { unreachable!() };
        let is_green = |value| matches!(yardstick.reason(yardstick.published(value)), Reason::Met | Reason::WithinBand);
        assert_eq!((yardstick.least_green(), is_green(least), is_green(least - 1)), (least, true, false));
    }

    #[rstest]
    #[case("8以上", 8_000_000)]
    #[case("超过8", 8_100_000)]
    #[case("5.5左右", 5_500_000)]
    #[case("5.55以上", 5_600_000)]
    fn the_least_published_value_that_meets_takes_no_band(#[case] text: &str, #[case] least: i64) {
        let Asked::Value(yardstick) = asked("rate", "%", text, "", 12) else { unreachable!() };
        assert_eq!((yardstick.least_met(), yardstick.reason(least), yardstick.published(least)), (least, Reason::Met, least));
        assert_ne!(yardstick.reason(least - micros::step(1)), Reason::Met);
    }

    #[test]
    fn a_tolerance_between_two_millionths_ends_at_the_upper_one() {
        assert_eq!(at_least(dec("0.0000015")), 2);
        assert_eq!(at_least(dec("-0.0000015")), -1);
        assert_eq!(at_least(Decimal::MAX), i64::MAX);
        assert_eq!(at_least(Decimal::MIN), i64::MIN + 1);
    }

    #[test]
    fn nothing_is_asked_before_it_is_due() {
        assert_eq!(asked("rate", "%", "8以上", "", 1), Asked::NotDue);
        assert_eq!(asked("rate", "%", "—", "", 3), Asked::NotApplicable);
    }
}
