//! Reminders (催报函): what is due and was not reported, by indicator, and by when it is asked for.

mod list;
pub mod sample;

use leitai_domain::calendar::Due;
use serde::Serialize;
use time::{Date, OffsetDateTime};

use super::{
    BEIJING, Number, RenderError, Rendered, Templates, Told, figures, page::distinct, sections::by_indicator, words::subject, workbook,
};
use crate::{
    reminders::Stage,
    round::{Finding, Round},
};

/// Counties that the body names for one indicator at most; the attached workbook has them all.
const NAMES: usize = 30;
/// Indicators in the body at most: with the longest names still below the 102 KB at which Gmail cuts a message.
const ROWS: usize = 40;

/// Everything that a reminder is made from.
#[derive(Debug, Clone, Copy)]
pub struct Reminder<'a> {
    /// Its number.
    pub number: &'a Number,
    /// Before the due day or after it.
    pub stage: Stage,
    /// The round, not frozen yet.
    pub round: &'a Round,
    /// The agency that is reminded.
    pub agency: &'a str,
    /// What it has not reported, in the round's order; not empty.
    pub missing: &'a [&'a Finding],
    /// The day reports are due.
    pub due: Due,
    /// The day that it asks for.
    pub asked_by: Due,
    /// Working days to that day: from the period's end in the first reminder, from the day of issue in the second.
    pub working_days: u32,
    /// Where the plan has the round's days from; `None` where the policy says when reports are due.
    pub days_origin: Option<&'a str>,
    /// The first reminder, where the agency got one.
    pub first: Option<&'a First>,
    /// The policy's title.
    pub policy: &'a str,
    /// The agency that issues it.
    pub issuer: &'a str,
    /// When it is issued.
    pub issued: OffsetDateTime,
}

/// The first of two reminders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// Its number.
    pub number: String,
    /// The day it was issued.
    pub issued: Date,
    /// With angle brackets.
    pub message_id: String,
}

impl Reminder<'_> {
    /// Makes the letter.
    ///
    /// # Errors
    /// [`RenderError`]; none happens with templates and names that passed the checks.
    pub fn render(&self, templates: &Templates) -> Result<Rendered, RenderError> {
        Ok(Rendered { told: self.told(templates)?, chart: None, workbook: list::write(self)? })
    }

    /// Puts it into words.
    ///
    /// # Errors
    /// A template that does not fit the page.
    pub fn told(&self, templates: &Templates) -> Result<Told, minijinja::Error> {
        templates.reminder(&Page::new(self), |title| subject(self.round.simulated, self.number, title, self.missing.len()))
    }

    fn day(&self) -> Date {
        self.issued.to_offset(BEIJING).date()
    }
}

/// What templates are given: `README.md` beside the shipped ones names every field.
#[derive(Debug, Serialize)]
struct Page<'a> {
    stage: &'static str,
    simulated: bool,
    issuer: &'a str,
    number: String,
    date: String,
    agency: &'a str,
    plan: &'a str,
    policy: &'a str,
    period: String,
    due: String,
    asked_by: String,
    working_days: u32,
    days_origin: Option<&'a str>,
    unknown_year: Option<i32>,
    first: Option<FirstLine>,
    indicators: usize,
    counties: usize,
    items: usize,
    rows: Vec<Row>,
    /// Indicators that only the attached workbook has.
    more: usize,
    attachment: String,
}

#[derive(Debug, Serialize)]
struct FirstLine {
    number: String,
    issued: String,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    counties: usize,
    names: Vec<String>,
    /// True where only the first counties are named.
    cut: bool,
    /// How many of them reported another measure, which is no value of the indicator.
    instead: usize,
}

impl<'a> Page<'a> {
    fn new(reminder: &'a Reminder<'a>) -> Self {
        let groups = by_indicator(reminder.missing);
        let first = |first: &First| FirstLine { number: first.number.clone(), issued: figures::day(first.issued) };
        Self {
            stage: reminder.stage.word(),
            simulated: reminder.round.simulated,
            issuer: reminder.issuer,
            number: reminder.number.to_string(),
            date: figures::day(reminder.day()),
            agency: reminder.agency,
            plan: &reminder.round.plan_title,
            policy: reminder.policy,
            period: reminder.round.period.chinese(),
            due: figures::day(reminder.due.date),
            asked_by: figures::day(reminder.asked_by.date),
            working_days: reminder.working_days,
            days_origin: reminder.days_origin,
            unknown_year: reminder.asked_by.unknown_year,
            first: reminder.first.map(first),
            indicators: groups.len(),
            counties: distinct(reminder.missing, |finding| &finding.division_code),
            items: reminder.missing.len(),
            rows: groups.iter().take(ROWS).filter_map(|group| row(group)).collect(),
            more: groups.len().saturating_sub(ROWS),
            attachment: workbook::name(reminder.number),
        }
    }
}

fn row(group: &[&Finding]) -> Option<Row> {
    let names = group.iter().take(NAMES).map(|finding| finding.division_name.clone()).collect();
    // What is missing has a note only where something else was reported: the note says what.
    let instead = group.iter().filter(|finding| !finding.note.is_empty()).count();
    Some(Row { name: figures::indicator(group.first()?), counties: group.len(), names, cut: group.len() > NAMES, instead })
}

#[cfg(test)]
mod tests;
