//! Finds the row of headings and says what is wrong with it.

use std::collections::BTreeMap;

use leitai_domain::responsibility::row::{Column, Fault};

use crate::open::{Sheet, cell_name};

/// Rows in which the headings are looked for.
const WITHIN: u32 = 20;
/// So many known headings make a row of them.
const ENOUGH: usize = 4;

/// The row of headings.
#[derive(Debug, Clone, Default)]
pub(super) struct Headings {
    /// Its row, from 0.
    pub row: u32,
    /// Which column of the sheet holds what.
    pub columns: BTreeMap<u32, Column>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

impl Headings {
    /// True where a list's required column is not there: every row would lack it.
    pub fn lack_columns(&self) -> bool {
        missing(&self.columns).next().is_some()
    }
}

/// The required headings, for messages.
pub(super) fn required() -> String {
    let required: Vec<_> = Column::ALL.into_iter().filter(|column| column.is_required()).map(Column::heading).collect();
    required.join("、")
}

/// The first row with enough known headings.
pub(super) fn find(sheet: &Sheet) -> Option<Headings> {
    (0..WITHIN).map(|row| read(sheet, row)).find(|headings| headings.columns.len() >= ENOUGH)
}

fn read(sheet: &Sheet, row: u32) -> Headings {
    let mut headings = Headings { row, ..Headings::default() };
    for (&(row, at), cell) in sheet.cells.range((row, 0)..(row + 1, 0)) {
        let fault = |expected: String| Fault {
            place: format!("{}!{}", sheet.name.trim(), cell_name((row, at))),
            column: "表头".to_owned(),
            found: cell.shown().trim().to_owned(),
            expected,
        };
        match Column::of_heading(cell.shown()) {
            None => {
                let known: Vec<_> = Column::ALL.into_iter().map(Column::heading).collect();
                headings.faults.push(fault(format!("清单的列：{}；其他列请删去（清单不收联系方式）", known.join("、"))));
            }
            Some(column) if headings.columns.values().any(|other| *other == column) => {
                headings.faults.push(fault(format!("只有一列{}", column.heading())));
            }
            Some(column) => {
                headings.columns.insert(at, column);
            }
        }
    }
    let lacks = missing(&headings.columns).map(|column| Fault {
        place: format!("{} 第{}行", sheet.name.trim(), row + 1),
        column: "表头".to_owned(),
        found: format!("没有「{}」列", column.heading()),
        expected: format!("一列{}", column.headings().join("或")),
    });
    let lacks: Vec<_> = lacks.collect();
    headings.faults.extend(lacks);
    headings
}

fn missing(columns: &BTreeMap<u32, Column>) -> impl Iterator<Item = Column> {
    Column::ALL.into_iter().filter(|column| column.is_required() && !columns.values().any(|other| other == column))
}
