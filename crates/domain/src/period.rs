//! Periods: cumulative from 1 January to the end of a month, or the stock on that day.

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

    /// Reads a label as workbooks print it: `2025年1-3月`, `1—6月`, `9月末`, `2025年上半年`, `前三季度`, `一季度`, `2025年`, `2025-M06`, `2025-Q2`.
    /// `year` stands in where the label prints none.
    ///
    /// # Errors
    /// [`PeriodError`] names the label; [`PeriodError::NoYear`] where neither the label nor `year` says one.
    pub fn from_label(label: &str, year: Option<i32>) -> Result<Self, PeriodError> {
        let text: String = label.chars().filter(|c| !c.is_whitespace()).collect();
        if let Ok(period) = text.parse() {
            return Ok(period);
        }
        let unknown = || PeriodError::Unknown(label.to_owned());
        let (printed, rest) = match text.split_once('年') {
            Some((digits, rest)) => (Some(digits.parse().map_err(|_| unknown())?), rest),
            None => (None, text.as_str()),
        };
        let month = month_of(rest, printed.is_some()).ok_or_else(unknown)?.map_err(|()| PeriodError::NotCumulative(label.to_owned()))?;
        let year = printed.or(year).ok_or_else(|| PeriodError::NoYear(label.to_owned()))?;
        Self::new(year, month).map_err(|_| PeriodError::OutOfRange(label.to_owned()))
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

/// The last month of a label without its year: `None` where the form is unknown, `Err` where the range starts after January.
fn month_of(rest: &str, has_year: bool) -> Option<Result<u8, ()>> {
    match rest {
        "" | "全年" if has_year => return Some(Ok(12)),
        "全年" => return Some(Ok(12)),
        "一季度" | "第一季度" | "1季度" => return Some(Ok(3)),
        "上半年" | "前二季度" | "前两季度" => return Some(Ok(6)),
        "前三季度" => return Some(Ok(9)),
        _ => {}
    }
    let months = rest.strip_suffix("月末").or_else(|| rest.strip_suffix("月份")).or_else(|| rest.strip_suffix('月'))?;
    let bounds: Vec<&str> = months.split(['-', '—', '–', '－', '~', '～', '至']).filter(|part| !part.is_empty()).collect();
    match bounds.as_slice() {
        [first, last] => {
            let (first, last) = (first.trim_end_matches('月').parse::<u8>().ok()?, last.parse().ok()?);
            Some(if first == 1 { Ok(last) } else { Err(()) })
        }
        [only] if rest.ends_with('末') => only.parse().ok().map(Ok),
        // A single month's own figure is not cumulative, but January is both.
        [only] => only.parse().ok().map(|month: u8| if month == 1 { Ok(1) } else { Err(()) }),
        _ => None,
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
    #[case("2025年1-3月", "2025-M03")]
    #[case("2025年1—6月", "2025-M06")]
    #[case("1-9月", "2025-M09")]
    #[case("1月-8月", "2025-M08")]
    #[case(" 9月末 ", "2025-M09")]
    #[case("2025年上半年", "2025-M06")]
    #[case("前三季度", "2025-M09")]
    #[case("2024年", "2024-M12")]
    #[case("2025-Q2", "2025-M06")]
    #[case("2025-M06", "2025-M06")]
    #[case("1月", "2025-M01")]
    fn reads_labels(#[case] label: &str, #[case] period: &str) {
        assert_eq!(Period::from_label(label, Some(2025)).unwrap().to_string(), period);
    }

    #[rstest]
    #[case("1-3月", None, PeriodError::NoYear("1-3月".into()))]
    #[case("4-6月", Some(2025), PeriodError::NotCumulative("4-6月".into()))]
    #[case("3月", Some(2025), PeriodError::NotCumulative("3月".into()))]
    #[case("本月", Some(2025), PeriodError::Unknown("本月".into()))]
    #[case("1-13月", Some(2025), PeriodError::OutOfRange("1-13月".into()))]
    #[case("2025-M13", None, PeriodError::Unknown("2025-M13".into()))]
    #[case("", Some(2025), PeriodError::Unknown("".into()))]
    fn refuses_labels(#[case] label: &str, #[case] year: Option<i32>, #[case] error: PeriodError) {
        assert_eq!(Period::from_label(label, year), Err(error));
    }

    #[rstest]
    #[case(2024, 2, 29)]
    #[case(2025, 2, 28)]
    #[case(2025, 4, 30)]
    #[case(2025, 12, 31)]
    fn ends_with_its_month(#[case] year: i32, #[case] month: u8, #[case] day: u8) {
        let last = Period::new(year, month).unwrap().last_day();
        assert_eq!((last.year(), u8::from(last.month()), last.day()), (year, month, day));
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
