//! The merged ranges of a workbook's sheets: where one cell stands for several rows.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{Reader as _, Xlsx};

use crate::open::{WorkbookError, guarded};

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

/// A workbook that is asked for merged ranges.
pub struct Ranges<'a>(Xlsx<Cursor<&'a [u8]>>);

impl<'a> Ranges<'a> {
    /// Opens what [`open`](crate::open::open) has taken.
    ///
    /// # Errors
    /// [`WorkbookError`] where it is no `.xlsx` workbook.
    pub fn open(content: &'a [u8]) -> Result<Self, WorkbookError> {
        guarded(|| Ok(Self(Xlsx::new(Cursor::new(content))?)))
    }

    /// The ranges of the sheet of this name. A sheet whose ranges cannot be read has none: its blank cells stay blank.
    ///
    /// # Errors
    /// [`WorkbookError::Broke`].
    pub fn of(&mut self, sheet: &str) -> Result<Merged, WorkbookError> {
        guarded(|| {
            let mut merged = Merged::default();
            for range in self.0.merge_cells_by_sheet_name(sheet).unwrap_or_default() {
                merged.add(range.start, range.end.0);
            }
            Ok(merged)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    /// A workbook of one sheet with the ranges A2:A4 and A5:B6.
    fn book() -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        let format = rust_xlsxwriter::Format::new();
        let sheet = book.add_worksheet().set_name("清单").unwrap();
        sheet.merge_range(1, 0, 3, 0, "甲", &format).unwrap().merge_range(4, 0, 5, 1, "乙", &format).unwrap();
        book.save_to_buffer().unwrap()
    }

    /// The workbook with another text in its sheet.
    fn edited(book: &[u8], from: &str, to: &str) -> Vec<u8> {
        let mut archive = zip::ZipArchive::new(Cursor::new(book)).unwrap();
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for at in 0..archive.len() {
            let mut entry = archive.by_index(at).unwrap();
            let (name, mut text) = (entry.name().unwrap().to_string(), String::new());
            entry.read_to_string(&mut text).unwrap();
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(text.replace(from, to).as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_range_stands_for_its_first_column_only() {
        let merged = Ranges::open(&book()).unwrap().of("清单").unwrap();
        let firsts: Vec<_> = [(0, 0), (1, 0), (3, 0), (4, 0), (5, 0), (5, 1), (6, 0)].map(|at| merged.first(at)).to_vec();
        assert_eq!(firsts, [None, Some((1, 0)), Some((1, 0)), Some((4, 0)), Some((4, 0)), None, None]);
    }

    /// The reader takes the first row from the last, unchecked: it panics where that overflows and overflow is looked for, as in tests.
    #[test]
    fn a_range_that_breaks_the_reader_is_an_error() {
        let book = edited(&book(), "A2:A4", "A4:A2");
        assert!(matches!(Ranges::open(&book).unwrap().of("清单"), Err(WorkbookError::Broke)));
    }
}
