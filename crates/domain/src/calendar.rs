//! Working days: Monday to Friday but for days off, and the Saturdays and Sundays that are worked in their place (调休上班).
//!
//! Both follow from a notice of the State Council that comes once a year, so a day of a year whose notice is not known is never guessed.

use std::collections::BTreeMap;

use serde::Deserialize;
use time::{
    Date, Month, UtcOffset, Weekday,
    format_description::FormatItem,
    macros::{format_description, offset},
};

/// China's one time: its days begin at 16:00 UTC.
pub const BEIJING: UtcOffset = offset!(+8);
/// China's notices as they ship, as text: what a user copies and adds a year to.
pub const CHINA_TOML: &str = include_str!("../data/working_days_cn.toml");

const DAY: &[FormatItem<'static>] = format_description!("[year]-[month]-[day]");
/// Longest rest in one piece, days: twice the longest so far.
const LONGEST_REST: i64 = 18;
/// From this day of December on the next year's notice can have a say: those for 2012, 2019 and 2023 had.
const SHARED_FROM: u8 = 29;

/// Days off and make-up workdays of the years whose notice is known, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Each year's notice, by year.
    notices: BTreeMap<i32, String>,
    /// The days that are not as their weekday says or that a notice names as off: true where worked.
    named: BTreeMap<Date, bool>,
}

/// A day whose notice is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the days off of {0} are not known")]
pub struct UnknownYear(
    /// The year of the notice that would tell.
    pub i32,
);

/// A day counted as far as notices are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The day.
    pub date: Date,
    /// The first year whose notice would have been needed; Monday to Friday were counted there. `None` where all were known.
    pub unknown_year: Option<i32>,
}

/// Working days counted as far as notices are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub days: u32,
    /// The first year whose notice would have been needed; Monday to Friday were counted there. `None` where all were known.
    pub unknown_year: Option<i32>,
}

/// Why a text is no calendar.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// Not TOML, or not the fields of a calendar.
    #[error("the calendar cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// A year stands there twice.
    #[error("calendar: year {0} stands there twice; one [[year]] each")]
    Twice(i32),
    /// Not a day.
    #[error("calendar, {year}, {field}: `{found}` is no day; write 2025-10-01")]
    Day {
        /// The year.
        year: i32,
        /// The field.
        field: &'static str,
        /// As written.
        found: String,
    },
    /// A day that cannot be what it is said to be.
    #[error("calendar, {year}, {field}: {day} {fault}")]
    Fault {
        /// The year.
        year: i32,
        /// The field.
        field: &'static str,
        /// The day.
        day: Date,
        /// What is wrong, and what would be right.
        fault: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Vec<Notice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    year: i32,
    notice: String,
    days_off: Vec<[String; 2]>,
    make_up_workdays: Vec<String>,
}

impl Calendar {
    /// Reads and checks a calendar file.
    ///
    /// # Errors
    /// [`CalendarError`] names the year, the field and the day.
    pub fn from_toml(text: &str) -> Result<Self, CalendarError> {
        let file: File = toml::from_str(text)?;
        let mut calendar = Self { notices: BTreeMap::new(), named: BTreeMap::new() };
        for notice in file.year {
            calendar.take(&notice)?;
            if calendar.notices.insert(notice.year, notice.notice).is_some() {
                return Err(CalendarError::Twice(notice.year));
            }
        }
        Ok(calendar)
    }

    /// Each year whose notice is known, with the notice's number.
    pub fn notices(&self) -> impl Iterator<Item = (i32, &str)> {
        self.notices.iter().map(|(year, notice)| (*year, notice.as_str()))
    }

    /// True where the day is worked.
    ///
    /// # Errors
    /// [`UnknownYear`] where the notice that would tell is not known. 29 to 31 December need the next year's notice too.
    pub fn is_working_day(&self, date: Date) -> Result<bool, UnknownYear> {
        let shared = date.month() == Month::December && date.day() >= SHARED_FROM;
        let last = date.year() + i32::from(shared);
        let known = (date.year()..=last).find(|year| !self.notices.contains_key(year)).map_or(Ok(()), |year| Err(UnknownYear(year)));
        known.map(|()| self.named.get(&date).copied().unwrap_or_else(|| !weekend(date)))
    }

    /// The `count`-th working day after `from`; `from` itself for 0.
    ///
    /// # Errors
    /// [`UnknownYear`] where a notice is needed that is not known.
    pub fn add_working_days(&self, from: Date, count: u16) -> Result<Date, UnknownYear> {
        let due = self.add_known_working_days(from, count);
        due.unknown_year.map_or(Ok(due.date), |year| Err(UnknownYear(year)))
    }

    /// The `count`-th working day after `from`, with Monday to Friday where no notice is known; says so. The last day there is, where it
    /// would be later.
    #[must_use]
    pub fn add_known_working_days(&self, from: Date, count: u16) -> Due {
        self.nth(from, count, Date::next_day)
    }

    /// The `count`-th working day before `to`, with Monday to Friday where no notice is known; says so. `to` itself for 0; the first day there
    /// is, where it would be earlier.
    #[must_use]
    pub fn known_working_day_before(&self, to: Date, count: u16) -> Due {
        self.nth(to, count, Date::previous_day)
    }

    fn nth(&self, from: Date, count: u16, step: fn(Date) -> Option<Date>) -> Due {
        let mut due = Due { date: from, unknown_year: None };
        let mut left = count;
        while let Some(date) = step(due.date).filter(|_| left > 0) {
            let (worked, unknown) = self.worked(date);
            due = Due { date, unknown_year: due.unknown_year.or(unknown) };
            left -= u16::from(worked);
        }
        due
    }

    /// Whether the day is worked, by its weekday where no notice is known; then also the year of the notice that would tell.
    fn worked(&self, date: Date) -> (bool, Option<i32>) {
        self.is_working_day(date).map_or_else(|UnknownYear(year)| (!weekend(date), Some(year)), |worked| (worked, None))
    }

    /// Working days after `from`, up to `to` and with it, with Monday to Friday where no notice is known; says so. 0 where `to` is not later.
    #[must_use]
    pub fn known_working_days_between(&self, from: Date, to: Date) -> Counted {
        let mut counted = Counted { days: 0, unknown_year: None };
        let mut day = from;
        while let Some(next) = day.next_day().filter(|next| *next <= to) {
            let (worked, unknown) = self.worked(next);
            counted = Counted { days: counted.days + u32::from(worked), unknown_year: counted.unknown_year.or(unknown) };
            day = next;
        }
        counted
    }

    /// Working days after `from`, up to `to` and with it; 0 where `to` is not later.
    ///
    /// # Errors
    /// [`UnknownYear`] where a notice is needed that is not known.
    pub fn working_days_between(&self, from: Date, to: Date) -> Result<u32, UnknownYear> {
        let counted = self.known_working_days_between(from, to);
        counted.unknown_year.map_or(Ok(counted.days), |year| Err(UnknownYear(year)))
    }

    fn take(&mut self, notice: &Notice) -> Result<(), CalendarError> {
        let year = notice.year;
        for rest in &notice.days_off {
            let [first, last] = rest.each_ref().map(|text| day(year, "days_off", text));
            let (first, last) = (first?, last?);
            let fault = |day, fault| CalendarError::Fault { year, field: "days_off", day, fault };
            let days = (last - first).whole_days() + 1;
            if !(1..=LONGEST_REST).contains(&days) {
                return Err(fault(first, "must begin a rest of 1 to 18 days: first day, then last day"));
            }
            for day in std::iter::successors(Some(first), |day| day.next_day().filter(|day| *day <= last)) {
                self.name(day, false).map_err(|said| fault(day, said))?;
            }
        }
        for text in &notice.make_up_workdays {
            let day = day(year, "make_up_workdays", text)?;
            let fault = |fault| CalendarError::Fault { year, field: "make_up_workdays", day, fault };
            if !weekend(day) {
                return Err(fault("must be a Saturday or Sunday: other days are worked anyway"));
            }
            self.name(day, true).map_err(fault)?;
        }
        Ok(())
    }

    fn name(&mut self, day: Date, worked: bool) -> Result<(), &'static str> {
        self.named.insert(day, worked).map_or(Ok(()), |_| Err("stands there twice; name each day once"))
    }
}

fn weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// A day that a year's notice can name: one of its own, or of the shared end of the year before.
fn day(year: i32, field: &'static str, text: &str) -> Result<Date, CalendarError> {
    let wrong = |_| CalendarError::Day { year, field, found: text.to_owned() };
    let day = Date::parse(text, DAY).map_err(wrong)?;
    let shared = day.month() == Month::December && day.day() >= SHARED_FROM;
    if day.year() == year || (shared && day.year() == year - 1) {
        return Ok(day);
    }
    Err(CalendarError::Fault { year, field, day, fault: "must be a day of that year, or 29 to 31 December before it" })
}

#[cfg(test)]
mod tests;
