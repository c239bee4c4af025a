//! What goes in and what comes out.

use leitai_domain::{period::Period, plan::Severity};

/// A reported value that is to be held against the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// GB/T 2260 code.
    pub division: &'a str,
    /// One of the plan's indicators; any other is passed over.
    pub indicator: &'a str,
    /// Its period.
    pub period: Period,
    /// In the indicator's unit, times 10⁶.
    pub micros: i64,
    /// The cell's text as the source had it.
    pub source_text: &'a str,
}

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule_id: String,
    /// What the value comes to; [`Severity::Note`] where the plan waives the rule for it.
    pub severity: Severity,
    /// Position of the value among the incoming ones.
    pub item: usize,
    /// What was found, one Chinese sentence.
    pub message: String,
    /// What was expected, Chinese.
    pub expected: String,
}

/// Why a rule did not apply to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A value that it names is neither reported nor in force.
    Missing,
    /// It divides by zero.
    ZeroBase,
    /// A number grows beyond 28 digits.
    OutOfRange,
}

/// How often a rule was held against values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The rule's id.
    pub rule_id: String,
    /// Values for which it holds.
    pub held: usize,
    /// Values for which it does not.
    pub broken: usize,
    /// Values to which it did not apply, by reason.
    pub skipped: Vec<(Reason, usize)>,
}

/// What came of holding values against a plan's rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// By item, then in the plan's order of rules.
    pub findings: Vec<Finding>,
    /// For every rule, in the plan's order.
    pub applied: Vec<Applied>,
}

impl Applied {
    /// One more value to which it did not apply.
    pub(crate) fn skip(&mut self, reason: Reason) {
        match self.skipped.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.skipped.push((reason, 1)),
        }
    }
}
