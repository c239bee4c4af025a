//! Days as they are stored and told: `2025-04-01`, in Beijing.

use leitai_domain::calendar::BEIJING;
use time::{Date, OffsetDateTime, Time, format_description::FormatItem, macros::format_description};

const DAY: &[FormatItem<'static>] = format_description!("[year]-[month]-[day]");

/// The day it is in Beijing at a time.
pub fn beijing_day(at: OffsetDateTime) -> Date {
    at.to_offset(BEIJING).date()
}

/// The moment at which a day begins in Beijing.
pub fn begins(day: Date) -> OffsetDateTime {
    day.with_time(Time::MIDNIGHT).assume_offset(BEIJING)
}

/// A day as a text; every day of a plan's year has one.
pub fn text(day: Date) -> String {
    day.format(DAY).unwrap_or_default()
}

/// The day of a text; `None` for none.
pub fn day(text: Option<&str>) -> Option<Date> {
    Date::parse(text?, DAY).ok()
}

/// A day in Chinese: `2025年4月1日`.
pub fn chinese(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), u8::from(day.month()), day.day())
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_day_begins_in_beijing() {
        assert_eq!(beijing_day(datetime!(2025-04-01 15:59:59 UTC)), date!(2025 - 04 - 01));
        assert_eq!(beijing_day(datetime!(2025-04-01 16:00 UTC)), date!(2025 - 04 - 02));
        assert_eq!(begins(date!(2025 - 04 - 02)), datetime!(2025-04-01 16:00 UTC));
    }

    #[test]
    fn texts_are_read_back() {
        assert_eq!(
            (text(date!(2025 - 04 - 01)), day(Some("2025-04-01")), day(None)),
            ("2025-04-01".to_owned(), Some(date!(2025 - 04 - 01)), None)
        );
        assert_eq!(chinese(date!(2025 - 04 - 01)), "2025年4月1日");
    }
}
