//! Values as whole millionths: how a column of counties is held in memory and compared.

/// Stands for no value in a column. No decimal of ours is this small: [`crate::decimal::to_micros`] never gives it.
pub const ABSENT: i64 = i64::MIN;

/// The value, `None` for [`ABSENT`].
#[must_use]
pub fn value(micros: i64) -> Option<i64> {
    (micros != ABSENT).then_some(micros)
}

/// Rounded half away from zero to at most six decimals; [`ABSENT`] stays. The same rule as [`crate::decimal::round`], on integers.
#[must_use]
#[inline]
pub fn rounded(micros: i64, decimals: u32) -> i64 {
    let step = step(decimals);
    if micros == ABSENT || step == 1 {
        return micros;
    }
    let half = if micros < 0 { -step / 2 } else { step / 2 };
    micros.checked_add(half).map_or(micros, |shifted| shifted / step * step)
}

/// A column rounded as published.
#[must_use]
pub fn rounded_column(values: &[i64], decimals: u32) -> Vec<i64> {
    // The divisor is a constant in each arm, so that the compiler multiplies in place of dividing.
    match decimals {
        0 => each(values, |value| rounded(value, 0)),
        1 => each(values, |value| rounded(value, 1)),
        2 => each(values, |value| rounded(value, 2)),
        _ => each(values, |value| rounded(value, decimals)),
    }
}

fn each(values: &[i64], round: impl Fn(i64) -> i64) -> Vec<i64> {
    values.iter().map(|value| round(*value)).collect()
}

/// One unit of the last published decimal, in millionths: 100,000 for one decimal.
#[must_use]
pub fn step(decimals: u32) -> i64 {
    10_i64.pow(6 - decimals.min(6))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decimal;

    #[test]
    fn no_decimal_is_absent() {
        let least = rust_decimal::Decimal::new(i64::MIN, decimal::SCALE);
        assert!(decimal::to_micros(least).is_err());
        assert_eq!((value(ABSENT), value(-1), rounded(ABSENT, 1)), (None, Some(-1), ABSENT));
    }

    #[test]
    fn the_largest_values_stay() {
        assert_eq!((rounded(i64::MAX, 0), rounded(i64::MIN + 1, 0)), (i64::MAX, i64::MIN + 1));
    }

    proptest! {
        #[test]
        fn rounds_as_decimals_do(micros in -10_i64.pow(15)..10_i64.pow(15), decimals in 0_u32..7) {
            let by_decimal = decimal::to_micros(decimal::round(decimal::from_micros(micros), decimals)).unwrap();
            prop_assert_eq!(rounded(micros, decimals), by_decimal);
            prop_assert_eq!(rounded_column(&[micros, ABSENT], decimals), [by_decimal, ABSENT]);
        }
    }
}
