//! Plans and values for the tests of this crate, written as a plan document writes them.

use std::sync::LazyLock;

use leitai_domain::{decimal, division::Registry, period::Period, plan::Plan, shipped, simulate};

use crate::{
    finding::{Checked, Incoming},
    known::Values,
    rule_set::{RuleError, RuleSet},
};

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::shipped().unwrap());

/// The list that ships.
pub fn registry() -> &'static Registry {
    &REGISTRY
}

/// January to this month of 2025, or of 2024 for a negative one.
pub fn month(month: i8) -> Period {
    Period::new(if month < 0 { 2024 } else { 2025 }, month.unsigned_abs()).unwrap()
}

/// The shipped plan with these rules in place of its own.
pub fn plan(rules: &str) -> Plan {
    let text = shipped::plan(simulate::PLAN).unwrap();
    let indicators: String = text.split("[[rule]]").take(1).collect();
    Plan::from_toml(&format!("{indicators}\n{rules}")).unwrap()
}

/// A rule of severity explain; `more` adds lines.
pub fn rule(indicators: &str, expression: &str, more: &str) -> String {
    let expected = if more.contains("expected") { "" } else { "expected = \"应成立\"\n" };
    let severity = if more.contains("severity") { "" } else { "severity = \"explain\"\n" };
    let expression = if more.contains("kind") { String::new() } else { format!("expression = '''{expression}'''\n") };
    let ids: Vec<String> = indicators.split(' ').map(|id| format!("\"{id}\"")).collect();
    format!("[[rule]]\nid = \"r\"\nindicators = [{}]\norigin = \"示例\"\n{expression}{expected}{severity}{more}\n", ids.join(", "))
}

/// The rules compiled.
pub fn compiled(rules: &str) -> Result<RuleSet, RuleError> {
    RuleSet::compile(&plan(rules))
}

/// `430524 gdp 3 70.59`: division, indicator, month and value as printed; a negative month is of 2024.
pub fn rows(text: &str) -> Vec<(&str, &str, Period, i64, &str)> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let [division, indicator, at, value] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let micros = decimal::to_micros(decimal::parse(value).unwrap()).unwrap();
            (division, indicator, month(at.parse().unwrap()), micros, value)
        })
        .collect()
}

/// Incoming rows held against rules, over rows in force.
pub fn check(rules: &str, in_force: &str, incoming: &str) -> Checked {
    let set = compiled(rules).unwrap();
    let mut known = Values::new(registry());
    for (division, indicator, period, micros, _) in rows(in_force) {
        known.insert(division, indicator, period, micros);
    }
    let rows = rows(incoming);
    let incoming: Vec<Incoming<'_>> = rows
        .iter()
        .map(|(division, indicator, period, micros, source_text)| Incoming {
            division,
            indicator,
            period: *period,
            micros: *micros,
            source_text,
        })
        .collect();
    set.check(&incoming, &known)
}

/// Items found.
pub fn found(checked: &Checked) -> Vec<usize> {
    checked.findings.iter().map(|finding| finding.item).collect()
}
