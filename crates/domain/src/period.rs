//! Periods: cumulative from 1 January to the end of a month, or the stock on that day.

mod label;

use std::{fmt, str::FromStr};

use time::{Date, Month};

/// `2025-M03`: January to March 2025, or the end of March for a stock. Ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    year: i32,
    month: u8,
}

/// Why a text is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// The text has none of the known forms.
    #[error("`{0}` is no period: write 2025-M03, or 2025年1-3月")]
    Unknown(String),
    /// A Chinese label that prints no year.
    #[error("`{0}` names no year")]
    NoYear(String),
    /// A range that does not start in January: county figures are cumulative.
    #[error("`{0}` does not start in January: only cumulative figures are taken")]
    NotCumulative(String),
    /// Month or year out of bounds.
    #[error("`{0}` has a month outside 1 to 12 or a year outside 1949 to 2199")]
    OutOfRange(String),
}

impl Period {
    /// January of `year` to the end of `month`.
    ///
    /// # Errors
    /// [`PeriodError::OutOfRange`] unless 1949 ≤ year ≤ 2199 and 1 ≤ month ≤ 12.
    pub fn new(year: i32, month: u8) -> Result<Self, PeriodError> {
        if (1949..=2199).contains(&year) && (1..=12).contains(&month) {
            Ok(Self { year, month })
        } else {
            Err(PeriodError::OutOfRange(format!("{year}-M{month:02}")))
        }
    }

    /// Reads a label as workbooks print it: `2025年1-3月`, `1—6月`, `9月末`, `2025年上半年`, `前三季度`, `一季度`, `2025年`, `2025-M06`, `2025-Q2`,
    /// in any width and with any dash. `year` stands in where the label prints none.
    ///
    /// # Errors
    /// [`PeriodError`] names the label; [`PeriodError::NoYear`] where neither the label nor `year` says one.
    pub fn from_label(label: &str, year: Option<i32>) -> Result<Self, PeriodError> {
        label::read(label, year)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.year
    }

    /// The last month, 1 to 12: also how many months have passed.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        let month = Month::try_from(self.month).unwrap_or(Month::December);
        Date::from_calendar_date(self.year, month, month.length(self.year)).unwrap_or(Date::MAX)
    }

    /// The same months one year earlier.
    #[must_use]
    pub fn last_year(self) -> Self {
        Self { year: self.year - 1, ..self }
    }

    /// The periods before in the same year, newest first.
    pub fn earlier_this_year(self) -> impl Iterator<Item = Self> {
        (1..self.month).rev().map(move |month| Self { month, ..self })
    }

    /// True at March, June, September and December.
    #[must_use]
    pub fn ends_quarter(self) -> bool {
        self.month.is_multiple_of(3)
    }

    /// As a letter prints a cumulative period: `2025年1—3月`.
    #[must_use]
    pub fn chinese(self) -> String {
        match self.month {
            1 => format!("{}年1月", self.year),
            month => format!("{}年1—{month}月", self.year),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let unknown = || PeriodError::Unknown(text.to_owned());
        let (year, rest) = text.split_once('-').ok_or_else(unknown)?;
        let year = (year.len() == 4).then(|| year.parse().ok()).flatten().ok_or_else(unknown)?;
        let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u8>().ok()).flatten();
        let month = if let Some(month) = rest.strip_prefix('M') {
            (month.len() == 2).then(|| number(month)).flatten()
        } else if let Some(quarter) = rest.strip_prefix('Q') {
            number(quarter).filter(|quarter| (1..=4).contains(quarter)).map(|quarter| quarter * 3)
        } else {
            None
        };
        Self::new(year, month.ok_or_else(unknown)?).map_err(|_| PeriodError::OutOfRange(text.to_owned()))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-M{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2025-M06", 6)]
    #[case("2025-Q4", 12)]
    fn codes_are_read(#[case] text: &str, #[case] month: u8) {
        assert_eq!(text.parse(), Period::new(2025, month));
    }

    #[rstest]
    #[case("2025-M13")]
    #[case("2025-M6")]
    #[case("2025-Q5")]
    #[case("25-M06")]
    #[case("2025年1-3月")]
    fn what_is_no_code_is_refused(#[case] text: &str) {
        assert!(text.parse::<Period>().is_err());
    }

    proptest! {
        #[test]
        fn text_survives_the_round_trip(year in 1949..=2199, month in 1_u8..=12) {
            let period = Period::new(year, month).unwrap();
            prop_assert_eq!(period.to_string().parse(), Ok(period));
            prop_assert_eq!(Period::from_label(&period.chinese(), None), Ok(period));
        }

        #[test]
        fn never_panics(label in "\\PC{0,20}") {
            let _ = Period::from_label(&label, Some(2025));
        }
    }
}
