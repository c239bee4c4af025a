//! Each kind of rule. Figures of 邵阳 are those of its bureau's workbook of March 2025.

use leitai_domain::plan::Severity;
use rstest::rstest;

use crate::{
    Reason,
    testing::{check, found, rule},
};

#[rstest]
// 北塔区 and 邵阳县, the lowest and the highest of twelve.
#[case::range("project_investment_growth", "value >= -60 && value <= 100", "", "430511 project_investment_growth 3 -64.4", true)]
#[case::range("project_investment_growth", "value >= -60 && value <= 100", "", "430523 project_investment_growth 3 94.5", false)]
#[case::bounds_are_inside(
    "project_investment_growth",
    "value >= -60 && value <= 100",
    "",
    "430523 project_investment_growth 3 100.0",
    false
)]
#[case::decimals("gdp_growth", "decimals <= 1", "", "430524 gdp_growth 3 6.9", false)]
#[case::decimals("budget_revenue_growth", "decimals <= 1", "", "430500 budget_revenue_growth 3 -8.24540010452036", true)]
#[case::decimals("gdp_growth", "decimals <= 1", "", "430524 gdp_growth 3 6.90", true)]
#[case::whole_number("tech_results", "value == round(value, 0)", "", "430524 tech_results 3 1.5", true)]
#[case::unit("gdp", "unit == \"亿元\"", "", "430524 gdp 3 70.6", false)]
#[case::jump("gdp_growth", "abs(value - previous) <= 5", "430524 gdp_growth 3 6.9", "430524 gdp_growth 6 1.8", true)]
#[case::jump("gdp_growth", "abs(value - previous) <= 5", "430524 gdp_growth 3 6.9", "430524 gdp_growth 6 1.9", false)]
#[case::last_year("loan_balance", "value <= last_year * 1.5", "430529 loan_balance -3 58", "430529 loan_balance 3 87.69", true)]
#[case::monotone("budget_revenue", "value >= previous", "430581 budget_revenue 2 32269", "430581 budget_revenue 3 32268", true)]
#[case::monotone("budget_revenue", "value >= previous", "430581 budget_revenue 2 32268", "430581 budget_revenue 3 32268", false)]
#[case::city("gdp_growth", "abs(value - city) <= 1", "430500 gdp_growth 3 6.3", "430524 gdp_growth 3 7.4", true)]
#[case::city("gdp_growth", "abs(value - city) <= 1", "430500 gdp_growth 3 6.3", "430524 gdp_growth 3 6.9", false)]
fn expressions(#[case] indicators: &str, #[case] expression: &str, #[case] in_force: &str, #[case] incoming: &str, #[case] broken: bool) {
    let checked = check(&rule(indicators, expression, ""), in_force, incoming);
    assert_eq!(!checked.findings.is_empty(), broken, "{checked:?}");
    assert_eq!(checked.applied[0].held + checked.applied[0].broken, 1);
}

#[test]
fn a_finding_says_what_was_found_and_what_was_expected() {
    let more = "expected = \"不低于上期的{previous}，本期{value}{unit}\"\nseverity = \"error\"\n";
    let checked =
        check(&rule("budget_revenue", "value >= previous", more), "430581 budget_revenue 2 32268.5", "430581 budget_revenue 3 32000");
    let [finding] = checked.findings.as_slice() else { panic!("{checked:?}") };
    assert_eq!((finding.rule_id.as_str(), finding.severity, finding.item), ("r", Severity::Error, 0));
    assert_eq!(finding.message, "一般公共预算收入2025年1—3月为32000万元，一般公共预算收入2025年1—2月为32268.5万元");
    assert_eq!(finding.expected, "不低于上期的32268.5，本期32000万元");
}

#[rstest]
#[case::no_period_before("value >= previous", "", "430524 gdp 3 70.6", Reason::Missing)]
#[case::not_of_last_year("value >= previous", "430524 gdp -12 300", "430524 gdp 3 70.6", Reason::Missing)]
#[case::no_operand("value >= primary_value_added", "", "430524 gdp 3 70.6", Reason::Missing)]
#[case::nobody_above("value <= city", "", "230000 province_gdp 3 1\n430524 gdp 3 70.6", Reason::Missing)]
#[case::zero_base("value / last_year > 0", "430524 gdp -3 0", "430524 gdp 3 70.6", Reason::ZeroBase)]
fn what_is_not_known_is_not_guessed(#[case] expression: &str, #[case] in_force: &str, #[case] incoming: &str, #[case] reason: Reason) {
    let checked = check(&rule("gdp", expression, ""), in_force, incoming);
    assert_eq!((checked.findings.len(), checked.applied[0].skipped.as_slice()), (0, &[(reason, 1)][..]));
}

#[test]
fn the_previous_period_is_the_one_before_at_which_the_indicator_is_due() {
    let quarterly = check(&rule("gdp", "value >= previous", ""), "430524 gdp 3 70\n430524 gdp 5 200", "430524 gdp 6 150");
    assert_eq!((found(&quarterly), quarterly.applied[0].held), (vec![], 1));
}

#[test]
fn periods_that_the_rule_is_not_for_are_passed_over() {
    let rules = rule("loan_balance", "value >= 100", "frequency = \"quarterly\"\nmonths = [6, 7]");
    let rows = "430524 loan_balance 5 1\n430524 loan_balance 6 1\n430524 loan_balance 7 1\n430524 loan_balance 9 1";
    assert_eq!(found(&check(&rules, "", rows)), [1]);
}

#[rstest]
#[case("430524", 3, Severity::Note)]
#[case("430525", 3, Severity::Explain)]
#[case("430524", 4, Severity::Explain)]
fn a_waiver_leaves_a_note_with_its_reason(#[case] division: &str, #[case] at: i8, #[case] severity: Severity) {
    let waiver = "[[rule.waiver]]\ndivision = \"430524\"\nuntil = \"2025-M03\"\nreason = \"可比口径：并入两个乡\"\n";
    let checked = check(&rule("loan_balance", "value <= 1", waiver), "", &format!("{division} loan_balance {at} 2"));
    assert_eq!(checked.findings[0].severity, severity);
    assert_eq!(checked.findings[0].message.contains("方案已说明：可比口径：并入两个乡"), severity == Severity::Note);
}

/// 万元 of the bureau in 亿元: twelve counties make 663.6061456, the city printed 663.6061.
const COUNTIES: &str = "430502 gdp 3 48.5745614\n430503 gdp 3 56.409711\n430511 gdp 3 16.7329625\n430522 gdp 3 48.4472135\n\
    430523 gdp 3 51.5627829\n430524 gdp 3 70.5940246\n430525 gdp 3 57.4182611\n430527 gdp 3 27.1252097\n430528 gdp 3 35.0531173\n\
    430529 gdp 3 18.6698167\n430581 gdp 3 54.4636369\n430582 gdp 3 178.554848";

#[rstest]
#[case::as_printed("430500 gdp 3 663.6061", vec![], 1)]
// Half a step of each of thirteen numbers with two decimals: 0.065.
#[case::by_rounding("430500 gdp 3 663.671", vec![], 1)]
#[case::not_by_rounding("430500 gdp 3 663.672", vec![0], 0)]
fn counties_add_up_to_their_city(#[case] city: &str, #[case] items: Vec<usize>, #[case] held: usize) {
    let rules = rule("gdp", "abs(county_sum - city) <= allowance", "");
    let checked = check(&rules, "", &format!("{city}\n{COUNTIES}"));
    assert_eq!((found(&checked), checked.applied[0].held), (items, held), "{checked:?}");
}

#[test]
fn a_sum_without_all_counties_is_none_and_one_that_a_county_completes_is_held_at_it() {
    let rules = rule("gdp", "abs(county_sum - city) <= allowance", "");
    let (first, rest) = COUNTIES.split_once('\n').unwrap();
    let incomplete = check(&rules, "", &format!("430500 gdp 3 1\n{rest}"));
    assert_eq!((found(&incomplete), incomplete.applied[0].skipped.as_slice()), (vec![], &[(Reason::Missing, 1)][..]));
    let completed = check(&rules, &format!("430500 gdp 3 600\n{rest}"), first);
    assert_eq!(found(&completed), [0]);
    let message = &completed.findings[0].message;
    assert!(message.starts_with("邵阳市地区生产总值2025年1—3月为600亿元，所辖12个县（市、区）合计为663.6061"), "{message}");
}

#[test]
fn growth_is_held_against_levels_as_a_note() {
    let rules = rule("budget_revenue_growth", "abs(value - (level / level_last_year - 1) * 100) <= 1", "severity = \"note\"\n");
    let base = "430581 budget_revenue -3 30000\n430581 budget_revenue 3 32268";
    // 32268 / 30000 is 7.56 %.
    assert_eq!(found(&check(&rules, base, "430581 budget_revenue_growth 3 8.56")), []);
    assert_eq!(found(&check(&rules, base, "430581 budget_revenue_growth 3 8.57")), [0]);
}

#[test]
fn shares_and_parts_are_identities() {
    let rules = rule(
        "industry_share_change",
        "abs(value - (industry_value_added / gdp - last_year_of.industry_value_added / last_year_of.gdp) * 100) <= 0.1",
        "",
    );
    let base = "430524 gdp -3 64\n430524 industry_value_added -3 16\n430524 gdp 3 70\n430524 industry_value_added 3 18.2";
    // 26 % after 25 %.
    assert_eq!(found(&check(&rules, base, "430524 industry_share_change 3 1.1")), []);
    assert_eq!(found(&check(&rules, base, "430524 industry_share_change 3 1.2")), [0]);
}

#[test]
fn whoever_reports_one_reports_all_that_are_due() {
    let rules = rule("gdp gdp_growth loan_balance", "", "kind = \"required\"\n");
    let rows = "430524 gdp 3 70\n430525 gdp 3 57\n430525 gdp_growth 3 6.6\n430525 loan_balance 3 1\n430527 loan_balance 2 1";
    let checked = check(&rules, "430524 gdp_growth 3 6.9", rows);
    let [finding] = checked.findings.as_slice() else { panic!("{checked:?}") };
    assert_eq!((finding.item, finding.message.as_str()), (0, "2025年1—3月缺少：贷款余额"));
    assert_eq!((checked.applied[0].held, checked.applied[0].broken), (2, 1));
}

/// The quarter's growth, and the same table under a later label.
fn table(at: i8, change: &str) -> String {
    let growth = [("430502", "5.4"), ("430503", "5.8"), ("430511", "5.5"), ("430522", "6.8"), ("430523", "6.3"), ("430524", "6.9")];
    growth.map(|(code, value)| format!("{code} gdp_growth {at} {}", if code == "430511" { change } else { value })).join("\n")
}

#[rstest]
#[case::the_old_table(6, "5.5", 6)]
#[case::one_value_is_new(6, "5.6", 0)]
#[case::its_own_period_again(3, "5.5", 0)]
#[case::one_value_left_out(6, "0", 5)]
fn an_old_table_under_a_newer_label_is_recognised(#[case] at: i8, #[case] change: &str, #[case] held: usize) {
    let rules = rule("gdp_growth", "", "kind = \"reprinted\"\n");
    let checked = check(&rules, &table(3, "5.5"), &table(at, change));
    assert_eq!(checked.findings.len(), held, "{checked:?}");
    if held == 6 {
        let words = "地区生产总值增速6个县（市、区）的数值都与2025年1—3月完全相同，疑为旧表重印";
        assert!(checked.findings.iter().all(|finding| finding.message == words), "{checked:?}");
    }
}

#[test]
fn four_equal_values_are_no_table() {
    let rules = rule("gdp_growth", "", "kind = \"reprinted\"\n");
    let four = |at: i8| table(at, "5.5").lines().take(4).map(|line| format!("{line}\n")).collect::<String>();
    assert_eq!(found(&check(&rules, &four(3), &four(6))), []);
}
