//! A plan's rules, compiled.

use std::{collections::HashMap, sync::Arc};

use cel::Env;
use leitai_domain::{
    micros,
    period::Period,
    plan::{Indicator, Plan, Rule, RuleKind, Severity},
};

use crate::{
    compile::compile,
    environment::environment,
    expression::Expression,
    template::Template,
    triggers::Trigger,
    variable::{OWN, Operand, Place, Shift, Source},
};

/// Why a plan's rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule `{rule}`: {problem}")]
pub struct RuleError {
    /// The rule's id.
    pub rule: String,
    /// What was found and what would be right.
    pub problem: String,
}

/// What rules need of an indicator.
#[derive(Debug)]
pub(crate) struct Measure {
    pub id: String,
    pub name: String,
    pub unit: String,
    /// One unit of the last published decimal, in millionths.
    pub step: i64,
    pub level: Option<usize>,
    /// Months at whose end it is due.
    due: Vec<u8>,
}

impl Measure {
    fn of(indicator: &Indicator, plan: &Plan) -> Self {
        let level = indicator.level.as_deref().and_then(|id| plan.indicators.iter().position(|other| other.id == id));
        Self {
            id: indicator.id.clone(),
            name: indicator.name.clone(),
            unit: indicator.unit.clone(),
            step: micros::step(indicator.decimals),
            level,
            due: (1..=12).filter(|month| Period::new(plan.year, *month).is_ok_and(|period| indicator.is_due(period))).collect(),
        }
    }

    pub fn is_due(&self, period: Period) -> bool {
        self.due.contains(&period.month())
    }

    /// The period before at which it is due, in the same year.
    pub fn previous(&self, period: Period) -> Option<Period> {
        period.earlier_this_year().find(|earlier| self.is_due(*earlier))
    }
}

#[derive(Debug)]
pub(crate) enum Body {
    Expression(Expression),
    Required,
    Reprinted,
}

#[derive(Debug)]
pub(crate) struct Compiled {
    pub rule: Rule,
    /// Positions of its indicators.
    pub subjects: Vec<usize>,
    pub body: Body,
    pub expected: Template,
    /// Which divisions its expression looks at beside the value's own.
    pub places: Vec<Place>,
}

impl Compiled {
    /// True where what breaks it is refused.
    pub fn is_error(&self) -> bool {
        self.rule.severity == Severity::Error
    }
}

/// The rules of one plan revision, ready to hold values against.
pub struct RuleSet {
    pub(crate) env: Arc<Env>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) rules: Vec<Compiled>,
    /// For each indicator what a value of it bears on.
    pub(crate) triggers: Vec<Vec<Trigger>>,
    /// The plan's year.
    pub(crate) year: i32,
    positions: HashMap<String, usize>,
}

impl std::fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuleSet").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

impl RuleSet {
    /// Compiles the rules of a plan.
    ///
    /// # Errors
    /// [`RuleError`] names the first rule that cannot be used and what would be right.
    pub fn compile(plan: &Plan) -> Result<Self, RuleError> {
        let measures: Vec<Measure> = plan.indicators.iter().map(|indicator| Measure::of(indicator, plan)).collect();
        let positions: HashMap<String, usize> = measures.iter().enumerate().map(|(at, one)| (one.id.clone(), at)).collect();
        let rules = plan.rules.iter().map(|rule| {
            let wrong = |problem: String| RuleError { rule: rule.id.clone(), problem };
            compiled(rule, &measures, &positions).map_err(wrong)
        });
        let rules = rules.collect::<Result<Vec<_>, _>>()?;
        let env = environment().map_err(|error| RuleError { rule: String::new(), problem: error.to_string() })?;
        let triggers = triggers(&rules, &measures);
        Ok(Self { env, measures, rules, triggers, year: plan.year, positions })
    }

    /// True where the plan has no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Ids of the rules, in the plan's order.
    pub fn rule_ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|one| one.rule.id.as_str())
    }

    pub(crate) fn position(&self, indicator: &str) -> Option<usize> {
        self.positions.get(indicator).copied()
    }

    /// The indicator of an operand, seen from the subject.
    pub(crate) fn indicator_of(&self, operand: Operand, subject: usize) -> Option<usize> {
        indicator_of(&self.measures, operand, subject)
    }
}

fn indicator_of(measures: &[Measure], operand: Operand, subject: usize) -> Option<usize> {
    match operand.source {
        Source::Own => Some(subject),
        Source::Named(at) => Some(at),
        Source::Level => measures.get(subject)?.level,
    }
}

fn compiled(rule: &Rule, measures: &[Measure], positions: &HashMap<String, usize>) -> Result<Compiled, String> {
    let indicator = |id: &str| positions.get(id).copied();
    let subjects: Vec<usize> = rule.indicators.iter().filter_map(|id| indicator(id)).collect();
    let body = match (rule.kind, &rule.expression) {
        (RuleKind::Expression, Some(text)) => Body::Expression(compile(text, &indicator)?),
        (RuleKind::Expression, None) => return Err("has no expression".to_owned()),
        (RuleKind::Required, _) => Body::Required,
        (RuleKind::Reprinted, _) => Body::Reprinted,
    };
    let expected = Template::parse(&rule.expected, indicator)?;
    let places = if let Body::Expression(expression) = &body { expression.places() } else { Vec::new() };
    let compiled = Compiled { rule: rule.clone(), subjects, body, expected, places };
    fits(&compiled, measures).map_or(Ok(()), Err)?;
    Ok(compiled)
}

/// What is wrong with a rule that can be read.
fn fits(compiled: &Compiled, measures: &[Measure]) -> Option<String> {
    let Body::Expression(expression) = &compiled.body else { return None };
    let uses_level = expression.operands().any(|operand| operand.source == Source::Level);
    let without = || compiled.subjects.iter().filter_map(|at| measures.get(*at)).find(|measure| measure.level.is_none());
    if let Some(measure) = without().filter(|_| uses_level) {
        return Some(format!("names a level, but the plan gives `{}` none", measure.id));
    }
    // Bases are revised, and real growth is at constant prices: the growth of levels proves nothing.
    let of_levels = expression.operands().any(|operand| operand.source == Source::Level && operand.shift == Shift::LastYear);
    (of_levels && compiled.rule.severity != Severity::Note)
        .then(|| "holds a growth against levels, whose bases are revised: its severity must be note".to_owned())
}

fn triggers(rules: &[Compiled], measures: &[Measure]) -> Vec<Vec<Trigger>> {
    let mut triggers: Vec<Vec<Trigger>> = measures.iter().map(|_| Vec::new()).collect();
    for (rule, compiled) in rules.iter().enumerate() {
        let Body::Expression(expression) = &compiled.body else { continue };
        for subject in &compiled.subjects {
            for operand in expression.operands().chain([OWN]) {
                let trigger = Trigger { rule, subject: *subject, shift: operand.shift, place: operand.place };
                let Some(of) = indicator_of(measures, operand, *subject).and_then(|at| triggers.get_mut(at)) else { continue };
                if !of.contains(&trigger) {
                    of.push(trigger);
                }
            }
        }
    }
    triggers
}
