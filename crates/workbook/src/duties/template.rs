//! The workbook that an agency fills in, and the same with example rows.

use leitai_domain::{
    plan::{Plan, Scope},
    responsibility::row::Column,
};
use rust_xlsxwriter::{DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::MAX_ROWS;

/// Example rows for the simulated province, CSV with the template's headings. Every measure, agency's deed and name in it is made up.
pub const EXAMPLE_CSV: &str = include_str!("example.csv");
/// The sheet that is read.
pub const SHEET: &str = "责任清单";
/// Rows whose targets can be chosen from a list.
const CHOSEN_ROWS: u32 = 1_000;

/// Writes the template for a plan, with rows or without. `title` stands above the headings. The same plan gives the same bytes.
///
/// # Errors
/// A text longer than a cell holds.
pub fn write(plan: &Plan, title: &str, rows: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The library's own default for the time of creation is the clock.
    let created = ExcelDateTime::from_ymd(u16::try_from(plan.year).unwrap_or(1900), 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&created));
    let indicators = indicators(plan);
    list(book.add_worksheet(), title, rows.get(..MAX_ROWS).unwrap_or(rows), indicators.len())?;
    notes(book.add_worksheet(), &indicators)?;
    book.save_to_buffer()
}

/// The example's rows, without its headings.
///
/// # Errors
/// Only where the shipped text was damaged.
pub fn example() -> Result<Vec<Vec<String>>, csv::Error> {
    let mut reader = csv::Reader::from_reader(EXAMPLE_CSV.as_bytes());
    reader.records().map(|record| Ok(record?.iter().map(str::to_owned).collect())).collect()
}

/// Name, scope in Chinese, unit.
fn indicators(plan: &Plan) -> Vec<[String; 3]> {
    let targets = plan.indicators.iter().filter(|indicator| indicator.target.is_some());
    let scope = |scope: Scope| if scope == Scope::Province { "省级" } else { "县级" };
    targets.map(|indicator| [indicator.name.clone(), scope(indicator.scope).to_owned(), indicator.unit.clone()]).collect()
}

fn list(sheet: &mut Worksheet, title: &str, rows: &[Vec<String>], indicators: usize) -> Result<(), XlsxError> {
    let heading = Format::new().set_bold().set_align(FormatAlign::Center).set_background_color("EEF1F5").set_border(FormatBorder::Thin);
    let body = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_border(FormatBorder::Thin);
    sheet.set_name(SHEET)?.write_string_with_format(0, 0, title, &Format::new().set_bold().set_font_size(14))?;
    for (at, column) in (0..).zip(Column::ALL) {
        sheet.write_string_with_format(1, at, column.heading(), &heading)?.set_column_width(at, width(column))?;
    }
    for (row, cells) in (2..).zip(rows) {
        for (at, text) in (0..).zip(cells) {
            sheet.write_string_with_format(row, at, text, &body)?;
        }
    }
    if let Some(at) = (0..).zip(Column::ALL).find_map(|(at, column)| (column == Column::Target).then_some(at)) {
        let names = format!("='填写说明'!$A${}:$A${}", FIRST_INDICATOR + 1, FIRST_INDICATOR as usize + indicators);
        sheet.add_data_validation(2, at, CHOSEN_ROWS + 1, at, &DataValidation::new().allow_list_formula(names.as_str().into()))?;
    }
    sheet.set_freeze_panes(2, 0)?.set_repeat_rows(1, 1)?.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Row of the first indicator's name on the sheet of notes, from 0.
const FIRST_INDICATOR: u32 = 16;

fn notes(sheet: &mut Worksheet, indicators: &[[String; 3]]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    sheet.set_name("填写说明")?.set_column_width(0, 40)?.set_column_width(1, 70)?;
    sheet.write_string_with_format(0, 0, "列", &bold)?.write_string_with_format(0, 1, "怎么填", &bold)?;
    for (row, column) in (1..).zip(Column::ALL) {
        sheet.write_string(row, 0, column.heading())?.write_string(row, 1, note(column))?;
    }
    let blank = "目标、项目等几行相同时可以合并单元格；未合并的空白格按未填处理。列的先后可以变，列名不能变，不能增加其他列。";
    sheet.write_string(FIRST_INDICATOR - 3, 0, "空白格")?.write_string(FIRST_INDICATOR - 3, 1, blank)?;
    for (at, text) in (0..).zip(["本方案的指标", "层级", "单位"]) {
        sheet.write_string_with_format(FIRST_INDICATOR - 1, at, text, &bold)?;
    }
    for (row, texts) in (FIRST_INDICATOR..).zip(indicators) {
        for (at, text) in (0..).zip(texts) {
            sheet.write_string(row, at, text)?;
        }
    }
    Ok(())
}

/// Characters.
fn width(column: Column) -> f64 {
    match column {
        Column::Number => 6.0,
        Column::Code | Column::Leader => 10.0,
        Column::Division | Column::Post | Column::Due => 16.0,
        Column::Target | Column::Owner | Column::CoOwners | Column::Note => 24.0,
        Column::Project => 28.0,
        Column::Measure => 48.0,
    }
}

fn note(column: Column) -> &'static str {
    match column {
        Column::Number => "可不填，只表示先后。",
        Column::Code => "可不填。填了编号，改措施文字仍是同一条措施；不填，改了文字就是另一条措施。",
        Column::Target => "本方案的指标，写名称或编码。",
        Column::Division => "县（市、区）或市（地）的名称或六位代码；省级任务留空。",
        Column::Project => "落实目标的项目。",
        Column::Measure => "具体措施，一条一行，不超过400字。",
        Column::Owner => "一个单位。由它报进展、报完成、提困难问题。",
        Column::CoOwners => "可不填；几个单位以、分开。可以报进展，不能报完成。",
        Column::Leader => "只写姓名，不写电话和证件号码。",
        Column::Post => "牵头领导的职务。",
        Column::Due => "日期，或写作2025年9月底、9月末前、2025-09-30；“前”含当日。",
        Column::Note => "可不填。",
    }
}
