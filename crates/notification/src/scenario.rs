//! Scenarios: a policy tried on made-up rounds, without a database. The same decisions as for real rounds.

use std::collections::BTreeMap;

use leitai_domain::{calendar::Calendar, period::Period};
use serde::Deserialize;
use time::{Date, Time};

use crate::{
    cases::{life, life::Deed, record},
    letter::{BEIJING, stable_id},
    moves::{self, Ground, MoveError, Moves},
    policy::Policy,
    round::{Finding, Light, Round},
    routing::route,
    silences::Silence,
    store::cases::Cases,
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

/// Rounds of a year, one after the other, and what is expected of each.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    name: String,
    #[serde(default, rename = "target")]
    targets: Vec<Target>,
    #[serde(rename = "round")]
    rounds: Vec<Step>,
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
}

/// One round and what comes before it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    period: String,
    /// The day it is issued, Beijing.
    issued: String,
    /// Light and gap of each target, by its id.
    verdicts: BTreeMap<String, Given>,
    /// What agencies do before it is issued.
    #[serde(default, rename = "deed")]
    deeds: Vec<GivenDeed>,
    /// Silences in force when it is issued.
    #[serde(default, rename = "silence")]
    silences: Vec<GivenSilence>,
    /// Every letter that is expected; an empty list expects none.
    letters: Vec<Expected>,
    /// Why no letter is expected, by the target's id.
    #[serde(default)]
    held: BTreeMap<String, String>,
    /// States expected afterwards, by the target's id.
    #[serde(default)]
    states: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    light: String,
    /// Actual − expected, in the target's unit; needed where red.
    gap: Option<String>,
    /// What is expected, for gaps in percent of it.
    expected: Option<String>,
    #[serde(default)]
    submitter: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenDeed {
    target: String,
    on: String,
    agency: String,
    /// acknowledge, rectify, return, sign_off, suspend or resume.
    what: String,
    /// The promised day, or the last day of a suspension.
    until: Option<String>,
    /// The reason of the refusal that is expected: `OWN_RECOVERY`.
    refused: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenSilence {
    indicator: Option<String>,
    division: Option<String>,
    until: String,
}

/// One letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    tier: String,
    agency: String,
    /// The targets that it holds, by their ids.
    targets: Vec<String>,
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
        let mut trial = Trial { scenario: self, policy, calendar, cases: Cases::new(), differences: Vec::new(), newest: None };
        for (sequence, step) in (1..).zip(&self.rounds) {
            trial.step(sequence, step)?;
        }
        Ok(Outcome { name: self.name.clone(), differences: trial.differences })
    }
}

struct Trial<'a> {
    scenario: &'a Scenario,
    policy: &'a Policy,
    calendar: &'a Calendar,
    cases: Cases,
    differences: Vec<String>,
    newest: Option<Period>,
}

impl Trial<'_> {
    fn step(&mut self, sequence: i64, step: &Step) -> Result<(), ScenarioError> {
        for deed in &step.deeds {
            self.deed(step, deed)?;
        }
        let round = self.round(step)?;
        let issued = self.day(step, "issued", &step.issued)?.with_time(Time::MIDNIGHT).assume_offset(BEIJING);
        let silences = step.silences.iter().map(|silence| self.silence(step, silence)).collect::<Result<Vec<_>, _>>()?;
        let late = self.newest.is_some_and(|newest| newest > round.period);
        self.newest = self.newest.max(Some(round.period));
        let ground = Ground { policy: self.policy, calendar: self.calendar, silences: &silences, late, sequence, now: issued };
        let moves = moves::plan(&round, self.cases.clone(), &ground)?;
        self.compare(step, &moves);
        for case in moves.cases {
            self.cases.insert((case.division_code.clone(), case.indicator_id.clone()), case);
        }
        self.compare_states(step);
        Ok(())
    }

    /// What agencies do between rounds.
    fn deed(&mut self, step: &Step, given: &GivenDeed) -> Result<(), ScenarioError> {
        let today = self.day(step, "deed.on", &given.on)?;
        let until = given.until.as_deref().map(|until| self.day(step, "deed.until", until)).transpose()?.unwrap_or(today);
        let deed = match given.what.as_str() {
            "acknowledge" => Deed::Acknowledge,
            "rectify" => Deed::Rectify { measure: "—".to_owned(), owner: "—".to_owned(), promised: until },
            "return" => Deed::Return,
            "sign_off" => Deed::SignOff,
            "suspend" => Deed::Suspend { until },
            "resume" => Deed::Resume,
            other => return Err(self.wrong(step, "deed.what", other, "none of acknowledge, rectify, return, sign_off, suspend, resume")),
        };
        let target = self.target(step, &given.target)?;
        let key = (target.division.clone(), target.indicator.clone());
        let Some(mut row) = self.cases.get(&key).cloned() else {
            return Err(self.wrong(step, "deed.target", &given.target, "a target that has no case yet"));
        };
        while moves::pass_deadline(&mut row, today, self.policy, self.calendar).map_err(MoveError::from)?.is_some() {}
        let parties = self.policy.parties(&row).map_err(MoveError::from)?;
        let before = record::life(&row).map_err(MoveError::from)?;
        let found = match life::after(&before, &deed, &given.agency, &parties, self.policy.deeds(), today) {
            Ok(after) => {
                self.cases.insert(key, record::with_life(row, &after));
                None
            }
            // What passed has passed all the same.
            Err(refusal) => {
                self.cases.insert(key, row);
                Some(refusal.reason())
            }
        };
        if found != given.refused.as_deref() {
            let words = |refused: Option<&str>| refused.map_or("done".to_owned(), |reason| format!("refused with {reason}"));
            let (expected, found) = (words(given.refused.as_deref()), words(found));
            self.differences
                .push(format!("{}: {} of {} on {}: expected {expected}, was {found}", step.period, given.what, given.target, given.on));
        }
        Ok(())
    }

    fn round(&self, step: &Step) -> Result<Round, ScenarioError> {
        let period = step.period.parse().map_err(|_| self.wrong(step, "period", &step.period, "no period; write 2025-M03"))?;
        let findings = step.verdicts.iter().map(|(id, given)| self.finding(step, id, given)).collect::<Result<_, _>>()?;
        Ok(Round {
            plan_id: "scenario".to_owned(),
            plan_title: self.scenario.name.clone(),
            period,
            findings,
            method_notes: Vec::new(),
            simulated: false,
            overdue: Vec::new(),
        })
    }

    fn finding(&self, step: &Step, id: &str, given: &Given) -> Result<Finding, ScenarioError> {
        let target = self.target(step, id)?;
        let light = match given.light.as_str() {
            "green" => Light::Green,
            "yellow" => Light::Yellow,
            "red" => Light::Red,
            "grey" => Light::Grey,
            "missing" => Light::Missing,
            other => return Err(self.wrong(step, "light", other, "none of green, yellow, red, grey, missing")),
        };
        let micros = |field, text: Option<&str>| {
            let read =
                |text: &str| leitai_domain::decimal::parse(text).ok().and_then(|value| leitai_domain::decimal::to_micros(value).ok());
            text.map(|text| read(text).ok_or_else(|| self.wrong(step, field, text, "no decimal; write \"-1.4\""))).transpose()
        };
        Ok(Finding {
            indicator_id: target.indicator.clone(),
            indicator_name: target.indicator.clone(),
            unit: target.unit.clone(),
            division_code: target.division.clone(),
            division_name: target.division.clone(),
            prefecture_code: stable_id(&[&target.prefecture]),
            prefecture_name: target.prefecture.clone(),
            target_text: String::new(),
            expected: micros("expected", given.expected.as_deref())?,
            actual: None,
            gap: micros("gap", given.gap.as_deref())?,
            light,
            rank: None,
            ranked_count: 0,
            still_needed: None,
            proxy: String::new(),
            simulated: false,
            submitter: given.submitter.clone(),
            agencies: target.evaluating.clone(),
            behind_since: None,
            note: String::new(),
            decimals: 1,
            path: Vec::new(),
        })
    }

    fn silence(&self, step: &Step, given: &GivenSilence) -> Result<Silence, ScenarioError> {
        let until = self.day(step, "silence.until", &given.until)?;
        let (indicator_id, division_code) = (given.indicator.clone(), given.division.clone());
        Ok(Silence { id: "scenario".to_owned(), plan_id: None, indicator_id, division_code, until })
    }

    fn compare(&mut self, step: &Step, moves: &Moves<'_>) {
        let id = |division: &str, indicator: &str| {
            let same = |target: &&Target| target.division == division && target.indicator == indicator;
            self.scenario.targets.iter().find(same).map(|target| target.id.clone()).unwrap_or_default()
        };
        let letter = |parcel: crate::routing::Parcel<'_>| {
            let mut targets: Vec<String> =
                parcel.findings.iter().map(|finding| id(&finding.division_code, &finding.indicator_id)).collect();
            targets.sort();
            Expected { tier: parcel.tier.word().to_owned(), agency: parcel.addressee.name, targets }
        };
        let mut found: Vec<Expected> = route(&moves.told, self.policy).into_iter().map(letter).collect();
        let sorted = |expected: &Expected| {
            let mut expected = expected.clone();
            expected.targets.sort();
            expected
        };
        let mut expected: Vec<Expected> = step.letters.iter().map(sorted).collect();
        found.sort();
        expected.sort();
        let missing = expected.iter().filter(|letter| !found.contains(letter)).map(|letter| format!("no letter {}", shown(letter)));
        let surplus =
            found.iter().filter(|letter| !expected.contains(letter)).map(|letter| format!("a letter too many, {}", shown(letter)));
        let mut differences: Vec<String> = missing.chain(surplus).collect();
        let held: BTreeMap<String, String> = moves
            .history
            .iter()
            .filter_map(|entry| {
                let case = moves.cases.iter().find(|case| case.case_id == entry.case_id)?;
                Some((id(&case.division_code, &case.indicator_id), entry.hold.clone()?))
            })
            .collect();
        differences.extend(
            step.held
                .iter()
                .filter(|(target, reason)| held.get(*target) != Some(reason))
                .map(|(target, reason)| format!("{target} held by {reason}: was {}", held.get(target).map_or("not held", String::as_str))),
        );
        self.differences.extend(differences.into_iter().map(|difference| format!("{}: {difference}", step.period)));
    }

    fn compare_states(&mut self, step: &Step) {
        for (id, expected) in &step.states {
            let target = self.scenario.targets.iter().find(|target| target.id == *id);
            let case = target.and_then(|target| self.cases.get(&(target.division.clone(), target.indicator.clone())));
            let found = case.map_or("no case", |case| case.state.as_str());
            if found != expected {
                self.differences.push(format!("{}: {id} is expected {expected}, was {found}", step.period));
            }
        }
    }

    fn target(&self, step: &Step, id: &str) -> Result<&Target, ScenarioError> {
        let found = self.scenario.targets.iter().find(|target| target.id == id);
        found.ok_or_else(|| self.wrong(step, "target", id, "no [[scenario.target]] of the scenario"))
    }

    fn day(&self, step: &Step, field: &str, text: &str) -> Result<Date, ScenarioError> {
        record::day(text).ok_or_else(|| self.wrong(step, field, text, "no day; write 2025-04-18"))
    }

    fn wrong(&self, step: &Step, field: &str, found: &str, wrong: &'static str) -> ScenarioError {
        let place = format!("round {}, {field}", step.period);
        ScenarioError::Field { scenario: self.scenario.name.clone(), place, found: found.to_owned(), wrong }
    }
}

fn shown(letter: &Expected) -> String {
    format!("{} to {} about {}", letter.tier, letter.agency, letter.targets.join(", "))
}

#[cfg(test)]
mod tests;
