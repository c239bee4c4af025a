//! Thresholds of the signals: a section of the policy.

use serde::Deserialize;

use crate::policy::Policy;

/// Thresholds of the integrity signals.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegrityRules {
    /// Significance of every test, above 0, at most 0.1; over all counties together where a signal names single counties.
    pub significance: f64,
    /// Published steps on each side of the target, 1 to 50.
    pub window_steps: usize,
    /// Counties on both sides together from which bunching is tested, at least 5.
    pub minimum_in_window: usize,
    /// Equal periods in a row from which a repetition is tested, at least 3.
    pub run_length: usize,
    /// Smallest robust z of an outlier, at least 2.
    pub robust_z: f64,
    /// Counties from which they are compared with each other, at least 5.
    pub minimum_counties: usize,
    /// Values from which digits are tested, at least 50: five expected for each last digit.
    pub minimum_values: usize,
    /// Powers of ten that the middle 90 % of values must span before first digits are tested, at least 1.
    pub orders_of_magnitude: f64,
    /// Where the numbers come from.
    pub origin: String,
}

impl IntegrityRules {
    /// Refuses numbers outside the bounds of their fields.
    ///
    /// # Errors
    /// The field's path and what would be right.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let bounds = [
            (self.significance > 0.0 && self.significance <= 0.1, "integrity.significance", "must be above 0 and at most 0.1"),
            ((1..=50).contains(&self.window_steps), "integrity.window_steps", "must be from 1 to 50"),
            (self.minimum_in_window >= 5, "integrity.minimum_in_window", "must be at least 5"),
            (self.run_length >= 3, "integrity.run_length", "must be at least 3"),
            (self.robust_z.is_finite() && self.robust_z >= 2.0, "integrity.robust_z", "must be at least 2"),
            (self.minimum_counties >= 5, "integrity.minimum_counties", "must be at least 5"),
            (self.minimum_values >= 50, "integrity.minimum_values", "must be at least 50"),
            (
                self.orders_of_magnitude.is_finite() && self.orders_of_magnitude >= 1.0,
                "integrity.orders_of_magnitude",
                "must be at least 1",
            ),
            (!self.origin.trim().is_empty(), "integrity.origin", "must not be empty"),
        ];
        bounds.into_iter().find(|(holds, ..)| !holds).map_or(Ok(()), |(_, field, problem)| Err((field, problem)))
    }

    /// Those of the shipped example policy, with which the committed false-alarm rates were measured; `None` never for the shipped
    /// text, which a test reads.
    pub(super) fn example() -> Option<Self> {
        Policy::example().ok().map(|policy| policy.integrity)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_example_is_right_and_says_what_it_is() {
        let rules = IntegrityRules::example().unwrap();
        assert_eq!(rules.check(), Ok(()));
        assert!(rules.origin.starts_with("示例值，方案未规定"));
    }

    #[rstest]
    #[case(|rules: &mut IntegrityRules| rules.significance = 0.0, "integrity.significance")]
    #[case(|rules: &mut IntegrityRules| rules.significance = f64::NAN, "integrity.significance")]
    #[case(|rules: &mut IntegrityRules| rules.window_steps = 51, "integrity.window_steps")]
    #[case(|rules: &mut IntegrityRules| rules.run_length = 2, "integrity.run_length")]
    #[case(|rules: &mut IntegrityRules| rules.robust_z = f64::INFINITY, "integrity.robust_z")]
    #[case(|rules: &mut IntegrityRules| rules.minimum_values = 49, "integrity.minimum_values")]
    #[case(|rules: &mut IntegrityRules| rules.origin = " ".into(), "integrity.origin")]
    fn numbers_out_of_bounds_are_refused(#[case] change: fn(&mut IntegrityRules), #[case] field: &str) {
        let mut rules = IntegrityRules::example().unwrap();
        change(&mut rules);
        assert_eq!(rules.check().unwrap_err().0, field);
    }
}
