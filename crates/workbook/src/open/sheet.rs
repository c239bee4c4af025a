//! What is kept of a workbook, and how much of it.

use std::{collections::BTreeMap, fmt::Display};

use super::WorkbookError;
use crate::template;

/// Most sheets.
pub const MAX_SHEETS: usize = 200;
/// Rows read of a sheet.
pub const MAX_ROWS: u32 = 10_000;
/// Columns read of a sheet.
pub const MAX_COLUMNS: u32 = 200;
/// Most filled cells of all sheets.
pub const MAX_CELLS: usize = 500_000;
/// Longest text kept of a cell, characters.
const MAX_TEXT: usize = 500;
/// Most bytes of text of all sheets.
const MAX_TEXTS: usize = 32 << 20;
/// What stands in a cell whose formula was never computed.
const NO_RESULT: &str = "没有结果的公式，请用表格软件打开、保存后再报送";

/// Why the cells of a hidden sheet are not read.
pub(super) const HIDDEN: &str = "工作表已隐藏，未读取";
/// Why those of a chart or a macro are not.
pub(super) const NO_WORKSHEET: &str = "不是普通工作表（图表或宏），未读取";
/// Why those of a sheet that breaks off are not.
const DAMAGED: &str = "工作表已损坏，未读取";

/// What every remark on a formula begins with.
pub const REMARK: &str = "数值是";

/// A workbook's sheets in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Workbook {
    /// In the order of the tabs.
    pub sheets: Vec<Sheet>,
}

/// One sheet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// As on its tab, blanks included; `CSV` for a text file.
    pub name: String,
    /// Why its cells were not read: hidden, or no worksheet. Chinese.
    pub closed: Option<&'static str>,
    /// Filled cells by row and column, from 0; none of a closed sheet but a template's own hidden one.
    pub cells: BTreeMap<(u32, u32), Cell>,
    /// Of the filled cells, those that a formula computed.
    pub formulas: BTreeMap<(u32, u32), Formula>,
    /// Filled cells beyond [`MAX_ROWS`] and [`MAX_COLUMNS`], which were not read.
    pub beyond: usize,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text that is not blank.
    Text(String),
    /// A number, as the shortest decimal that names its binary value.
    Number(String),
    /// Something else, as it is shown: a date, a truth value, an error, a formula without a result.
    Other(String),
}

/// How a formula's result came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// From cells of the same file.
    Own,
    /// From another file, as it was when the workbook was last computed.
    OtherFile,
}

impl Cell {
    /// What the cell shows.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Other(text) => text,
        }
    }

    /// Text, if it is not blank; a long one is cut.
    pub(super) fn text(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self::Text(text.chars().take(MAX_TEXT).collect()))
    }

    /// A date or a time, as the file holds it.
    pub(super) fn date(held: &str) -> Self {
        Self::Other(format!("日期 {held}").chars().take(MAX_TEXT).collect())
    }

    pub(super) fn truth(value: bool) -> Self {
        Self::Other(if value { "TRUE" } else { "FALSE" }.to_owned())
    }

    pub(super) fn without_result() -> Self {
        Self::Other(NO_RESULT.to_owned())
    }
}

impl Sheet {
    /// True where its cells are to be read: it is open, or a template's own hidden one.
    pub(super) fn is_read(&self) -> bool {
        self.closed.is_none() || self.name == template::SHEET
    }

    /// How a cell came by its value, Chinese; empty where it is simply written there.
    #[must_use]
    pub fn remark(&self, at: (u32, u32)) -> &'static str {
        match self.formulas.get(&at) {
            None => "",
            Some(Formula::Own) => "数值是公式的结果",
            Some(Formula::OtherFile) => "数值是引用其他文件的公式的结果，以存盘时为准",
        }
    }

    /// Keeps a filled cell with the formula that computed it, or counts it where it is too far off.
    pub(super) fn put(&mut self, at: (u32, u32), cell: Cell, formula: Option<Formula>, budget: &mut Budget) -> Result<(), WorkbookError> {
        if at.0 >= MAX_ROWS || at.1 >= MAX_COLUMNS {
            self.beyond = self.beyond.saturating_add(1);
            return Ok(());
        }
        budget.take(&cell)?;
        self.cells.insert(at, cell);
        self.formulas.extend(formula.map(|formula| (at, formula)));
        Ok(())
    }

    /// A sheet that breaks off is not used in part: its values could be half a table.
    pub(super) fn close_damaged(&mut self, why: &dyn Display) {
        tracing::info!(sheet = %self.name, %why, "a sheet cannot be read");
        self.cells.clear();
        self.formulas.clear();
        self.closed = Some(DAMAGED);
    }
}

/// What all sheets together have taken.
#[derive(Default)]
pub(super) struct Budget {
    cells: usize,
    bytes: usize,
}

impl Budget {
    fn take(&mut self, cell: &Cell) -> Result<(), WorkbookError> {
        self.cells += 1;
        self.bytes += cell.shown().len();
        if self.cells > MAX_CELLS || self.bytes > MAX_TEXTS {
            return Err(WorkbookError::TooLarge(format!("more than {MAX_CELLS} filled cells or {MAX_TEXTS} bytes of text")));
        }
        Ok(())
    }
}

/// At most [`MAX_SHEETS`].
pub(super) fn check_sheets(sheets: usize) -> Result<(), WorkbookError> {
    if sheets <= MAX_SHEETS {
        return Ok(());
    }
    Err(WorkbookError::TooLarge(format!("{sheets} sheets, at most {MAX_SHEETS}")))
}

/// A cell's name as a spreadsheet shows it: `B6`. Row and column count from 0.
#[must_use]
pub fn cell_name((row, column): (u32, u32)) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    format!("{}{}", letters.iter().rev().collect::<String>(), u64::from(row) + 1)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case((5, 1), "B6")]
    #[case((0, 25), "Z1")]
    #[case((0, 26), "AA1")]
    #[case((9_999, 199), "GR10000")]
    fn cells_have_the_names_of_spreadsheets(#[case] at: (u32, u32), #[case] name: &str) {
        assert_eq!(cell_name(at), name);
    }
}
