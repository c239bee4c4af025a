//! What a round does to a plan's cases, and what is told of them. Pure: the same cases, round, policy and day give the same.

use std::collections::HashSet;

use leitai_domain::{
    calendar::Calendar,
    decimal::{fixed, from_micros},
    ladder::{self, Climbed, Decision, Gap, Hold, Situation, Tier, Told, Trigger},
    period::Period,
    policy,
};
use leitai_rpc::clock::millis;
use time::{Date, OffsetDateTime};

use crate::{
    cases::{
        Change, Overdue, State,
        data::{self, Standing, Step},
        deadlines::Missed,
        life::Life,
        record::{self, Unreadable},
    },
    letter::{BEIJING, stable_id},
    policy::Policy,
    round::{Finding, Light, Round},
    silences::Silence,
    store::{
        cases::Cases,
        entities::{case, case_history},
    },
};

/// What a round is held against.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Which days are worked.
    pub calendar: &'a Calendar,
    /// Silences in force.
    pub silences: &'a [Silence],
    /// True where a newer round of the plan was issued before this one.
    pub late: bool,
    /// The round's place in evaluation's log.
    pub sequence: i64,
    /// When it is issued.
    pub now: OffsetDateTime,
}

/// A case that is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldCase {
    /// Its id.
    pub case_id: String,
    /// Due periods behind without a break.
    pub run: u32,
}

/// What a round does, or some of it.
#[derive(Debug, Default)]
pub struct Moves<'a> {
    /// Cases as they are after it, new ones among them.
    pub cases: Vec<case::Model>,
    /// What happened to them.
    pub history: Vec<case_history::Model>,
    /// What is told, in the round's order.
    pub told: Vec<(&'a Finding, Tier)>,
    /// The cases that are told of, in the same order.
    pub told_cases: Vec<ToldCase>,
}

/// A case on its way through a round.
struct Move<'r, 'g> {
    ground: &'g Ground<'g>,
    round: &'r Round,
    /// Indicators and divisions of what was not reported.
    missing: &'g HashSet<(&'r str, &'r str)>,
    finding: &'r Finding,
    row: case::Model,
    history: Vec<case_history::Model>,
}

/// A round on its way through a plan's cases, so many findings at a time.
pub struct Mover<'r, 'g> {
    round: &'r Round,
    ground: &'g Ground<'g>,
    /// Indicators and divisions of what was not reported, of the whole round.
    missing: HashSet<(&'r str, &'r str)>,
    /// Cases as they were before, less those that were moved.
    known: Cases,
}

impl<'r, 'g> Mover<'r, 'g> {
    /// Nothing is moved yet.
    pub fn new(round: &'r Round, known: Cases, ground: &'g Ground<'g>) -> Self {
        let missing = round.findings.iter().filter(|finding| finding.light == Light::Missing).map(key).collect();
        Self { round, ground, missing, known }
    }

    /// Moves the cases of some of the round's findings.
    ///
    /// # Errors
    /// A stored case that cannot be read.
    pub fn moves(&mut self, findings: &'r [Finding]) -> Result<Moves<'r>, MoveError> {
        let mut moves = Moves::default();
        for finding in findings {
            self.one(finding, &mut moves)?;
        }
        Ok(moves)
    }

    fn one(&mut self, finding: &'r Finding, moves: &mut Moves<'r>) -> Result<(), MoveError> {
        let (round, ground) = (self.round, self.ground);
        let before = self.known.remove(&(finding.division_code.clone(), finding.indicator_id.clone()));
        let standing = before.as_ref().map(standing).transpose()?;
        let behind = ground.policy.opens.by(finding.light);
        let step = data::decide(standing, finding.light, behind, round.period, ground.late);
        if matches!(step, Step::Nothing | Step::Unchanged) {
            return Ok(());
        }
        let row = before.unwrap_or_else(|| fresh(finding, round));
        let mut moving = Move { ground, round, missing: &self.missing, finding, row, history: Vec::new() };
        moving.step(step)?;
        moving.deadline()?;
        if behind && record::state(&moving.row)?.is_active() {
            moves.tell(&mut moving)?;
        }
        moves.cases.push(moving.row);
        moves.history.append(&mut moving.history);
        Ok(())
    }
}

/// Moves every case of the round.
///
/// # Errors
/// A stored case that cannot be read.
pub fn plan<'a>(round: &'a Round, known: Cases, ground: &Ground<'_>) -> Result<Moves<'a>, MoveError> {
    Mover::new(round, known, ground).moves(&round.findings)
}

/// Why a round cannot be held against the stored cases.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// A stored field that is none.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A stored period that is none.
    #[error("a stored case has a period that is none")]
    Period(#[from] leitai_domain::period::PeriodError),
}

impl<'a> Moves<'a> {
    fn tell(&mut self, moving: &mut Move<'a, '_>) -> Result<(), MoveError> {
        let situation = moving.situation()?;
        match ladder::decide(&moving.ground.policy.ladder, &situation) {
            Decision::Tell(climbed) => {
                self.told.push((moving.finding, climbed.tier));
                self.told_cases.push(ToldCase { case_id: moving.row.case_id.clone(), run: situation.periods });
                moving.told(&climbed);
            }
            Decision::Hold(hold) => moving.held(&hold),
        }
        Ok(())
    }
}

impl Move<'_, '_> {
    fn today(&self) -> Date {
        self.ground.now.to_offset(BEIJING).date()
    }

    /// What the verdict does. Names and agencies follow the newest one; a case that once held simulated values keeps the mark.
    fn step(&mut self, step: Step) -> Result<(), MoveError> {
        let (finding, newest) = (self.finding, step != Step::BehindEarlier);
        self.row.run = step.run(self.row.run);
        self.row.periods_behind += i32::from(step.counts());
        self.row.simulated |= finding.simulated;
        if newest {
            self.row.latest_period = self.round.period.to_string();
            self.row.agencies = serde_json::to_string(&finding.agencies).unwrap_or_default();
            self.row.division_name.clone_from(&finding.division_name);
            self.row.indicator_name.clone_from(&finding.indicator_name);
        }
        self.row.state = step.state(record::state(&self.row)?).word().to_owned();
        match step {
            Step::Reopen => self.row = begun_again(std::mem::take(&mut self.row)),
            Step::Recover => {
                self.row.recovered_by.clone_from(&finding.submitter);
                (self.row.overdue, self.row.missed_again_on) = (None, None);
            }
            _ => {}
        }
        if let Some(change) = step.change() {
            self.note(change, figures(finding));
        }
        Ok(())
    }

    /// A deadline that passed since the last look.
    fn deadline(&mut self) -> Result<(), MoveError> {
        let today = self.today();
        let ground = self.ground;
        while let Some((change, reason)) = pass_deadline(&mut self.row, today, ground.policy, ground.calendar)? {
            self.note(change, reason);
        }
        Ok(())
    }

    fn situation(&self) -> Result<Situation, MoveError> {
        let told = self.row.tier.as_deref().and_then(Tier::named);
        let rounds_ago = u32::try_from(self.row.rounds_since_told).unwrap_or(0) + 1;
        Ok(Situation {
            periods: u32::try_from(self.row.run).unwrap_or(0),
            gap: gap(self.finding),
            missed_deadlines: u32::try_from(self.row.missed_deadlines).unwrap_or(0),
            told: told.map(|tier| Told { tier, rounds_ago }),
            hold: self.hold()?,
        })
    }

    fn hold(&self) -> Result<Option<Hold>, MoveError> {
        let today = self.today();
        let suspended = record::deadlines(&self.row)?.suspended_until.filter(|until| today <= *until);
        let silence = || self.ground.silences.iter().find(|silence| silence.covers(&self.row, today));
        Ok(if self.ground.late {
            Some(Hold::LateRound)
        } else if let Some(until) = suspended {
            Some(Hold::Suspended(until))
        } else if let Some(silence) = silence() {
            Some(Hold::Silenced(silence.id.clone()))
        } else {
            self.missing_base().map(Hold::BaseMissing)
        })
    }

    /// The first indicator that this one needs and that was not reported for the same division.
    fn missing_base(&self) -> Option<String> {
        let needs =
            self.ground.policy.dependencies.iter().filter(|one| one.indicator == self.finding.indicator_id).flat_map(|one| &one.needs);
        needs.into_iter().find(|id| self.missing.contains(&(id.as_str(), self.finding.division_code.as_str()))).cloned()
    }

    fn told(&mut self, climbed: &Climbed) {
        let today = self.today();
        if self.row.acknowledge_due.is_none() {
            let due = self.ground.policy.acknowledge_by_day(climbed.tier, today, self.ground.calendar);
            self.row.acknowledge_due = Some(due.to_string());
        }
        self.row.tier = Some(climbed.tier.word().to_owned());
        self.row.rounds_since_told = 0;
        let because: Vec<String> = climbed.because.iter().map(|trigger| self.met(trigger)).collect();
        let because = if because.is_empty() { "此前已到此级".to_owned() } else { because.join("、") };
        self.note(Change::Told, because);
        if let Some(entry) = self.history.last_mut() {
            entry.tier = Some(climbed.tier.word().to_owned());
        }
    }

    /// A trigger with what met it: `连续11期落后（规定7期）`.
    fn met(&self, trigger: &Trigger) -> String {
        match trigger {
            Trigger::Periods(least) => format!("连续{}期落后（规定{least}期）", self.row.run),
            Trigger::MissedDeadlines(least) => format!("逾期{}次（规定{least}次）", self.row.missed_deadlines),
            Trigger::GapPoints(_) | Trigger::GapPercent(_) => trigger.chinese(),
        }
    }

    fn held(&mut self, hold: &Hold) {
        // A late round is no step towards the next letter: it says nothing of the newest state.
        self.row.rounds_since_told += i32::from(*hold != Hold::LateRound);
        self.note(Change::Held, held_because(hold));
        if let Some(entry) = self.history.last_mut() {
            entry.hold = Some(hold.word().to_owned());
        }
    }

    fn note(&mut self, change: Change, reason: String) {
        let entry = entry(&mut self.row, change, self.ground.now, reason);
        self.history.push(case_history::Model {
            period: Some(self.round.period.to_string()),
            sequence: Some(self.ground.sequence),
            ..entry
        });
    }
}

/// The next entry of a case's history, by the system; the row counts it.
#[must_use]
pub fn entry(row: &mut case::Model, change: Change, at: OffsetDateTime, reason: String) -> case_history::Model {
    row.entries += 1;
    case_history::Model {
        case_id: row.case_id.clone(),
        entry: row.entries,
        at_ms: millis(at),
        what: change.word().to_owned(),
        agency: String::new(),
        who: "system".to_owned(),
        reason,
        period: None,
        sequence: None,
        tier: None,
        hold: None,
    }
}

/// Marks a deadline that passed by `today`, once; the change to record with its reason, if there is one. To be called until there is none.
///
/// # Errors
/// A stored field that cannot be read.
pub fn pass_deadline(
    row: &mut case::Model,
    today: Date,
    policy: &Policy,
    calendar: &Calendar,
) -> Result<Option<(Change, String)>, Unreadable> {
    let deadlines = record::deadlines(row)?;
    if deadlines.overdue.is_some() && deadlines.again.is_none() {
        // Overdue since before there was the rule: counted from now.
        row.missed_again_on = policy.missed_again_on(row.missed_deadlines, today, calendar).map(|day| day.to_string());
    }
    if deadlines.state == State::Acknowledged && deadlines.measure.is_none() {
        // Acknowledged since before there was the rule: counted from now.
        row.measure_due = policy.measure_by(today, deadlines.suspended_until, calendar).map(|day| day.to_string());
    }
    let Some(missed) = deadlines.missed(today) else { return Ok(None) };
    row.overdue = Some(missed.what.word().to_owned());
    row.missed_deadlines += 1;
    row.missed_again_on = policy.missed_again_on(row.missed_deadlines, missed.day, calendar).map(|day| day.to_string());
    Ok(Some((missed.what.change(), missed_because(&missed))))
}

fn missed_because(missed: &Missed) -> String {
    match missed.what {
        _ if missed.again => format!("至{}仍未改正，再计逾期一次", missed.day),
        Overdue::Measure => format!("签收后至{}未登记整改措施", missed.day),
        Overdue::Acknowledge | Overdue::Rectify => String::new(),
    }
}

/// The entry of a promised day that a deed moved once too often, where it did.
#[must_use]
pub fn moved_too_often(row: &mut case::Model, before: &Life, after: &Life, at: OffsetDateTime) -> Option<case_history::Model> {
    let counted = after.missed > before.missed;
    counted.then(|| entry(row, Change::RectificationOverdue, at, format!("完成时限第{}次推迟，计逾期一次", after.day_moves)))
}

fn held_because(hold: &Hold) -> String {
    match hold {
        Hold::LateRound => "更新的一期已先印发".to_owned(),
        Hold::NotBehind => "未落后".to_owned(),
        Hold::Suspended(until) => format!("暂停至{until}"),
        Hold::Silenced(id) => format!("静默规则{id}"),
        Hold::BaseMissing(indicator) => format!("{indicator}缺报"),
        Hold::RepeatNotDue(rounds) => format!("同级函件间隔未到，还有{rounds}期"),
    }
}

fn key(finding: &Finding) -> (&str, &str) {
    (&finding.indicator_id, &finding.division_code)
}

fn standing(row: &case::Model) -> Result<Standing, MoveError> {
    Ok(Standing { state: record::state(row)?, latest: row.latest_period.parse::<Period>()? })
}

fn fresh(finding: &Finding, round: &Round) -> case::Model {
    begun_again(case::Model {
        division_code: finding.division_code.clone(),
        plan_id: round.plan_id.clone(),
        indicator_id: finding.indicator_id.clone(),
        case_id: stable_id(&["case", &round.plan_id, &finding.indicator_id, &finding.division_code]),
        indicator_name: finding.indicator_name.clone(),
        division_name: finding.division_name.clone(),
        state: State::Open.word().to_owned(),
        opened_period: round.period.to_string(),
        latest_period: round.period.to_string(),
        ..case::Model::default()
    })
}

/// A case that was recovered or signed off and is behind again: the ladder and what agencies did begin anew; its history goes on, and so does
/// a suspension.
fn begun_again(row: case::Model) -> case::Model {
    case::Model {
        tier: None,
        rounds_since_told: 0,
        acknowledged_by: "[]".to_owned(),
        acknowledge_due: None,
        measure_due: None,
        measure: String::new(),
        measure_owner: String::new(),
        rectify_due: None,
        overdue: None,
        missed_deadlines: 0,
        missed_again_on: None,
        day_moves: 0,
        promised_day: None,
        recovered_by: String::new(),
        ..row
    }
}

fn gap(finding: &Finding) -> Gap {
    let Some(behind) = finding.gap.and_then(i64::checked_neg) else { return Gap::Unknown };
    match finding.expected {
        _ if policy::unit_in_points(&finding.unit) => Gap::Points(behind),
        Some(expected) => Gap::Amount { behind, expected },
        None => Gap::Unknown,
    }
}

/// `落后：实际4.1，应达5.5`.
fn figures(finding: &Finding) -> String {
    let figure = |micros: Option<i64>| micros.map_or_else(|| "—".to_owned(), |micros| fixed(from_micros(micros), finding.decimals));
    format!("{}：实际{}，应达{}", finding.light.chinese(), figure(finding.actual), figure(finding.expected))
}

#[cfg(test)]
mod tests;
