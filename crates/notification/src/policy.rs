//! The policy file: who is told, and by when they answer. The shipped one is an example and is printed as such.

use std::collections::BTreeSet;

use leitai_domain::calendar::{Calendar, Due};
use serde::Deserialize;
use time::Date;

use crate::round::Light;

/// The example policy that is used where none is configured.
pub const EXAMPLE: &str = include_str!("../policy/example.toml");

/// A policy, checked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name as letters print it.
    pub title: String,
    /// The light that opens a case.
    pub opens: Opens,
    /// Who gets a letter.
    pub routes: BTreeSet<Route>,
    /// Follows the division's name in the name of its task force.
    pub task_force_suffix: String,
    /// The issuing agency's mark in a letter's number.
    pub series: String,
    /// Working days until an answer is due, 1 to 60.
    pub reply_working_days: u8,
}

/// The light that opens a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// Behind by more than the warning margin.
    Red,
}

impl Opens {
    /// True where this light opens a case or keeps one behind.
    #[must_use]
    pub fn by(self, light: Light) -> bool {
        match self {
            Self::Red => light == Light::Red,
        }
    }
}

/// Who gets a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Every agency that evaluates the target.
    EvaluatingAgency,
    /// The task force of the county that is behind.
    CountyTaskForce,
}

/// Why a text is no policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or not the fields of a policy.
    #[error("the policy cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// A value out of bounds.
    #[error("policy: {0}")]
    Invalid(&'static str),
}

impl Policy {
    /// Reads and checks a policy.
    ///
    /// # Errors
    /// [`PolicyError`] names the line or the field.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = toml::from_str(text)?;
        let plain = |text: &str| !text.is_empty() && text.chars().count() <= 40 && !text.chars().any(char::is_control);
        if !(plain(&policy.title) && plain(&policy.task_force_suffix) && plain(&policy.series)) {
            return Err(PolicyError::Invalid("title, task_force_suffix and series have 1 to 40 characters on one line"));
        }
        if policy.routes.is_empty() {
            return Err(PolicyError::Invalid("routes must name at least one"));
        }
        if !(1..=60).contains(&policy.reply_working_days) {
            return Err(PolicyError::Invalid("reply_working_days must be 1 to 60"));
        }
        Ok(policy)
    }

    /// The day an answer is due: that many working days after `issued`, and whether the days off of every year on the way are known.
    #[must_use]
    pub fn reply_by(&self, issued: Date, calendar: &Calendar) -> Due {
        calendar.add_known_working_days(issued, self.reply_working_days.into())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use time::macros::date;

    use super::*;

    #[test]
    fn the_shipped_policy_is_an_example_and_says_so() {
        let policy = Policy::from_toml(EXAMPLE).unwrap();
        assert_eq!(policy.title, "示例政策");
        assert_eq!(policy.routes, BTreeSet::from([Route::EvaluatingAgency, Route::CountyTaskForce]));
    }

    #[rstest]
    #[case::over_a_weekend(date!(2025 - 04 - 18), 1, date!(2025 - 04 - 21))]
    #[case::from_a_sunday(date!(2025 - 04 - 20), 5, date!(2025 - 04 - 25))]
    #[case::with_a_sunday_that_is_worked(date!(2025 - 04 - 15), 10, date!(2025 - 04 - 28))]
    fn answers_are_due_on_a_working_day(#[case] issued: Date, #[case] days: u8, #[case] date: Date) {
        let policy = Policy { reply_working_days: days, ..Policy::from_toml(EXAMPLE).unwrap() };
        let china = Calendar::from_toml(leitai_domain::calendar::CHINA_TOML).unwrap();
        assert_eq!(policy.reply_by(issued, &china), Due { date, unknown_year: None });
    }

    #[rstest]
    #[case::unknown_key("series = \"县调督\"", "serie = \"县调督\"")]
    #[case::unknown_route("county_task_force", "mayor")]
    #[case::no_days("reply_working_days = 10", "reply_working_days = 0")]
    #[case::two_lines("\"示例政策\"", "\"示例\\n政策\"")]
    #[case::no_routes("[\"evaluating_agency\", \"county_task_force\"]", "[]")]
    fn refuses(#[case] from: &str, #[case] to: &str) {
        assert!(EXAMPLE.contains(from));
        Policy::from_toml(&EXAMPLE.replacen(from, to, 1)).unwrap_err();
    }
}
