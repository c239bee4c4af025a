//! Cells that the layout does not cover: reported as one item a region, so that nothing is dropped in silence and a clerk is not flooded.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    open::{Cell, MAX_COLUMNS, MAX_ROWS, Sheet, cell_name},
    raw::{RawContent, RawItem},
    table::{At, Table},
};

/// Where a cell stands that is not used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Region {
    Beside,
    Column(u32),
    Below,
}

/// Cells of a sheet that are not in `used`, one item a region, each with the place of its first cell.
#[must_use]
pub fn regions(sheet: &Sheet, table: &Table<'_>, used: &BTreeSet<At>, rows: &BTreeSet<u32>) -> Vec<(At, RawItem)> {
    let mut regions: BTreeMap<Region, Vec<(At, &Cell)>> = BTreeMap::new();
    for (at, cell) in sheet.cells.iter().filter(|(at, _)| !used.contains(at)) {
        regions.entry(region(*at, table, rows)).or_default().push((*at, cell));
    }
    regions.into_iter().filter_map(|(region, cells)| item(sheet, table, &region, &cells)).collect()
}

/// The item for cells beyond what is read of a sheet.
#[must_use]
pub fn beyond(sheet: &Sheet) -> Option<RawItem> {
    let message = format!("{MAX_ROWS}行{MAX_COLUMNS}列以外的{}个单元格未读取", sheet.beyond);
    (sheet.beyond > 0).then(|| RawItem { place: sheet.name.clone(), source_text: String::new(), content: RawContent::Outside(message) })
}

fn region(at: At, table: &Table<'_>, rows: &BTreeSet<u32>) -> Region {
    if at.0 >= table.first_row && !rows.contains(&at.0) {
        Region::Below
    } else if at.0 >= table.first_row && table.other_headings.contains_key(&at.1) {
        Region::Column(at.1)
    } else {
        Region::Beside
    }
}

fn item(sheet: &Sheet, table: &Table<'_>, region: &Region, cells: &[(At, &Cell)]) -> Option<(At, RawItem)> {
    let (first, cell) = cells.first()?;
    let span = |of: fn(&At) -> u32| {
        let all = || cells.iter().map(|(at, _)| of(at));
        Some((all().min()?, all().max()?))
    };
    let ((top, bottom), (left, right)) = (span(|at| at.0)?, span(|at| at.1)?);
    let place = match (cell_name((top, left)), cell_name((bottom, right))) {
        (one, other) if one == other => one,
        (one, other) => format!("{one}:{other}"),
    };
    let what = match region {
        Region::Beside => "在表格旁".to_owned(),
        Region::Below => "在表格下方".to_owned(),
        Region::Column(column) => format!("在布局未列的栏目“{}”中", table.other_headings.get(column).map_or("", String::as_str)),
    };
    let content = RawContent::Outside(format!("{}个单元格{what}，未使用", cells.len()));
    Some((*first, RawItem { place: format!("{}!{place}", sheet.name), source_text: cell.shown().to_owned(), content }))
}
