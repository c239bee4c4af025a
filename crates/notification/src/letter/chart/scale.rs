//! From values to places in a panel.

/// A range of values laid over a height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    top: f64,
    height: f64,
}

impl Scale {
    /// A scale that holds all values with some air at both ends; never of no height.
    pub fn over(values: impl Iterator<Item = f64>, top: f64, height: f64) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
        let air = ((high - low) * 0.15).max(high.abs() * 0.02).max(1e-6);
        Self { low: low - air, high: high + air, top, height }
    }

    /// Where a value stands, downwards from the top.
    pub fn y(&self, value: f64) -> f64 {
        self.top + self.height * (self.high - value) / (self.high - self.low)
    }

    /// Where zero stands, where it is inside.
    pub fn zero(&self) -> Option<f64> {
        (self.low < 0.0 && self.high > 0.0).then(|| self.y(0.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_value_is_inside(values in proptest::collection::vec(-1e12_f64..1e12, 1..12)) {
            let scale = Scale::over(values.iter().copied(), 40.0, 80.0);
            for value in &values {
                prop_assert!((40.0..=120.0).contains(&scale.y(*value)), "{value} at {}", scale.y(*value));
            }
        }
    }

    #[test]
    fn larger_is_higher_and_zero_is_shown_between() {
        let scale = Scale::over([-5.0, 5.0].into_iter(), 0.0, 100.0);
        assert!(scale.y(5.0) < scale.y(-5.0));
        assert_eq!(scale.zero(), Some(50.0));
        assert_eq!(Scale::over([2.0, 5.0].into_iter(), 0.0, 100.0).zero(), None);
        assert!(Scale::over(std::iter::empty(), 0.0, 100.0).y(0.0).is_finite());
    }
}
