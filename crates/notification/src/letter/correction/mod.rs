//! Corrections (更正函): what another letter told, what is right, since when that is known, and what becomes of the cases.

mod list;
pub mod sample;

use leitai_rpc::clock::from_millis;
use serde::Serialize;
use time::{Date, OffsetDateTime};

use super::{BEIJING, Number, RenderError, Rendered, Templates, Told, figures, words::subject, workbook};
use crate::{cases::State, corrections::Item};

/// Items in the body at most, the attached workbook has them all: with six figures each still below the 102 KB at which Gmail cuts a message.
const ROWS: usize = 40;

/// Everything that a correction is made from.
#[derive(Debug, Clone, Copy)]
pub struct Correction<'a> {
    /// Its number.
    pub number: &'a Number,
    /// The letter that it corrects.
    pub original: &'a Original,
    /// The number of the correction before it, where the letter was corrected before.
    pub before: Option<&'a str>,
    /// The plan's title.
    pub plan: &'a str,
    /// The round's period as agencies read it.
    pub period: &'a str,
    /// The agency that got the letter.
    pub agency: &'a str,
    /// What is another, not empty.
    pub entries: &'a [Entry<'a>],
    /// Why the data were corrected.
    pub reason: &'a str,
    /// The agency that issues it.
    pub issuer: &'a str,
    /// When it is issued.
    pub issued: OffsetDateTime,
}

/// The letter that is corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Its number.
    pub number: String,
    /// What it is called: 提示函.
    pub form: &'static str,
    /// The day it was issued.
    pub issued: Date,
    /// The day its answer was due; `None` where that was not recorded.
    pub reply_by: Option<Date>,
}

/// One item with its case.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// What is another.
    pub item: &'a Item,
    /// Where its case is; `None` where there is none.
    pub case: Option<State>,
    /// True where the target is still behind as known now.
    pub behind: bool,
}

impl Correction<'_> {
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
        templates.correction(&Page::new(self), |title| subject(self.simulated(), self.number, title, self.entries.len()))
    }

    /// True where a figure that it tells is or was simulated.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.entries.iter().any(|entry| entry.item.now.simulated || entry.item.told.simulated)
    }

    fn day(&self) -> Date {
        self.issued.to_offset(BEIJING).date()
    }
}

/// What templates are given: `README.md` beside the shipped ones names every field.
#[derive(Debug, Serialize)]
struct Page<'a> {
    simulated: bool,
    issuer: &'a str,
    number: String,
    date: String,
    agency: &'a str,
    plan: &'a str,
    period: &'a str,
    original: OriginalLine<'a>,
    before: Option<&'a str>,
    reason: &'a str,
    items: usize,
    /// Items whose own value was corrected.
    values: usize,
    /// Items that are still behind.
    still: usize,
    /// Items that are not behind any more and have a case.
    cleared: usize,
    rows: Vec<Row>,
    /// Items that only the attached workbook has.
    more: usize,
    attachment: String,
}

#[derive(Debug, Serialize)]
struct OriginalLine<'a> {
    number: &'a str,
    form: &'static str,
    issued: String,
    reply_by: Option<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    county: String,
    figures: Vec<Figure>,
    since: Option<String>,
    submitter: Option<String>,
    case: Option<&'static str>,
    behind: bool,
    evaluators: String,
}

#[derive(Debug, Serialize)]
struct Figure {
    what: &'static str,
    told: String,
    right: String,
}

impl<'a> Page<'a> {
    fn new(correction: &'a Correction<'a>) -> Self {
        let entries = correction.entries;
        let count = |is: fn(&Entry<'_>) -> bool| entries.iter().filter(|entry| is(entry)).count();
        let Original { number, form, issued, reply_by } = correction.original;
        Self {
            simulated: correction.simulated(),
            issuer: correction.issuer,
            number: correction.number.to_string(),
            date: figures::day(correction.day()),
            agency: correction.agency,
            plan: correction.plan,
            period: correction.period,
            original: OriginalLine { number, form, issued: figures::day(*issued), reply_by: reply_by.map(figures::day) },
            before: correction.before,
            reason: correction.reason,
            items: entries.len(),
            values: count(|entry| entry.item.is_of_value()),
            still: count(|entry| entry.behind),
            cleared: count(|entry| !entry.behind && entry.case.is_some_and(|state| state != State::SignedOff)),
            rows: entries.iter().take(ROWS).map(row).collect(),
            more: entries.len().saturating_sub(ROWS),
            attachment: workbook::name(correction.number),
        }
    }
}

fn row(entry: &Entry<'_>) -> Row {
    let item = entry.item;
    let figure =
        |line: &crate::corrections::Line| Figure { what: line.field.chinese(), told: line.told.clone(), right: line.right.clone() };
    Row {
        name: figures::indicator(&item.now),
        county: item.now.division_name.clone(),
        figures: item.lines.iter().map(figure).collect(),
        since: since(item).map(figures::day),
        submitter: submitter(item).map(str::to_owned),
        case: entry.case.map(case_words),
        behind: entry.behind,
        evaluators: item.now.agencies.join("、"),
    }
}

/// The day since when a corrected value is known; `None` where the value was not corrected.
fn since(item: &Item) -> Option<Date> {
    let at = item.known_since.filter(|_| item.is_of_value())?;
    Some(from_millis(at)?.to_offset(BEIJING).date())
}

/// Who submitted a corrected value.
fn submitter(item: &Item) -> Option<&str> {
    Some(item.now.submitter.as_str()).filter(|submitter| item.is_of_value() && !submitter.is_empty())
}

/// Where a case is, as agencies read it.
const fn case_words(state: State) -> &'static str {
    match state {
        State::Open => "待签收",
        State::Acknowledged => "已签收",
        State::Rectifying => "整改中",
        State::Recovered => "已恢复，待核签",
        State::SignedOff => "已核签办结",
    }
}

#[cfg(test)]
mod tests;
