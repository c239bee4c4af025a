//! Finds a sheet's table by its title and headings.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    layout::{ColumnSpec, Layout, TableSpec},
    open::{Cell, Sheet},
    text::{is_label, normalise, split_unit},
};

/// The title stands in one of the first rows.
const TITLE_ROWS: u32 = 5;
/// The headings begin at most this many rows below the title.
pub(crate) const HEADING_ROWS: u32 = 6;

/// A position in a sheet: row and column from 0.
pub type At = (u32, u32);

/// A table that the layout knows, found in a sheet.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    /// Column of the row names.
    pub names: u32,
    /// First row below the headings.
    pub first_row: u32,
    /// Columns that the layout reads, from the left.
    pub columns: Vec<Column<'a>>,
    /// Printed headings of columns that the layout does not read.
    pub other_headings: BTreeMap<u32, String>,
    /// Cells of the title, headings, period labels and units.
    pub head: BTreeSet<At>,
}

/// A column that is read.
#[derive(Debug, Clone)]
pub struct Column<'a> {
    /// From 0.
    pub index: u32,
    /// What the layout says of it.
    pub spec: &'a ColumnSpec,
    /// Units it may be in: the heading's own, else the layout's, else the sheet's.
    pub units: Vec<String>,
    /// The period label above it.
    pub label: Option<String>,
}

/// The table of a sheet.
///
/// # Errors
/// A sentence in Chinese: why the sheet is not read.
pub fn find<'a>(sheet: &Sheet, layout: &'a Layout) -> Result<Table<'a>, String> {
    let (title_at, title) = title(sheet).ok_or("工作表前5行没有标题，未读取")?;
    let spec = layout.table(&title).ok_or_else(|| format!("布局中没有标题为“{title}”的表，未读取"))?;
    let heading = first_heading(sheet, layout, title_at.0)
        .ok_or_else(|| format!("标题“{title}”下没有以“{}”为首列的表头，不是分县市区表，未读取", layout.first_headings.join("”或“")))?;
    let first_row = first_row(sheet, heading);
    if let Some(name) = other_level(sheet, layout, (first_row, heading.1)) {
        return Err(format!("表中有“{name}”一行，是更高层级的表，不是分县市区表，未读取"));
    }
    let head = Head::of(sheet, title_at, heading, first_row);
    let table = head.columns(layout, spec, heading.1, first_row);
    if table.columns.is_empty() {
        let printed: Vec<_> = table.other_headings.values().map(String::as_str).collect();
        return Err(format!("表头“{}”中没有布局所列的栏目，未读取", printed.join("、")));
    }
    Ok(table)
}

/// The sheet's first text, if it stands in the first rows.
pub(crate) fn title(sheet: &Sheet) -> Option<(At, String)> {
    let mut cells = sheet.cells.range(..(TITLE_ROWS, 0));
    cells.find_map(|(at, cell)| if let Cell::Text(text) = cell { Some((*at, normalise(text))) } else { None })
}

fn first_heading(sheet: &Sheet, layout: &Layout, title_row: u32) -> Option<At> {
    let below = sheet.cells.range((title_row + 1, 0)..(title_row + 1 + HEADING_ROWS, 0));
    let known = |cell: &Cell| layout.first_headings.contains(&normalise(cell.shown()));
    below.into_iter().find(|(_, cell)| known(cell)).map(|(at, _)| *at)
}

/// The first row below the heading that has a name; the second row of a merged heading has none.
pub(crate) fn first_row(sheet: &Sheet, heading: At) -> u32 {
    let below = sheet.cells.range((heading.0 + 1, 0)..);
    below.into_iter().find(|(at, _)| at.1 == heading.1).map_or(heading.0 + 1, |(at, _)| at.0)
}

/// The name of a row that makes the table one of another level.
fn other_level(sheet: &Sheet, layout: &Layout, first: At) -> Option<String> {
    let names = sheet.cells.range((first.0, 0)..).filter(|(at, _)| at.1 == first.1).map(|(_, cell)| normalise(cell.shown()));
    names.into_iter().find(|name| layout.other_level_rows.contains(name))
}

/// The texts between the title and the first row.
#[derive(Default)]
pub(crate) struct Head {
    cells: BTreeSet<At>,
    /// Printed headings with their units, by column.
    pub headings: BTreeMap<u32, String>,
    labels: Vec<(At, String)>,
    /// Units of the sheet (单位：…).
    pub units: Vec<String>,
}

impl Head {
    pub(crate) fn of(sheet: &Sheet, title: At, heading: At, first_row: u32) -> Self {
        let mut head = Self { cells: BTreeSet::from([title, heading]), ..Self::default() };
        for (at, cell) in sheet.cells.range((title.0 + 1, 0)..(first_row, 0)).filter(|(at, _)| **at != heading) {
            head.read(*at, cell, heading);
        }
        head
    }

    fn read(&mut self, at: At, cell: &Cell, heading: At) {
        let Cell::Text(text) = cell else { return };
        let text = normalise(text);
        let (text, unit) = text.split_once("单位").map_or((text.as_str(), None), |(before, unit)| (before, Some(unit)));
        if let Some(unit) = unit {
            let units = unit.trim_start_matches(':').split(['、', '，', ',', ';', '；']);
            self.units.extend(units.map(|unit| unit.trim_matches(['(', ')']).to_owned()));
        }
        let (label, is_stock) = (is_label(text), text.ends_with("月末"));
        if label {
            self.labels.push((at, text.to_owned()));
        }
        let below_names = at.0 >= heading.0 && at.1 > heading.1;
        if below_names && (!label || is_stock) {
            self.headings.entry(at.1).or_default().push_str(if is_stock { "月末" } else { text });
        }
        if label || unit.is_some() || below_names {
            self.cells.insert(at);
        }
    }

    fn columns<'a>(mut self, layout: &'a Layout, spec: &'a TableSpec, names: u32, first_row: u32) -> Table<'a> {
        let mut table =
            Table { names, first_row, columns: Vec::new(), other_headings: BTreeMap::new(), head: std::mem::take(&mut self.cells) };
        for (index, heading) in &self.headings {
            let (text, unit) = split_unit(heading);
            let known = layout.heading(&text);
            let column = known.and_then(|(name, entry)| Some((spec.columns.iter().find(|column| column.heading == name)?, entry)));
            match column {
                Some((spec, entry)) => {
                    let units = unit.or_else(|| entry.unit.clone()).map_or_else(|| self.units.clone(), |unit| vec![unit]);
                    table.columns.push(Column { index: *index, spec, units, label: self.label(*index) });
                }
                None => {
                    table.other_headings.insert(*index, heading.clone());
                }
            }
        }
        table
    }

    /// The label above a column: the only one, or the nearest at or left of it.
    pub(crate) fn label(&self, column: u32) -> Option<String> {
        match self.labels.as_slice() {
            [(_, only)] => Some(only.clone()),
            several => several.iter().filter(|(at, _)| at.1 <= column).max_by_key(|(at, _)| (at.1, at.0)).map(|(_, label)| label.clone()),
        }
    }
}
