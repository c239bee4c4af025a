//! Scenarios: a policy tried on made-up rounds, without a database. The same decisions as for real rounds.

mod compare;
mod place;
mod reporting;
mod rounds;

use leitai_domain::{calendar::Calendar, period::Period};
use serde::Deserialize;

use self::place::Place;
use crate::{
    letter::stable_id,
    moves::MoveError,
    policy::Policy,
    round::{Finding, Light, Round},
    silences::Silence,
};

/// A file of scenarios.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// The policy's file, relative to this one; none: the example that ships.
    pub policy: Option<String>,
    /// The scenarios.
    #[serde(rename = "scenario")]
    scenarios: Vec<Scenario>,
}

/// Rounds of a year, one after the other, and what is expected of each: of what was reported in time, and of what the figures say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    name: String,
    #[serde(default, rename = "target")]
    targets: Vec<Target>,
    #[serde(default, rename = "reporting")]
    reportings: Vec<reporting::Reporting>,
    #[serde(default, rename = "round")]
    rounds: Vec<rounds::Step>,
}

/// One target × division that the scenario speaks of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    /// How rounds name it.
    id: String,
    indicator: String,
    division: String,
    #[serde(default = "unit")]
    unit: String,
    #[serde(default)]
    prefecture: String,
    evaluating: Vec<String>,
    /// The agencies that owe its reports; left out: the evaluating ones.
    #[serde(default)]
    reporters: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenSilence {
    indicator: Option<String>,
    division: Option<String>,
    until: String,
}

fn unit() -> String {
    "%".to_owned()
}

/// What came of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The scenario's name.
    pub name: String,
    /// What came otherwise than expected; empty where all came so.
    pub differences: Vec<String>,
}

/// Why scenarios cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Not TOML, or not the fields of a scenario file.
    #[error("the scenarios cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// A field that says nothing.
    #[error("scenario `{scenario}`, {place}: `{found}` is {wrong}")]
    Field {
        /// The scenario.
        scenario: String,
        /// Round and field.
        place: String,
        /// As written.
        found: String,
        /// What is wrong, and what would be right.
        wrong: &'static str,
    },
    /// Nothing that could come otherwise than expected.
    #[error("scenario `{scenario}` has neither a [[scenario.round]] nor a [[scenario.reporting]]")]
    Nothing {
        /// The scenario.
        scenario: String,
    },
    /// Decisions that could not be made.
    #[error("a round cannot be held against the cases")]
    Move(#[from] MoveError),
}

impl ScenarioFile {
    /// Reads scenarios.
    ///
    /// # Errors
    /// [`ScenarioError::Syntax`] names the line.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        Ok(toml::from_str(text)?)
    }

    /// Tries all of them under a policy.
    ///
    /// # Errors
    /// [`ScenarioError`] names the scenario, the round and the field.
    pub fn run(&self, policy: &Policy, calendar: &Calendar) -> Result<Vec<Outcome>, ScenarioError> {
        self.scenarios.iter().map(|scenario| scenario.run(policy, calendar)).collect()
    }
}

impl Scenario {
    fn run(&self, policy: &Policy, calendar: &Calendar) -> Result<Outcome, ScenarioError> {
        if self.reportings.is_empty() && self.rounds.is_empty() {
            return Err(ScenarioError::Nothing { scenario: self.name.clone() });
        }
        let mut differences = Vec::new();
        for reporting in &self.reportings {
            differences.extend(reporting::differences(self, reporting, policy, calendar)?);
        }
        differences.extend(rounds::differences(self, policy, calendar)?);
        Ok(Outcome { name: self.name.clone(), differences })
    }

    /// The targets of findings, by the names that rounds have for them.
    fn ids_of(&self, findings: &[&Finding]) -> Vec<String> {
        let mut ids: Vec<String> = findings.iter().map(|finding| self.id_of(&finding.division_code, &finding.indicator_id)).collect();
        ids.sort();
        ids
    }

    /// A round with these findings.
    fn round(&self, period: Period, findings: Vec<Finding>) -> Round {
        Round {
            plan_id: "scenario".to_owned(),
            plan_title: self.name.clone(),
            period,
            findings,
            method_notes: Vec::new(),
            simulated: false,
            overdue: Vec::new(),
        }
    }

    /// The name that rounds have for a target; empty where none has one.
    fn id_of(&self, division: &str, indicator: &str) -> String {
        let same = |target: &&Target| target.division == division && target.indicator == indicator;
        self.targets.iter().find(same).map(|target| target.id.clone()).unwrap_or_default()
    }
}

impl Target {
    /// A verdict on it that says its light alone.
    fn finding(&self, light: Light) -> Finding {
        Finding {
            indicator_id: self.indicator.clone(),
            indicator_name: self.indicator.clone(),
            unit: self.unit.clone(),
            division_code: self.division.clone(),
            division_name: self.division.clone(),
            prefecture_code: stable_id(&[&self.prefecture]),
            prefecture_name: self.prefecture.clone(),
            target_text: String::new(),
            expected: None,
            actual: None,
            gap: None,
            light,
            rank: None,
            ranked_count: 0,
            still_needed: None,
            proxy: String::new(),
            simulated: false,
            submitter: String::new(),
            agencies: self.evaluating.clone(),
            behind_since: None,
            note: String::new(),
            decimals: 1,
            path: Vec::new(),
        }
    }

    /// What is missing of it, with the agencies that owe it.
    fn owed(&self) -> Finding {
        let agencies = if self.reporters.is_empty() { &self.evaluating } else { &self.reporters };
        Finding { agencies: agencies.clone(), ..self.finding(Light::Missing) }
    }
}

impl GivenSilence {
    fn read(&self, at: Place<'_>) -> Result<Silence, ScenarioError> {
        let until = at.day("silence.until", &self.until)?;
        let (indicator_id, division_code) = (self.indicator.clone(), self.division.clone());
        Ok(Silence { id: "scenario".to_owned(), plan_id: None, indicator_id, division_code, until })
    }
}

#[cfg(test)]
mod tests;
