//! The verdict: one target × division × period, as a pure function with a named reason.
//!
//! A value is compared as it is published, rounded to its indicator's decimals: what a clerk sees printed and what was decided agree, and
//! 5.45 that is printed as 5.5 has met 5.5.

use rust_decimal::Decimal;

use crate::{
    decimal, pace,
    period::Period,
    plan::{Indicator, Kind, Pace, Target},
    policy::Policy,
    still_needed::{BaseShare, StillNeeded, still_needed},
    target::Comparator,
    yardstick::{Asked, Yardstick},
};

/// The state of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Light {
    /// Met, on pace, or within the band.
    Green,
    /// Behind, inside the warning margin.
    Yellow,
    /// Behind.
    Red,
    /// Not due, or not applicable.
    Grey,
    /// Due and not reported.
    Missing,
}

/// Why a verdict has its light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Reason {
    /// At or above what is expected; above it for 超过.
    Met,
    /// Below the number of a 左右 target, inside its tolerance.
    WithinBand,
    /// Below what is expected by no more than the warning margin.
    BehindWithinMargin,
    /// Below what is expected by more than the warning margin.
    Behind,
    /// The indicator is not due at this period.
    NotDue,
    /// The target has no value (`—`).
    NotApplicable,
    /// Due, and nothing was reported.
    NotReported,
    /// Due, and only another measure was reported.
    NotComparable,
    /// A growth whose last year's amount is zero or negative.
    Undefined,
    /// At or above what is expected, but reported only after its round was frozen without it.
    ReportedLate,
}

impl Reason {
    /// The light that follows from the reason.
    #[must_use]
    pub fn light(self) -> Light {
        match self {
            Self::Met | Self::WithinBand => Light::Green,
            Self::BehindWithinMargin | Self::ReportedLate => Light::Yellow,
            Self::Behind => Light::Red,
            Self::NotDue | Self::NotApplicable | Self::Undefined => Light::Grey,
            Self::NotReported | Self::NotComparable => Light::Missing,
        }
    }

    /// The reason of a value that came in after its round was frozen without one: yellow at best, where the policy says so.
    #[must_use]
    pub fn backfilled(self, policy: &Policy) -> Self {
        let yellow = policy.backfill.as_ref().is_some_and(|backfill| backfill.yellow_at_best);
        if yellow && self.light() == Light::Green { Self::ReportedLate } else { self }
    }
}

/// Another measure that was reported where the indicator itself was not.
#[derive(Debug, Clone, Copy)]
pub struct Instead<'a> {
    /// The measure.
    pub indicator: &'a Indicator,
    /// Its value, in its own unit.
    pub value: Decimal,
}

/// What is known of one division at the period.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// The indicator's own value, in its unit, as reported.
    pub value: Option<Decimal>,
    /// What was reported in its place; looked at only where `value` is absent.
    pub instead: Vec<Instead<'a>>,
    /// Last year's share of the same months.
    pub base: BaseShare,
    /// True where the value came in after its round was frozen without one.
    pub late: bool,
}

/// One target × division × period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What the pace expects, in the indicator's unit; absent where not due or not applicable.
    pub expected: Option<Decimal>,
    /// What was reported, unrounded.
    pub actual: Option<Decimal>,
    /// `actual` as published − `expected`: negative is behind. Absent where either is.
    pub gap: Option<Decimal>,
    /// Why it has its light.
    pub reason: Reason,
    /// What is still needed to reach the target; absent where it is reached, undefined or not judged.
    pub still_needed: Option<StillNeeded>,
    /// One Chinese sentence on anything a reader must know; may be empty.
    pub note: String,
}

impl Verdict {
    /// The state.
    #[must_use]
    pub fn light(&self) -> Light {
        self.reason.light()
    }
}

/// Holds what is known of one division against a target.
#[must_use]
pub fn judge(indicator: &Indicator, target: &Target, period: Period, evidence: &Evidence<'_>, policy: &Policy) -> Verdict {
    let yardstick = match Yardstick::of(indicator, target, period, evidence.base.known(), policy) {
        Asked::Value(yardstick) => yardstick,
        Asked::NotDue => return unjudged(Reason::NotDue, None, evidence, String::new()),
        Asked::NotApplicable => return unjudged(Reason::NotApplicable, None, evidence, String::new()),
    };
    let expected = decimal::from_micros(yardstick.expected());
    let Some(actual) = evidence.value else { return unreported(indicator, expected, evidence) };
    let published = decimal::round(actual, indicator.decimals);
    let gap = published - expected;
    let reason = yardstick.reason(decimal::to_micros(published).unwrap_or(if published < expected { i64::MIN + 1 } else { i64::MAX }));
    let reason = if evidence.late { reason.backfilled(policy) } else { reason };
    let still_needed = still_needed(indicator, target, actual, period, evidence.base);
    let note = note(indicator, target, evidence, gap);
    Verdict { expected: Some(expected), actual: Some(actual), gap: Some(gap.normalize()), reason, still_needed, note }
}

/// Why nothing can be judged where the indicator itself was not reported. The base, which takes a division, is asked for only where it matters.
#[must_use]
pub fn why_unreported(indicator: &Indicator, another_was: bool, base: impl FnOnce() -> BaseShare) -> Reason {
    if !another_was {
        Reason::NotReported
    } else if indicator.kind == Kind::Rate && base() == BaseShare::Undefined {
        Reason::Undefined
    } else {
        Reason::NotComparable
    }
}

fn unjudged(reason: Reason, expected: Option<Decimal>, evidence: &Evidence<'_>, note: String) -> Verdict {
    Verdict { expected, actual: evidence.value, gap: None, reason, still_needed: None, note }
}

fn unreported(indicator: &Indicator, expected: Decimal, evidence: &Evidence<'_>) -> Verdict {
    let reason = why_unreported(indicator, !evidence.instead.is_empty(), || evidence.base);
    let note = match reason {
        Reason::Undefined => format!("{}，上年同期数为零或负数，增速无意义", what_was_reported(evidence)),
        Reason::NotComparable => format!("{}，不能换算为{}", what_was_reported(evidence), indicator.name),
        _ => String::new(),
    };
    unjudged(reason, Some(expected), evidence, note)
}

fn what_was_reported(evidence: &Evidence<'_>) -> String {
    let shown = |instead: &Instead<'_>| {
        let value = pace::shown(instead.indicator, instead.value);
        format!("{}{value}{}", instead.indicator.name, instead.indicator.unit)
    };
    format!("仅报送{}", evidence.instead.iter().map(shown).collect::<Vec<_>>().join("、"))
}

fn note(indicator: &Indicator, target: &Target, evidence: &Evidence<'_>, gap: Decimal) -> String {
    if matches!(target.comparator(), Comparator::MoreThan(_)) && gap.is_zero() {
        return "目标为“超过”，等于该数不算达到".to_owned();
    }
    match (pace::pace_of(indicator, target), evidence.base.known()) {
        (Pace::Seasonal, None) => "上年同期占比未知，应达数按月均匀计算".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::testing::{dec, indicator, month};

    fn evidence(value: Option<&str>) -> Evidence<'static> {
        Evidence { value: value.map(dec), instead: Vec::new(), base: BaseShare::Known(dec("0.25")), late: false }
    }

    fn judged(indicator: &Indicator, period: u8, evidence: &Evidence<'_>) -> Verdict {
        judge(indicator, indicator.target.as_ref().unwrap(), month(period), evidence, &Policy::example().unwrap())
    }

    #[rstest]
    #[case("8以上", "8", Reason::Met, "0")] // the number included
    #[case("8以上", "7.95", Reason::Met, "0")] // printed as 8.0
    #[case("8以上", "7.9", Reason::BehindWithinMargin, "-0.1")]
    #[case("8以上", "7", Reason::BehindWithinMargin, "-1")] // exactly the margin of 1.0
    #[case("8以上", "6.9", Reason::Behind, "-1.1")]
    #[case("超过8", "8", Reason::BehindWithinMargin, "0")] // the number not included
    #[case("超过8", "8.1", Reason::Met, "0.1")]
    #[case("5.5左右", "5.5", Reason::Met, "0")]
    #[case("5.5左右", "5.4", Reason::WithinBand, "-0.1")]
    #[case("5.5左右", "5.0", Reason::WithinBand, "-0.5")] // 10 % of 5.5 is 0.55: the band ends at 4.95
    #[case("5.5左右", "4.9", Reason::BehindWithinMargin, "-0.6")]
    #[case("5.5左右", "4.4", Reason::Behind, "-1.1")]
    #[case("10左右", "9", Reason::WithinBand, "-1")]
    #[case("10左右", "8.9", Reason::Behind, "-1.1")] // the band is as wide as the margin: no yellow
    #[case("4.5—5", "4.5", Reason::Met, "0")]
    #[case("4.5—5", "7", Reason::Met, "2.5")]
    #[case("4.5—5", "4.4", Reason::BehindWithinMargin, "-0.1")]
    fn rates_are_held_against_the_number(#[case] target: &str, #[case] actual: &str, #[case] reason: Reason, #[case] gap: &str) {
        let verdict = judged(&indicator("rate", "%", target, ""), 3, &evidence(Some(actual)));
        assert_eq!((verdict.reason, verdict.gap), (reason, Some(dec(gap))));
    }

    #[rstest]
    #[case("150", Reason::Met)] // 600 × 3/12
    #[case("135", Reason::BehindWithinMargin)] // 10 % of 150
    #[case("134.9", Reason::Behind)]
    fn amounts_are_held_against_their_pace(#[case] actual: &str, #[case] reason: Reason) {
        let verdict = judged(&indicator("flow", "亿元", "600以上", ""), 3, &evidence(Some(actual)));
        assert_eq!((verdict.reason, verdict.expected), (reason, Some(dec("150"))));
    }

    #[test]
    fn the_plans_own_tolerance_wins() {
        let verdict = judged(&indicator("rate", "%", "5.5左右", "tolerance = \"0.2\""), 3, &evidence(Some("5.2")));
        assert_eq!(verdict.reason, Reason::BehindWithinMargin);
    }

    #[test]
    fn a_verdict_says_what_is_still_needed() {
        let verdict = judged(&indicator("rate", "%", "5.5左右", ""), 3, &evidence(Some("5.4")));
        // (1.055 − 0.25 × 1.054) / 0.75 − 1
        assert_eq!(verdict.still_needed.unwrap().value, dec("5.533333"));
    }

    #[rstest]
    #[case("8以上", 1, None, Reason::NotDue, Light::Grey)]
    #[case("8以上", 1, Some("3"), Reason::NotDue, Light::Grey)]
    #[case("—", 3, Some("3"), Reason::NotApplicable, Light::Grey)]
    #[case("8以上", 3, None, Reason::NotReported, Light::Missing)]
    fn what_cannot_be_judged_says_why(
        #[case] target: &str,
        #[case] period: u8,
        #[case] actual: Option<&str>,
        #[case] reason: Reason,
        #[case] light: Light,
    ) {
        let verdict = judged(&indicator("rate", "%", target, ""), period, &evidence(actual));
        assert_eq!((verdict.reason, verdict.light(), verdict.gap, verdict.still_needed), (reason, light, None, None));
    }

    #[test]
    fn another_measure_is_not_converted() {
        let growth = indicator("rate", "%", "10左右", "");
        let change = Indicator { name: "贷款余额比年初增减".into(), unit: "亿元".into(), decimals: 2, ..growth.clone() };
        let instead = vec![Instead { indicator: &change, value: dec("52.7519217607") }];
        let verdict = judged(&growth, 3, &Evidence { value: None, instead, base: BaseShare::NotAdditive, late: false });
        assert_eq!((verdict.reason, verdict.light()), (Reason::NotComparable, Light::Missing));
        assert_eq!(verdict.note, "仅报送贷款余额比年初增减52.75亿元，不能换算为指标");
    }

    #[test]
    fn growth_on_a_zero_base_is_undefined() {
        let growth = indicator("rate", "%", "35以上", "");
        let amount = Indicator { name: "实际利用外资".into(), unit: "万美元".into(), decimals: 0, ..growth.clone() };
        let instead = vec![Instead { indicator: &amount, value: dec("1.3") }];
        let verdict = judged(&growth, 3, &Evidence { value: None, instead, base: BaseShare::Undefined, late: false });
        assert_eq!((verdict.reason, verdict.light()), (Reason::Undefined, Light::Grey));
        assert_eq!(verdict.note, "仅报送实际利用外资1.3万美元，上年同期数为零或负数，增速无意义");
    }

    proptest! {
        /// A larger value never has a worse light.
        #[test]
        fn more_is_never_worse(target in 0_i64..300, low in -500_i64..500, more in 0_i64..100, shape in 0_usize..4) {
            let number = Decimal::new(target, 1);
            let text = [format!("{number}以上"), format!("{number}左右"), format!("超过{number}"), format!("{number}—40")];
            let indicator = indicator("rate", "%", &text[shape], "");
            let light = |value: i64| judged(&indicator, 6, &evidence(Some(&Decimal::new(value, 1).to_string()))).light();
            prop_assert!(light(low + more) <= light(low));
        }

        /// The gap that is printed is the difference of the numbers that are printed.
        #[test]
        fn printed_numbers_agree(target in 0_i64..10_000, actual in -100_000_i64..100_000, period in 2_u8..=12) {
            let indicator = indicator("flow", "亿元", &format!("{}以上", Decimal::new(target, 1)), "");
            let verdict = judged(&indicator, period, &evidence(Some(&Decimal::new(actual, 3).to_string())));
            let (expected, gap) = (verdict.expected.unwrap(), verdict.gap.unwrap());
            prop_assert_eq!(decimal::round(expected, 1), expected);
            prop_assert_eq!(dec(&decimal::fixed(Decimal::new(actual, 3), 1)) - expected, gap);
            prop_assert_eq!(verdict.reason == Reason::Met, gap >= Decimal::ZERO);
        }
    }
}
