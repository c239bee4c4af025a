//! What the readers hand to whoever judges: items that are read and not yet judged.

use leitai_domain::period::Period;

use crate::{open::Cell, subject::Subject};

/// One cell or row as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawItem {
    /// `30工业处1 !B6` or `line 12`.
    pub place: String,
    /// The cell's text as the source had it.
    pub source_text: String,
    /// What it is.
    pub content: RawContent,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawContent {
    /// A value, or a place where one could be.
    Value(RawValue),
    /// A printed rank; the rank itself stands with the value beside it.
    Rank(RawRank),
    /// Words of explanation that the reporter wrote beside values.
    Note(RawNote),
    /// A sheet that is not read: why, Chinese.
    SheetNotRead(String),
    /// Cells that the layout does not cover: which, Chinese.
    Outside(String),
}

/// A value and what it is a value of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawValue {
    /// Whose.
    pub subject: Subject,
    /// Indicator id as the source or its layout has it.
    pub indicator: String,
    /// When; a sentence in Chinese where that cannot be read.
    pub period: Result<Period, String>,
    /// Units that the source states, the likeliest first; empty where it states none.
    pub units: Vec<String>,
    /// True where a source without a unit means the indicator's own.
    pub unit_optional: bool,
    /// The number.
    pub number: RawNumber,
    /// The rank printed in the same row.
    pub rank: Option<i32>,
    /// What was measured in place of the indicator, Chinese.
    pub proxy: String,
    /// How the source came by the number, Chinese; said of a value that is accepted. Empty where it is simply written there.
    pub note: &'static str,
}

/// A printed rank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRank {
    /// Whose.
    pub subject: Subject,
    /// Of which indicator.
    pub indicator: String,
    /// When.
    pub period: Result<Period, String>,
    /// The place, from 1; `None` where the cell holds no whole number.
    pub rank: Option<i32>,
}

/// Words of explanation: the item's source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawNote {
    /// Whose values they are about.
    pub subject: Subject,
    /// The indicator that they are about; `None` where they are about the division's whole row.
    pub indicator: Option<String>,
    /// When; a sentence in Chinese where that cannot be read.
    pub period: Result<Period, String>,
}

/// What stands where a number is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawNumber {
    /// Nothing, or a dash.
    Empty,
    /// Text meant as a decimal.
    Text(String),
    /// A date, an error, a truth value.
    Other(String),
}

/// Texts that say "no value".
const DASHES: [&str; 10] = ["", "-", "—", "——", "–", "－", "--", "…", "……", "/"];

impl RawNumber {
    /// What a cell holds, exactly.
    #[must_use]
    pub fn of(cell: Option<&Cell>) -> Self {
        match cell {
            None => Self::Empty,
            Some(Cell::Text(text)) => Self::from_text(text),
            Some(Cell::Number(text)) => Self::Text(text.clone()),
            Some(Cell::Other(shown)) => Self::Other(shown.clone()),
        }
    }

    /// Text as a number to be read, or as no value.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        if DASHES.contains(&text.trim()) { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}
