//! Exact decimals with at most six places: what targets and values are made of.
//!
//! Arithmetic is `rust_decimal`'s; stores and wires hold the value times 10⁶ as `i64`, so both databases compare and add exactly.

pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

use crate::micros;

/// Places kept by stores and wires.
pub const SCALE: u32 = 6;

/// Why a text or number is no decimal of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a number at all.
    #[error("`{0}` is no decimal number")]
    NotANumber(String),
    /// Too large for a scaled 64-bit integer.
    #[error("`{0}` is out of range: at most 9,223,372,036,854 in size")]
    OutOfRange(String),
}

/// Reads a decimal from text: optional sign, digits with or without thousands separators (`,`), at most one point.
/// Scientific notation (`1.5E-3`, as spreadsheets store it) is read exactly.
///
/// # Errors
/// [`DecimalError`] names the text.
pub fn parse(text: &str) -> Result<Decimal, DecimalError> {
    let plain = text.trim().replace([',', '，'], "");
    let parsed = if plain.contains(['e', 'E']) { Decimal::from_scientific(&plain) } else { plain.parse() };
    parsed.map_err(|_| DecimalError::NotANumber(text.to_owned()))
}

/// Rounds half away from zero, as statistics bureaus publish.
#[must_use]
pub fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// Rounds towards the larger value: for what is still needed, where less would not be enough.
#[must_use]
pub fn round_up(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::ToPositiveInfinity)
}

/// The value times 10⁶, rounded half away from zero at the sixth place.
///
/// # Errors
/// [`DecimalError::OutOfRange`] where it does not fit in 64 bits. The smallest of them stands for no value, see [`crate::micros`].
pub fn to_micros(value: Decimal) -> Result<i64, DecimalError> {
    let out_of_range = || DecimalError::OutOfRange(value.to_string());
    let scaled = round(value, SCALE).checked_mul(Decimal::from(1_000_000)).ok_or_else(out_of_range)?;
    let whole = i64::try_from(scaled.trunc().mantissa() / 10_i128.pow(scaled.trunc().scale())).ok();
    whole.filter(|micros| *micros != micros::ABSENT).ok_or_else(out_of_range)
}

/// The decimal of a scaled integer, without trailing zeros.
#[must_use]
pub fn from_micros(micros: i64) -> Decimal {
    Decimal::new(micros, SCALE).normalize()
}

/// Fixed number of places, half away from zero: `5.40` with two, never `-0.0`.
#[must_use]
pub fn fixed(value: Decimal, places: u32) -> String {
    let rounded = round(value, places);
    let rounded = if rounded.is_zero() { Decimal::ZERO } else { rounded };
    format!("{rounded:.places$}", places = places as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("5.5", 5_500_000)]
    #[case(" 1,234.5 ", 1_234_500_000)]
    #[case("-8.24540010452036", -8_245_400)]
    #[case("1.5E-3", 1_500)]
    #[case("6.17000000000001", 6_170_000)]
    fn reads_what_workbooks_hold(#[case] text: &str, #[case] micros: i64) {
        assert_eq!(to_micros(parse(text).unwrap()), Ok(micros));
    }

    #[rstest]
    #[case("")]
    #[case("—")]
    #[case("5.5左右")]
    #[case("1.2.3")]
    fn refuses_what_is_no_number(#[case] text: &str) {
        assert_eq!(parse(text), Err(DecimalError::NotANumber(text.to_owned())));
    }

    #[rstest]
    #[case("8.25", 1, "8.3")]
    #[case("-8.25", 1, "-8.3")]
    #[case("-0.04", 1, "0.0")]
    #[case("5", 2, "5.00")]
    fn rounds_half_away_from_zero(#[case] text: &str, #[case] places: u32, #[case] shown: &str) {
        assert_eq!(fixed(parse(text).unwrap(), places), shown);
    }

    #[rstest]
    #[case("0.222", 1, "0.3")]
    #[case("-0.55", 1, "-0.5")]
    #[case("6.0", 1, "6.0")]
    fn rounds_up_towards_enough(#[case] text: &str, #[case] places: u32, #[case] shown: &str) {
        assert_eq!(fixed(round_up(parse(text).unwrap(), places), places), shown);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        assert!(matches!(to_micros(parse("9223372036855").unwrap()), Err(DecimalError::OutOfRange(_))));
    }

    proptest! {
        #[test]
        fn micros_survive_the_round_trip(micros in i64::MIN + 1..=i64::MAX) {
            prop_assert_eq!(to_micros(from_micros(micros)), Ok(micros));
        }
    }
}
