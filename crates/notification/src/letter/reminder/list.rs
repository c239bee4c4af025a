//! The attached workbook of a reminder: every indicator and county that is missing.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::Reminder;
use crate::letter::{Attachment, workbook};

/// Headings with their widths in characters.
const COLUMNS: [(&str, f64); 6] =
    [("指标", 30.0), ("单位", 10.0), ("市（地）", 18.0), ("县（市、区）", 18.0), ("行政区划代码", 14.0), ("注", 60.0)];

/// Writes a row for each, in the round's order.
///
/// # Errors
/// A text longer than a cell holds; what was checked on the way in is shorter.
pub fn write(reminder: &Reminder<'_>) -> Result<Attachment, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&workbook::properties(reminder.number, reminder.issuer, reminder.day())?);
    let sheet = book.add_worksheet();
    sheet.set_name(if reminder.round.simulated { "缺报（模拟数据）" } else { "缺报" })?;
    workbook::headings(sheet, &COLUMNS)?;
    for (row, finding) in (1..).zip(reminder.missing) {
        let texts = [
            &finding.indicator_name,
            &finding.unit,
            &finding.prefecture_name,
            &finding.division_name,
            &finding.division_code,
            &finding.note,
        ];
        for (column, text) in (0..).zip(texts) {
            sheet.write_string(row, column, text)?;
        }
    }
    Ok(Attachment { name: workbook::name(reminder.number), bytes: book.save_to_buffer()? })
}
