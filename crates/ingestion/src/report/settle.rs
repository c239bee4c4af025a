//! Holds a value against the one in force: new, revised, unchanged, or waiting for approval.

use leitai_domain::decimal;
use leitai_proto::ingestion::v1::{ItemReason, Observation};
use leitai_workbook::open::REMARK;

use crate::store::items::Stored;

/// What follows for a value that says something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It comes into force.
    InForce,
    /// It waits for approval.
    Await,
}

/// Whose value it is.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The report.
    pub report_id: &'a str,
    /// True where its values were simulated.
    pub simulated: bool,
}

/// What becomes of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Accepted, revised, unchanged or awaiting approval.
    pub reason: ItemReason,
    /// One sentence in Chinese, or empty.
    pub message: String,
    /// The value to put in force.
    pub observation: Option<Observation>,
}

/// Holds a value against the one in force under its key, if there is one. `None` for an item without a value.
#[must_use]
pub fn settle(value: &Stored, source: Source<'_>, known: Option<&Observation>, then: Then) -> Option<Outcome> {
    let new = observation(value, source, known.map_or(1, |known| known.revision + 1))?;
    let remark = value.item.message.find(REMARK).and_then(|at| value.item.message.get(at..)).unwrap_or_default();
    let outcome = |reason, message, observation| Some(Outcome { reason, message: with_remark(message, remark), observation });
    if known.is_some_and(|known| says_nothing_new(&new, known)) {
        return outcome(ItemReason::Unchanged, String::new(), None);
    }
    let message = known.map(|known| format!("原为{}（第{}版）", decimal::from_micros(known.value_micros), known.revision));
    match (then, message) {
        (Then::Await, message) => outcome(ItemReason::AwaitingApproval, message.unwrap_or_default(), None),
        (Then::InForce, Some(message)) => outcome(ItemReason::Revised, message, Some(new)),
        (Then::InForce, None) => outcome(ItemReason::Accepted, String::new(), Some(new)),
    }
}

/// What is said of the value's source stays beside what became of the value.
fn with_remark(message: String, remark: &str) -> String {
    if message.is_empty() || remark.is_empty() { message + remark } else { format!("{message}；{remark}") }
}

/// A source that prints no rank does not take the known one back.
fn says_nothing_new(new: &Observation, known: &Observation) -> bool {
    let same_value = (new.value_micros, &new.proxy, new.simulated) == (known.value_micros, &known.proxy, known.simulated);
    same_value && (new.printed_rank.is_none() || new.printed_rank == known.printed_rank)
}

/// The value as it is in force under a revision number.
#[must_use]
pub fn observation(value: &Stored, source: Source<'_>, revision: i32) -> Option<Observation> {
    let item = &value.item;
    Some(Observation {
        division_code: item.division_code.clone(),
        indicator_id: item.indicator_id.clone(),
        period: item.period.clone(),
        value_micros: item.value_micros?,
        source_text: item.source_text.clone(),
        revision,
        report_id: source.report_id.to_owned(),
        place: item.place.clone(),
        printed_rank: value.printed_rank,
        proxy: value.proxy.clone(),
        simulated: source.simulated,
        ..Observation::default()
    })
}
