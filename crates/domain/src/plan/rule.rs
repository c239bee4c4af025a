//! Rules that reported values are held against, declared in the plan document and evaluated by `leitai-checks`.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de::Error};

use super::{Frequency, Plan, PlanError};
use crate::period::Period;

/// Most rules of a plan.
const MOST_RULES: usize = 200;
/// Most waivers of a rule; China has fewer than 3,000 counties.
const MOST_WAIVERS: usize = 5_000;
/// Longest expression, bytes.
pub const LONGEST_EXPRESSION: usize = 500;

/// A `[[rule]]` of a plan document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique in the plan: 1 to 64 of a–z, 0–9 and `-`.
    pub id: String,
    /// What a value that breaks it comes to.
    pub severity: Severity,
    /// The plan's indicators whose values are held against it, at least one.
    pub indicators: Vec<String>,
    /// How it is evaluated.
    #[serde(default)]
    pub kind: RuleKind,
    /// What must hold, in CEL: for the kind `expression` alone, at most 500 bytes.
    pub expression: Option<String>,
    /// What was expected, Chinese, 1 to 200 characters; `{value}`, `{previous}` and the like stand for the variables' values.
    pub expected: String,
    /// The variable `allowance`, not negative; absent: what rounding to the printed decimals alone can make of the numbers compared.
    pub allowance: Option<Decimal>,
    /// Held only at periods when an indicator of this frequency is due; absent: at every period.
    pub frequency: Option<Frequency>,
    /// Held only at periods that end in these months, 1 to 12; empty: at every period.
    #[serde(default)]
    pub months: Vec<u8>,
    /// Where the rule and its numbers come from, Chinese, 1 to 200 characters.
    pub origin: String,
    /// Where a broken rule is known and explained beforehand.
    #[serde(rename = "waiver", default)]
    pub waivers: Vec<Waiver>,
}

/// What a value that breaks a rule comes to, gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The value is refused.
    Error,
    /// The value is held until its submitter says in words why it is right.
    Explain,
    /// Said beside the value.
    Note,
}

/// How a rule is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// An expression over a value and its neighbours.
    #[default]
    Expression,
    /// Whoever reports one of the indicators reports them all: for a division and period, those that are due.
    Required,
    /// A newer period does not repeat what several divisions had for an earlier one of the year.
    Reprinted,
}

/// An explanation given beforehand: a broken rule is then only noted, with the reason. Whatever is absent is any.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// GB/T 2260 code.
    pub division: Option<String>,
    /// One of the rule's indicators.
    pub indicator: Option<String>,
    /// The last period that it holds for.
    #[serde(default, deserialize_with = "optional_period")]
    pub until: Option<Period>,
    /// Why, Chinese (`可比口径：…`), 1 to 200 characters.
    pub reason: String,
}

fn optional_period<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Period>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(D::Error::custom)
}

impl Rule {
    /// True where values of the period are held against it.
    #[must_use]
    pub fn is_held_at(&self, period: Period) -> bool {
        self.frequency.is_none_or(|frequency| frequency.is_due(period)) && (self.months.is_empty() || self.months.contains(&period.month()))
    }

    /// The first explanation given beforehand for a value.
    #[must_use]
    pub fn waiver(&self, division: &str, indicator: &str, period: Period) -> Option<&Waiver> {
        let any_or = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        self.waivers.iter().find(|waiver| {
            any_or(&waiver.division, division) && any_or(&waiver.indicator, indicator) && waiver.until.is_none_or(|until| period <= until)
        })
    }

    /// What is wrong with it beside its expression, which is compiled elsewhere.
    fn problem(&self, plan: &Plan) -> Option<String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(plain) {
            return Some("the id must be 1 to 64 of a–z, 0–9 and -".to_owned());
        }
        if let Some(unknown) = self.indicators.iter().find(|id| plan.indicator(id).is_none()) {
            return Some(format!("names `{unknown}`, which the plan does not have"));
        }
        if self.indicators.is_empty() || has_twice(&self.indicators) {
            return Some("indicators must name at least one, and none twice".to_owned());
        }
        self.expression_problem().or_else(|| self.text_problem()).or_else(|| self.number_problem()).or_else(|| self.waiver_problem())
    }

    fn expression_problem(&self) -> Option<String> {
        match (self.kind, &self.expression) {
            (RuleKind::Expression, None) => Some("has no expression: write what must hold, as `value >= 0`".to_owned()),
            (RuleKind::Expression, Some(text)) if text.len() > LONGEST_EXPRESSION => {
                Some(format!("expression has {} bytes, at most {LONGEST_EXPRESSION}", text.len()))
            }
            (RuleKind::Expression, Some(_)) | (_, None) => None,
            (_, Some(_)) => Some("expression belongs to the kind `expression` alone".to_owned()),
        }
    }

    fn text_problem(&self) -> Option<String> {
        let texts = [("expected", &self.expected), ("origin", &self.origin)];
        let wrong = texts.into_iter().find(|(_, text)| !is_sentence(text));
        wrong.map(|(field, _)| format!("{field} must have 1 to 200 characters, none of them a line break"))
    }

    fn number_problem(&self) -> Option<String> {
        if self.allowance.is_some_and(|allowance| allowance < Decimal::ZERO || crate::decimal::to_micros(allowance).is_err()) {
            return Some("allowance must not be negative or out of range".to_owned());
        }
        self.months.iter().any(|month| !(1..=12).contains(month)).then(|| "months must be 1 to 12".to_owned())
    }

    fn waiver_problem(&self) -> Option<String> {
        if self.waivers.len() > MOST_WAIVERS {
            return Some(format!("has {} waivers, at most {MOST_WAIVERS}", self.waivers.len()));
        }
        self.waivers.iter().find_map(|waiver| waiver.problem(self)).map(|problem| format!("waiver {problem}"))
    }
}

impl Waiver {
    fn problem(&self, rule: &Rule) -> Option<String> {
        let code = |code: &String| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(wrong) = self.division.as_ref().filter(|division| !code(division)) {
            return Some(format!("division `{wrong}` is no code of six digits"));
        }
        if let Some(wrong) = self.indicator.as_ref().filter(|indicator| !rule.indicators.contains(indicator)) {
            return Some(format!("indicator `{wrong}` is none of the rule's"));
        }
        (!is_sentence(&self.reason)).then(|| "reason must have 1 to 200 characters, none of them a line break".to_owned())
    }
}

/// True for 1 to 200 characters, none of them a line break, that are not blank.
pub(super) fn is_sentence(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 200 && !text.contains(char::is_control)
}

fn has_twice(ids: &[String]) -> bool {
    ids.iter().enumerate().any(|(at, id)| ids.iter().skip(at + 1).any(|other| other == id))
}

/// Refuses rules that name what the plan does not have, or say too little.
pub(super) fn check(plan: &Plan) -> Result<(), PlanError> {
    let invalid = |id: &str, problem: String| Err(PlanError::Invalid { place: format!("rule `{id}`"), problem });
    if plan.rules.len() > MOST_RULES {
        return invalid("", format!("the plan has {} rules, at most {MOST_RULES}", plan.rules.len()));
    }
    for (position, rule) in plan.rules.iter().enumerate() {
        if let Some(problem) = rule.problem(plan) {
            return invalid(&rule.id, problem);
        }
        if plan.rules.iter().take(position).any(|other| other.id == rule.id) {
            return invalid(&rule.id, "stands twice".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        shipped,
        testing::{dec, month},
    };

    const COUNTY: &str = "heilongjiang-county-economy-2025";
    const RULE: &str = "[[rule]]\nid = \"t-1\"\nseverity = \"explain\"\nindicators = [\"gdp\"]\nexpression = \"value >= 0\"\n\
                        expected = \"不为负\"\norigin = \"示例\"\n";
    const WAIVER: &str = "[[rule.waiver]]\ndivision = \"230123\"\nindicator = \"gdp\"\nuntil = \"2025-M06\"\nreason = \"可比口径\"\n";

    fn plan(rule: &str) -> Result<Plan, PlanError> {
        Plan::from_toml(&format!("{}\n{rule}", shipped::plan(COUNTY).unwrap()))
    }

    fn rule(text: &str) -> Rule {
        plan(text).unwrap().rules.pop().unwrap()
    }

    #[test]
    fn a_rule_is_read_with_its_defaults() {
        let rule = rule(RULE);
        assert_eq!((rule.kind, rule.severity, rule.allowance, rule.waivers.len()), (RuleKind::Expression, Severity::Explain, None, 0));
        assert!(rule.is_held_at(month(1)) && rule.is_held_at(month(12)));
        let full = format!("{RULE}allowance = \"0.5\"\nfrequency = \"quarterly\"\nmonths = [6, 12]\n");
        let rule = self::rule(&full);
        assert_eq!(rule.allowance, Some(dec("0.5")));
        assert_eq!((1..=12).filter(|at| rule.is_held_at(month(*at))).collect::<Vec<_>>(), [6, 12]);
    }

    #[rstest]
    #[case("230123", "gdp", 6, true)]
    #[case("230123", "gdp", 9, false)]
    #[case("230124", "gdp", 6, false)]
    #[case("230123", "gdp_growth", 6, false)]
    fn a_waiver_has_its_bounds(#[case] division: &str, #[case] indicator: &str, #[case] at: u8, #[case] waived: bool) {
        let rule = rule(&format!("{RULE}{WAIVER}"));
        assert_eq!(rule.waiver(division, indicator, month(at)).is_some(), waived);
    }

    #[rstest]
    #[case(RULE, "id = \"t-1\"", "id = \"T\"", "rule `T`: the id must be")]
    #[case(RULE, "[\"gdp\"]", "[\"gpd\"]", "rule `t-1`: names `gpd`, which the plan does not have")]
    #[case(RULE, "[\"gdp\"]", "[]", "at least one")]
    #[case(RULE, "[\"gdp\"]", "[\"gdp\", \"gdp\"]", "none twice")]
    #[case(RULE, "expression = \"value >= 0\"\n", "", "has no expression")]
    #[case(RULE, "expression", "kind = \"required\"\nexpression", "belongs to the kind `expression`")]
    #[case(RULE, "不为负", "", "expected must have")]
    #[case(RULE, "示例", "\\n", "origin must have")]
    #[case(RULE, "origin", "allowance = \"-1\"\norigin", "allowance must not")]
    #[case(RULE, "origin", "months = [0]\norigin", "months must be 1 to 12")]
    #[case(WAIVER, "230123", "23012", "waiver division `23012` is no code")]
    #[case(WAIVER, "indicator = \"gdp\"", "indicator = \"loan_balance\"", "`loan_balance` is none of the rule's")]
    #[case(WAIVER, "可比口径", "", "waiver reason must have")]
    fn refuses_what_says_too_little(#[case] of: &str, #[case] find: &str, #[case] replace: &str, #[case] words: &str) {
        assert!(of.contains(find));
        let text = format!("{RULE}{}", if of == RULE { "" } else { WAIVER });
        let error = plan(&text.replacen(find, replace, 1)).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn refuses_a_rule_that_stands_twice_and_too_long_an_expression() {
        assert!(plan(&format!("{RULE}{RULE}")).unwrap_err().to_string().contains("rule `t-1`: stands twice"));
        let long = RULE.replace("value >= 0", &format!("value >= {}", "0".repeat(500)));
        assert!(plan(&long).unwrap_err().to_string().contains("at most 500"));
        assert!(plan(&format!("{RULE}{}", WAIVER.replace("2025-M06", "soon"))).is_err());
    }
}
