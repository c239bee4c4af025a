mod reporting;

use leitai_domain::calendar::CHINA_TOML;
use rstest::rstest;

use super::*;
use crate::policy::EXAMPLE;

/// The scenarios that ship.
const SHIPPED: &str = include_str!("../../scenarios/example.toml");

fn run(policy: &str, scenarios: &str) -> Result<Vec<Outcome>, ScenarioError> {
    let (policy, calendar) = (Policy::from_toml(policy).unwrap(), Calendar::from_toml(CHINA_TOML).unwrap());
    ScenarioFile::from_toml(scenarios)?.run(&policy, &calendar)
}

#[test]
fn the_example_policy_does_what_its_scenarios_say() {
    for outcome in run(EXAMPLE, SHIPPED).unwrap() {
        assert_eq!(outcome.differences, Vec::<String>::new(), "{}", outcome.name);
    }
}

#[test]
fn another_policy_differs_and_says_where() {
    let milder = EXAMPLE.replacen("{ periods = 2 }", "{ periods = 3 }", 1);
    let outcomes = run(&milder, SHIPPED).unwrap();
    let differences = &outcomes[0].differences;
    let expected = [
        "2025-M06: no letter warning to 依兰县县域经济发展专班 about 依兰GDP",
        "2025-M06: no letter warning to 省发展改革委 about 依兰GDP",
        "2025-M06: a letter too many, notice to 依兰县县域经济发展专班 about 依兰GDP",
        "2025-M06: a letter too many, notice to 省发展改革委 about 依兰GDP",
    ];
    assert_eq!(differences, &expected);
    assert!(outcomes[1].differences.is_empty());
}

#[test]
fn a_hold_a_state_and_a_refusal_that_differ_are_told() {
    let (before, rest) = EXAMPLE.split_once("[[dependency]]").unwrap();
    let (_, reminder) = rest.split_once("[reminder]").unwrap();
    let without = format!("{before}[reminder]{reminder}");
    let differences =
        run(&without, &SHIPPED.replacen("\"signed_off\" }", "\"open\" }", 1).replacen("OWN_RECOVERY", "CASE_CLOSED", 1)).unwrap();
    let told: Vec<&str> = differences.iter().flat_map(|outcome| &outcome.differences).map(String::as_str).collect();
    assert_eq!(told[0], "2025-M07: sign_off of 宾县税收 on 2025-07-21: expected refused with CASE_CLOSED, was refused with OWN_RECOVERY");
    assert_eq!(told[1], "2025-M07: 宾县税收 is expected open, was signed_off");
    assert!(told.contains(&"2025-M03: 方正比重 held by base_missing: was not held"), "{told:?}");
}

#[rstest]
#[case::period("\"2025-M03\"", "\"March\"", "round March, period: `March` is no period")]
#[case::day("\"2025-04-18\"", "\"18 April\"", "round 2025-M03, issued: `18 April` is no day")]
#[case::light("\"red\"", "\"purple\"", "`purple` is none of green")]
#[case::gap("\"-1.4\"", "\"much\"", "gap: `much` is no decimal")]
#[case::target("\"依兰GDP\" = {", "\"依兰\" = {", "`依兰` is no [[scenario.target]]")]
#[case::deed("\"acknowledge\"", "\"nod\"", "`nod` is none of acknowledge")]
#[case::key("verdicts =", "verdict =", "the scenarios cannot be read")]
fn refuses(#[case] from: &str, #[case] to: &str, #[case] says: &str) {
    let error = run(EXAMPLE, &SHIPPED.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(error.contains(says), "{error}");
}
