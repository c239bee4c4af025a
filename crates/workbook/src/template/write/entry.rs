//! An entry sheet: headings, codes, what was known, and the cells to fill.

use leitai_domain::decimal::{Decimal, fixed};
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DataValidationRule, Format, Formula, IgnoreError, Note, ProtectionOptions, Worksheet,
    XlsxError,
};

use super::{
    super::form::{Asked, Form, Question},
    super::grid::{Grid, Rows},
    column,
    look::Look,
};
use crate::open::cell_name;

/// The row of the codes; above it the title, two remarks and two rows of headings.
const CODES: u32 = 5;
/// The first row to fill.
const FIRST: u32 = CODES + 1;
/// Longest note, characters.
const NOTE: u32 = 200;
/// Longest comment on a cell, characters.
const COMMENT: usize = 1_000;
/// Chinese characters on a line of a comment, which is as wide.
const COMMENT_LINE: usize = 22;

/// Said on every sheet of a form that has findings; the guide says it in full.
const MARKED: &str = "橙色格有批注，请先核对。";

type Written = Result<(), XlsxError>;

/// Writes a grid.
pub fn write(sheet: &mut Worksheet, form: &Form, grid: &Grid<'_>, look: &Look) -> Written {
    let last = match grid.rows {
        Rows::Places => places(sheet, form, grid, look)?,
        Rows::Questions => questions(sheet, form, grid, look)?,
    };
    head(sheet, form, grid, look)?;
    page(sheet, grid, last)
}

fn head(sheet: &mut Worksheet, form: &Form, grid: &Grid<'_>, look: &Look) -> Written {
    sheet.write_string_with_format(0, 0, form.title(), &look.title)?.set_row_height(0, 26)?;
    sheet.write_string_with_format(1, 0, form.subtitle(), &look.remark)?;
    let remark = "只填浅黄色格：填数字，不写单位；没有这个数填“—”；留空表示本次不报。灰色为上期已报数，供对照。见“填报说明”。";
    let marked = if form.findings.is_empty() { "" } else { MARKED };
    sheet.write_string_with_format(2, 0, format!("{marked}{remark}"), &look.remark)?;
    sheet.write_string_with_format(CODES, 0, &grid.mark, &look.code)?.set_row_height(CODES, 9)?;
    sheet.set_row_height(CODES - 2, 32)?.set_row_height(CODES - 1, 30)?;
    Ok(())
}

/// Protection without a password, and how it is printed.
fn page(sheet: &mut Worksheet, grid: &Grid<'_>, last: u16) -> Written {
    let rows = match grid.rows {
        Rows::Places => grid.places.len(),
        Rows::Questions => grid.questions.len(),
    };
    let bottom = FIRST + u32::try_from(rows).unwrap_or(u32::MAX - FIRST).saturating_sub(1);
    let options = ProtectionOptions { format_columns: true, format_rows: true, use_autofilter: true, ..ProtectionOptions::new() };
    sheet.protect_with_options(&options);
    sheet.set_freeze_panes(FIRST, 3)?.set_repeat_rows(CODES - 2, CODES)?.set_print_area(0, 0, bottom, last)?;
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_print_center_horizontally(true);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3).set_footer("&C第&P页 共&N页&R&A");
    sheet.ignore_error_range(FIRST, 0, bottom, 0, IgnoreError::NumberStoredAsText)?;
    Ok(())
}

/// Counties as rows, two columns an indicator; answers with the last column.
fn places(sheet: &mut Worksheet, form: &Form, grid: &Grid<'_>, look: &Look) -> Result<u16, XlsxError> {
    labels(sheet, look, &[(0, "代码", "", 8.0), (1, "市（地）", column::PREFECTURE, 13.0), (2, "县（市、区）", column::NAME, 19.0)])?;
    for (row, place) in (FIRST..).zip(&grid.places) {
        sheet.write_string_with_format(row, 0, &place.code, &look.row_code)?;
        sheet.write_string_with_format(row, 1, &place.prefecture, &look.name)?;
        sheet.write_string_with_format(row, 2, &place.name, &look.name)?;
    }
    let mut at = 3;
    for question in &grid.questions {
        pair(sheet, form, grid, question, at, look)?;
        at += 2;
    }
    labels(sheet, look, &[(at, "说明", column::NOTE, 26.0)])?;
    notes(sheet, grid.places.len(), at, look)?;
    Ok(at)
}

/// An indicator's two columns: what was in force before, and what is to be filled.
fn pair(sheet: &mut Worksheet, form: &Form, grid: &Grid<'_>, question: &Question, at: u16, look: &Look) -> Written {
    sheet.merge_range(CODES - 2, at, CODES - 2, at + 1, &question.heading(), &look.heading)?;
    let before = question.previous.map(|period| format!("上期\n{}", question.when(period))).unwrap_or_else(|| "上期\n（无）".to_owned());
    sheet.write_string_with_format(CODES - 1, at, before, &look.heading)?;
    sheet.write_string_with_format(CODES - 1, at + 1, format!("本期\n{}", question.when(form.period)), &look.heading)?;
    sheet.write_string_with_format(CODES, at, column::PREVIOUS, &look.code)?;
    sheet.write_string_with_format(CODES, at + 1, &question.id, &look.code)?;
    sheet.set_column_width(at, 12)?.set_column_width(at + 1, 13)?;
    for (row, place) in (FIRST..).zip(&grid.places) {
        cells(sheet, (row, at), question, form.asked(place, question), look)?;
        mark(sheet, (row, at + 1), question, form.finding(place, question), look)?;
    }
    let bottom = FIRST + u32::try_from(grid.places.len()).unwrap_or(1).saturating_sub(1);
    sheet.add_data_validation(FIRST, at + 1, bottom, at + 1, &validation(question, (FIRST, at + 1))?)?;
    Ok(())
}

/// What was in force, and beside it the cell to fill, or one where nothing is asked.
fn cells(sheet: &mut Worksheet, (row, at): (u32, u16), question: &Question, asked: Option<Asked>, look: &Look) -> Written {
    let Some(asked) = asked else {
        sheet.write_blank(row, at, &look.closed)?.write_blank(row, at + 1, &look.closed)?;
        return Ok(());
    };
    value(sheet, (row, at), asked.previous, question, &look.known(question.decimals))?;
    value(sheet, (row, at + 1), asked.current, question, &look.entry(question.decimals))
}

/// A cell that needs a word or another number: in another colour, with what was found as its comment.
fn mark(sheet: &mut Worksheet, (row, at): (u32, u16), question: &Question, finding: Option<&str>, look: &Look) -> Written {
    let Some(finding) = finding else { return Ok(()) };
    let text = short(finding, COMMENT);
    let lines: usize = text.lines().map(|line| line.chars().count() / COMMENT_LINE + 1).sum();
    let height = u32::try_from(lines).unwrap_or(1).saturating_mul(18).saturating_add(12);
    let note = Note::new(text).add_author_prefix(false).set_font_name("宋体").set_font_size(10).set_width(320).set_height(height);
    sheet.set_cell_format(row, at, &look.marked(question.decimals))?.insert_note(row, at, &note)?;
    Ok(())
}

fn value(sheet: &mut Worksheet, (row, at): (u32, u16), value: Option<Decimal>, question: &Question, format: &Format) -> Written {
    let Some(value) = value else {
        sheet.write_blank(row, at, format)?;
        return Ok(());
    };
    // A binary number of up to 15 digits reads back as the same decimal; a longer one is written as text.
    let exact = fixed(value, value.normalize().scale().max(question.decimals));
    let number = exact.parse::<f64>().ok().filter(|_| value.normalize().mantissa().unsigned_abs() < 1_000_000_000_000_000);
    match number {
        Some(number) => sheet.write_number_with_format(row, at, number, format)?,
        None => sheet.write_string_with_format(row, at, exact, format)?,
    };
    Ok(())
}

/// Indicators as rows for one place; answers with the last column.
fn questions(sheet: &mut Worksheet, form: &Form, grid: &Grid<'_>, look: &Look) -> Result<u16, XlsxError> {
    let Some(place) = grid.places.first() else { return Ok(0) };
    let entry = format!("本期数\n{}", form.period.chinese());
    let heads = [
        (0, "指标代码", "", 14.0),
        (1, "指标", column::NAME, 42.0),
        (2, "单位", column::UNIT, 10.0),
        (3, "小数位", column::PLACES, 9.0),
        (4, "本期时期", column::PERIOD, 16.0),
        (5, "上期时期", column::PREVIOUS_PERIOD, 16.0),
        (6, "上期数", column::PREVIOUS, 14.0),
        (7, entry.as_str(), place.code.as_str(), 16.0),
        (8, "说明", column::NOTE, 40.0),
    ];
    labels(sheet, look, &heads)?;
    for (row, question) in (FIRST..).zip(&grid.questions) {
        let before = question.previous.map(|period| question.when(period)).unwrap_or_default();
        let texts = [&question.name, &question.unit, &question.places(), &question.when(form.period), &before];
        sheet.write_string_with_format(row, 0, &question.id, &look.row_code)?;
        for (at, text) in (1..).zip(texts) {
            sheet.write_string_with_format(row, at, text, &look.name)?;
        }
        cells(sheet, (row, 6), question, form.asked(place, question), look)?;
        mark(sheet, (row, 7), question, form.finding(place, question), look)?;
        sheet.add_data_validation(row, 7, row, 7, &validation(question, (row, 7))?)?;
    }
    notes(sheet, grid.questions.len(), 8, look)?;
    Ok(8)
}

/// Headings of columns over both heading rows, with the word or code under them, and their widths.
fn labels(sheet: &mut Worksheet, look: &Look, labels: &[(u16, &str, &str, f64)]) -> Written {
    for (at, heading, code, width) in labels {
        sheet.merge_range(CODES - 2, *at, CODES - 1, *at, heading, &look.heading)?;
        sheet.write_string_with_format(CODES, *at, *code, &look.code)?.set_column_width(*at, *width)?;
    }
    Ok(())
}

fn notes(sheet: &mut Worksheet, rows: usize, at: u16, look: &Look) -> Written {
    let bottom = FIRST + u32::try_from(rows).unwrap_or(1).saturating_sub(1);
    for row in FIRST..=bottom {
        sheet.write_blank(row, at, &look.note)?;
    }
    let rule = DataValidation::new()
        .allow_text_length(DataValidationRule::LessThanOrEqualTo(NOTE))
        .set_input_title("说明")?
        .set_input_message("数值变动大、与上期或上年口径不同、缺数等情况，请在此写明原因。")?
        .set_error_title("说明太长")?
        .set_error_message(format!("请写在{NOTE}字以内。"))?;
    sheet.add_data_validation(FIRST, at, bottom, at, &rule)?;
    Ok(())
}

/// A number within bounds, or a dash. Excel's own rule for decimals would refuse the dash.
fn validation(question: &Question, (row, at): (u32, u16)) -> Result<DataValidation, XlsxError> {
    let cell = cell_name((row, at.into()));
    let range = question.range;
    let whole = if range.whole { format!(",{cell}=INT({cell})") } else { String::new() };
    let number = format!("IF(ISNUMBER({cell}),AND({cell}>={},{cell}<={}{whole}),FALSE)", range.least, range.most);
    let rule = Formula::new(format!("=OR({cell}=\"—\",{cell}=\"-\",{number})"));
    let wanted = format!("应填{}（{}）；没有这个数填“—”，本次不报则留空。", range.chinese(), question.unit);
    DataValidation::new()
        .allow_custom(rule)
        .set_input_title(short(&question.name, 32))?
        .set_input_message(short(&format!("单位：{}，{}。{wanted}", question.unit, question.places()), 255))?
        .set_error_title("数值不符合要求")?
        .set_error_message(short(&wanted, 255))
        .map(|rule| rule.set_error_style(DataValidationErrorStyle::Stop))
}

/// Excel's bounds on the texts of a rule.
fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
