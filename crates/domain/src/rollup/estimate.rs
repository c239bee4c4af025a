//! Interval arithmetic (Moore, 1966): a number with the least and the most it can be, given how its parts were rounded.

use rust_decimal::Decimal;

use super::RollUpReason;
use crate::{decimal, plan::Indicator};

/// A computed number and its bounds: `low` ≤ `value` ≤ `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Estimate {
    pub(super) value: Decimal,
    pub(super) low: Decimal,
    pub(super) high: Decimal,
}

pub(super) type Estimated = Result<Estimate, RollUpReason>;

/// What is too large for 28 digits is no number of a plan.
pub(super) fn fits<T>(number: Option<T>) -> Result<T, RollUpReason> {
    number.ok_or(RollUpReason::OutOfRange)
}

impl Estimate {
    /// A number that is this far off at most, to either side.
    pub(super) fn around(value: Decimal, half: Decimal) -> Estimated {
        Ok(Self { value, low: fits(value.checked_sub(half))?, high: fits(value.checked_add(half))? })
    }

    pub(super) fn plus(self, other: Self) -> Estimated {
        let add = |one: Decimal, other: Decimal| fits(one.checked_add(other));
        Ok(Self { value: add(self.value, other.value)?, low: add(self.low, other.low)?, high: add(self.high, other.high)? })
    }

    /// Times a positive number.
    pub(super) fn times(self, factor: Decimal) -> Estimated {
        let multiply = |one: Decimal| fits(one.checked_mul(factor));
        Ok(Self { value: multiply(self.value)?, low: multiply(self.low)?, high: multiply(self.high)? })
    }

    /// Divided by a number that is positive whatever its rounding hid.
    pub(super) fn over(self, base: Self) -> Estimated {
        if base.low <= Decimal::ZERO {
            return Err(RollUpReason::ZeroBase);
        }
        let divide = |one: Decimal, other: Decimal| fits(one.checked_div(other));
        Ok(Self {
            value: divide(self.value, base.value)?,
            low: divide(self.low, if self.low < Decimal::ZERO { base.low } else { base.high })?,
            high: divide(self.high, if self.high < Decimal::ZERO { base.high } else { base.low })?,
        })
    }

    /// A ratio as growth, %.
    pub(super) fn as_growth(self) -> Estimated {
        self.times(Decimal::ONE_HUNDRED)?.plus(Self::around(-Decimal::ONE_HUNDRED, Decimal::ZERO)?)
    }

    /// The value as stores keep it.
    pub(super) fn published(&self) -> Decimal {
        decimal::round(self.value, decimal::SCALE).normalize()
    }

    /// The larger distance from the published value to a bound, rounded up at the sixth decimal.
    pub(super) fn carried(&self) -> Decimal {
        let published = self.published();
        decimal::round_up(self.high.saturating_sub(published).max(published.saturating_sub(self.low)), decimal::SCALE).normalize()
    }
}

/// Half a published unit of an indicator; nothing for what is counted one by one.
pub(super) fn half_unit(indicator: &Indicator) -> Decimal {
    let counted = matches!(indicator.unit.as_str(), "个" | "户" | "家" | "项" | "件" | "人" | "名" | "次" | "场");
    if counted && indicator.decimals == 0 { Decimal::ZERO } else { Decimal::new(5, indicator.decimals.min(decimal::SCALE) + 1) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::testing::{dec, indicator};

    #[rstest]
    #[case("亿元", 2, "0.005")]
    #[case("万元", 0, "0.5")]
    #[case("个百分点", 1, "0.05")]
    #[case("户", 0, "0")]
    fn only_what_is_measured_is_rounded(#[case] unit: &str, #[case] decimals: u32, #[case] half: &str) {
        let indicator = Indicator { decimals, ..indicator("flow", unit, "1以上", "") };
        assert_eq!(half_unit(&indicator), dec(half));
    }

    #[test]
    fn a_base_that_may_be_zero_divides_nothing() {
        let (one, base) = (Estimate::around(dec("1"), dec("0")).unwrap(), Estimate::around(dec("0.5"), dec("0.5")).unwrap());
        assert_eq!(one.over(base), Err(RollUpReason::ZeroBase));
        assert_eq!(Estimate::around(Decimal::MAX, dec("1")), Err(RollUpReason::OutOfRange));
    }

    proptest! {
        /// Whatever stands inside two intervals has its quotient inside the quotient of the intervals.
        #[test]
        fn quotients_hold_every_quotient(top in -5_000_i64..5_000, base in 60_i64..5_000, a in -50_i64..=50, b in -50_i64..=50) {
            let around = |value| Estimate::around(Decimal::from(value), Decimal::from(50)).unwrap();
            let found = around(top).over(around(base)).unwrap();
            let inside = Decimal::from(top + a) / Decimal::from(base + b);
            let slack = Decimal::new(1, 20);
            prop_assert!(found.low - slack <= inside && inside <= found.high + slack);
            prop_assert!(found.low <= found.value && found.value <= found.high);
        }
    }
}
