//! A responsibility list (责任清单) as a workbook: headings in any order, dates as dates or as words, merged cells for what several rows share.
//!
//! A blank cell means the same as above only inside a merged range; anywhere else it is blank. Nothing is skipped in silence: a heading that
//! no list has and a cell beside the table are faults.

mod heading;
mod sheet;
pub mod template;

use leitai_domain::responsibility::row::{Fault, Row};

use self::heading::Headings;
use crate::{
    merged::Ranges,
    open::{self, Sheet, WorkbookError},
};

/// Most rows of a list.
pub const MAX_ROWS: usize = 5_000;

/// What was read of a list, and what is wrong with it so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// In the list's order.
    pub rows: Vec<Row>,
    /// Chinese. The rows that they are about may be among the rows.
    pub faults: Vec<Fault>,
    /// True where no table was found, so that nothing can be said of its rows.
    pub no_table: bool,
}

/// Reads the sheet with this name, or the only one with a list's headings where `name` is empty.
///
/// # Errors
/// [`WorkbookError`] where the file is unreadable as a whole or over a bound.
pub fn read(content: &[u8], name: &str) -> Result<Read, WorkbookError> {
    let book = open::open(content)?;
    let mut ranges = Ranges::open(content)?;
    let found = match chosen(&book.sheets, name) {
        Ok(found) => found,
        Err(fault) => return Ok(Read { faults: vec![fault], no_table: true, ..Read::default() }),
    };
    let (sheet, headings) = found;
    let merged = ranges.of(&sheet.name)?;
    let (rows, faults) = sheet::rows(sheet, &headings, &merged);
    Ok(Read { rows, no_table: headings.lack_columns(), faults: headings.faults.into_iter().chain(faults).collect() })
}

/// The sheet to read with its headings.
fn chosen<'a>(sheets: &'a [Sheet], name: &str) -> Result<(&'a Sheet, Headings), Fault> {
    let fault = |found: String, expected: String| Fault { place: "工作簿".to_owned(), column: String::new(), found, expected };
    let names = |sheets: &[&Sheet]| sheets.iter().map(|sheet| sheet.name.trim()).collect::<Vec<_>>().join("、");
    let visible: Vec<_> = sheets.iter().filter(|sheet| sheet.closed.is_none()).collect();
    let wanted = |sheet: &&Sheet| name.is_empty() || sheet.name.trim() == name.trim();
    let named: Vec<_> = visible.iter().copied().filter(wanted).collect();
    if named.is_empty() {
        return Err(fault(format!("没有可读的工作表「{name}」"), format!("其中之一：{}", names(&visible))));
    }
    let mut lists: Vec<_> = named.iter().filter_map(|sheet| Some((*sheet, heading::find(sheet)?))).collect();
    match (lists.len(), lists.pop()) {
        (1, Some(list)) => Ok(list),
        (0, _) => {
            Err(fault(format!("工作表{}中没有责任清单的表头", names(&named)), format!("前20行内有一行表头，含{}", heading::required())))
        }
        (_, last) => {
            let all: Vec<_> = lists.iter().map(|(sheet, _)| *sheet).chain(last.map(|(sheet, _)| sheet)).collect();
            Err(fault(format!("几个工作表都有责任清单的表头：{}", names(&all)), "写明读哪一个工作表".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests;
