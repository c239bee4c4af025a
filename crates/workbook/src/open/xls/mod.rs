//! `.xls`: the BIFF8 records of Excel 97 to 2003, MS-XLS.
//!
//! Calamine reads this format too, but makes room for as many cells as a file states, reads no number formats (6.5% comes out as 0.065), and
//! panics on records that are cut short. This reader takes the few records that hold cells, and each within its bytes.

mod cells;
mod globals;
mod record;
mod strings;

use super::{
    Cell, Formula, Sheet, Workbook, WorkbookError,
    container::Container,
    format::{self, Shown},
    sheet::{Budget, MAX_CELLS, check_sheets},
};

use self::{globals::Globals, record::Records};

pub(super) fn read(content: &[u8]) -> Result<Workbook, WorkbookError> {
    let mut container = Container::open(content)?;
    let name = if container.has("/Workbook") { "/Workbook" } else { "/Book" };
    let stream = container.stream(name)?;
    drop(container);
    let globals = Globals::read(&stream)?;
    check_sheets(globals.tabs.len())?;
    // Sheets stand one behind the other, so that all together have no more bytes than the stream, however often it is named.
    let (mut budget, mut left) = (Budget::default(), stream.len());
    let sheets = globals.tabs.iter().map(|tab| {
        let mut sheet = Sheet { name: tab.name.clone(), closed: tab.closed, ..Sheet::default() };
        if sheet.is_read() {
            let bytes = stream.get(tab.start..).unwrap_or_default();
            let bytes = bytes.get(..left).unwrap_or(bytes);
            let mut records = Records::of(bytes);
            let filled = cells::fill(&mut sheet, &mut records, &globals, &mut budget);
            left -= bytes.len() - records.left();
            match filled {
                Err(WorkbookError::Damaged(why)) => sheet.close_damaged(&why),
                filled => filled?,
            }
        }
        Ok(sheet)
    });
    Ok(Workbook { sheets: sheets.collect::<Result<_, WorkbookError>>()? })
}

#[cfg(test)]
mod tests;
