//! Pace: what a target expects at a period of its year.

use rust_decimal::Decimal;

use crate::{
    decimal,
    period::Period,
    plan::{Indicator, Kind, Milestone, Pace, Target},
};

/// What is expected of an indicator at a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// This value, in the indicator's unit, rounded as [`shown`] says.
    Value(Decimal),
    /// Nothing yet: the indicator is not due, or its pace has not begun.
    NotDue,
    /// The target has no value (`—`).
    NotApplicable,
}

/// The pace of a target: its own, or by kind. Rates and shares stay, amounts and changes grow evenly.
#[must_use]
pub fn pace_of<'a>(indicator: &Indicator, target: &'a Target) -> &'a Pace {
    target.pace.as_ref().unwrap_or(match indicator.kind {
        Kind::Rate | Kind::Share => &Pace::Constant,
        Kind::Level | Kind::Flow | Kind::Change => &Pace::Linear,
    })
}

/// Whether the indicator stands where it stands: its months do not add up to the year. A share does, and so does a change held against
/// a constant pace (比重较上年同期提高0.5个百分点): it is one against the same period of last year, not one since January.
#[must_use]
pub fn stands(indicator: &Indicator, target: &Target) -> bool {
    match indicator.kind {
        Kind::Share => true,
        Kind::Change => pace_of(indicator, target) == &Pace::Constant,
        Kind::Rate | Kind::Level | Kind::Flow => false,
    }
}

/// What the target expects of the indicator at the period. `base_share` is last year's share of the same months, 0 to 1, where known.
#[must_use]
pub fn expectation(indicator: &Indicator, target: &Target, period: Period, base_share: Option<Decimal>) -> Expectation {
    let Some(number) = target.comparator().bound() else { return Expectation::NotApplicable };
    if !indicator.is_due(period) {
        return Expectation::NotDue;
    }
    let expected = match pace_of(indicator, target) {
        Pace::Constant => Some(number),
        Pace::YearEnd => year_end(number, period),
        Pace::Milestones(milestones) => reached(milestones, period),
        Pace::Seasonal => Some(base_share.map_or_else(|| passed(number, period), |share| number * share)),
        Pace::Linear if indicator.kind == Kind::Level => match target.baseline_value() {
            Some(baseline) => Some(baseline + passed(number - baseline, period)),
            // A stock without last year's value has no way to have come: only the year's end can be held against it.
            None => year_end(number, period),
        },
        Pace::Linear => Some(passed(number, period)),
    };
    expected.map_or(Expectation::NotDue, |value| Expectation::Value(shown(indicator, value)))
}

/// An expected value as it is shown: to the places the indicator is published with, and at least one, so that half an
/// enterprise stays half. Rounded before it is compared, so that two equal printed numbers are equal.
#[must_use]
pub fn shown(indicator: &Indicator, value: Decimal) -> Decimal {
    decimal::round(value, indicator.decimals.max(1)).normalize()
}

fn passed(amount: Decimal, period: Period) -> Decimal {
    amount * Decimal::from(period.month()) / Decimal::from(12)
}

fn year_end(number: Decimal, period: Period) -> Option<Decimal> {
    (period.month() == 12).then_some(number)
}

fn reached(milestones: &[Milestone], period: Period) -> Option<Decimal> {
    milestones.iter().take_while(|milestone| milestone.month <= period.month()).last().map(|milestone| milestone.value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::testing::{dec, indicator, month};

    fn expected(kind: &str, unit: &str, text: &str, more: &str, period: u8, share: Option<&str>) -> Expectation {
        let indicator = indicator(kind, unit, text, more);
        expectation(&indicator, indicator.target.as_ref().unwrap(), month(period), share.map(dec))
    }

    #[rstest]
    // A growth target has no linear pace: 5.5 in March as in December.
    #[case("rate", "%", "5.5左右", "", 3, None, "5.5")]
    #[case("share", "%", "75以上", "", 2, None, "75")]
    // 600 × 3/12
    #[case("flow", "亿元", "600以上", "", 3, None, "150")]
    // 2 × 3/12: half an enterprise is shown as half
    #[case("change", "户", "2以上", "", 3, None, "0.5")]
    // 155 × 2/12 = 25.83…, shown with one decimal
    #[case("flow", "亿元", "155以上", "", 2, None, "25.8")]
    // 600 × 0.18 of last year's first quarter
    #[case("flow", "亿元", "600以上", "pace = \"seasonal\"", 3, Some("0.18"), "108")]
    // unknown share: linear
    #[case("flow", "亿元", "600以上", "pace = \"seasonal\"", 3, None, "150")]
    // 2449 + (2600 − 2449) × 6/12
    #[case("level", "户", "2600以上", "baseline = \"2449\"", 6, None, "2524.5")]
    #[case("level", "户", "2600以上", "baseline = \"2449\"", 12, None, "2600")]
    #[case("level", "户", "2600以上", "", 12, None, "2600")]
    #[case("change", "个百分点", "0.5以上", "pace = \"year_end\"", 12, None, "0.5")]
    #[case("rate", "%", "4.5—5", "", 6, None, "4.5")]
    fn expects(
        #[case] kind: &str,
        #[case] unit: &str,
        #[case] text: &str,
        #[case] more: &str,
        #[case] period: u8,
        #[case] share: Option<&str>,
        #[case] value: &str,
    ) {
        assert_eq!(expected(kind, unit, text, more, period, share), Expectation::Value(dec(value)));
    }

    #[rstest]
    #[case("share", "75以上", "", true)]
    #[case("change", "0.5以上", "pace = \"constant\"", true)]
    #[case("change", "0.5以上", "", false)]
    #[case("change", "0.5以上", "pace = \"year_end\"", false)]
    #[case("rate", "5.5左右", "", false)]
    #[case("flow", "600以上", "pace = \"constant\"", false)]
    fn a_share_and_a_change_on_last_year_stand(#[case] kind: &str, #[case] text: &str, #[case] more: &str, #[case] stands: bool) {
        let indicator = indicator(kind, "%", text, more);
        assert_eq!(super::stands(&indicator, indicator.target.as_ref().unwrap()), stands);
    }

    #[rstest]
    #[case("rate", "5.5左右", "", 1, Expectation::NotDue)] // nothing is due in January
    #[case("rate", "5.5左右", "frequency = \"quarterly\"", 5, Expectation::NotDue)]
    #[case("rate", "5.5左右", "frequency = \"yearly\"", 11, Expectation::NotDue)]
    #[case("rate", "—", "", 3, Expectation::NotApplicable)]
    #[case("change", "0.5以上", "pace = \"year_end\"", 9, Expectation::NotDue)]
    #[case("level", "2600以上", "baseline = \"—\"", 11, Expectation::NotDue)]
    fn expects_nothing(#[case] kind: &str, #[case] text: &str, #[case] more: &str, #[case] period: u8, #[case] nothing: Expectation) {
        assert_eq!(expected(kind, "%", text, more, period, None), nothing);
    }

    #[rstest]
    #[case(3, Expectation::NotDue)]
    #[case(4, Expectation::Value(Decimal::TWO))]
    #[case(8, Expectation::Value(Decimal::TWO))]
    #[case(9, Expectation::Value(Decimal::TEN))]
    fn milestones_hold_until_the_next(#[case] period: u8, #[case] expectation: Expectation) {
        let pace = "pace = { milestones = [{ month = 4, value = \"2\" }, { month = 9, value = \"10\" }] }";
        assert_eq!(expected("flow", "项", "12以上", pace, period, None), expectation);
    }

    proptest! {
        #[test]
        fn an_even_pace_never_falls_and_ends_at_the_target(number in 0_u32..1_000_000, month in 2_u8..12) {
            let at = |month| match expected("flow", "项", &format!("{number}项"), "", month, None) {
                Expectation::Value(value) => value,
                other => panic!("{other:?}"),
            };
            prop_assert!(at(month) <= at(month + 1));
            prop_assert_eq!(at(12), Decimal::from(number));
        }
    }
}
