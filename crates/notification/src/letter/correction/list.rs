//! The attached workbook of a correction: every figure that reads otherwise, a line each.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::{Correction, case_words, since, submitter};
use crate::letter::{Attachment, figures, workbook};

/// Headings with their widths in characters.
const COLUMNS: [(&str, f64); 10] = [
    ("指标", 30.0),
    ("单位", 10.0),
    ("县（市、区）", 18.0),
    ("行政区划代码", 14.0),
    ("项目", 12.0),
    ("原列", 20.0),
    ("应为", 20.0),
    ("更正数据生效日", 18.0),
    ("报送单位", 24.0),
    ("督办件状态", 18.0),
];

/// Writes a row for each figure, in the letter's order.
///
/// # Errors
/// A text longer than a cell holds; what was checked on the way in is shorter.
pub fn write(correction: &Correction<'_>) -> Result<Attachment, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&workbook::properties(correction.number, correction.issuer, correction.day())?);
    let sheet = book.add_worksheet();
    sheet.set_name(if correction.simulated() { "更正（模拟数据）" } else { "更正" })?;
    workbook::headings(sheet, &COLUMNS)?;
    let lines = correction.entries.iter().flat_map(|entry| entry.item.lines.iter().map(move |line| (entry, line)));
    for (row, (entry, line)) in (1..).zip(lines) {
        let now = &entry.item.now;
        let texts = [
            now.indicator_name.clone(),
            now.unit.clone(),
            now.division_name.clone(),
            now.division_code.clone(),
            line.field.chinese().to_owned(),
            line.told.clone(),
            line.right.clone(),
            since(entry.item).map(figures::day).unwrap_or_default(),
            submitter(entry.item).unwrap_or_default().to_owned(),
            entry.case.map(case_words).unwrap_or_default().to_owned(),
        ];
        for (column, text) in (0..).zip(texts) {
            sheet.write_string(row, column, text)?;
        }
    }
    Ok(Attachment { name: workbook::name(correction.number), bytes: book.save_to_buffer()? })
}
