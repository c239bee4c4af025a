//! The plain long form: rows of `division,indicator,period,value,unit`, as CSV or one by one.

use leitai_domain::{division::Registry, period::Period};

use crate::{
    raw::{RawContent, RawItem, RawNumber, RawValue},
    subject::resolve_at_home,
};

/// Most rows of one report.
pub const MAX_ROWS: usize = 100_000;
/// The columns, in any order.
const COLUMNS: [&str; 5] = ["division", "indicator", "period", "value", "unit"];

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// `line 12` or `row 12`.
    pub place: String,
    /// Six-digit code, or full, short or former name.
    pub division: String,
    /// The plan's indicator id.
    pub indicator: String,
    /// `2025-M03`, or a Chinese label with its year.
    pub period: String,
    /// Decimal text.
    pub value: String,
    /// Empty means the indicator's own.
    pub unit: String,
}

/// Why a file is no CSV of ours.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// Not UTF-8.
    #[error("line {line}: the text is not UTF-8; save the file as CSV UTF-8")]
    Encoding {
        /// First line with a wrong byte.
        line: usize,
    },
    /// A column is missing, unknown, or stands twice.
    #[error("line 1, column `{column}`: {problem}; the header must be division,indicator,period,value,unit in any order")]
    Header {
        /// The column's name.
        column: String,
        /// `is missing`, `is unknown`, `stands twice`.
        problem: &'static str,
    },
    /// A line has too few or too many columns.
    #[error("line {line} cannot be read: it must have the five columns of the header")]
    Line {
        /// Counts from 1.
        line: u64,
        /// What the reader says.
        source: csv::Error,
    },
    /// Too many rows.
    #[error("the file has more than {MAX_ROWS} rows")]
    TooLarge,
}

/// Reads a CSV file.
///
/// # Errors
/// [`CsvError`] names the line and the column; a bad value in a row is not an error but an item.
pub fn from_csv(content: &[u8]) -> Result<Vec<Row>, CsvError> {
    let line_of = |at: usize| content.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    let text = std::str::from_utf8(content).map_err(|error| CsvError::Encoding { line: line_of(error.valid_up_to()) })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let unreadable = |source: csv::Error| CsvError::Line { line: source.position().map_or(1, csv::Position::line), source };
    let columns = columns(reader.headers().map_err(unreadable)?)?;
    let mut lines = Lines { text, byte: 0, line: 1 };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if rows.len() == MAX_ROWS {
            return Err(CsvError::TooLarge);
        }
        let line = lines.of(&record);
        let field = |column: usize| columns.get(column).and_then(|at| record.get(*at)).unwrap_or_default().to_owned();
        let [division, indicator, period, value, unit] = [0, 1, 2, 3, 4].map(field);
        rows.push(Row { place: format!("line {line}"), division, indicator, period, value, unit });
    }
    Ok(rows)
}

/// Counts lines as an editor does: the reader's own positions stand before blank lines.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, record: &csv::StringRecord) -> usize {
        let from = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.byte);
        let rest = self.text.get(from..).unwrap_or_default();
        let start = from + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        self.line += self.text.get(self.byte..start).map_or(0, |passed| passed.matches('\n').count());
        self.byte = start;
        self.line
    }
}

/// Where each of [`COLUMNS`] stands.
fn columns(header: &csv::StringRecord) -> Result<Vec<usize>, CsvError> {
    let error = |column: &str, problem| CsvError::Header { column: column.to_owned(), problem };
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(error(unknown, "is unknown"));
    }
    let place = |column: &&str| {
        let mut found = header.iter().enumerate().filter(|(_, name)| name == column).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => Err(error(column, "is missing")),
            (Some(_), Some(_)) => Err(error(column, "stands twice")),
        }
    };
    COLUMNS.iter().map(place).collect()
}

/// Rows as raw items. A name is looked for under `home` first.
#[must_use]
pub fn read(rows: Vec<Row>, registry: &Registry, home: Option<&str>) -> Vec<RawItem> {
    rows.into_iter().map(|row| item(row, registry, home)).collect()
}

fn item(row: Row, registry: &Registry, home: Option<&str>) -> RawItem {
    let wrong = |_| format!("时期“{}”无法识别，应写作“2025-M03”或“2025年1-3月”", row.period);
    let value = RawValue {
        subject: resolve_at_home(registry, &row.division, home),
        indicator: row.indicator,
        period: Period::from_label(&row.period, None).map_err(wrong),
        units: if row.unit.is_empty() { Vec::new() } else { vec![row.unit] },
        unit_optional: true,
        number: RawNumber::from_text(&row.value),
        rank: None,
        proxy: String::new(),
    };
    RawItem { place: row.place, source_text: row.value, content: RawContent::Value(value) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("division,indicator,period,value,unit\n隆回县,gdp_growth,2025-M03,6.9,%\n")]
    #[case("\u{feff}value,unit,period,indicator,division\r\n6.9,%,2025-M03,gdp_growth,隆回县\r\n")]
    #[case(" division , indicator,period,value,unit\n\n\"隆回县\", gdp_growth ,2025-M03,6.9,%")]
    fn columns_go_by_name(#[case] text: &str) {
        let rows = from_csv(text.as_bytes()).unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        let fields = [&row.division, &row.indicator, &row.period, &row.value, &row.unit];
        assert_eq!(fields, ["隆回县", "gdp_growth", "2025-M03", "6.9", "%"]);
    }

    #[rstest]
    #[case("division,indicator,period,value\n", "column `unit`: is missing")]
    #[case("division,indicator,period,value,unit,note\n", "column `note`: is unknown")]
    #[case("division,division,indicator,period,value,unit\n", "column `division`: stands twice")]
    fn a_wrong_header_is_named(#[case] text: &str, #[case] message: &str) {
        let error = from_csv(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn a_short_line_is_named() {
        let error = from_csv(b"division,indicator,period,value,unit\na,b,c,d,e\na,b,c\n").unwrap_err();
        assert!(error.to_string().starts_with("line 3 cannot be read"), "{error}");
    }

    #[test]
    fn other_encodings_are_refused_with_the_line() {
        let error = from_csv(b"division,indicator,period,value,unit\n\xc2\xa1\xbb\xd8\n").unwrap_err();
        assert!(error.to_string().starts_with("line 2: the text is not UTF-8"));
    }

    #[test]
    fn places_are_lines() {
        let rows = from_csv(b"division,indicator,period,value,unit\na,b,c,d,e\n\na,b,c,d,e\n").unwrap();
        assert_eq!(rows.iter().map(|row| row.place.as_str()).collect::<Vec<_>>(), ["line 2", "line 4"]);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let _ = from_csv(&bytes);
        }
    }
}
