//! The plain long form: rows of `division,indicator,period,value,unit`, as CSV or one by one.

use leitai_domain::{division::Registry, period::Period};

use crate::{
    raw::{RawContent, RawItem, RawNumber, RawValue},
    records::{CsvError, Records, place},
    subject::{resolve_at_home, year_of},
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
    /// Six-digit code, or full or short name, as today or in the period's year.
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

/// Reads the rows of a CSV file.
///
/// # Errors
/// [`CsvError`] names the line and the column; a bad value in a row is not an error but an item.
pub fn from_csv(content: &[u8]) -> Result<Vec<Row>, CsvError> {
    from_records(&Records::read(content)?)
}

/// The rows of a CSV file whose header is the long form's.
///
/// # Errors
/// [`CsvError::Header`] names the column.
pub fn from_records(records: &Records) -> Result<Vec<Row>, CsvError> {
    let columns = columns(&records.header)?;
    let row = |(line, record): &(usize, csv::StringRecord)| {
        let field = |column: usize| columns.get(column).and_then(|at| record.get(*at)).unwrap_or_default().to_owned();
        let [division, indicator, period, value, unit] = [0, 1, 2, 3, 4].map(field);
        Row { place: place(*line), division, indicator, period, value, unit }
    };
    Ok(records.rows.iter().map(row).collect())
}

/// Where each of [`COLUMNS`] stands.
fn columns(header: &csv::StringRecord) -> Result<Vec<usize>, CsvError> {
    let error = |column: &str, problem| CsvError::Header { column: column.to_owned(), problem };
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(error(unknown, "is unknown"));
    }
    let stands = |column: &&str| {
        let mut found = header.iter().enumerate().filter(|(_, name)| name == column).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => Err(error(column, "is missing")),
            (Some(_), Some(_)) => Err(error(column, "stands twice")),
        }
    };
    COLUMNS.iter().map(stands).collect()
}

/// Rows as raw items. A name is looked for under `home` first.
#[must_use]
pub fn read(rows: Vec<Row>, registry: &Registry, home: Option<&str>) -> Vec<RawItem> {
    rows.into_iter().map(|row| item(row, registry, home)).collect()
}

fn item(row: Row, registry: &Registry, home: Option<&str>) -> RawItem {
    let wrong = |_| format!("时期“{}”无法识别，应写作“2025-M03”或“2025年1-3月”", row.period);
    let period = Period::from_label(&row.period, None).map_err(wrong);
    let value = RawValue {
        subject: resolve_at_home(registry, &row.division, home, year_of(&period)),
        indicator: row.indicator,
        period,
        units: if row.unit.is_empty() { Vec::new() } else { vec![row.unit] },
        unit_optional: true,
        number: RawNumber::from_text(&row.value),
        rank: None,
        proxy: String::new(),
        note: "",
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

    #[rstest]
    #[case("division,indicator,period,value,unit\na,b,c,d,e\na,b,c\n", "line 3")]
    #[case("division,indicator,period,value,unit\ra,b,c,d,e\ra,b,c\r", "line 3")]
    #[case("division,indicator,period,value,unit\r\n\r\na,b,c,d,e\r\n\r\na,b,c\r\n", "line 5")]
    fn a_short_line_is_named(#[case] text: &str, #[case] line: &str) {
        let error = from_csv(text.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{line} cannot be read")), "{error}");
    }

    #[rstest]
    #[case(b"division,indicator,period,value,unit\n\xc2\xff\xff\n")]
    #[case(b"division,indicator,period,value,unit\r\xc2\xff\xff\r")]
    fn other_encodings_are_refused_with_the_line(#[case] text: &[u8]) {
        let error = from_csv(text).unwrap_err();
        assert!(error.to_string().starts_with("line 2: the text is not UTF-8 and not GB18030"));
        let chinese = from_csv(b"division,indicator,period,value,unit\n\xc2\xa1\xbb\xd8,b,c,d,e\n").unwrap();
        assert_eq!(chinese[0].division, "隆回");
    }

    #[rstest]
    #[case("\n")]
    #[case("\r\n")]
    #[case("\r")]
    fn places_are_lines(#[case] end: &str) {
        let text = "division,indicator,period,value,unit\na,b,c,d,e\n\na,b,c,d,e\n".replace('\n', end);
        let rows = from_csv(text.as_bytes()).unwrap();
        assert_eq!(rows.iter().map(|row| row.place.as_str()).collect::<Vec<_>>(), ["line 2", "line 4"]);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            let _ = from_csv(&bytes);
        }
    }
}
