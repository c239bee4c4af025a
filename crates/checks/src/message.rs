//! What was found, in Chinese.

use leitai_domain::{
    period::Period,
    plan::{Severity, Waiver},
};

use crate::{
    rule_set::Body,
    template::shown,
    variable::{OWN, Operand, Place, VALUE, Variable},
    view::View,
};

/// Longest message, characters.
const LONGEST: usize = 400;

/// The value and every number that the rule holds it against.
pub fn found(view: &View<'_>) -> String {
    let Body::Expression(expression) = &view.compiled.body else { return String::new() };
    let others = expression.variables().into_iter().filter(|variable| *variable != VALUE);
    let clauses = others.filter_map(|variable| clause(view, variable));
    let sentence = [subject(view)].into_iter().chain(clauses).collect::<Vec<_>>().join("，");
    sentence.chars().take(LONGEST).collect()
}

/// The severity and message of a finding, softened where the plan explains it beforehand.
pub fn waived(severity: Severity, message: String, waiver: Option<&Waiver>) -> (Severity, String) {
    match waiver {
        Some(waiver) => (Severity::Note, format!("{message}（方案已说明：{}）", waiver.reason)),
        None => (severity, message),
    }
}

fn subject(view: &View<'_>) -> String {
    let item = view.overlay.incoming(view.subject.item);
    let elsewhere = item.is_none_or(|item| item.division != view.subject.division);
    let name = view.overlay.known.name(view.subject.division).unwrap_or(view.subject.division);
    let who = if elsewhere { name } else { "" };
    format!("{who}{}", reported(view, OWN, view.subject.period))
}

/// `地区生产总值2025年1—3月为70.59亿元`.
fn reported(view: &View<'_>, operand: Operand, period: Period) -> String {
    let measure = view.set.indicator_of(operand, view.subject.indicator).and_then(|at| view.set.measures.get(at));
    let (name, unit) = measure.map(|measure| (measure.name.as_str(), measure.unit.as_str())).unwrap_or_default();
    format!("{name}{}为{}{unit}", period.chinese(), number(view, Variable::Reported(operand)))
}

fn number(view: &View<'_>, variable: Variable) -> String {
    shown(view.get(variable))
}

fn clause(view: &View<'_>, variable: Variable) -> Option<String> {
    let number = || number(view, variable);
    match variable {
        Variable::Reported(operand) => operand_clause(view, operand),
        Variable::Decimals => Some(format!("原文有{}位小数", number())),
        Variable::Allowance => Some(format!("允许相差{}", number())),
        Variable::Counties | Variable::Step | Variable::Month | Variable::Unit => None,
    }
}

/// Nothing for an operand that is not known: a rule may ask whether it is.
fn operand_clause(view: &View<'_>, operand: Operand) -> Option<String> {
    let variable = Variable::Reported(operand);
    view.get(variable)?;
    let unit = view.set.measures.get(view.subject.indicator).map(|measure| measure.unit.as_str()).unwrap_or_default();
    match operand.place {
        Place::City if view.counties().is_some() => None,
        Place::City => Some(format!("全市为{}{unit}", number(view, variable))),
        Place::Counties => Some(format!("所辖{}个县（市、区）合计为{}{unit}", number(view, Variable::Counties), number(view, variable))),
        Place::Own => {
            let (_, period) = view.set.place_in_time(operand, view.subject.indicator, view.subject.period)?;
            Some(reported(view, operand, period))
        }
    }
}
