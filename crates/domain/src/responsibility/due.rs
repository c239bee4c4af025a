//! Due days as lists write them: `2025-09-30`, `2025年9月30日`, `9月末前`, `2025年底`.
//!
//! 前 counts the day itself in, as 以前 does in law. A day that only names a month, a quarter or no end at all is refused.

use time::{Date, Month, util::days_in_month};

/// Years after the plan's own in which a measure may be due.
const YEARS_AHEAD: i32 = 5;

/// What would be a due day, in Chinese.
pub const EXPECTED: &str = "2025-09-30、2025年9月30日、9月30日前、2025年9月底、9月末前或年底前";

/// Why a text is no due day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueError {
    /// None of the forms.
    Unreadable,
    /// A day that no calendar has.
    NoSuchDay,
    /// Before the plan's year, or more than five years after it.
    OutOfRange,
}

impl DueError {
    /// What would be right, Chinese. `year` is the plan's.
    #[must_use]
    pub fn expected(self, year: i32) -> String {
        match self {
            Self::Unreadable => EXPECTED.to_owned(),
            Self::NoSuchDay => "日历上有的一天".to_owned(),
            Self::OutOfRange => format!("{year}年至{}年之间的一天", year + YEARS_AHEAD),
        }
    }
}

/// The last day of a measure. `year` is the plan's and stands in where the text prints none.
///
/// # Errors
/// [`DueError`]; a day is never guessed.
pub fn parse(text: &str, year: i32) -> Result<Date, DueError> {
    let text = plain(text);
    let (printed, month, day) = parts(&text).ok_or(DueError::Unreadable)?;
    let printed = printed.unwrap_or(year);
    let month = Month::try_from(month).map_err(|_| DueError::NoSuchDay)?;
    let date = match day {
        Day::End => Date::from_calendar_date(printed, month, days_in_month(month, printed)),
        Day::Of(day) => Date::from_calendar_date(printed, month, day),
    };
    let date = date.map_err(|_| DueError::NoSuchDay)?;
    if (year..=year + YEARS_AHEAD).contains(&date.year()) { Ok(date) } else { Err(DueError::OutOfRange) }
}

#[derive(Debug, Clone, Copy)]
enum Day {
    /// The month's last.
    End,
    Of(u8),
}

/// Year where one is printed, month, day.
fn parts(text: &str) -> Option<(Option<i32>, u8, Day)> {
    if let Some(parts) = separated(text) {
        return Some(parts);
    }
    let text = text.strip_suffix('前').unwrap_or(text);
    let (year, rest) = match text.split_once('年') {
        Some(("", rest)) => (None, rest),
        Some((year, rest)) => (Some(number(year, 4)?), rest),
        None => (None, text),
    };
    if text.contains('年') && matches!(rest, "底" | "末") {
        return Some((year, 12, Day::End));
    }
    let (month, day) = rest.split_once('月')?;
    let month = u8::try_from(number(month, 2)?).ok()?;
    let day = match day {
        "底" | "末" => Day::End,
        day => Day::Of(u8::try_from(number(day.strip_suffix(['日', '号'])?, 2)?).ok()?),
    };
    // 年9月 without a year's number is a slip, not a short form.
    (!text.starts_with('年')).then_some((year, month, day))
}

/// `2025-09-30`, with `/` or `.` in place of the dashes.
fn separated(text: &str) -> Option<(Option<i32>, u8, Day)> {
    let mark = ['-', '/', '.'].into_iter().find(|mark| text.contains(*mark))?;
    let [year, month, day] = <[&str; 3]>::try_from(text.split(mark).collect::<Vec<_>>()).ok()?;
    let small = |text| u8::try_from(number(text, 2)?).ok();
    if year.len() == 4 { Some((Some(number(year, 4)?), small(month)?, Day::Of(small(day)?))) } else { None }
}

/// A number of 1 to `most` digits, or exactly four where it is a year.
fn number(text: &str, most: usize) -> Option<i32> {
    let long_enough = text.len() <= most && (most < 4 || text.len() == 4);
    (long_enough && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Without blanks, and with full-width digits as plain ones.
fn plain(text: &str) -> String {
    let narrow = |c: char| match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        '／' => '/',
        '－' => '-',
        other => other,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(narrow).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use time::macros::date;

    use super::*;

    #[rstest]
    #[case("2025-09-30", date!(2025-09-30))]
    #[case("2025/9/30", date!(2025-09-30))]
    #[case("2025.9.30", date!(2025-09-30))]
    #[case("2025年9月30日", date!(2025-09-30))]
    #[case("2025年9月30日前", date!(2025-09-30))]
    #[case("9月15日", date!(2025-09-15))]
    #[case("９月１５日前", date!(2025-09-15))]
    #[case("2025年9月底", date!(2025-09-30))]
    #[case("9月末前", date!(2025-09-30))]
    #[case(" 2 月底 前 ", date!(2025-02-28))]
    #[case("2028年2月末", date!(2028-02-29))]
    #[case("2025年底", date!(2025-12-31))]
    #[case("2026年底前", date!(2026-12-31))]
    #[case("年底前", date!(2025-12-31))]
    fn days_are_read_as_written(#[case] text: &str, #[case] day: Date) {
        assert_eq!(parse(text, 2025), Ok(day));
    }

    #[rstest]
    #[case("2025年9月", DueError::Unreadable)]
    #[case("9月", DueError::Unreadable)]
    #[case("9月中旬", DueError::Unreadable)]
    #[case("三季度末", DueError::Unreadable)]
    #[case("长期坚持", DueError::Unreadable)]
    #[case("", DueError::Unreadable)]
    #[case("45930", DueError::Unreadable)]
    #[case("25-9-30", DueError::Unreadable)]
    #[case("30-9-2025", DueError::Unreadable)]
    #[case("年9月底", DueError::Unreadable)]
    #[case("2025年13月底", DueError::NoSuchDay)]
    #[case("2025年9月31日", DueError::NoSuchDay)]
    #[case("2025-02-29", DueError::NoSuchDay)]
    #[case("2024-09-30", DueError::OutOfRange)]
    #[case("2205-09-30", DueError::OutOfRange)]
    fn what_is_no_day_is_refused(#[case] text: &str, #[case] error: DueError) {
        assert_eq!(parse(text, 2025), Err(error));
    }

    proptest! {
        #[test]
        fn any_text_ends_in_a_day_of_the_range_or_an_error(text in "\\PC{0,12}") {
            if let Ok(day) = parse(&text, 2025) {
                prop_assert!((2025..=2030).contains(&day.year()));
            }
        }

        #[test]
        fn every_day_of_the_year_is_read_in_each_form(ordinal in 1_u16..=365) {
            let day = Date::from_ordinal_date(2025, ordinal).unwrap();
            let (month, of_month) = (u8::from(day.month()), day.day());
            for text in [day.to_string(), format!("2025年{month}月{of_month}日"), format!("{month}月{of_month}日前")] {
                prop_assert_eq!(parse(&text, 2025), Ok(day));
            }
        }
    }
}
