//! Opens a file within bounds, and keeps of each sheet only the cells that hold something.
//!
//! What a file is, its content says ([`kind`]); its name must agree. Every format has its own reader: [`xlsx`] over calamine; [`xls`], [`ods`]
//! and [`csv`] read the bytes in one pass into our bounds, because the sizes that a file states are not to be trusted and a percentage must
//! not lose its sign. Whatever a hostile file does, the answer is a workbook or one [`WorkbookError`].

mod container;
mod csv;
pub mod encoding;
mod format;
pub mod kind;
mod ods;
mod parts;
mod sheet;
mod unpack;
mod xls;
mod xlsx;

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::XlsxError;

use self::{
    encoding::TextError,
    kind::{Kind, KindError},
};
pub use self::{
    sheet::{Cell, Formula, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_SHEETS, REMARK, Sheet, Workbook, cell_name},
    unpack::MAX_UNPACKED,
};

/// Largest file, bytes.
pub const MAX_FILE: usize = 16 << 20;

/// Why a file is no workbook of ours.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// Of another type than it says, or than we read.
    #[error(transparent)]
    Kind(#[from] KindError),
    /// The archive is damaged or cut off.
    #[error("the file is a damaged or truncated .xlsx or .ods workbook")]
    Archive(#[from] zip::result::ZipError),
    /// The archive is sound and its workbook is not.
    #[error("the file is no readable .xlsx workbook")]
    Workbook(#[from] XlsxError),
    /// The XML of an `.ods` file is broken.
    #[error("the file is no readable .ods workbook")]
    Ods(#[from] quick_xml::Error),
    /// The container of an `.xls` file is broken.
    #[error("the file is a damaged or truncated .xls workbook")]
    Container(#[source] io::Error),
    /// An `.xls` or `.ods` file breaks its format's rules: which.
    #[error("the workbook is damaged or truncated: {0}")]
    Damaged(&'static str),
    /// Unpacking failed.
    #[error("the file cannot be unpacked")]
    Unpack(#[from] io::Error),
    /// The bytes of a CSV file are no text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A line of a CSV file cannot be read.
    #[error("the file is no readable .csv file")]
    Csv(#[from] ::csv::Error),
    /// Over a bound.
    #[error("the workbook is too large: {0}")]
    TooLarge(String),
    /// Two sheets are one part; no spreadsheet program writes that.
    #[error("two of the workbook's sheets have one part, `{0}`: open it in a spreadsheet program and save it again")]
    SharedPart(String),
    /// The file broke a reader that we rely on.
    #[error("the file is damaged in a way that broke its reader: open it in a spreadsheet program and save it again")]
    Broke,
}

/// Reads every visible worksheet of an `.xlsx`, `.xls`, `.ods` or `.csv` file, by its content.
///
/// # Errors
/// [`WorkbookError`] where the file is unreadable as a whole or over a bound. A single unreadable sheet is closed with the reason.
pub fn open(content: &[u8]) -> Result<Workbook, WorkbookError> {
    check_size(content)?;
    guarded(|| {
        let kind = Kind::of(content)?;
        read(kind, content)
    })
}

/// Like [`open`], for a file whose name must say what its content is.
///
/// # Errors
/// [`KindError::Name`] where it does not, and the errors of [`open`].
pub fn open_named(name: &str, content: &[u8]) -> Result<Workbook, WorkbookError> {
    check_size(content)?;
    guarded(|| {
        let kind = Kind::of_named(name, content)?;
        read(kind, content)
    })
}

fn check_size(content: &[u8]) -> Result<(), WorkbookError> {
    if content.len() <= MAX_FILE {
        return Ok(());
    }
    Err(WorkbookError::TooLarge(format!("{} bytes, at most {MAX_FILE}", content.len())))
}

fn read(kind: Kind, content: &[u8]) -> Result<Workbook, WorkbookError> {
    match kind {
        Kind::Xlsx => xlsx::read(content),
        Kind::Xls => xls::read(content),
        Kind::Ods => ods::read(content),
        Kind::Text => csv::read(content),
    }
}

/// A panic inside a reader is the file's fault, not the server's.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, WorkbookError>) -> Result<T, WorkbookError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(WorkbookError::Broke))
}

#[cfg(test)]
mod tests;
