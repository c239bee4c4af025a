//! The layout of a workbook: a TOML file that says which titles, headings, units and row names mean what.
//!
//! `layouts/shaoyang-monthly.toml` is the example and the documentation of the format.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use crate::text::{matches, normalise};

/// A layout, checked. Every text in it is normalised.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Stable name.
    pub id: String,
    /// What it is the layout of, for people.
    pub title: String,
    /// Row names are names of divisions under this code.
    pub under: String,
    /// Texts of the first heading cell of the tables that are read.
    pub first_headings: Vec<String>,
    /// A table with one of these row names is about another level of divisions and is not read.
    #[serde(default)]
    pub other_level_rows: Vec<String>,
    /// Printed headings by the names that tables use for them.
    pub headings: BTreeMap<String, Heading>,
    /// Rows that are a division under another name than its own.
    #[serde(rename = "row", default)]
    pub rows: Vec<Row>,
    /// Rows that are no county of their own.
    #[serde(rename = "aggregate", default)]
    pub aggregates: Vec<Aggregate>,
    /// The tables that are read.
    #[serde(rename = "table")]
    pub tables: Vec<TableSpec>,
}

/// The printed forms of one heading.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// Without the unit in brackets.
    pub texts: Vec<String>,
    /// The unit where the heading prints none.
    pub unit: Option<String>,
}

/// A row that is a division under another name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Row names.
    pub names: Vec<String>,
    /// GB/T 2260 code.
    pub division: String,
}

/// A row that is no county of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// Row names; `*` stands for any characters.
    pub names: Vec<String>,
    /// What the row is, Chinese: said to the reporter.
    pub meaning: String,
}

/// One table: how to know it, and what its columns hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// Titles that it is printed under.
    pub titles: Vec<String>,
    /// Its columns; a printed column that is not here is reported and not used.
    pub columns: Vec<ColumnSpec>,
}

/// One column: exactly one of `indicator` and `rank_of`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Name of the heading in [`Layout::headings`].
    pub heading: String,
    /// The plan's indicator whose values stand here.
    pub indicator: Option<String>,
    /// The plan's indicator whose printed ranks stand here.
    pub rank_of: Option<String>,
    /// What is measured in place of the indicator, Chinese.
    #[serde(default)]
    pub proxy: String,
}

/// Why a text is no layout.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// Not TOML, or not the fields a layout has.
    #[error("the layout cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// It contradicts itself.
    #[error("the layout is wrong: {0}")]
    Invalid(String),
}

impl Layout {
    /// Reads and checks a layout.
    ///
    /// # Errors
    /// [`LayoutError`] names the table or heading and what would be right.
    pub fn from_toml(text: &str) -> Result<Self, LayoutError> {
        let mut layout: Self = toml::from_str(text)?;
        layout.normalise();
        layout.check().map_err(LayoutError::Invalid)?;
        Ok(layout)
    }

    /// The table printed under a normalised title.
    #[must_use]
    pub fn table(&self, title: &str) -> Option<&TableSpec> {
        self.tables.iter().find(|table| table.titles.iter().any(|known| known == title))
    }

    /// The name and entry of a normalised heading without its unit.
    #[must_use]
    pub fn heading(&self, text: &str) -> Option<(&str, &Heading)> {
        let known = |heading: &Heading| heading.texts.iter().any(|known| known == text);
        self.headings.iter().find(|(_, heading)| known(heading)).map(|(name, heading)| (name.as_str(), heading))
    }

    /// The division that a normalised row name is another name of.
    #[must_use]
    pub fn division(&self, name: &str) -> Option<&str> {
        self.rows.iter().find(|row| row.names.iter().any(|known| known == name)).map(|row| row.division.as_str())
    }

    /// What a normalised row name is, where it is no county of its own.
    #[must_use]
    pub fn aggregate(&self, name: &str) -> Option<&str> {
        let fits = |aggregate: &&Aggregate| aggregate.names.iter().any(|pattern| matches(pattern, name));
        self.aggregates.iter().find(fits).map(|aggregate| aggregate.meaning.as_str())
    }

    fn normalise(&mut self) {
        let texts = self.first_headings.iter_mut().chain(&mut self.other_level_rows);
        let texts = texts.chain(self.headings.values_mut().flat_map(|heading| &mut heading.texts));
        let texts = texts.chain(self.rows.iter_mut().flat_map(|row| &mut row.names));
        let texts = texts.chain(self.aggregates.iter_mut().flat_map(|aggregate| &mut aggregate.names));
        for text in texts.chain(self.tables.iter_mut().flat_map(|table| &mut table.titles)) {
            *text = normalise(text);
        }
    }

    fn check(&self) -> Result<(), String> {
        once("heading", self.headings.values().flat_map(|heading| &heading.texts))?;
        once("title", self.tables.iter().flat_map(|table| &table.titles))?;
        once("row name", self.rows.iter().flat_map(|row| &row.names))?;
        if self.first_headings.is_empty() {
            return Err("first_headings is empty".to_owned());
        }
        // Each further star multiplies the work of a match by the length of the name.
        let starry = |pattern: &&String| pattern.matches('*').count() > 2;
        if let Some(pattern) = self.aggregates.iter().flat_map(|aggregate| &aggregate.names).find(starry) {
            return Err(format!("row name `{pattern}` has more than two stars"));
        }
        self.tables.iter().try_for_each(|table| self.check_table(table))
    }

    fn check_table(&self, table: &TableSpec) -> Result<(), String> {
        let title = table.titles.first().ok_or("a table has no title")?;
        once("column heading", table.columns.iter().map(|column| &column.heading))
            .map_err(|problem| format!("table {title}: {problem}"))?;
        for column in &table.columns {
            if !self.headings.contains_key(&column.heading) {
                return Err(format!("table {title}: heading `{}` is not among [headings]", column.heading));
            }
            if column.indicator.is_some() == column.rank_of.is_some() {
                return Err(format!("table {title}, heading `{}`: give either indicator or rank_of", column.heading));
            }
        }
        Ok(())
    }
}

fn once<'a>(what: &str, texts: impl Iterator<Item = &'a String>) -> Result<(), String> {
    let mut seen = HashSet::new();
    texts.into_iter().find(|text| !seen.insert(text.as_str())).map_or(Ok(()), |twice| Err(format!("{what} `{twice}` stands twice")))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::shipped::SHAOYANG_LAYOUT;

    #[test]
    fn the_shipped_layout_is_sound() {
        let layout = Layout::from_toml(SHAOYANG_LAYOUT).unwrap();
        assert_eq!(layout.division("全市"), Some("430500"));
        assert!(layout.aggregate("邵阳经开区").is_some());
        assert!(layout.table("地区生产总值").is_some());
    }

    #[test]
    fn loans_never_fill_growth() {
        let layout = Layout::from_toml(SHAOYANG_LAYOUT).unwrap();
        let columns = layout.tables.iter().flat_map(|table| &table.columns);
        let filled: Vec<_> = columns.filter_map(|column| column.indicator.as_deref()).collect();
        assert!(!filled.contains(&"loan_growth") && !filled.contains(&"foreign_capital_growth"));
    }

    const HEAD: &str = "id = 'x'\ntitle = 'x'\nunder = '430500'\nfirst_headings = ['地 区']\nheadings.amount.texts = ['额']\n";

    #[rstest]
    #[case("[[table]]\ntitles = ['甲']\ncolumns = [{ heading = 'rank', indicator = 'gdp' }]", "heading `rank` is not among")]
    #[case("[[table]]\ntitles = ['甲']\ncolumns = [{ heading = 'amount' }]", "either indicator or rank_of")]
    #[case("[[table]]\ntitles = ['甲', ' 甲']\ncolumns = []", "title `甲` stands twice")]
    #[case("[[table]]\ntitles = []\ncolumns = []", "no title")]
    #[case("table = []\n[[aggregate]]\nnames = ['*a*b*']\nmeaning = ''", "more than two stars")]
    fn contradictions_are_named(#[case] rest: &str, #[case] message: &str) {
        let error = Layout::from_toml(&format!("{HEAD}{rest}")).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}
