//! Where in a scenario something stands, and what may stand there.

use leitai_domain::period::Period;
use time::Date;

use super::{Scenario, ScenarioError, Target};
use crate::cases::record;

/// A table of a scenario.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// `round` or `reporting`.
    pub table: &'static str,
    /// The table's period, as written.
    pub period: &'a str,
}

impl<'a> Place<'a> {
    /// The table's period.
    ///
    /// # Errors
    /// Where it is none.
    pub fn period(self) -> Result<Period, ScenarioError> {
        self.period.parse().map_err(|_| self.wrong("period", self.period, "no period; write 2025-M03"))
    }

    /// A day.
    ///
    /// # Errors
    /// Where it is none.
    pub fn day(self, field: &str, text: &str) -> Result<Date, ScenarioError> {
        record::day(text).ok_or_else(|| self.wrong(field, text, "no day; write 2025-04-18"))
    }

    /// The target of this name.
    ///
    /// # Errors
    /// Where the scenario has none.
    pub fn target(self, field: &str, id: &str) -> Result<&'a Target, ScenarioError> {
        let found = self.scenario.targets.iter().find(|target| target.id == id);
        found.ok_or_else(|| self.wrong(field, id, "no [[scenario.target]] of the scenario"))
    }

    /// A field that says nothing.
    pub fn wrong(self, field: &str, found: &str, wrong: &'static str) -> ScenarioError {
        let place = format!("{} {}, {field}", self.table, self.period);
        ScenarioError::Field { scenario: self.scenario.name.clone(), place, found: found.to_owned(), wrong }
    }
}
