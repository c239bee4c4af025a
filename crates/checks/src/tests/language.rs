//! What an expression may say, and what is said to one that says more.

use rstest::rstest;

use crate::testing::{compiled, rule};

#[rstest]
#[case("value >= 0")]
#[case("0 <= value && value <= 100.5")]
#[case("abs(value - previous) <= max(step * 5, 0.3)")]
#[case("!has(row.previous) || value >= row.previous")]
#[case("has(last_year_of.loan_balance) ? value < last_year_of.loan_balance * 3 : true")]
#[case("unit == \"亿元\" && decimals <= 2 && month != 1")]
#[case("-value < 0 && round(value, 1) == round(value, 2) || (1 + 2) / 4 == 0.75")]
#[case("primary_value_added + industry_value_added <= gdp + allowance")]
fn taken(#[case] expression: &str) {
    assert_eq!(compiled(&rule("gdp", expression, "")).map(drop), Ok(()));
}

#[rstest]
#[case("value >=", "is no CEL")]
#[case("value", "yields a number, it must yield true or false")]
#[case("unit", "yields a text")]
#[case("gpd > 0", "at character 1: `gpd` is unknown: write value, previous, last_year")]
#[case("value > last_year_of.gpd", "`last_year_of.gpd` is unknown")]
#[case("has(row.gpd)", "`row.gpd` is unknown")]
#[case("value.gdp > 0", "`value.gdp` is unknown")]
#[case("value > unit", "`>` takes two numbers, found a number and a text")]
#[case("value == unit", "takes two of a kind")]
#[case("value && true", "`&&` takes two of true or false")]
#[case("!value", "takes true or false")]
#[case("unit + unit == unit", "`+` takes two numbers")]
#[case("value % 2 == 0", "is no function of rules")]
#[case("size(unit) > 0", "`size` is no function of rules: write abs, min, max, round")]
#[case("abs(value, 1) > 0", "`abs` takes 1 numbers")]
#[case("unit.startsWith(\"亿\")", "`.startsWith()` has no place")]
#[case("[1, 2].all(x, x > 0)", "a list, a map or a loop has no place")]
#[case("value in [1.0]", "a list, a map or a loop")]
#[case("{'a': value}.a > 0", "only `row.`")]
#[case("value == null", "null and bytes have no place")]
#[case("true ? value : false", "true or false and two of a kind")]
#[case("value > 1.2345678901234567", "may have 15 digits")]
fn refused_with_a_reason(#[case] expression: &str, #[case] words: &str) {
    let error = compiled(&rule("gdp", expression, "")).unwrap_err().to_string();
    assert!(error.starts_with("rule `r`: ") && error.contains(words), "{error}");
}

/// A plan file comes from outside: the worst texts of the allowed length are refused, quickly.
#[rstest]
#[case("(".repeat(240))]
#[case("-".repeat(490))]
#[case("!".repeat(490))]
#[case(format!("{}1{} > 0", "(".repeat(200), ")".repeat(200)))]
#[case("a.".repeat(240))]
#[case("[[[[".repeat(100))]
#[case("1?1:".repeat(100))]
#[case("! ".repeat(240))]
#[case("true?true:".repeat(49) + "true")]
#[case("1+".repeat(240) + "1 > 0")]
#[case("true&&".repeat(80) + "1")]
#[case("abs(".repeat(100) + "1")]
#[case("value".repeat(90))]
#[case("\u{0}\"'`\\".repeat(60))]
fn the_worst_texts_are_refused(#[case] expression: String) {
    let rules = rule("gdp", "value > 0", "");
    let mut plan = crate::testing::plan(&rules);
    plan.rules[0].expression = Some(expression);
    assert!(crate::RuleSet::compile(&plan).is_err());
}

/// As deep as is allowed, on half of a thread's usual stack.
#[rstest]
#[case(format!("{}1 > 0", "1 + ".repeat(22)))]
#[case(format!("{}value > 0{}", "(".repeat(8), ")".repeat(8)))]
#[case(format!("{}value{} > 0", "abs(".repeat(8), ")".repeat(8)))]
#[case(format!("{}true", "true ? true : ".repeat(8)))]
#[case(format!("{}true", "value > 0 && ".repeat(37)))]
fn the_deepest_hold(#[case] expression: String) {
    let check = move || crate::testing::check(&rule("gdp", &expression, ""), "", "430524 gdp 3 70").applied[0].held;
    assert_eq!(std::thread::Builder::new().stack_size(1 << 20).spawn(check).unwrap().join().unwrap(), 1);
}

#[rstest]
#[case("gdp", "level > 0", "", "the plan gives `gdp` none")]
#[case("loan_growth", "abs(value - (level / level_last_year - 1) * 100) <= 1", "", "its severity must be note")]
#[case("gdp", "value > 0", "expected = \"不少于{previos}\"", "names `{previos}`, which is unknown")]
#[case("gdp", "value > 0", "expected = \"不少于{previous\"", "without its `}`")]
#[case("gdp", "value > 0", "expected = \"不少于previous}\"", "without its `{`")]
fn a_rule_fits_its_plan(#[case] indicators: &str, #[case] expression: &str, #[case] more: &str, #[case] words: &str) {
    let error = compiled(&rule(indicators, expression, more)).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}
