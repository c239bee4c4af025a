//! A value is held against rules also as an operand of others, and one that is refused is nobody's operand.

use std::collections::BTreeSet;

use crate::{
    finding::Incoming,
    known::Values,
    testing::{check, compiled, found, month, registry, rule},
};

#[test]
fn a_corrected_operand_breaks_what_is_in_force() {
    let rules = rule("gdp", "primary_value_added <= value", "");
    let checked = check(&rules, "430524 gdp 3 70", "430524 primary_value_added 3 71");
    assert_eq!(found(&checked), [0]);
    assert!(checked.findings[0].message.starts_with("地区生产总值2025年1—3月为70亿元，第一产业增加值2025年1—3月为71亿元"));
}

#[test]
fn a_corrected_earlier_period_is_held_against_the_later_one() {
    let rules = rule("gdp", "value >= previous", "");
    let checked = check(&rules, "430524 gdp 3 70\n430524 gdp 6 150\n430524 gdp 9 210", "430524 gdp 3 151");
    assert_eq!((found(&checked), checked.applied[0].broken, checked.applied[0].held), (vec![0], 1, 0));
    assert!(checked.findings[0].message.contains("2025年1—6月为150亿元"), "{checked:?}");
}

#[test]
fn a_corrected_base_is_held_against_this_year() {
    let rules = rule("loan_balance", "value <= last_year * 2", "");
    assert_eq!(found(&check(&rules, "430524 loan_balance 3 70", "430524 loan_balance -3 34")), [0]);
}

#[test]
fn in_one_report_each_value_is_held_once_at_its_own_cell() {
    let rules = rule("gdp", "primary_value_added <= value && value >= previous", "");
    let checked = check(&rules, "430524 gdp 3 70", "430524 primary_value_added 6 171\n430524 gdp 6 150\n430524 gdp 3 70");
    assert_eq!(found(&checked), [1]);
}

#[test]
fn what_an_error_refuses_is_no_operand() {
    let rules = format!(
        "{}{}",
        rule("primary_value_added", "value >= 0", "severity = \"error\"\n"),
        rule("gdp", "primary_value_added >= 0", "").replace("\"r\"", "\"s\"")
    );
    let checked = check(&rules, "430524 primary_value_added 3 5", "430524 gdp 3 70\n430524 primary_value_added 3 -1");
    assert_eq!(checked.findings.iter().map(|finding| (finding.rule_id.as_str(), finding.item)).collect::<Vec<_>>(), [("r", 1)]);
    assert_eq!((checked.applied[1].held, checked.applied[1].broken), (1, 0));
}

fn needs(rules: &str, indicator: &str, division: &str, at: i8) -> (BTreeSet<String>, BTreeSet<String>, Vec<String>) {
    let incoming = Incoming { division, indicator, period: month(at), micros: 1, source_text: "1" };
    let needs = compiled(rules).unwrap().needs(&[incoming], &Values::new(registry()));
    (needs.divisions, needs.indicators, needs.periods.iter().map(ToString::to_string).collect())
}

#[test]
fn only_what_rules_look_at_is_needed() {
    let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
    let (divisions, indicators, periods) = needs(&rule("gdp", "value >= previous + last_year_of.loan_balance", ""), "gdp", "430524", 6);
    assert_eq!((divisions, indicators), (set(&["430524"]), set(&["gdp", "loan_balance"])));
    // Itself, the quarter before, what follows up to the next quarter, and last year's of each.
    let following = ["2024-M06", "2024-M07", "2024-M08", "2024-M09", "2025-M03", "2025-M06", "2025-M07", "2025-M08", "2025-M09"];
    assert_eq!(periods, following);
    let (divisions, ..) = needs(&rule("gdp", "county_sum <= city", ""), "gdp", "430524", 6);
    assert_eq!((divisions.len(), divisions.contains("430500"), divisions.contains("430582")), (13, true, true));
    let (.., periods) = needs(&rule("gdp", "", "kind = \"reprinted\"\n"), "gdp", "430524", 3);
    assert_eq!(periods, ["2025-M01", "2025-M02", "2025-M03"]);
    assert_eq!(needs(&rule("gdp", "value > 0", ""), "loan_balance", "430524", 3).1, set(&[]));
    // What the words name is looked at as well.
    let named = rule("gdp", "value > 0", "expected = \"上年为{last_year}，全市为{city}\"\n");
    let (divisions, _, periods) = needs(&named, "gdp", "430524", 3);
    assert_eq!((divisions.len(), periods.contains(&"2024-M03".to_owned())), (13, true));
}
