//! Rounds of a scenario: verdicts and what agencies did before, and which letters, holds and states are expected.

use std::collections::BTreeMap;

use leitai_domain::{calendar::Calendar, period::Period};
use serde::Deserialize;
use time::Time;

use super::{GivenSilence, Scenario, ScenarioError, compare, place::Place};
use crate::{
    cases::{life, life::Deed, record},
    letter::BEIJING,
    moves::{self, Ground, MoveError, Moves},
    policy::Policy,
    round::{Finding, Light},
    routing::{Parcel, route},
    store::cases::Cases,
};

/// One round and what comes before it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// `2025-M03`.
    pub period: String,
    /// The day it is issued, Beijing.
    pub issued: String,
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

/// One letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    tier: String,
    agency: String,
    /// The targets that it holds, by their ids.
    targets: Vec<String>,
}

/// What comes otherwise than expected in the rounds of a scenario, one after the other.
///
/// # Errors
/// [`ScenarioError`] names the round and the field.
pub fn differences(scenario: &Scenario, policy: &Policy, calendar: &Calendar) -> Result<Vec<String>, ScenarioError> {
    let mut trial = Trial { scenario, policy, calendar, cases: Cases::new(), differences: Vec::new(), newest: None };
    for (sequence, step) in (1..).zip(&scenario.rounds) {
        trial.step(sequence, step)?;
    }
    Ok(trial.differences)
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
        let at = Place { scenario: self.scenario, table: "round", period: &step.period };
        for deed in &step.deeds {
            self.deed(at, deed)?;
        }
        let period = at.period()?;
        let findings = step.verdicts.iter().map(|(id, given)| finding(at, id, given)).collect::<Result<_, _>>()?;
        let round = self.scenario.round(period, findings);
        let issued = at.day("issued", &step.issued)?.with_time(Time::MIDNIGHT).assume_offset(BEIJING);
        let silences = step.silences.iter().map(|silence| silence.read(at)).collect::<Result<Vec<_>, _>>()?;
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
    fn deed(&mut self, at: Place<'_>, given: &GivenDeed) -> Result<(), ScenarioError> {
        let today = at.day("deed.on", &given.on)?;
        let until = given.until.as_deref().map(|until| at.day("deed.until", until)).transpose()?.unwrap_or(today);
        let deed = match given.what.as_str() {
            "acknowledge" => Deed::Acknowledge,
            "rectify" => Deed::Rectify { measure: "—".to_owned(), owner: "—".to_owned(), promised: until },
            "return" => Deed::Return,
            "sign_off" => Deed::SignOff,
            "suspend" => Deed::Suspend { until },
            "resume" => Deed::Resume,
            other => return Err(at.wrong("deed.what", other, "none of acknowledge, rectify, return, sign_off, suspend, resume")),
        };
        let target = at.target("target", &given.target)?;
        let key = (target.division.clone(), target.indicator.clone());
        let Some(mut row) = self.cases.get(&key).cloned() else {
            return Err(at.wrong("deed.target", &given.target, "a target that has no case yet"));
        };
        while moves::pass_deadline(&mut row, today, self.policy, self.calendar).map_err(MoveError::from)?.is_some() {}
        let parties = self.policy.parties(&row).map_err(MoveError::from)?;
        let before = record::life(&row).map_err(MoveError::from)?;
        let rules = self.policy.deeds(&before, today, self.calendar);
        let found = match life::after(&before, &deed, &given.agency, &parties, rules, today) {
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
                .push(format!("{}: {} of {} on {}: expected {expected}, was {found}", at.period, given.what, given.target, given.on));
        }
        Ok(())
    }

    fn compare(&mut self, step: &Step, moves: &Moves<'_>) {
        let letter = |parcel: Parcel<'_>| {
            let targets = self.scenario.ids_of(&parcel.findings);
            Expected { tier: parcel.tier.word().to_owned(), agency: parcel.addressee.name, targets }
        };
        let found = route(&moves.told, self.policy).into_iter().map(letter).collect();
        let sorted = |expected: &Expected| {
            let mut expected = expected.clone();
            expected.targets.sort();
            expected
        };
        let expected = step.letters.iter().map(sorted).collect();
        let absent = |letter: &Expected| format!("no letter {}", shown(letter));
        let mut differences = compare::differences(expected, found, absent, |letter| format!("a letter too many, {}", shown(letter)));
        let held: BTreeMap<String, String> = moves
            .history
            .iter()
            .filter_map(|entry| {
                let case = moves.cases.iter().find(|case| case.case_id == entry.case_id)?;
                Some((self.scenario.id_of(&case.division_code, &case.indicator_id), entry.hold.clone()?))
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
}

fn finding(at: Place<'_>, id: &str, given: &Given) -> Result<Finding, ScenarioError> {
    let target = at.target("target", id)?;
    let light = match given.light.as_str() {
        "green" => Light::Green,
        "yellow" => Light::Yellow,
        "red" => Light::Red,
        "grey" => Light::Grey,
        "missing" => Light::Missing,
        other => return Err(at.wrong("light", other, "none of green, yellow, red, grey, missing")),
    };
    let micros = |field, text: Option<&str>| {
        let read = |text: &str| leitai_domain::decimal::parse(text).ok().and_then(|value| leitai_domain::decimal::to_micros(value).ok());
        text.map(|text| read(text).ok_or_else(|| at.wrong(field, text, "no decimal; write \"-1.4\""))).transpose()
    };
    Ok(Finding {
        expected: micros("expected", given.expected.as_deref())?,
        gap: micros("gap", given.gap.as_deref())?,
        submitter: given.submitter.clone(),
        ..target.finding(light)
    })
}

fn shown(letter: &Expected) -> String {
    format!("{} to {} about {}", letter.tier, letter.agency, letter.targets.join(", "))
}
