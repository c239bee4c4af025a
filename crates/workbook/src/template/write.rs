//! The workbook of a form: entry sheets, how to fill them, and the hidden sheet. The same form gives the same bytes.

mod entry;
mod guide;
mod look;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use self::look::Look;
use super::{
    form::Form,
    grid::grids,
    meta::{Meta, SHEET},
};

/// Words above columns that hold no code.
pub(super) mod column {
    /// A row's division or indicator by name.
    pub const NAME: &str = "名称";
    /// The prefecture of a row's division.
    pub const PREFECTURE: &str = "市地";
    /// An indicator's unit.
    pub const UNIT: &str = "单位";
    /// How an indicator is published.
    pub const PLACES: &str = "位数";
    /// What was in force before.
    pub const PREVIOUS: &str = "上期";
    /// Which period that is.
    pub const PREVIOUS_PERIOD: &str = "上期时期";
    /// What a row's number covers.
    pub const PERIOD: &str = "时期";
    /// Words of explanation.
    pub const NOTE: &str = "说明";
}

/// Writes the workbook.
///
/// # Errors
/// A form that asks for nothing, or more cells than a report may have; a text longer than a cell holds.
pub fn write(form: &Form) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&properties(form)?);
    let look = Look::default();
    for grid in grids(form) {
        let sheet = book.add_worksheet();
        sheet.set_name(&grid.name)?;
        entry::write(sheet, form, &grid, &look)?;
    }
    let sheet = book.add_worksheet();
    sheet.set_name("填报说明")?;
    guide::write(sheet, form, &look)?;
    hidden(book.add_worksheet(), form)?;
    book.save_to_buffer()
}

/// The library's own default for the time of creation is the clock; the template's is its period.
fn properties(form: &Form) -> Result<DocProperties, XlsxError> {
    let year = u16::try_from(form.period.year()).unwrap_or(1949);
    let created = ExcelDateTime::from_ymd(year, form.period.month(), 1)?;
    Ok(DocProperties::new().set_title(form.title()).set_author(&form.agency).set_creation_datetime(&created))
}

fn hidden(sheet: &mut Worksheet, form: &Form) -> Result<(), XlsxError> {
    sheet.set_name(SHEET)?.set_hidden(true).protect();
    // As text: a code must come back as it was written.
    let text = Format::new().set_num_format("@");
    for (row, line) in (0..).zip(Meta::of(form).lines()) {
        for (column, field) in (0..).zip(line) {
            sheet.write_string_with_format(row, column, field, &text)?;
        }
    }
    Ok(())
}
