//! CSV as records: in UTF-8, UTF-16 or GB18030, with a header, each record with its line.

use crate::{
    lines::{line_ends, start_of},
    open::encoding::{TextError, decode},
    rows::MAX_ROWS,
};

/// Why a file is no CSV of ours.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// No text.
    #[error(transparent)]
    Encoding(#[from] TextError),
    /// A column is missing, unknown, or stands twice.
    #[error("line 1, column `{column}`: {problem}; the header must be division,indicator,period,value,unit in any order")]
    Header {
        /// The column's name.
        column: String,
        /// `is missing`, `is unknown`, `stands twice`.
        problem: &'static str,
    },
    /// A column that a file of this kind must have.
    #[error("line 1: a file of this kind, {kind}, must have the column `{column}` once, found {found} times")]
    Column {
        /// What the file was taken for by its header.
        kind: &'static str,
        /// The column's name.
        column: &'static str,
        /// How often it stands in the header.
        found: usize,
    },
    /// Made of another plan.
    #[error(
        "line {line}: the values are of the structure `{found}`, and the report is submitted for plan `{plan}`, whose structure is `{wanted}`"
    )]
    Structure {
        /// Counts from 1.
        line: usize,
        /// In the file.
        found: String,
        /// The plan's.
        wanted: String,
        /// The plan.
        plan: String,
    },
    /// A file that asks to delete values: none ever is.
    #[error("line {line}: the action is D, and values are never deleted; submit a corrected value with the action I")]
    Deletion {
        /// Counts from 1.
        line: usize,
    },
    /// A simulated value in a report of real ones.
    #[error("line {line}: the value is simulated, and the report is not marked as simulated")]
    Simulated {
        /// Counts from 1.
        line: usize,
    },
    /// A line has too few or too many columns.
    #[error("line {line} cannot be read: it must have the columns of the header")]
    Line {
        /// Counts from 1.
        line: usize,
        /// What the reader says.
        source: csv::Error,
    },
    /// Too many rows.
    #[error("the file has more than {MAX_ROWS} rows")]
    TooLarge,
}

/// The records of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// The first line.
    pub header: csv::StringRecord,
    /// The others, each with its line, counted from 1 as an editor does.
    pub rows: Vec<(usize, csv::StringRecord)>,
}

impl Records {
    /// Reads a CSV file; fields lose the blanks around them.
    ///
    /// # Errors
    /// [`CsvError`] names the line.
    pub fn read(content: &[u8]) -> Result<Self, CsvError> {
        let decoded = decode(content)?.text;
        let text = decoded.as_ref();
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let unreadable = |source: csv::Error| CsvError::Line { line: Lines::before(text).pass(source.position()), source };
        let header = reader.headers().map_err(unreadable)?.clone();
        let mut lines = Lines::before(text);
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            if rows.len() == MAX_ROWS {
                return Err(CsvError::TooLarge);
            }
            rows.push((lines.pass(record.position()), record));
        }
        Ok(Self { header, rows })
    }

    /// Where a column stands; `None` where it does not stand exactly once.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        let mut found = self.header.iter().enumerate().filter(|(_, field)| *field == name).map(|(at, _)| at);
        found.next().filter(|_| found.next().is_none())
    }

    /// Where a column stands that a file of this kind must have.
    ///
    /// # Errors
    /// [`CsvError::Column`].
    pub fn required(&self, kind: &'static str, column: &'static str) -> Result<usize, CsvError> {
        let found = self.header.iter().filter(|field| *field == column).count();
        self.column(column).ok_or(CsvError::Column { kind, column, found })
    }
}

/// A line as items and messages name it.
#[must_use]
pub fn place(line: usize) -> String {
    format!("line {line}")
}

/// Counts lines as an editor does: the reader's own positions stand before blank lines, and know no `\r`.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn before(text: &'a str) -> Self {
        Self { text, byte: 0, line: 1 }
    }

    /// The line of a record that stands later than the one before.
    fn pass(&mut self, position: Option<&csv::Position>) -> usize {
        let start = start_of(self.text, position);
        self.line += self.text.get(self.byte..start).map_or(0, line_ends);
        self.byte = start;
        self.line
    }
}
