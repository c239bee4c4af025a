//! A table by county as a sheet shows it, before anything is known of its title.

use std::collections::BTreeMap;

use leitai_domain::{decimal, division::Registry};
use rust_decimal::Decimal;

use super::place::NAME_COLUMNS;
use crate::{
    open::Sheet,
    table::{self, At, HEADING_ROWS, Head},
    text::{normalise, split_unit},
};

/// Fewer counties than this make no table.
const FEWEST: usize = 3;

/// A table by county.
pub struct Found<'a> {
    /// Where it stands.
    pub sheet: &'a Sheet,
    /// Normalised.
    pub title: String,
    /// First heading cell, normalised.
    pub first_heading: String,
    /// Columns with a heading, from the left.
    pub columns: Vec<Seen>,
    /// Row names that are no division, normalised.
    pub other_rows: Vec<String>,
    rows: Vec<u32>,
}

/// A column with a heading.
pub struct Seen {
    /// From 0.
    pub index: u32,
    /// Heading without its unit.
    pub text: String,
    /// Its own unit, else the sheet's if that is one.
    pub unit: Option<String>,
    /// Whether a period stands above it.
    pub dated: bool,
}

/// The table of a sheet; a sentence in Chinese where it has none.
pub fn find<'a>(sheet: &'a Sheet, registry: &Registry, under: &str) -> Result<Found<'a>, String> {
    if let Some(reason) = sheet.closed {
        return Err(reason.to_owned());
    }
    let (title_at, title) = table::title(sheet).ok_or("前5行没有标题")?;
    let is_division = |name: &str| registry.resolve(name, Some(under)).is_ok();
    let (column, count) = (0..NAME_COLUMNS)
        .map(|column| (column, names(sheet, (title_at.0 + 1, column)).filter(|(_, name)| is_division(name)).count()))
        .max_by_key(|(column, count)| (*count, std::cmp::Reverse(*column)))
        .filter(|(_, count)| *count >= FEWEST)
        .ok_or("没有县市区名称的一栏")?;
    let heading = heading(sheet, title_at, column, &is_division).ok_or("标题以下没有表头首格")?;
    let first_row = table::first_row(sheet, heading);
    let rows: Vec<(u32, String)> = names(sheet, (first_row, column)).collect();
    if count * 2 < rows.len() {
        return Err("多数行名不是县市区".to_owned());
    }
    let head = Head::of(sheet, title_at, heading, first_row);
    let filled = |row: u32| sheet.cells.range((row, column + 1)..(row + 1, 0)).next().is_some();
    let other_rows = rows.iter().filter(|(row, name)| !is_division(name) && filled(*row)).map(|(_, name)| name.clone()).collect();
    let first_heading = sheet.cells.get(&heading).map(|cell| normalise(cell.shown())).unwrap_or_default();
    let divisions = rows.into_iter().filter(|(_, name)| is_division(name)).map(|(row, _)| row).collect();
    Ok(Found { sheet, title, first_heading, columns: columns(&head), other_rows, rows: divisions })
}

fn names(sheet: &Sheet, from: At) -> impl Iterator<Item = (u32, String)> {
    let below = sheet.cells.range((from.0, 0)..).filter(move |(at, _)| at.1 == from.1);
    below.map(|(at, cell)| (at.0, normalise(cell.shown()))).filter(|(_, name)| !name.is_empty())
}

/// The first cell of the name column below the title that names nothing.
fn heading(sheet: &Sheet, title: At, column: u32, is_division: &impl Fn(&str) -> bool) -> Option<At> {
    let (row, name) = names(sheet, (title.0 + 1, column)).find(|(_, name)| !name.contains("单位") && !crate::text::is_label(name))?;
    (!is_division(&name) && row <= title.0 + HEADING_ROWS).then_some((row, column))
}

fn columns(head: &Head) -> Vec<Seen> {
    let column = |(index, heading): (&u32, &String)| {
        let (text, unit) = split_unit(heading);
        let of_sheet = || <[String; 1]>::try_from(head.units.clone()).ok().map(|[unit]| unit);
        Seen { index: *index, text, unit: unit.or_else(of_sheet), dated: head.label(*index).is_some() }
    };
    head.headings.iter().map(column).collect()
}

impl Found<'_> {
    /// True where a column's numbers are the ranks of another's, the largest first, in nine rows of ten.
    pub fn ranks(&self, ranks: u32, values: u32) -> bool {
        let (ranks, values) = (self.numbers(ranks), self.numbers(values));
        let both: Vec<_> = ranks.iter().filter_map(|(row, rank)| Some((*rank, *values.get(row)?))).collect();
        let place = |value: Decimal| Decimal::from(1 + both.iter().filter(|(_, other)| *other > value).count());
        let right = both.iter().filter(|(rank, value)| *rank == place(*value)).count();
        both.len() >= 5 && right * 10 >= both.len() * 9
    }

    fn numbers(&self, column: u32) -> BTreeMap<u32, Decimal> {
        let number = |row: &u32| Some((*row, decimal::parse(self.sheet.cells.get(&(*row, column))?.shown()).ok()?));
        self.rows.iter().filter_map(number).collect()
    }
}
