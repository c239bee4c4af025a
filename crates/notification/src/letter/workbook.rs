//! The attached workbook: every row of a letter, numbers as numbers. The same letter gives the same bytes.

use leitai_domain::decimal::{fixed, from_micros};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};
use time::Date;

use super::{
    Draft, Number, figures,
    sections::{by_indicator, worst_first},
};
use crate::round::Finding;

/// Headings with their widths in characters.
const COLUMNS: [(&str, f64); 15] = [
    ("指标", 30.0),
    ("单位", 10.0),
    ("县（市、区）", 18.0),
    ("行政区划代码", 14.0),
    ("年度目标", 14.0),
    ("序时应达", 10.0),
    ("实际", 10.0),
    ("差距", 10.0),
    ("位次", 8.0),
    ("参加排位", 10.0),
    ("连续落后起始", 16.0),
    ("连续期数", 10.0),
    ("后续需达", 10.0),
    ("后续需达单位", 14.0),
    ("注", 60.0),
];

/// A file beside the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// `县调督〔2025〕12号-明细.xlsx`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The name of a letter's workbook, without characters that a file name must not have.
pub fn name(number: &Number) -> String {
    format!("{number}-明细.xlsx").replace(['/', '\\', ':', '*', '?', '"', '<', '>', '|'], "_")
}

/// Writes a letter's rows: by indicator in the round's order, worst gap first.
///
/// # Errors
/// A text longer than a cell holds; what was checked on the way in is shorter.
pub fn write(draft: &Draft<'_>, issued: Date) -> Result<Attachment, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(draft.number, draft.issuer, issued)?);
    let sheet = workbook.add_worksheet();
    sheet.set_name(if draft.simulated() { "明细（模拟数据）" } else { "明细" })?;
    headings(sheet, &COLUMNS)?;
    let groups = by_indicator(&draft.parcel.findings);
    let rows = groups.iter().flat_map(|group| worst_first(group));
    for (row, finding) in (1..).zip(rows) {
        line(sheet, row, finding, draft)?;
    }
    Ok(Attachment { name: name(draft.number), bytes: workbook.save_to_buffer()? })
}

/// The library's own default for the time of creation is the clock.
pub(super) fn properties(number: &Number, issuer: &str, issued: Date) -> Result<DocProperties, XlsxError> {
    let created = ExcelDateTime::from_ymd(u16::try_from(issued.year()).unwrap_or(1900), issued.month().into(), issued.day())?;
    Ok(DocProperties::new().set_title(number.to_string()).set_author(issuer).set_creation_datetime(&created))
}

/// The first row, which stays in view and is printed on every page.
pub(super) fn headings(sheet: &mut Worksheet, columns: &[(&str, f64)]) -> Result<(), XlsxError> {
    let heading =
        Format::new().set_bold().set_align(FormatAlign::Center).set_background_color("EEF1F5").set_border_bottom(FormatBorder::Thin);
    for (column, (text, width)) in (0..).zip(columns) {
        sheet.write_string_with_format(0, column, *text, &heading)?.set_column_width(column, *width)?;
    }
    sheet.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

fn line(sheet: &mut Worksheet, row: u32, finding: &Finding, draft: &Draft<'_>) -> Result<(), XlsxError> {
    let decimals = figures::decimals(finding);
    let texts = [
        (0, finding.indicator_name.clone()),
        (1, finding.unit.clone()),
        (2, finding.division_name.clone()),
        (3, finding.division_code.clone()),
        (4, finding.target_text.clone()),
        (10, finding.behind_since.map(|since| since.chinese()).unwrap_or_default()),
        (14, remarks(finding)),
    ];
    for (column, text) in texts {
        sheet.write_string(row, column, text)?;
    }
    amount(sheet, row, 5, finding.expected, decimals)?;
    amount(sheet, row, 6, finding.actual, decimals)?;
    amount(sheet, row, 7, finding.gap, decimals)?;
    if let Some(rank) = finding.rank {
        sheet.write_number(row, 8, rank)?.write_number(row, 9, finding.ranked_count)?;
    }
    if let Some(history) = draft.histories.of(finding).filter(|history| history.periods > 0) {
        sheet.write_number(row, 11, history.periods)?;
    }
    if let Some((value, decimals, needed)) = figures::needed(finding, draft.round.period) {
        amount(sheet, row, 12, Some(value), decimals)?;
        sheet.write_string(row, 13, &needed.unit)?;
    }
    Ok(())
}

/// A number as the letter prints it, shown with its decimals.
fn amount(sheet: &mut Worksheet, row: u32, column: u16, micros: Option<i64>, decimals: u32) -> Result<(), XlsxError> {
    let Some(micros) = micros else { return Ok(()) };
    let printed = fixed(from_micros(micros), decimals);
    let format = Format::new().set_num_format(match decimals {
        0 => "0".to_owned(),
        places => format!("0.{}", "0".repeat(places as usize)),
    });
    match printed.parse::<f64>() {
        Ok(number) => sheet.write_number_with_format(row, column, number, &format)?,
        Err(_) => sheet.write_string(row, column, printed)?,
    };
    Ok(())
}

fn remarks(finding: &Finding) -> String {
    let assumed = finding.still_needed.as_ref().is_some_and(|needed| needed.share_assumed);
    let assumed = assumed.then(|| "后续需达按各月均摊假定推算".to_owned());
    let simulated = finding.simulated.then(|| "模拟数据".to_owned());
    figures::remarks(finding).chain(assumed).chain(simulated).collect::<Vec<_>>().join("；")
}
