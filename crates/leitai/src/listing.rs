//! Listings: the same rows as a table, JSON or CSV.

use anyhow::Context;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value};

use crate::{cli::Format, say};

/// Rows under named columns.
#[derive(Debug)]
pub struct Listing {
    columns: &'static [(&'static str, &'static str)],
    /// Values of a row as it is given; those beyond the columns are left out.
    given: usize,
    rows: Vec<Vec<Value>>,
}

impl Listing {
    /// Columns: the key in JSON and CSV, and the heading in a table.
    pub fn new(columns: &'static [(&'static str, &'static str)]) -> Self {
        Self { columns, given: columns.len(), rows: Vec::new() }
    }

    /// All columns, or the first ones where a line may not be of any length: in a table. Rows have a value for each all the same.
    pub fn shortened(columns: &'static [(&'static str, &'static str)], short: usize, format: Format) -> Self {
        let shown = if format == Format::Table { columns.get(..short) } else { None };
        Self { given: columns.len(), ..Self::new(shown.unwrap_or(columns)) }
    }

    /// Adds a row, a value for each column.
    pub fn push(&mut self, mut row: Vec<Value>) {
        debug_assert_eq!(row.len(), self.given, "a value for each column");
        row.truncate(self.columns.len());
        self.rows.push(row);
    }

    /// Prints to standard output.
    pub fn print(&self, format: Format) -> anyhow::Result<()> {
        say::bytes(&self.bytes(format)?).context("standard output")
    }

    fn bytes(&self, format: Format) -> anyhow::Result<Vec<u8>> {
        match format {
            Format::Table => Ok(format!("{}\n", self.table()).into_bytes()),
            Format::Json => Ok(format!("{:#}\n", self.json()).into_bytes()),
            Format::Csv => self.csv(),
        }
    }

    /// As people read it.
    pub fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::ASCII_BORDERS_ONLY_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.columns.iter().map(|(_, heading)| *heading));
        table.add_rows(self.rows.iter().map(|row| row.iter().map(cell)));
        table
    }

    /// An object for each row.
    pub fn json(&self) -> Value {
        let keys = || self.columns.iter().map(|(key, _)| (*key).to_owned());
        self.rows.iter().map(|row| Value::Object(keys().zip(row.iter().cloned()).collect::<Map<_, _>>())).collect()
    }

    fn csv(&self) -> anyhow::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|(key, _)| *key))?;
        for row in &self.rows {
            writer.write_record(row.iter().map(text))?;
        }
        writer.into_inner().context("CSV")
    }
}

/// A value in a table.
fn cell(value: &Value) -> String {
    match value {
        Value::Bool(true) => "是".to_owned(),
        Value::Bool(false) => String::new(),
        other => text(other),
    }
}

/// A value in CSV.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("、"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn printed(format: Format) -> String {
        let mut listing = Listing::new(&[("county", "县"), ("rank", "位次"), ("agencies", "部门")]);
        listing.push(vec![json!("邵东市, \"x\""), json!(1), json!(["甲", "乙"])]);
        listing.push(vec![json!("城步苗族自治县"), Value::Null, json!([])]);
        String::from_utf8(listing.bytes(format).unwrap()).unwrap()
    }

    #[test]
    fn csv_quotes_and_leaves_absent_values_empty() {
        assert_eq!(printed(Format::Csv), "county,rank,agencies\n\"邵东市, \"\"x\"\"\",1,甲、乙\n城步苗族自治县,,\n");
    }

    #[test]
    fn json_keeps_types() {
        let rows: Value = serde_json::from_str(&printed(Format::Json)).unwrap();
        assert_eq!(rows[0]["rank"], json!(1));
        assert_eq!(rows[0]["agencies"], json!(["甲", "乙"]));
        assert_eq!(rows[1]["rank"], Value::Null);
    }

    #[rstest]
    #[case(Format::Table, 1)]
    #[case(Format::Json, 2)]
    #[case(Format::Csv, 2)]
    fn only_a_table_leaves_columns_out(#[case] format: Format, #[case] shown: usize) {
        let mut listing = Listing::shortened(&[("county", "县"), ("method", "方法")], 1, format);
        listing.push(vec![json!("邵东市"), json!("一")]);
        assert_eq!((listing.columns.len(), listing.rows[0].len()), (shown, shown));
    }

    #[test]
    fn a_table_is_as_wide_in_every_line() {
        // A Chinese character is two columns wide.
        let width =
            |line: &str| line.chars().map(|c| if ('\u{4e00}'..='\u{ffff}').contains(&c) || c == '、' { 2 } else { 1 }).sum::<usize>();
        let printed = printed(Format::Table);
        let widths: Vec<usize> = printed.lines().map(width).collect();
        assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{printed}");
    }
}
