//! Stored rows as messages.

use leitai_domain::{
    division::{Level, Registry},
    plan::Plan as Document,
    responsibility::{levels, measure, problem},
};
use leitai_proto::ingestion::v1 as wire;
use leitai_rpc::clock::rfc3339;
use time::Date;

use super::{
    lists,
    store::{
        entities::{event, measure as measure_row, problem as problem_row},
        projects,
    },
    stored_day,
};
use crate::error::Error;

/// Where names are looked up.
#[derive(Debug)]
pub struct Names<'a> {
    /// The plan's newest document.
    pub plan: &'a Document,
    /// All divisions.
    pub registry: &'a Registry,
}

impl Names<'_> {
    /// The indicator's name; its id where a later plan has it no more.
    fn indicator(&self, id: &str) -> String {
        self.plan.indicators.iter().find(|indicator| indicator.id == id).map_or_else(|| id.to_owned(), |indicator| indicator.name.clone())
    }

    fn division(&self, code: &str) -> String {
        self.registry.get(code).map_or_else(|| code.to_owned(), |division| division.name.clone())
    }

    /// A measure; `on` is the day that overdue is told for.
    pub fn measure(&self, row: measure_row::Model, on: Date) -> Result<wire::Measure, Error> {
        let life = lists::life(&row)?;
        Ok(wire::Measure {
            indicator_name: self.indicator(&row.indicator_id),
            division_name: self.division(&row.division_code),
            co_owners: lists::co_owners(&row.co_owners),
            state: measure_state(life.state).into(),
            overdue_days: life.overdue_days(on).map_or(0, |days| i32::try_from(days).unwrap_or(i32::MAX)),
            measure_id: row.measure_id,
            plan_id: row.plan_id,
            list_id: row.list_id,
            indicator_id: row.indicator_id,
            division_code: row.division_code,
            project: row.project,
            measure: row.measure,
            code: row.code,
            owner: row.owner,
            leader: row.leader,
            post: row.post,
            due_on: row.due_on,
            note: row.note,
            position: row.position,
            revision: row.revision,
            percent: life.percent_done().map(i32::from),
            reported_on: row.reported_on.unwrap_or_default(),
            done_on: row.done_on.unwrap_or_default(),
            cancelled_on: row.cancelled_on.unwrap_or_default(),
        })
    }

    /// A project of a plan.
    pub fn project(&self, plan_id: &str, row: projects::Row) -> wire::Project {
        let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        wire::Project {
            plan_id: plan_id.to_owned(),
            indicator_name: self.indicator(&row.indicator_id),
            division_name: self.division(&row.division_code),
            list_id: row.list_id,
            indicator_id: row.indicator_id,
            division_code: row.division_code,
            project: row.project,
            measures: count(row.measures),
            not_started: count(row.not_started),
            under_way: count(row.under_way),
            done: count(row.done),
            overdue: count(row.overdue),
            next_due_on: row.next_due_on.unwrap_or_default(),
            last_due_on: row.last_due_on.unwrap_or_default(),
        }
    }
}

/// A problem; `today` tells whether its answer is overdue.
pub fn problem(row: problem_row::Model, registry: &Registry, suffix: &str, today: Date) -> Result<wire::Problem, Error> {
    let level = lists::level(&row.level)?;
    let bodies = levels::bodies(registry, &row.division_code, suffix);
    let due = row.answer_due_on.as_deref().map(stored_day).transpose()?;
    Ok(wire::Problem {
        raised_at_level: level_of(lists::level(&row.raised_at)?).into(),
        state: problem_state(lists::problem_state(&row.state)?).into(),
        level: level_of(level).into(),
        task_force: levels::at(&bodies, level).0.map(|body| body.name.clone()).unwrap_or_default(),
        answer_overdue: due.is_some_and(|due| due < today),
        problem_id: row.problem_id,
        measure_id: row.measure_id,
        plan_id: row.plan_id,
        division_code: row.division_code,
        words: row.words,
        raised_by: row.raised_by,
        answer_due_on: row.answer_due_on.unwrap_or_default(),
        answer: row.answer,
        progress_entry: row.progress_entry,
    })
}

/// One entry.
pub fn event(row: event::Model) -> Result<wire::DutyEvent, Error> {
    let level = row.level.as_deref().map(lists::level).transpose()?;
    Ok(wire::DutyEvent {
        subject_id: row.subject_id,
        entry: row.entry,
        at: rfc3339(row.at_ms),
        change: row.what,
        agency: row.agency,
        who: row.who,
        words: row.words,
        day: row.day.unwrap_or_default(),
        percent: row.percent,
        level: level.map_or(wire::TaskForceLevel::Unspecified, level_of).into(),
        revision: row.revision.unwrap_or_default(),
    })
}

fn measure_state(state: measure::State) -> wire::MeasureState {
    match state {
        measure::State::NotStarted => wire::MeasureState::NotStarted,
        measure::State::UnderWay => wire::MeasureState::UnderWay,
        measure::State::Done => wire::MeasureState::Done,
        measure::State::Cancelled => wire::MeasureState::Cancelled,
    }
}

fn problem_state(state: problem::State) -> wire::ProblemState {
    match state {
        problem::State::Open => wire::ProblemState::Open,
        problem::State::Resolved => wire::ProblemState::Resolved,
        problem::State::Returned => wire::ProblemState::Returned,
        problem::State::Closed => wire::ProblemState::Closed,
    }
}

fn level_of(level: Level) -> wire::TaskForceLevel {
    match level {
        Level::County => wire::TaskForceLevel::County,
        Level::Prefecture => wire::TaskForceLevel::City,
        Level::Province => wire::TaskForceLevel::Province,
    }
}
