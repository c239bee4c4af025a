//! Turns the tables of a workbook into raw items, in the order of the source.

use std::collections::{BTreeMap, BTreeSet};

use leitai_domain::{decimal, division::Registry, period::Period};
use rust_decimal::prelude::ToPrimitive;

use crate::{
    layout::Layout,
    open::{Cell, Sheet, Workbook, cell_name},
    outside,
    raw::{RawContent, RawItem, RawNumber, RawRank, RawValue},
    subject::{self, Subject, year_of},
    table::{self, At, Column, Table},
    text::{is_label, normalise},
    year::{YearError, Years},
};

/// Rows in which a sheet without a known table may still print the year.
const LABEL_ROWS: u32 = 5;

/// Every cell of every sheet, as the layout reads it. `year` stands in where no label of the file prints one.
///
/// # Errors
/// [`YearError`] where `year` is another than the file's own.
pub fn read(book: &Workbook, layout: &Layout, registry: &Registry, year: Option<i32>) -> Result<Vec<RawItem>, YearError> {
    let tables: Vec<_> = book.sheets.iter().map(|sheet| (sheet, locate(sheet, layout))).collect();
    let years = Years::weigh(&printed_periods(&tables), year)?;
    let items = tables.iter().flat_map(|(sheet, table)| match table {
        Ok(table) => match (Reading { sheet, table, layout, registry, years }).items() {
            none if none.is_empty() => vec![not_read(sheet, "表头下没有数据")],
            items => items,
        },
        Err(reason) => vec![not_read(sheet, reason)],
    });
    Ok(items.collect())
}

fn locate<'a>(sheet: &Sheet, layout: &'a Layout) -> Result<Table<'a>, String> {
    match sheet.closed {
        Some(reason) => Err(reason.to_owned()),
        None if sheet.cells.is_empty() => Err("工作表为空".to_owned()),
        None => table::find(sheet, layout),
    }
}

fn not_read(sheet: &Sheet, reason: &str) -> RawItem {
    let title = sheet.cells.values().next().map(|cell| cell.shown().to_owned()).unwrap_or_default();
    RawItem { place: sheet.name.clone(), source_text: title, content: RawContent::SheetNotRead(reason.to_owned()) }
}

/// The newest period of each table whose label prints its year; where no table does, of the other visible sheets.
fn printed_periods(tables: &[(&Sheet, Result<Table<'_>, String>)]) -> BTreeSet<Period> {
    let dated = |label: &str| Period::from_label(label, None).ok();
    let of_table = |table: &Table<'_>| table.columns.iter().filter_map(|column| dated(column.label.as_deref()?)).max();
    let known: BTreeSet<_> = tables.iter().filter_map(|(_, table)| of_table(table.as_ref().ok()?)).collect();
    if !known.is_empty() {
        return known;
    }
    let of_sheet = |sheet: &Sheet| {
        let texts = sheet.cells.range(..(LABEL_ROWS, 0)).map(|(_, cell)| normalise(cell.shown()));
        texts.filter(|text| is_label(text) && text.contains(['月', '季', '半'])).filter_map(|text| dated(&text)).max()
    };
    tables.iter().filter_map(|(sheet, _)| of_sheet(sheet)).collect()
}

/// One table being read.
struct Reading<'a> {
    sheet: &'a Sheet,
    table: &'a Table<'a>,
    layout: &'a Layout,
    registry: &'a Registry,
    years: Years,
}

impl Reading<'_> {
    fn items(&self) -> Vec<RawItem> {
        let mut items: Vec<(At, RawItem)> = Vec::new();
        let mut used = self.table.head.clone();
        let mut rows = BTreeSet::new();
        let periods: BTreeMap<u32, _> = self.table.columns.iter().map(|column| (column.index, self.period(column))).collect();
        for (row, name) in self.names() {
            let filled = self.table.columns.iter().any(|column| self.sheet.cells.contains_key(&(row, column.index)));
            // A row that names no division and holds no value is a note.
            if !filled && matches!(self.subject(&name, None), Subject::Unknown(_)) {
                continue;
            }
            rows.insert(row);
            used.insert((row, self.table.names));
            for column in &self.table.columns {
                used.insert((row, column.index));
                let period = periods.get(&column.index).cloned().unwrap_or_else(|| Err(String::new()));
                let subject = self.subject(&name, year_of(&period));
                items.extend(self.item(row, column, subject, period).map(|item| ((row, column.index), item)));
            }
        }
        items.extend(outside::regions(self.sheet, self.table, &used, &rows));
        items.sort_by_key(|(at, _)| *at);
        items.into_iter().map(|(_, item)| item).chain(outside::beyond(self.sheet)).collect()
    }

    /// Rows below the headings that have a name.
    fn names(&self) -> Vec<(u32, String)> {
        let below = self.sheet.cells.range((self.table.first_row, 0)..);
        below.filter(|(at, _)| at.1 == self.table.names).map(|(at, cell)| (at.0, cell.shown().trim().to_owned())).collect()
    }

    /// Whose row it is, for a year.
    fn subject(&self, name: &str, year: Option<i32>) -> Subject {
        let plain = normalise(name);
        let plain = plain.trim_start_matches("其中:").trim_start_matches('#');
        if let Some(code) = self.layout.division(plain) {
            Subject::Division(code.to_owned())
        } else if let Some(meaning) = self.layout.aggregate(plain) {
            Subject::Aggregate(format!("“{plain}”是{meaning}，不单独使用"))
        } else {
            subject::resolve(self.registry, plain, Some(&self.layout.under), year)
        }
    }

    fn period(&self, column: &Column<'_>) -> Result<Period, String> {
        let label = column.label.as_deref().ok_or("表头中没有时期，应有如“2025年1-3月”或“3月末”的标注")?;
        self.years.period(label)
    }

    /// The item of one cell; an empty rank is none.
    fn item(&self, row: u32, column: &Column<'_>, subject: Subject, period: Result<Period, String>) -> Option<RawItem> {
        let cell = self.sheet.cells.get(&(row, column.index));
        let content = if let Some(indicator) = &column.spec.rank_of {
            RawContent::Rank(RawRank { subject, indicator: indicator.clone(), period, rank: rank(cell?) })
        } else {
            let indicator = column.spec.indicator.clone()?;
            let rank = self.printed_rank(row, &indicator);
            let (units, proxy) = (column.units.clone(), column.spec.proxy.clone());
            let note = self.sheet.remark((row, column.index));
            RawContent::Value(RawValue {
                subject,
                indicator,
                period,
                units,
                unit_optional: false,
                number: RawNumber::of(cell),
                rank,
                proxy,
                note,
            })
        };
        let source_text = cell.map(|cell| cell.shown().to_owned()).unwrap_or_default();
        Some(RawItem { place: format!("{}!{}", self.sheet.name, cell_name((row, column.index))), source_text, content })
    }

    fn printed_rank(&self, row: u32, indicator: &str) -> Option<i32> {
        let column = self.table.columns.iter().find(|column| column.spec.rank_of.as_deref() == Some(indicator))?;
        rank(self.sheet.cells.get(&(row, column.index))?)
    }
}

fn rank(cell: &Cell) -> Option<i32> {
    let value = decimal::parse(cell.shown()).ok()?;
    value.to_i32().filter(|rank| *rank >= 1 && value.is_integer())
}
