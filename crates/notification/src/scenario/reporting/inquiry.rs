//! What comes of a reporting round, day by day: the same decisions as for real rounds.

use std::{collections::BTreeMap, iter::successors};

use leitai_domain::{
    calendar::{Calendar, Due},
    obligation::{Deadline, Timeliness},
    period::Period,
};
use time::{Date, Duration};

use super::{Named, Place, Reminder, Reporting, Scenario, ScenarioError, Target};
use crate::{
    letter::BEIJING,
    policy::Policy,
    reminders::{Nothing, Rules, Stage, Term, owed},
    round::Finding,
    silences::Silence,
};

/// Days from a period's end to the due day at most.
const MOST_DAYS: Duration = Duration::days(366);

/// A reporting round, read.
pub struct Inquiry<'a> {
    scenario: &'a Scenario,
    policy: &'a Policy,
    calendar: &'a Calendar,
    period: Period,
    term: Term,
    owed: Vec<&'a Target>,
    /// The first day on which each was reported and by whom, by id.
    reported: BTreeMap<&'a str, (Date, &'a str)>,
    silences: Vec<Silence>,
    /// The day the period's round is issued, where the scenario has it.
    issued: Option<Date>,
}

impl<'a> Inquiry<'a> {
    /// Reads a reporting round.
    ///
    /// # Errors
    /// [`ScenarioError`] names the field.
    pub fn read(at: Place<'a>, reporting: &'a Reporting, policy: &'a Policy, calendar: &'a Calendar) -> Result<Self, ScenarioError> {
        let period = at.period()?;
        let owed = reporting.owed.iter().map(|id| at.target("owed", id)).collect::<Result<Vec<_>, _>>()?;
        if owed.is_empty() {
            return Err(at.wrong("owed", "[]", "no list of targets: name what is owed"));
        }
        Ok(Self {
            scenario: at.scenario,
            policy,
            calendar,
            period,
            term: term(at, reporting, period, policy, calendar)?,
            reported: reported(at, reporting)?,
            owed,
            silences: reporting.silences.iter().map(|silence| silence.read(at)).collect::<Result<_, _>>()?,
            issued: issued(at.scenario, period)?,
        })
    }

    /// Every reminder, looked for as each day begins, up to the one on which the round is issued.
    pub fn reminders(&self) -> Vec<Reminder> {
        let Some(rules) = &self.policy.reminder else { return Vec::new() };
        let last = rules.days(self.period, self.term.due, self.calendar).last;
        let last = self.issued.map_or(last, |issued| last.min(issued));
        let days = successors(Some(self.period.last_day()), |day| day.next_day()).take_while(|day| *day <= last);
        let (mut stages, mut reminders) = (Vec::new(), Vec::new());
        for day in days {
            if let Ok((stage, written)) = self.look(rules, day, &stages) {
                stages.push(stage);
                reminders.extend(written);
            }
        }
        reminders
    }

    /// What is written as a day begins.
    fn look(&self, rules: &Rules, day: Date, stages: &[Stage]) -> Result<(Stage, Vec<Reminder>), Nothing> {
        let sent = self.policy.sent_from(day.midnight().assume_offset(BEIJING), self.calendar).to_offset(BEIJING).date();
        let stage = rules.decide(self.period, &self.term, self.calendar, sent, stages)?;
        let unreported = self.of(day, |timeliness| matches!(timeliness, Timeliness::NotYetDue | Timeliness::Missing));
        let round = self.scenario.round(self.period, unreported);
        let owed = owed::by_agency(&owed::missing(&round, &self.silences, sent));
        if owed.is_empty() {
            return Err(Nothing::AllReported);
        }
        let by = rules.asks_by(stage, self.term.due, sent, self.calendar).date.to_string();
        let reminder = |(addressee, missing): &owed::Owed<'_>| Reminder {
            on: sent.to_string(),
            stage: stage.word().to_owned(),
            agency: addressee.name.clone(),
            targets: self.scenario.ids_of(missing),
            by: by.clone(),
        };
        Ok((stage, owed.iter().map(reminder).collect()))
    }

    /// The agencies that have reported late or not at all as a day begins.
    pub fn named(&self, on: Date) -> Vec<Named> {
        let mut named: BTreeMap<String, Named> = BTreeMap::new();
        for state in [Timeliness::Late, Timeliness::Missing] {
            let findings = self.of(on, |timeliness| timeliness == state);
            for (addressee, of_agency) in owed::by_agency(&findings.iter().collect::<Vec<_>>()) {
                let nothing = || Named { agency: addressee.name.clone(), late: Vec::new(), missing: Vec::new() };
                let entry = named.entry(addressee.name.clone()).or_insert_with(nothing);
                let ids = self.scenario.ids_of(&of_agency);
                if state == Timeliness::Late { entry.late = ids } else { entry.missing = ids }
            }
        }
        named.into_values().collect()
    }

    /// A target with who reported it when, where anybody has.
    pub fn told(&self, id: &str) -> String {
        self.reported.get(id).map_or_else(|| id.to_owned(), |(day, agency)| format!("{id} ({agency}, {day})"))
    }

    /// What is owed and, as a day begins, is in one of these states.
    fn of(&self, day: Date, is: impl Fn(Timeliness) -> bool) -> Vec<Finding> {
        let frozen = self.issued.is_some_and(|issued| issued < day);
        let deadline = Deadline { today: day, due: Some(self.term.due.date), frozen };
        let reported = |id: &str| self.reported.get(id).map(|(reported, _)| *reported).filter(|reported| *reported < day);
        self.owed.iter().filter(|target| is(deadline.judge(reported(&target.id)))).map(|target| target.owed()).collect()
    }
}

/// When reports are due: as the plan says, or else as the policy does.
fn term(at: Place<'_>, reporting: &Reporting, period: Period, policy: &Policy, calendar: &Calendar) -> Result<Term, ScenarioError> {
    match (&reporting.due, &policy.reminder) {
        (Some(text), _) => {
            let (date, ended) = (at.day("due", text)?, period.last_day());
            if !(ended..=ended.saturating_add(MOST_DAYS)).contains(&date) {
                return Err(at.wrong("due", text, "not within a year after the period's last day"));
            }
            Ok(Term { due: Due { date, unknown_year: None }, origin: Some("scenario".to_owned()) })
        }
        (None, Some(rules)) => Ok(rules.term(period, calendar)),
        (None, None) => Err(at.wrong("due", "", "left out, and the policy has no [reminder] that says when reports are due")),
    }
}

fn reported<'a>(at: Place<'_>, reporting: &'a Reporting) -> Result<BTreeMap<&'a str, (Date, &'a str)>, ScenarioError> {
    let mut reported = BTreeMap::new();
    for report in &reporting.reports {
        let day = at.day("report.on", &report.on)?;
        for id in &report.targets {
            if !reporting.owed.contains(id) {
                return Err(at.wrong("report.targets", id, "none of the targets that are `owed`"));
            }
            let first = reported.entry(id.as_str()).or_insert((day, report.agency.as_str()));
            *first = (*first).min((day, &report.agency));
        }
    }
    Ok(reported)
}

fn issued(scenario: &Scenario, period: Period) -> Result<Option<Date>, ScenarioError> {
    for step in &scenario.rounds {
        let at = Place { scenario, table: "round", period: &step.period };
        if at.period()? == period {
            return at.day("issued", &step.issued).map(Some);
        }
    }
    Ok(None)
}
