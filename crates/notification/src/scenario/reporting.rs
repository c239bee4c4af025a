//! Reporting rounds of a scenario: what is owed and who has reported what when, which reminders are expected, and whom the circular names.

mod inquiry;

use leitai_domain::calendar::Calendar;
use serde::Deserialize;

use self::inquiry::Inquiry;
use super::{GivenSilence, Scenario, ScenarioError, Target, compare, place::Place};
use crate::policy::Policy;

/// One reporting round. What is reported on a day is known as the next one begins, when letters and circular are written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reporting {
    /// `2025-M03`.
    period: String,
    /// The last day for reports, as the plan's rounds say; left out: the policy's.
    due: Option<String>,
    /// The targets whose values are owed, by their ids.
    owed: Vec<String>,
    #[serde(default, rename = "report")]
    reports: Vec<Report>,
    /// Silences in force from the beginning.
    #[serde(default, rename = "silence")]
    silences: Vec<GivenSilence>,
    /// Every reminder that is expected; an empty list expects none.
    reminders: Vec<Reminder>,
    circular: Option<Circular>,
}

/// A report that came: whoever makes it, it meets what several agencies owe together for all of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    agency: String,
    on: String,
    targets: Vec<String>,
}

/// One reminder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reminder {
    /// The day it goes out.
    on: String,
    /// `before` the due day or `after` it.
    stage: String,
    agency: String,
    /// What it has not reported.
    targets: Vec<String>,
    /// The day by which it asks for reports.
    by: String,
}

/// The circular (通报) of the round.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Circular {
    /// The day it appears.
    on: String,
    /// Every agency that it names; an empty list expects none.
    named: Vec<Named>,
}

/// An agency that a circular names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    agency: String,
    /// Reported after the due day.
    #[serde(default)]
    late: Vec<String>,
    /// Not reported, and the due day has passed.
    #[serde(default)]
    missing: Vec<String>,
}

/// What comes otherwise than expected in a reporting round.
///
/// # Errors
/// [`ScenarioError`] names the round and the field.
pub fn differences(scenario: &Scenario, reporting: &Reporting, policy: &Policy, calendar: &Calendar) -> Result<Vec<String>, ScenarioError> {
    let at = Place { scenario, table: "reporting", period: &reporting.period };
    let inquiry = Inquiry::read(at, reporting, policy, calendar)?;
    let expected = reporting.reminders.iter().map(|reminder| reminder.checked(at)).collect::<Result<_, _>>()?;
    let absent = |one: &Reminder| format!("no reminder {}", one.shown());
    let mut differences =
        compare::differences(expected, inquiry.reminders(), absent, |one| format!("a reminder too many, {}", one.shown()));
    if let Some(circular) = &reporting.circular {
        let expected = circular.named.iter().map(|named| named.checked(at)).collect::<Result<_, _>>()?;
        let absent = |one: &Named| format!("the circular does not name {}", one.shown(&inquiry));
        let surplus = |one: &Named| format!("the circular names, and should not, {}", one.shown(&inquiry));
        differences.extend(compare::differences(expected, inquiry.named(at.day("circular.on", &circular.on)?), absent, surplus));
    }
    Ok(differences.into_iter().map(|difference| format!("{}: {difference}", reporting.period)).collect())
}

impl Reminder {
    /// Its targets in order.
    fn checked(&self, at: Place<'_>) -> Result<Self, ScenarioError> {
        at.day("reminders.on", &self.on)?;
        at.day("reminders.by", &self.by)?;
        Ok(Self { targets: known(at, "reminders.targets", &self.targets)?, ..self.clone() })
    }

    fn shown(&self) -> String {
        let Self { on, stage, agency, targets, by } = self;
        format!("`{stage}` to {agency} on {on} about {}, asking by {by}", targets.join(", "))
    }
}

impl Named {
    /// Its targets in order.
    fn checked(&self, at: Place<'_>) -> Result<Self, ScenarioError> {
        let (late, missing) = (known(at, "named.late", &self.late)?, known(at, "named.missing", &self.missing)?);
        Ok(Self { agency: self.agency.clone(), late, missing })
    }

    fn shown(&self, inquiry: &Inquiry<'_>) -> String {
        let told = |ids: &[String]| ids.iter().map(|id| inquiry.told(id)).collect::<Vec<_>>().join(", ");
        let list = |what: &str, ids: &[String]| (!ids.is_empty()).then(|| format!("{what} {}", told(ids)));
        let lists: Vec<String> = [list("late", &self.late), list("missing", &self.missing)].into_iter().flatten().collect();
        format!("{}: {}", self.agency, lists.join("; "))
    }
}

/// Targets of the scenario, in order.
fn known(at: Place<'_>, field: &str, ids: &[String]) -> Result<Vec<String>, ScenarioError> {
    ids.iter().try_for_each(|id| at.target(field, id).map(drop))?;
    let mut ids = ids.to_vec();
    ids.sort();
    Ok(ids)
}
