//! A list's rows as they are stored, and stored rows as a list's.

use leitai_domain::{
    division::Level,
    responsibility::{
        compare::{Changed, InForce},
        duty::Duty,
        measure::{Life, State},
        problem,
    },
};
use sha2::{Digest, Sha256};
use time::Date;

use super::{
    store::entities::{measure, revision},
    stored_day,
};
use crate::{convert::hex, error::Error};

/// Digits of an id after its letter: 56 bits of a hash.
const ID_DIGITS: usize = 14;
const BETWEEN: &str = "、";

/// `m-` or `p-` with a hash of what makes it the same.
pub fn id(letter: char, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digits = hex(hash);
    format!("{letter}-{}", digits.get(..ID_DIGITS).unwrap_or(&digits))
}

/// The id of a measure that is new in a list.
pub fn measure_id(plan_id: &str, list_id: &str, duty: &Duty) -> String {
    if duty.code.is_empty() {
        return id('m', &[plan_id, list_id, "words", &duty.indicator_id, &duty.division_code, &duty.project, &duty.measure]);
    }
    id('m', &[plan_id, list_id, "code", &duty.code])
}

/// A stored measure as its list has it.
pub fn in_force(row: &measure::Model) -> Result<InForce, Error> {
    let duty = Duty {
        indicator_id: row.indicator_id.clone(),
        division_code: row.division_code.clone(),
        code: row.code.clone(),
        project: row.project.clone(),
        measure: row.measure.clone(),
        owner: row.owner.clone(),
        co_owners: co_owners(&row.co_owners),
        leader: row.leader.clone(),
        post: row.post.clone(),
        due: stored_day(&row.due_on)?,
        note: row.note.clone(),
        place: row.place.clone(),
    };
    Ok(InForce { id: row.measure_id.clone(), duty, cancelled: row.state == State::Cancelled.word() })
}

/// Agencies that help, apart.
pub fn co_owners(text: &str) -> Vec<String> {
    text.split(BETWEEN).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The row with a list's words in place of its own.
pub fn worded(row: measure::Model, duty: &Duty) -> measure::Model {
    measure::Model {
        project: duty.project.clone(),
        measure: duty.measure.clone(),
        owner: duty.owner.clone(),
        co_owners: duty.co_owners.join(BETWEEN),
        leader: duty.leader.clone(),
        post: duty.post.clone(),
        due_on: duty.due.to_string(),
        note: duty.note.clone(),
        place: duty.place.clone(),
        ..row
    }
}

/// A new measure, without its first event.
pub fn new_row(plan_id: &str, list_id: &str, duty: &Duty) -> measure::Model {
    let empty = measure::Model {
        division_code: duty.division_code.clone(),
        measure_id: measure_id(plan_id, list_id, duty),
        plan_id: plan_id.to_owned(),
        list_id: list_id.to_owned(),
        indicator_id: duty.indicator_id.clone(),
        position: 1,
        revision: 1,
        code: duty.code.clone(),
        project: String::new(),
        measure: String::new(),
        owner: String::new(),
        co_owners: String::new(),
        leader: String::new(),
        post: String::new(),
        due_on: String::new(),
        note: String::new(),
        place: String::new(),
        state: State::NotStarted.word().to_owned(),
        percent: None,
        reported_on: None,
        done_on: None,
        cancelled_on: None,
        entries: 0,
    };
    worded(empty, duty)
}

/// The wording for the history.
pub fn wording(row: &measure::Model, list_revision: i32, at_ms: i64) -> revision::Model {
    revision::Model {
        measure_id: row.measure_id.clone(),
        revision: row.revision,
        at_ms,
        list_revision,
        project: row.project.clone(),
        measure: row.measure.clone(),
        owner: row.owner.clone(),
        co_owners: row.co_owners.clone(),
        leader: row.leader.clone(),
        post: row.post.clone(),
        due_on: row.due_on.clone(),
        note: row.note.clone(),
        place: row.place.clone(),
    }
}

/// What changed, as the history tells it.
pub fn told(changed: &[Changed]) -> String {
    let one = |change: &Changed| format!("{}：{} → {}", change.column.heading(), change.before, change.after);
    changed.iter().map(one).collect::<Vec<_>>().join("；")
}

/// The part of a measure that changes as it is carried out.
pub fn life(row: &measure::Model) -> Result<Life, Error> {
    let day = |text: &Option<String>| text.as_deref().map(stored_day).transpose();
    Ok(Life {
        state: State::from_word(&row.state).ok_or_else(|| Error::StoredText(row.state.clone()))?,
        due: stored_day(&row.due_on)?,
        reported: day(&row.reported_on)?,
        percent: row.percent.and_then(|percent| u8::try_from(percent).ok()),
        done: day(&row.done_on)?,
        cancelled: day(&row.cancelled_on)?,
    })
}

/// The row with that part replaced.
pub fn with_life(row: measure::Model, life: &Life) -> measure::Model {
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    measure::Model {
        state: life.state.word().to_owned(),
        percent: life.percent.map(i32::from),
        reported_on: day(life.reported),
        done_on: day(life.done),
        cancelled_on: day(life.cancelled),
        ..row
    }
}

/// A level's stored word.
pub fn level_word(level: Level) -> &'static str {
    match level {
        Level::County => "county",
        Level::Prefecture => "city",
        Level::Province => "province",
    }
}

/// The level with this word.
pub fn level(word: &str) -> Result<Level, Error> {
    let found = [Level::County, Level::Prefecture, Level::Province].into_iter().find(|level| level_word(*level) == word);
    found.ok_or_else(|| Error::StoredText(word.to_owned()))
}

/// A stored problem's state.
pub fn problem_state(word: &str) -> Result<problem::State, Error> {
    problem::State::from_word(word).ok_or_else(|| Error::StoredText(word.to_owned()))
}
