//! Figures as messages print them.

use rust_decimal::Decimal;

use super::Quantity;
use crate::{decimal, period::Period};

/// A probability in percent as a predicate: `约为0.4%`, `不到0.001%`.
pub(super) fn chance(probability: f64) -> String {
    if probability < 0.000_01 { "不到0.001%".to_owned() } else { format!("约为{}", percent(probability)) }
}

/// A part of one in percent, with the digits that matter.
pub(super) fn percent(part: f64) -> String {
    match part * 100.0 {
        small if small < 0.1 => format!("{small:.3}%"),
        middling if middling < 10.0 => format!("{middling:.1}%"),
        large => format!("{large:.0}%"),
    }
}

/// A value with its unit, as published.
pub(super) fn value(micros: i64, quantity: &Quantity<'_>) -> String {
    format!("{}{}", number(micros, quantity.decimals), quantity.unit)
}

/// A value without its unit, as published.
pub(super) fn number(micros: i64, decimals: u32) -> String {
    decimal::fixed(decimal::from_micros(micros), decimals)
}

/// An amount of 128 bits, in 10⁻⁶ of its unit; its bare count where no decimal can hold it.
pub(super) fn wide(micros: i128, decimals: u32) -> String {
    Decimal::try_from_i128_with_scale(micros, decimal::SCALE)
        .map_or_else(|_| format!("{micros}×10⁻⁶"), |value| decimal::fixed(value, decimals))
}

/// `2025年1—3月`, or `2025年1—2月至2025年1—6月`; empty without a period.
pub(super) fn span(periods: &[Period]) -> String {
    match periods {
        [] => String::new(),
        [only] => only.chinese(),
        [first, .., last] => format!("{}至{}", first.chinese(), last.chinese()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0.000_001, "不到0.001%")]
    #[case(0.000_2, "约为0.020%")]
    #[case(0.0042, "约为0.4%")]
    #[case(0.25, "约为25%")]
    fn probabilities_are_short(#[case] probability: f64, #[case] shown: &str) {
        assert_eq!(chance(probability), shown);
    }

    #[test]
    fn what_no_decimal_holds_is_still_shown() {
        assert_eq!(wide(7_080_700_000, 1), "7080.7");
        assert!(wide(i128::MAX, 1).ends_with("×10⁻⁶"));
    }
}
