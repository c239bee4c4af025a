//! The rows below the headings.

use std::collections::BTreeMap;

use leitai_domain::responsibility::row::{Column, Fault, Row, Text};

use super::{MAX_ROWS, heading::Headings};
use crate::{
    day,
    merged::Merged,
    open::{self, Cell, Sheet, cell_name},
};

/// Every row with a filled cell of its own, and what cannot be taken.
pub(super) fn rows(sheet: &Sheet, headings: &Headings, merged: &Merged) -> (Vec<Row>, Vec<Fault>) {
    let table = Table { sheet, headings, merged };
    let mut by_row: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (row, column) in sheet.cells.range((headings.row + 1, 0)..).map(|(at, _)| *at) {
        by_row.entry(row).or_default().push(column);
    }
    let mut faults = table.beyond(by_row.len());
    let mut rows = Vec::new();
    for (row, filled) in by_row.into_iter().take(MAX_ROWS) {
        faults.extend(filled.into_iter().filter_map(|column| table.outside((row, column))));
        rows.push(table.row(row, &mut faults));
    }
    (rows, faults)
}

struct Table<'a> {
    sheet: &'a Sheet,
    headings: &'a Headings,
    merged: &'a Merged,
}

impl Table<'_> {
    fn place(&self, at: (u32, u32)) -> String {
        format!("{}!{}", self.sheet.name.trim(), cell_name(at))
    }

    fn beyond(&self, rows: usize) -> Vec<Fault> {
        let fault =
            |found: String, expected: String| Fault { place: self.sheet.name.trim().to_owned(), column: String::new(), found, expected };
        let cells = (self.sheet.beyond > 0).then(|| {
            let (found, bound) = (format!("表格之外还有{}个单元格", self.sheet.beyond), (open::MAX_ROWS, open::MAX_COLUMNS));
            fault(found, format!("不超过{}行{}列", bound.0, bound.1))
        });
        let rows = (rows > MAX_ROWS).then(|| fault(format!("{rows}行"), format!("不超过{MAX_ROWS}行，请分为几份清单")));
        cells.into_iter().chain(rows).collect()
    }

    /// A filled cell that stands under no heading.
    fn outside(&self, at: (u32, u32)) -> Option<Fault> {
        let cell = self.sheet.cells.get(&at).filter(|_| !self.headings.columns.contains_key(&at.1))?;
        let found = cell.shown().trim().to_owned();
        Some(Fault {
            place: self.place(at), column: String::new(), found, expected: "表头各列之下；表外的内容请删去".to_owned()
        })
    }

    fn row(&self, row: u32, faults: &mut Vec<Fault>) -> Row {
        let mut cells = BTreeMap::new();
        for (&at, &column) in &self.headings.columns {
            let place = self.place((row, at));
            match self.text((row, at), column) {
                Ok(text) => drop(cells.insert(column, Text { place, text })),
                Err(found) => {
                    let expected = "文字；错误值、真假值请改为文字".to_owned();
                    faults.push(Fault { place, column: column.heading().to_owned(), found, expected });
                }
            }
        }
        Row { place: format!("{} 第{}行", self.sheet.name.trim(), row + 1), cells }
    }

    /// The cell's text, or that of the merged range it lies in; `Err` holds what is no text.
    fn text(&self, at: (u32, u32), column: Column) -> Result<String, String> {
        let own = self.sheet.cells.get(&at);
        let shared = || self.sheet.cells.get(&self.merged.first(at).filter(|first| first.0 > self.headings.row)?);
        match own.or_else(shared) {
            None => Ok(String::new()),
            Some(Cell::Text(text)) => Ok(lines(text, column)),
            Some(Cell::Number(number)) => Ok(number.clone()),
            Some(other) => day::of(other).map(str::to_owned).ok_or_else(|| other.shown().to_owned()),
        }
    }
}

/// A sentence may be broken into lines; a name may not: two lines may be two names.
fn lines(text: &str, column: Column) -> String {
    if matches!(column, Column::Project | Column::Measure | Column::Note | Column::Target) {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    text.trim().to_owned()
}
