//! Dates in cells: a spreadsheet holds them as numbers of days, and shows them as days.

use calamine::ExcelDateTime;

use crate::open::Cell;

/// The day of a spreadsheet's date, `2025-09-30`; the bare number of a span of time.
#[must_use]
pub fn shown(value: &ExcelDateTime) -> String {
    if value.is_duration() {
        return value.to_string();
    }
    let (year, month, day, ..) = value.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

/// The day of a date cell, `2025-09-30`; `None` for every other cell.
#[must_use]
pub fn of(cell: &Cell) -> Option<&str> {
    let Cell::Other(text) = cell else { return None };
    let day = text.strip_prefix("日期 ")?.split(['T', ' ']).next()?;
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = day.splitn(3, '-');
    let whole = [4, 2, 2].into_iter().all(|count| parts.next().is_some_and(|part| digits(part, count)));
    whole.then_some(day)
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::Format;

    use super::*;
    use crate::open::open;

    #[test]
    fn a_date_cell_shows_its_day() {
        let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2025, 9, 30).unwrap();
        let mut book = rust_xlsxwriter::Workbook::new();
        let format = |text: &str| Format::new().set_num_format(text);
        let sheet = book.add_worksheet();
        sheet.write_datetime_with_format(0, 0, day, &format("yyyy\"年\"m\"月\"d\"日\"")).unwrap();
        sheet.write_number_with_format(0, 1, 1.5, &format("[hh]:mm")).unwrap().write_number(0, 2, 45_930).unwrap();
        let cells = &open(&book.save_to_buffer().unwrap()).unwrap().sheets[0].cells;
        assert_eq!(cells.values().map(of).collect::<Vec<_>>(), [Some("2025-09-30"), None, None]);
        assert_eq!(cells[&(0, 0)].shown(), "日期 2025-09-30");
    }
}
