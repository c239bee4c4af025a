//! Problems: raised, put before the next level, answered, sent back, closed.

use leitai_domain::{
    division::Level,
    responsibility::{
        levels::{self, Body},
        measure::Refusal,
        problem::{self as life, Deed, Life},
    },
};
use leitai_proto::ingestion::v1::{DutyChange, Problem};
use sea_orm::DatabaseTransaction;
use time::Date;

use super::{
    Act, Responsibility, answer, lists,
    measures::same_subject,
    refused,
    store::{
        entities::{event, measure, problem},
        events, measures,
        problems::{self, Filter},
    },
    stored_day,
};
use crate::{
    error::Error,
    service::{anew, answered_on},
};

const RAISE: &str = "RaiseProblem";

impl Responsibility {
    /// Raises a problem about a measure, before its own division's task force or another level's.
    ///
    /// # Errors
    /// [`Error::UnknownMeasure`]; [`Error::Refused`] names why not.
    pub async fn raise_problem(&self, act: &Act, level: Option<Level>, progress_entry: Option<i32>) -> Result<Problem, Error> {
        anew(|| self.raise_once(act, level, progress_entry)).await
    }

    /// Does something about a problem.
    ///
    /// # Errors
    /// [`Error::UnknownProblem`]; [`Error::Refused`] names why not.
    pub async fn act_on_problem(&self, act: &Act, deed: Deed) -> Result<Problem, Error> {
        anew(|| self.act_once(act, deed)).await
    }

    /// One problem.
    ///
    /// # Errors
    /// [`Error::UnknownProblem`].
    pub async fn problem(&self, problem_id: &str) -> Result<Problem, Error> {
        let row = problems::get(self.service.database.connection(), problem_id).await?;
        self.problem_told(row.ok_or_else(|| Error::UnknownProblem(problem_id.to_owned()))?)
    }

    /// Up to `limit` problems after an id.
    ///
    /// # Errors
    /// The database's own.
    pub async fn problems(&self, filter: &Filter, after: Option<&str>, limit: u64) -> Result<Vec<Problem>, Error> {
        let rows = problems::list(self.service.database.connection(), filter, after, limit).await?;
        rows.into_iter().map(|row| self.problem_told(row)).collect()
    }

    async fn raise_once(&self, act: &Act, level: Option<Level>, progress_entry: Option<i32>) -> Result<Problem, Error> {
        let tx = self.service.database.begin().await?;
        let measure = measures::held(&tx, &act.subject_id).await?.ok_or_else(|| Error::UnknownMeasure(act.subject_id.clone()))?;
        if let Some(answer) = answered_on::<Problem>(&tx, RAISE, &act.request_id).await? {
            return same_subject(&answer.measure_id, &act.subject_id).map(|()| answer);
        }
        may_raise(&measure, &act.agency)?;
        let progress_entry = self.progress(&tx, &act.subject_id, progress_entry).await?;
        let (at_ms, today) = self.now();
        let bodies = self.bodies(&measure.division_code);
        let raised = life::raised(&act.agency, level, &bodies, self.answer_due(today));
        let raised = raised.map_err(|refusal| refused(refusal.reason(), refusal))?;
        let problem_id = lists::id('p', &[&act.request_id, &act.subject_id]);
        let row = with_life(new_row(&problem_id, &measure, act, progress_entry), &raised);
        let measure = measure::Model { entries: measure.entries + 1, ..measure };
        let level = Some(row.level.clone());
        let of_problem = event::Model { subject_id: problem_id.clone(), level, ..act.event(1, at_ms, DutyChange::Raised) };
        let words = format!("{problem_id} {}", act.words);
        let of_measure = event::Model { words, ..act.event(measure.entries, at_ms, DutyChange::ProblemRaised) };
        measures::put(&tx, &[measure]).await?;
        problems::add(&tx, row.clone()).await?;
        events::add(&tx, vec![of_measure, of_problem]).await?;
        let answer = self.problem_told(row)?;
        self.service.finish(tx, RAISE, &act.request_id, &answer).await?;
        Ok(answer)
    }

    /// The progress report that a problem belongs to.
    async fn progress(&self, tx: &DatabaseTransaction, measure_id: &str, entry: Option<i32>) -> Result<i32, Error> {
        let what = i32::from(DutyChange::Progress);
        let found = match entry {
            Some(entry) => events::get(tx, measure_id, entry).await?.filter(|event| event.what == what),
            None => events::newest(tx, measure_id, what).await?,
        };
        let none = || refused("NO_PROGRESS_REPORT", "a problem belongs to a progress report, and the measure has none like that");
        found.map(|event| event.entry).ok_or_else(none)
    }

    async fn act_once(&self, act: &Act, deed: Deed) -> Result<Problem, Error> {
        let (method, change) = named(deed);
        let tx = self.service.database.begin().await?;
        // The problem is held first: the same request at the same time has been answered by then.
        let row = problems::held(&tx, &act.subject_id).await?.ok_or_else(|| Error::UnknownProblem(act.subject_id.clone()))?;
        if let Some(answer) = answered_on::<Problem>(&tx, method, &act.request_id).await? {
            return same_subject(&answer.problem_id, &act.subject_id).map(|()| answer);
        }
        let (at_ms, today) = self.now();
        let bodies = self.bodies(&row.division_code);
        let after = life::after(&life_of(&row)?, deed, &act.agency, &bodies, today, self.answer_due(today));
        let after = after.map_err(|refusal| refused(refusal.reason(), refusal))?;
        let answer = if matches!(deed, Deed::Reopen | Deed::Close) { row.answer.clone() } else { act.words.clone() };
        let row = with_life(problem::Model { entries: row.entries + 1, answer, ..row }, &after);
        let told = event::Model { level: Some(row.level.clone()), ..act.event(row.entries, at_ms, change) };
        events::add(&tx, vec![told]).await?;
        problems::put(&tx, row.clone()).await?;
        let answer = self.problem_told(row)?;
        self.service.finish(tx, method, &act.request_id, &answer).await?;
        Ok(answer)
    }

    fn bodies(&self, division_code: &str) -> Vec<Body> {
        levels::bodies(&self.service.registry, division_code, &self.config.task_force_suffix)
    }

    /// The last day to answer what is put before a task force today. Beyond the notices that are known, Monday to Friday are counted.
    fn answer_due(&self, today: Date) -> Option<Date> {
        let days = self.config.answer_working_days;
        (days > 0).then(|| self.service.calendar.add_known_working_days(today, days).date)
    }

    fn problem_told(&self, row: problem::Model) -> Result<Problem, Error> {
        answer::problem(row, &self.service.registry, &self.config.task_force_suffix, self.now().1)
    }
}

/// Only the owner of a measure that is still to be done raises problems about it.
fn may_raise(measure: &measure::Model, agency: &str) -> Result<(), Error> {
    let state = lists::life(measure)?.state;
    let open = if measure.owner == agency { state.takes() } else { Err(Refusal::NotYours) };
    open.map_err(|refusal| refused(refusal.reason(), refusal))
}

/// A deed's call, with whose name answers are remembered, and what the history calls it.
fn named(deed: Deed) -> (&'static str, DutyChange) {
    match deed {
        Deed::Escalate => ("EscalateProblem", DutyChange::Escalated),
        Deed::Resolve => ("ResolveProblem", DutyChange::Resolved),
        Deed::Return => ("ReturnProblem", DutyChange::Returned),
        Deed::Reopen => ("ReopenProblem", DutyChange::Reopened),
        Deed::Close => ("CloseProblem", DutyChange::Closed),
    }
}

fn new_row(problem_id: &str, measure: &measure::Model, act: &Act, progress_entry: i32) -> problem::Model {
    problem::Model {
        division_code: measure.division_code.clone(),
        problem_id: problem_id.to_owned(),
        measure_id: measure.measure_id.clone(),
        plan_id: measure.plan_id.clone(),
        words: act.words.clone(),
        raised_by: act.agency.clone(),
        raised_at: String::new(),
        level: String::new(),
        state: String::new(),
        answer_due_on: None,
        answer: String::new(),
        progress_entry,
        entries: 1,
    }
}

fn with_life(row: problem::Model, life: &Life) -> problem::Model {
    problem::Model {
        raised_at: lists::level_word(life.raised_at).to_owned(),
        level: lists::level_word(life.level).to_owned(),
        state: life.state.word().to_owned(),
        answer_due_on: life.answer_due.map(|day| day.to_string()),
        ..row
    }
}

fn life_of(row: &problem::Model) -> Result<Life, Error> {
    Ok(Life {
        state: lists::problem_state(&row.state)?,
        level: lists::level(&row.level)?,
        raised_at: lists::level(&row.raised_at)?,
        raiser: row.raised_by.clone(),
        answer_due: row.answer_due_on.as_deref().map(stored_day).transpose()?,
    })
}
