//! Opens an `.xlsx` file within bounds, and keeps of each sheet only the cells that hold something.
//!
//! A small file can unpack to gigabytes. So every entry of the archive is first unpacked into nothing and counted: the sizes that the
//! archive states are not trusted. Cells are then read one by one; a far-off cell costs no more than a near one.

use std::{
    collections::BTreeMap,
    io::{self, Cursor, Read},
};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use leitai_domain::decimal;
use rust_decimal::Decimal;

use crate::{day, template};

/// Largest file, bytes.
pub const MAX_FILE: usize = 16 << 20;
/// Most bytes that all entries of the file may unpack to.
pub const MAX_UNPACKED: u64 = 64 << 20;
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

/// A workbook's sheets in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Workbook {
    /// In the order of the tabs.
    pub sheets: Vec<Sheet>,
}

/// One sheet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// As on its tab, blanks included.
    pub name: String,
    /// Why its cells were not read: hidden, or no worksheet. Chinese.
    pub closed: Option<&'static str>,
    /// Filled cells by row and column, from 0; none of a closed sheet but a template's own hidden one.
    pub cells: BTreeMap<(u32, u32), Cell>,
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
    /// Something else, as it is shown: a date, a truth value, an error.
    Other(String),
}

impl Cell {
    /// What the cell shows.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Other(text) => text,
        }
    }
}

/// Why a file is no workbook of ours.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// Not an `.xlsx` file, or a damaged or encrypted one.
    #[error("the file is no readable .xlsx workbook")]
    Archive(#[from] zip::result::ZipError),
    /// The archive is sound and its workbook is not.
    #[error("the file is no readable .xlsx workbook")]
    Workbook(#[from] XlsxError),
    /// Unpacking failed.
    #[error("the file cannot be unpacked")]
    Unpack(#[from] io::Error),
    /// Over a bound.
    #[error("the workbook is too large: {0}")]
    TooLarge(String),
}

/// Reads every visible worksheet.
///
/// # Errors
/// [`WorkbookError`] where the file is unreadable as a whole or over a bound. A single unreadable sheet is closed with the reason.
pub fn open(content: &[u8]) -> Result<Workbook, WorkbookError> {
    if content.len() > MAX_FILE {
        return Err(WorkbookError::TooLarge(format!("{} bytes, at most {MAX_FILE}", content.len())));
    }
    check_unpacked(content)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(content))?;
    let tabs = book.sheets_metadata().to_vec();
    if tabs.len() > MAX_SHEETS {
        return Err(WorkbookError::TooLarge(format!("{} sheets, at most {MAX_SHEETS}", tabs.len())));
    }
    let mut budget = Budget::default();
    let sheets = tabs.into_iter().map(|tab| {
        let closed = match (tab.visible, tab.typ) {
            (SheetVisible::Hidden | SheetVisible::VeryHidden, _) => Some("工作表已隐藏，未读取"),
            (_, SheetType::WorkSheet) => None,
            _ => Some("不是普通工作表（图表或宏），未读取"),
        };
        let mut sheet = Sheet { name: tab.name, closed, ..Sheet::default() };
        if closed.is_none() || sheet.name == template::SHEET {
            fill(&mut sheet, &mut book, &mut budget)?;
        }
        Ok(sheet)
    });
    Ok(Workbook { sheets: sheets.collect::<Result<_, WorkbookError>>()? })
}

/// Unpacks every entry into nothing and counts its bytes.
fn check_unpacked(content: &[u8]) -> Result<(), WorkbookError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(content))?;
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        let bytes = io::copy(&mut entry.take(left + 1), &mut io::sink())?;
        left = left.checked_sub(bytes).ok_or_else(|| WorkbookError::TooLarge(format!("it unpacks to more than {MAX_UNPACKED} bytes")))?;
    }
    Ok(())
}

/// What all sheets together have taken.
#[derive(Default)]
struct Budget {
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

fn fill(sheet: &mut Sheet, book: &mut Xlsx<Cursor<&[u8]>>, budget: &mut Budget) -> Result<(), WorkbookError> {
    let mut cells = match book.worksheet_cells_reader(&sheet.name) {
        Ok(cells) => cells,
        Err(error) => return close(sheet, &error),
    };
    loop {
        let (found, style) = match cells.next_cell_with_style_id() {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(()),
            Err(error) => return close(sheet, &error),
        };
        let format = cells.styles().get(style).and_then(|style| style.number_format.as_ref());
        let percent = format.is_some_and(|format| shows_percent(&format.format_code));
        let Some(cell) = keep(found.get_value(), percent) else { continue };
        let (row, column) = found.get_position();
        if row >= MAX_ROWS || column >= MAX_COLUMNS {
            sheet.beyond += 1;
            continue;
        }
        budget.take(&cell)?;
        sheet.cells.insert((row, column), cell);
    }
}

/// A sheet that breaks off is not used in part: its values could be half a table.
fn close(sheet: &mut Sheet, error: &XlsxError) -> Result<(), WorkbookError> {
    tracing::info!(sheet = %sheet.name, %error, "a sheet cannot be read");
    sheet.cells.clear();
    sheet.closed = Some("工作表已损坏，未读取");
    Ok(())
}

/// What is kept of a value; `None` for a blank one.
fn keep(value: &DataRef<'_>, percent: bool) -> Option<Cell> {
    let text = |text: &str| (!text.trim().is_empty()).then(|| Cell::Text(text.chars().take(MAX_TEXT).collect()));
    match value {
        DataRef::Empty => None,
        DataRef::String(value) => text(value),
        DataRef::SharedString(value) => text(value),
        DataRef::Int(value) => Some(number(&value.to_string(), percent)),
        DataRef::Float(value) if value.is_finite() => Some(number(&value.to_string(), percent)),
        DataRef::Float(value) => Some(Cell::Other(value.to_string())),
        DataRef::Bool(value) => Some(Cell::Other(if *value { "TRUE" } else { "FALSE" }.to_owned())),
        DataRef::DateTime(value) => Some(Cell::Other(format!("日期 {}", day::shown(value)))),
        DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => Some(Cell::Other(format!("日期 {value}"))),
        DataRef::Error(value) => Some(Cell::Other(value.to_string())),
    }
}

/// A number as the sheet shows it: 0.065 under a percent format is `6.5%`.
fn number(text: &str, percent: bool) -> Cell {
    let hundredfold = decimal::parse(text).ok().and_then(|value| value.checked_mul(Decimal::ONE_HUNDRED)).filter(|_| percent);
    hundredfold.map_or_else(|| Cell::Number(text.to_owned()), |value| Cell::Text(format!("{}%", value.normalize())))
}

/// True where a number format multiplies by 100: it has a per-cent sign that is neither quoted nor escaped.
fn shows_percent(format: &str) -> bool {
    let outside_quotes = format.split('"').step_by(2);
    outside_quotes.map(|part| part.replace("\\%", "")).any(|part| part.contains('%'))
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
    use proptest::prelude::*;
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

    #[rstest]
    #[case("0.0%", true)]
    #[case("0.0\"%\"", false)]
    #[case("0.0\\%", false)]
    #[case("0.0_ ", false)]
    fn percent_formats_are_known(#[case] format: &str, #[case] percent: bool) {
        assert_eq!(shows_percent(format), percent);
    }

    #[test]
    fn what_is_no_workbook_is_an_error() {
        assert!(matches!(open(b"division,indicator"), Err(WorkbookError::Archive(_))));
        assert!(matches!(open(&vec![0; MAX_FILE + 1]), Err(WorkbookError::TooLarge(_))));
    }

    #[test]
    fn a_bomb_is_refused_by_what_it_unpacks_to() {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
        io::copy(&mut io::repeat(b' ').take(MAX_UNPACKED + 1), &mut writer).unwrap();
        let bomb = writer.finish().unwrap().into_inner();
        assert!(bomb.len() < 1 << 20);
        assert!(matches!(open(&bomb), Err(WorkbookError::TooLarge(_))));
    }

    #[test]
    fn far_cells_cost_nothing_and_are_counted() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "近").unwrap().write(1_048_575, 16_383, "远").unwrap();
        let read = open(&book.save_to_buffer().unwrap()).unwrap();
        assert_eq!(read.sheets[0].cells, BTreeMap::from([((0, 0), Cell::Text("近".to_owned()))]));
        assert_eq!(read.sheets[0].beyond, 1);
    }

    proptest! {
        #[test]
        fn never_panics_on_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = open(&bytes);
        }

        #[test]
        fn never_panics_on_a_damaged_workbook(at in 0_usize..9_000, byte: u8, cut in 0_usize..9_000) {
            let mut book = rust_xlsxwriter::Workbook::new();
            book.add_worksheet().write(0, 0, "地区生产总值").unwrap();
            let mut bytes = book.save_to_buffer().unwrap();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = open(&bytes);
            bytes.truncate(cut % bytes.len());
            let _ = open(&bytes);
        }
    }
}
