//! The merged ranges of a workbook's sheets: where one cell stands for several rows.

use std::{
    collections::{BTreeMap, HashMap},
    io::Cursor,
};

use calamine::{Xlsx, XlsxError};

use crate::open::{self, WorkbookError};

/// A sheet's merged ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// Column of each range's first cell, first row, last row; by column and first row.
    ranges: BTreeMap<(u32, u32), u32>,
}

impl Merged {
    /// The first cell of the range that this cell lies in, in the same column; `None` for a cell of no range, or one beside the first column.
    #[must_use]
    pub fn first(&self, (row, column): (u32, u32)) -> Option<(u32, u32)> {
        let (&(_, first), &last) = self.ranges.range((column, 0)..=(column, row)).next_back()?;
        (row <= last).then_some((first, column))
    }

    fn add(&mut self, (first, column): (u32, u32), last: u32) {
        let known = self.ranges.entry((column, first)).or_insert(last);
        *known = last.max(*known);
    }
}

/// The merged ranges of every visible sheet, by the sheet's name. Call it on what [`open::open`] has taken.
///
/// # Errors
/// [`WorkbookError`] where the file is unreadable. A sheet whose ranges cannot be read has none: its blank cells stay blank.
pub fn ranges(content: &[u8], book: &open::Workbook) -> Result<HashMap<String, Merged>, WorkbookError> {
    let mut file: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(content)).map_err(|error: XlsxError| error)?;
    let mut ranges = HashMap::new();
    for sheet in book.sheets.iter().filter(|sheet| sheet.closed.is_none()) {
        let mut merged = Merged::default();
        for range in file.merge_cells_by_sheet_name(&sheet.name).unwrap_or_default() {
            merged.add(range.start, range.end.0);
        }
        ranges.insert(sheet.name.clone(), merged);
    }
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_stands_for_its_first_column_only() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let format = rust_xlsxwriter::Format::new();
        let sheet = book.add_worksheet().set_name("清单").unwrap();
        sheet.merge_range(1, 0, 3, 0, "甲", &format).unwrap().merge_range(4, 0, 5, 1, "乙", &format).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let merged = &ranges(&bytes, &open::open(&bytes).unwrap()).unwrap()["清单"];
        let firsts: Vec<_> = [(0, 0), (1, 0), (3, 0), (4, 0), (5, 0), (5, 1), (6, 0)].map(|at| merged.first(at)).to_vec();
        assert_eq!(firsts, [None, Some((1, 0)), Some((1, 0)), Some((4, 0)), Some((4, 0)), None, None]);
    }
}
