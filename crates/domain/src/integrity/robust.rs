//! Robust z: how far a value lies from the median, in spreads taken from the median absolute deviation.
//!
//! Iglewicz & Hoaglin: How to detect and handle outliers, 1993: |0.6745 (x − median) / MAD| > 3.5. With few counties the MAD is itself
//! uncertain and with many a large z comes by chance, so a tail probability over all counties must also be small.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::IntegrityRules;

/// What makes a MAD a standard deviation under normality: 1 / Φ⁻¹(0.75).
const MAD_TO_SD: f64 = 1.482_602_218_505_602;

/// Relative efficiency of the MAD under normality (Rousseeuw & Croux, 1993): a MAD of n values is as sure as a deviation of 0.37 n.
const MAD_EFFICIENCY: f64 = 0.37;

/// Median of finite values; `None` without any. The order is lost.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let (count, half) = (values.len(), values.len() / 2);
    if count == 0 {
        return None;
    }
    let (below, middle, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let lower = below.iter().copied().max_by(f64::total_cmp).filter(|_| count.is_multiple_of(2));
    Some(lower.map_or(*middle, |lower| f64::midpoint(lower, *middle)))
}

/// Median and standard deviation by the MAD, 0 where more than half of the values are equal; `None` without values.
pub(super) fn centre_and_spread(values: &[f64]) -> Option<(f64, f64)> {
    let centre = median(&mut values.to_vec())?;
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    Some((centre, median(&mut deviations)? * MAD_TO_SD))
}

/// True where `z` is an outlier upward among `count` values: at least the policy's limit, and by Student's t with the MAD's own degrees of
/// freedom rarer than the significance divided by the count (Bonferroni).
pub(super) fn is_outlier(z: f64, count: usize, rules: &IntegrityRules) -> bool {
    if z.is_nan() || z <= rules.robust_z {
        return false;
    }
    let freedom = (MAD_EFFICIENCY * (count as f64 - 1.0)).max(1.0);
    let tail = StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |student| student.sf(z));
    tail * (count as f64) < rules.significance
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&[], None)]
    #[case(&[3.0], Some((3.0, 0.0)))]
    #[case(&[4.0, 1.0, 2.0, 3.0], Some((2.5, 1.482_602_218_505_602)))] // deviations 1.5, 1.5, 0.5, 0.5
    #[case(&[5.0, 5.0, 5.0, 9.0], Some((5.0, 0.0)))]
    fn centre_and_spread_by_hand(#[case] values: &[f64], #[case] expected: Option<(f64, f64)>) {
        assert_eq!(centre_and_spread(values), expected);
    }

    /// scipy 1.17.1, `t.sf(z, 0.37 * (n - 1)) * n`: 0.0103 and 0.0080 for z of 4.2 and 4.3 among 67, 0.0123 for 7 among 12, 0.0067 for 4.6
    /// among 2,844.
    #[rstest]
    #[case(4.2, 67, false)]
    #[case(4.3, 67, true)]
    #[case(7.0, 12, false)]
    #[case(4.6, 2_844, true)]
    #[case(3.4, 1, false)]
    #[case(f64::NAN, 67, false)]
    fn outliers_are_rare_over_all_counties(#[case] z: f64, #[case] count: usize, #[case] outlier: bool) {
        assert_eq!(is_outlier(z, count, &IntegrityRules::example().unwrap()), outlier);
    }

    proptest! {
        #[test]
        fn half_lies_on_each_side(mut values in proptest::collection::vec(-1e6_f64..1e6, 1..50)) {
            let middle = median(&mut values).unwrap();
            prop_assert!(values.iter().filter(|value| **value < middle).count() * 2 <= values.len());
            prop_assert!(values.iter().filter(|value| **value > middle).count() * 2 <= values.len());
        }
    }
}
