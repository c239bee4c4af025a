//! Reporting rounds: reminders and who the circular names.

use rstest::rstest;

use super::*;

/// The two scenarios of the file that have reporting rounds, changed.
fn changed(policy: &str, from: &str, to: &str) -> Vec<String> {
    assert!(SHIPPED.contains(from), "{from}");
    run(policy, &SHIPPED.replacen(from, to, 1)).unwrap().into_iter().flat_map(|outcome| outcome.differences).collect()
}

const SECOND: &str = r#"{ on = "2025-04-25", stage = "after", agency = "省商务厅", targets = ["方正外资"], by = "2025-04-29" },"#;

#[rstest]
#[case::a_wrong_day(
    SECOND, &SECOND.replace("04-25", "04-24"),
    &[
        "2025-M03: no reminder `after` to 省商务厅 on 2025-04-24 about 方正外资, asking by 2025-04-29",
        "2025-M03: a reminder too many, `after` to 省商务厅 on 2025-04-25 about 方正外资, asking by 2025-04-29",
    ]
)]
#[case::nobody_expected(
    SECOND, "",
    &["2025-M03: a reminder too many, `after` to 省商务厅 on 2025-04-25 about 方正外资, asking by 2025-04-29"]
)]
#[case::another_agency(
    r#"{ agency = "省财政厅", late = ["宾县税收"] },"#, r#"{ agency = "省财政厅", missing = ["宾县税收"] },"#,
    &["2025-M03: the circular does not name 省财政厅: missing 宾县税收 (省税务局, 2025-04-24)", "2025-M03: the circular names, and should not, 省财政厅: late 宾县税收 (省税务局, 2025-04-24)"]
)]
#[case::nobody_named(
    r#"    { agency = "省商务厅", missing = ["方正外资"] },"#, "",
    &["2025-M03: the circular names, and should not, 省商务厅: missing 方正外资"]
)]
// A day later the second reminder, written as the day begins, still speaks of it.
#[case::reported_too_late_to_be_left_out(
    r#"agency = "省税务局", on = "2025-04-24""#, r#"agency = "省税务局", on = "2025-04-25""#,
    &[
        "2025-M03: a reminder too many, `after` to 省税务局 on 2025-04-25 about 宾县税收, asking by 2025-04-29",
        "2025-M03: a reminder too many, `after` to 省财政厅 on 2025-04-25 about 宾县税收, asking by 2025-04-29",
    ]
)]
// On the due day it is in time; the day after it is late.
#[case::reported_late(
    r#"分行", on = "2025-04-22""#, r#"分行", on = "2025-04-23""#,
    &[
        "2025-M03: the circular names, and should not, 人民银行黑龙江省分行: late 宾县贷款 (人民银行黑龙江省分行, 2025-04-23)",
        "2025-M03: the circular names, and should not, 省地方金融管理局: late 宾县贷款 (人民银行黑龙江省分行, 2025-04-23)",
        "2025-M03: the circular names, and should not, 黑龙江金融监管局: late 宾县贷款 (人民银行黑龙江省分行, 2025-04-23)",
    ]
)]
#[case::not_issued(
    "issued = \"2025-06-18\"\nverdicts = { \"宾县税收\" = { light = \"missing\" } }",
    "issued = \"2025-06-20\"\nverdicts = { \"宾县税收\" = { light = \"missing\" } }",
    &["2025-M05: a reminder too many, `after` to 省财政厅 on 2025-06-19 about 宾县税收, asking by 2025-06-24"]
)]
#[case::another_indicator_is_silenced(
    r#"{ indicator = "tax_revenue_growth", until = "2025-06-13" }"#, r#"{ indicator = "gdp_growth", until = "2025-06-13" }"#,
    &[
        "2025-M05: no reminder `before` to 省财政厅 on 2025-06-14 about 宾县税收, asking by 2025-06-16",
        "2025-M05: a reminder too many, `before` to 省财政厅 on 2025-06-11 about 宾县税收, asking by 2025-06-16",
    ]
)]
fn what_comes_otherwise_is_told(#[case] from: &str, #[case] to: &str, #[case] expected: &[&str]) {
    assert_eq!(changed(EXAMPLE, from, to), expected);
}

#[test]
fn other_numbers_of_the_policy_move_the_days() {
    let later = EXAMPLE.replacen("before_working_days = 3", "before_working_days = 2", 1);
    let told = changed(&later, "", "");
    let moved = "2025-M03: a reminder too many, `before` to 省商务厅 on 2025-04-18 about 方正外资, asking by 2025-04-22";
    assert!(told.iter().any(|one| one == moved), "{told:?}");
    let none = EXAMPLE.split("[reminder]").next().unwrap();
    let error = run(none, SHIPPED).unwrap_err().to_string();
    assert!(error.contains("reporting 2025-M05, due: `` is left out, and the policy has no [reminder]"), "{error}");
}

#[test]
fn reporters_are_reminded_in_place_of_evaluators() {
    let (from, to) = ("evaluating = [\"省商务厅\"]", "evaluating = [\"省商务厅\"]\nreporters = [\"省统计局\"]");
    let told = changed(EXAMPLE, from, to);
    assert!(told.contains(&"2025-M03: the circular names, and should not, 省统计局: missing 方正外资".to_owned()), "{told:?}");
    assert_eq!(told.len(), 6, "two reminders and a name, each expected and found: {told:?}");
}

#[test]
fn quiet_days_move_the_reminder() {
    // The silence ends on Friday 13 June: what is written as Saturday begins goes out on Monday, the due day.
    let quiet = format!("{EXAMPLE}\n[quiet]\nfrom = 20\nuntil = 8\nworking_days_only = true\norigin = \"x\"\n");
    let told = changed(&quiet, "", "");
    let expected = [
        "2025-M05: no reminder `before` to 省财政厅 on 2025-06-14 about 宾县税收, asking by 2025-06-16",
        "2025-M05: a reminder too many, `before` to 省财政厅 on 2025-06-16 about 宾县税收, asking by 2025-06-16",
    ];
    assert_eq!(told, expected);
}

#[rstest]
#[case::due("due = \"2025-04-22\"", "due = \"22 April\"", "reporting 2025-M03, due: `22 April` is no day")]
#[case::long_after("due = \"2025-04-22\"", "due = \"2035-04-22\"", "`2035-04-22` is not within a year")]
#[case::before_the_end("due = \"2025-04-22\"", "due = \"2025-03-30\"", "`2025-03-30` is not within a year")]
#[case::owed("owed = [\"依兰GDP\", ", "owed = [\"依兰\", ", "owed: `依兰` is no [[scenario.target]]")]
#[case::not_owed("owed = [\"依兰GDP\", ", "owed = [", "report.targets: `依兰GDP` is none of the targets that are `owed`")]
#[case::nothing_owed("owed = [\"宾县税收\"]", "owed = []", "owed: `[]` is no list of targets")]
#[case::a_name_that_is_none("late = [\"宾县税收\"]", "late = [\"宾县\"]", "named.late: `宾县` is no [[scenario.target]]")]
#[case::a_day_that_is_none("reminders = [{ on = \"2025-06-14\"", "reminders = [{ on = \"June\"", "reminders.on: `June` is no day")]
#[case::no_reminders("reminders = [{", "reminder = [{", "the scenarios cannot be read")]
fn refuses(#[case] from: &str, #[case] to: &str, #[case] says: &str) {
    assert!(SHIPPED.contains(from), "{from}");
    let error = run(EXAMPLE, &SHIPPED.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(error.contains(says), "{error}");
}

#[test]
fn a_scenario_without_any_round_is_refused() {
    let error = run(EXAMPLE, "[[scenario]]\nname = \"空\"\n").unwrap_err().to_string();
    assert_eq!(error, "scenario `空` has neither a [[scenario.round]] nor a [[scenario.reporting]]");
}
