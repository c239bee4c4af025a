//! Number formats: what a stored number is shown as.

use calamine::{ExcelDateTime, ExcelDateTimeType};
use leitai_domain::decimal;
use rust_decimal::Decimal;

use super::Cell;
use crate::day;

/// What a number format makes of a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shown {
    /// The number.
    #[default]
    Plain,
    /// A hundred times the number, with a per-cent sign.
    Percent,
    /// A date or a time: days since the end of 1899.
    Date,
    /// The same, since 1904.
    Date1904,
}

impl Shown {
    /// Of a format's code, like `0.0%`: what is quoted, escaped or in square brackets says nothing.
    pub(super) fn of_code(code: &str) -> Self {
        let plain = plain(code);
        let date = |c: char| matches!(c.to_ascii_lowercase(), 'y' | 'm' | 'd' | 'h' | 's');
        if plain.contains('%') {
            Self::Percent
        } else if !plain.eq_ignore_ascii_case("general") && plain.contains(date) {
            Self::Date
        } else {
            Self::Plain
        }
    }

    /// Of a format that every Excel knows by number (ECMA-376 part 1, 18.8.30).
    pub(super) fn of_builtin(id: u16) -> Self {
        match id {
            9 | 10 => Self::Percent,
            14..=22 | 27..=36 | 45..=47 | 50..=58 => Self::Date,
            _ => Self::Plain,
        }
    }
}

/// A code's first section without what is quoted, escaped or in square brackets.
fn plain(code: &str) -> String {
    let mut plain = String::new();
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        let until = match c {
            '"' => Some('"'),
            '[' => Some(']'),
            '\\' | '_' | '*' => {
                chars.next();
                continue;
            }
            ';' => break,
            _ => None,
        };
        match until {
            Some(end) => drop(chars.by_ref().find(|c| *c == end)),
            None => plain.push(c),
        }
    }
    plain
}

/// A number as its sheet shows it: 0.065 under a percent format is `6.5%`.
pub(super) fn number(value: f64, shown: Shown) -> Cell {
    if !value.is_finite() {
        return Cell::Other(value.to_string());
    }
    let text = value.to_string();
    match shown {
        Shown::Plain => Cell::Number(text),
        Shown::Date => date(value, text, false),
        Shown::Date1904 => date(value, text, true),
        Shown::Percent => percent(text),
    }
}

/// The day; the bare number where it is a time of day, or no day of the calendar.
fn date(value: f64, text: String, since_1904: bool) -> Cell {
    let day = ExcelDateTime::new(value, ExcelDateTimeType::DateTime, since_1904);
    if (1.0..2_900_000.0).contains(&value) { Cell::date(&day::shown(&day)) } else { Cell::date(&text) }
}

fn percent(text: String) -> Cell {
    let hundredfold = decimal::parse(&text).ok().and_then(|value| value.checked_mul(Decimal::ONE_HUNDRED));
    hundredfold.map_or(Cell::Number(text), |value| Cell::Text(format!("{}%", value.normalize())))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0.0%", Shown::Percent)]
    #[case("0.0\"%\"", Shown::Plain)]
    #[case("0.0\\%", Shown::Plain)]
    #[case("0.0_ ", Shown::Plain)]
    #[case("0.0_);[Red]\\(0.0%\\)", Shown::Plain)]
    #[case("[$-804]yyyy\"年\"m\"月\";@", Shown::Date)]
    #[case("General", Shown::Plain)]
    #[case("[Red]0.00", Shown::Plain)]
    #[case("0.00\"month\"", Shown::Plain)]
    fn codes_are_told_apart(#[case] code: &str, #[case] shown: Shown) {
        assert_eq!(Shown::of_code(code), shown);
    }

    #[rstest]
    #[case(0.065, Shown::Percent, Cell::Text("6.5%".to_owned()))]
    #[case(485_745.614_399_879, Shown::Plain, Cell::Number("485745.614399879".to_owned()))]
    #[case(45_930.0, Shown::Date, Cell::Other("日期 2025-09-30".to_owned()))]
    #[case(44_468.0, Shown::Date1904, Cell::Other("日期 2025-09-30".to_owned()))]
    #[case(0.5, Shown::Date, Cell::Other("日期 0.5".to_owned()))]
    #[case(1e300, Shown::Date, Cell::Other(format!("日期 {}", 1e300)))]
    #[case(f64::NAN, Shown::Plain, Cell::Other("NaN".to_owned()))]
    fn numbers_are_told_as_shown(#[case] value: f64, #[case] shown: Shown, #[case] cell: Cell) {
        assert_eq!(number(value, shown), cell);
    }
}
