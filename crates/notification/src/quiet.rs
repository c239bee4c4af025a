//! Quiet hours: when a letter that is ready may be sent. Pure.

use leitai_domain::calendar::Calendar;
use serde::Deserialize;
use time::{Date, Duration, OffsetDateTime, Time, Weekday};

use crate::letter::BEIJING;

/// Days looked ahead for a working day: longer than any rest.
const DAYS: u16 = 30;

/// Hours and days on which no letter is sent, Beijing time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// The hour from which on nothing is sent, 0 to 23; after `until` it runs past midnight.
    pub from: u8,
    /// The hour from which on letters are sent again, 0 to 23.
    pub until: u8,
    /// True where nothing is sent on days off either.
    #[serde(default)]
    pub working_days_only: bool,
    /// Where the hours come from.
    pub origin: String,
}

/// Why hours are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy: quiet.from and quiet.until must be different hours from 0 to 23, with an origin; found from {from}, until {until}")]
pub struct QuietError {
    from: u8,
    until: u8,
}

impl Quiet {
    /// Holds the hours against their bounds.
    ///
    /// # Errors
    /// [`QuietError`] repeats the hours.
    pub fn check(&self) -> Result<(), QuietError> {
        let fits = self.from < 24 && self.until < 24 && self.from != self.until && !self.origin.trim().is_empty();
        if fits { Ok(()) } else { Err(QuietError { from: self.from, until: self.until }) }
    }

    /// The first moment from `now` on at which a letter may be sent. A year whose days off are not known has Monday to Friday.
    #[must_use]
    pub fn earliest(&self, now: OffsetDateTime, calendar: &Calendar) -> OffsetDateTime {
        let mut at = now.to_offset(BEIJING);
        for _ in 0..DAYS {
            let loud = self.loud_from(at);
            if !self.working_days_only || is_worked(loud.date(), calendar) {
                return loud.to_offset(now.offset());
            }
            at = midnight_after(loud);
        }
        at.to_offset(now.offset())
    }

    /// The first hour from `at` on that is not quiet.
    fn loud_from(&self, at: OffsetDateTime) -> OffsetDateTime {
        let hour = at.hour();
        let over_midnight = self.from > self.until;
        let quiet = if over_midnight { hour >= self.from || hour < self.until } else { (self.from..self.until).contains(&hour) };
        if !quiet {
            return at;
        }
        let next_day = over_midnight && hour >= self.from;
        let day = if next_day { midnight_after(at) } else { at };
        day.replace_time(Time::from_hms(self.until, 0, 0).unwrap_or(Time::MIDNIGHT))
    }
}

fn midnight_after(at: OffsetDateTime) -> OffsetDateTime {
    at.saturating_add(Duration::DAY).replace_time(Time::MIDNIGHT)
}

fn is_worked(day: Date, calendar: &Calendar) -> bool {
    calendar.is_working_day(day).unwrap_or(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
}

#[cfg(test)]
mod tests {
    use leitai_domain::calendar::CHINA_TOML;
    use rstest::rstest;
    use time::macros::datetime;

    use super::*;

    fn quiet(from: u8, until: u8, working_days_only: bool) -> Quiet {
        Quiet { from, until, working_days_only, origin: "x".to_owned() }
    }

    #[rstest]
    #[case::by_day(quiet(20, 8, false), datetime!(2025-04-18 09:30 +8), datetime!(2025-04-18 09:30 +8))]
    #[case::in_the_evening(quiet(20, 8, false), datetime!(2025-04-18 20:00 +8), datetime!(2025-04-19 08:00 +8))]
    #[case::before_dawn(quiet(20, 8, false), datetime!(2025-04-18 03:00 +8), datetime!(2025-04-18 08:00 +8))]
    #[case::at_noon(quiet(12, 14, false), datetime!(2025-04-18 12:30 +8), datetime!(2025-04-18 14:00 +8))]
    // Friday evening: Saturday and Sunday are off.
    #[case::over_a_weekend(quiet(20, 8, true), datetime!(2025-04-18 21:00 +8), datetime!(2025-04-21 08:00 +8))]
    // Wednesday 30 April in the evening: off from 1 to 5 May.
    #[case::over_a_rest(quiet(20, 8, true), datetime!(2025-04-30 21:00 +8), datetime!(2025-05-06 08:00 +8))]
    // Saturday 26 April is off, Sunday 27 April is worked.
    #[case::a_sunday_that_is_worked(quiet(20, 8, true), datetime!(2025-04-26 10:00 +8), datetime!(2025-04-27 08:00 +8))]
    // 01:00 UTC is 09:00 in Beijing.
    #[case::elsewhere(quiet(20, 8, false), datetime!(2025-04-18 01:00 UTC), datetime!(2025-04-18 01:00 UTC))]
    fn letters_wait_for_the_day(#[case] quiet: Quiet, #[case] now: OffsetDateTime, #[case] expected: OffsetDateTime) {
        quiet.check().unwrap();
        assert_eq!(quiet.earliest(now, &Calendar::from_toml(CHINA_TOML).unwrap()), expected);
    }

    #[rstest]
    #[case(quiet(8, 8, false))]
    #[case(quiet(24, 8, false))]
    fn refuses(#[case] quiet: Quiet) {
        quiet.check().unwrap_err();
    }
}
