//! No verdict hangs on a rounding error: each is what whole numbers say.

use std::sync::{LazyLock, OnceLock};

use leitai_domain::plan::Plan;
use proptest::prelude::*;

use crate::{
    finding::Incoming,
    known::Values,
    rule_set::RuleSet,
    testing::{compiled, month, registry, rule},
};

/// Compiled once: the cases are many.
fn set(cell: &'static OnceLock<RuleSet>, expression: &str) -> &'static RuleSet {
    cell.get_or_init(|| compiled(&rule("loan_balance", expression, "")).unwrap())
}

static PLAN: LazyLock<Plan> = LazyLock::new(|| crate::testing::plan(&rule("loan_balance", "true", "")));

fn broken(set: &RuleSet, previous: i64, value: i64) -> bool {
    let mut known = Values::new(registry());
    known.insert("430524", "loan_balance", month(2), previous);
    let incoming = Incoming { division: "430524", indicator: "loan_balance", period: month(3), micros: value, source_text: "" };
    !set.check(&[incoming], &known).findings.is_empty()
}

/// Values whose differences lie around a tenth, where doubles go wrong: 0.3 − 0.2 is less than 0.1 in binary.
fn near(value: i64) -> impl Strategy<Value = i64> {
    prop_oneof![-3_i64..=3, Just(100_000), Just(-100_000), 99_998_i64..=100_002].prop_map(move |step| value + step)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_difference_is_exact((previous, value) in (0..10_i64.pow(15)).prop_flat_map(|value| (Just(value), near(value)))) {
        static SET: OnceLock<RuleSet> = OnceLock::new();
        let set = set(&SET, "abs(value - previous) <= 0.1");
        prop_assert_eq!(broken(set, previous, value), (value - previous).abs() > 100_000);
    }

    #[test]
    fn a_ratio_is_exact(previous in 1..10_i64.pow(14), percent in 0_i64..=300, off in -2_i64..=2) {
        static SET: OnceLock<RuleSet> = OnceLock::new();
        let set = set(&SET, "value / previous <= 1.1");
        let value = previous * percent.min(110) / 100 + off;
        let more = i128::from(value) * 10 > i128::from(previous) * 11;
        prop_assert_eq!(broken(set, previous, value), more);
    }

    #[test]
    fn products_and_sums_are_exact(previous in 0..10_i64.pow(14), off in -2_i64..=2) {
        static SET: OnceLock<RuleSet> = OnceLock::new();
        let set = set(&SET, "value == previous * 3 + 0.000001 * 2 - 0.3 + 0.1 + 0.2");
        prop_assert_eq!(broken(set, previous, previous * 3 + 2 + off), off != 0);
    }

    /// Any text at all compiles or is refused, and what compiles evaluates.
    #[test]
    fn any_text_ends_in_an_answer(expression in "[a-z_.()0-9<>=&|!+*/?: -]{0,60}") {
        let mut plan = PLAN.clone();
        plan.rules[0].expression = Some(expression);
        if let Ok(set) = RuleSet::compile(&plan) {
            let _ = broken(&set, 1, i64::MAX);
        }
    }

    #[test]
    fn words_of_the_language_in_any_order_end_in_an_answer(words in prop::collection::vec(prop::sample::select(WORDS), 0..12)) {
        let mut plan = PLAN.clone();
        plan.rules[0].expression = Some(words.join(" "));
        if let Ok(set) = RuleSet::compile(&plan) {
            let _ = broken(&set, i64::MAX, i64::MAX);
        }
    }
}

const WORDS: &[&str] = &[
    "value",
    "previous",
    "gdp",
    "unit",
    "(",
    ")",
    "+",
    "-",
    "*",
    "/",
    "<=",
    "==",
    "&&",
    "||",
    "!",
    "? ",
    ":",
    "1",
    "0.1",
    "abs(",
    "round(",
    ",",
    "has(",
    "row.gdp",
    "\"%\"",
    "true",
    "9223372036854775807",
];

#[test]
fn numbers_beyond_every_bound_do_not_apply() {
    let set = compiled(&rule("loan_balance", &format!("value{} > 0", " * value".repeat(20)), "")).unwrap();
    let known = Values::new(registry());
    let incoming = Incoming { division: "430524", indicator: "loan_balance", period: month(3), micros: i64::MAX, source_text: "" };
    let checked = set.check(&[incoming], &known);
    assert_eq!(checked.applied[0].skipped, [(crate::Reason::OutOfRange, 1)]);
}
