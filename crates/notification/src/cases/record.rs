//! Cases as they are stored, and back.

use std::collections::BTreeSet;

use time::{Date, format_description::FormatItem, macros::format_description};

use super::{Overdue, State, deadlines::Deadlines, life::Life};
use crate::store::entities::case;

const DAY: &[FormatItem<'static>] = format_description!("[year]-[month]-[day]");

/// A stored field that cannot be read: somebody else wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("case `{case_id}` has a {field} that is none: `{found}`")]
pub struct Unreadable {
    case_id: String,
    field: &'static str,
    found: String,
}

/// `2025-05-06` as a day.
#[must_use]
pub fn day(text: &str) -> Option<Date> {
    Date::parse(text, DAY).ok()
}

/// The part of a case that agencies change.
///
/// # Errors
/// [`Unreadable`] names the field.
pub fn life(row: &case::Model) -> Result<Life, Unreadable> {
    Ok(Life {
        state: state(row)?,
        acknowledged_by: serde_json::from_str::<BTreeSet<String>>(&row.acknowledged_by)
            .map_err(|_| wrong(row, "acknowledged_by", &row.acknowledged_by))?,
        acknowledge_due: optional_day(row, "acknowledge_due", row.acknowledge_due.as_deref())?,
        measure_due: optional_day(row, "measure_due", row.measure_due.as_deref())?,
        measure: row.measure.clone(),
        measure_owner: row.measure_owner.clone(),
        rectify_due: optional_day(row, "rectify_due", row.rectify_due.as_deref())?,
        overdue: overdue(row)?,
        suspended_until: optional_day(row, "suspended_until", row.suspended_until.as_deref())?,
        recovered_by: row.recovered_by.clone(),
        missed: row.missed_deadlines,
        missed_again: optional_day(row, "missed_again_on", row.missed_again_on.as_deref())?,
        day_moves: row.day_moves,
        promised: optional_day(row, "promised_day", row.promised_day.as_deref())?,
    })
}

/// The case with that part as it is after a deed.
#[must_use]
pub fn with_life(row: case::Model, life: &Life) -> case::Model {
    let text = |day: Option<Date>| day.map(|day| day.to_string());
    case::Model {
        state: life.state.word().to_owned(),
        acknowledged_by: serde_json::to_string(&life.acknowledged_by).unwrap_or_default(),
        acknowledge_due: text(life.acknowledge_due),
        measure_due: text(life.measure_due),
        measure: life.measure.clone(),
        measure_owner: life.measure_owner.clone(),
        rectify_due: text(life.rectify_due),
        overdue: life.overdue.map(|overdue| overdue.word().to_owned()),
        suspended_until: text(life.suspended_until),
        recovered_by: life.recovered_by.clone(),
        missed_deadlines: life.missed,
        // Whatever ends what is overdue ends its being counted again.
        missed_again_on: text(life.missed_again.filter(|_| life.overdue.is_some())),
        day_moves: life.day_moves,
        promised_day: text(life.promised),
        ..row
    }
}

/// Its deadlines.
///
/// # Errors
/// [`Unreadable`] names the field.
pub fn deadlines(row: &case::Model) -> Result<Deadlines, Unreadable> {
    Ok(Deadlines {
        state: state(row)?,
        acknowledge: optional_day(row, "acknowledge_due", row.acknowledge_due.as_deref())?,
        measure: optional_day(row, "measure_due", row.measure_due.as_deref())?,
        rectify: optional_day(row, "rectify_due", row.rectify_due.as_deref())?,
        overdue: overdue(row)?,
        again: optional_day(row, "missed_again_on", row.missed_again_on.as_deref())?,
        suspended_until: optional_day(row, "suspended_until", row.suspended_until.as_deref())?,
    })
}

/// The agencies that evaluate its target.
///
/// # Errors
/// [`Unreadable`]: read as nobody, the province would have a part in the case that is not its own.
pub fn agencies(row: &case::Model) -> Result<Vec<String>, Unreadable> {
    serde_json::from_str(&row.agencies).map_err(|_| wrong(row, "agencies", &row.agencies))
}

/// Where it is in its life.
///
/// # Errors
/// [`Unreadable`] repeats the word.
pub fn state(row: &case::Model) -> Result<State, Unreadable> {
    row.state.parse().map_err(|_| wrong(row, "state", &row.state))
}

fn overdue(row: &case::Model) -> Result<Option<Overdue>, Unreadable> {
    row.overdue.as_deref().map(|word| word.parse().map_err(|_| wrong(row, "overdue", word))).transpose()
}

fn optional_day(row: &case::Model, field: &'static str, text: Option<&str>) -> Result<Option<Date>, Unreadable> {
    text.map(|text| day(text).ok_or_else(|| wrong(row, field, text))).transpose()
}

fn wrong(row: &case::Model, field: &'static str, found: &str) -> Unreadable {
    Unreadable { case_id: row.case_id.clone(), field, found: found.to_owned() }
}
