//! Makes the values of one column comparable with those of another.

use super::{Aggregation, Column, CompositeRules, Normalisation};
use crate::{micros, ranking};

/// Least attainment under a geometric mean, in percent: with 0, one missed target would wipe out all the others.
pub const GEOMETRIC_FLOOR: f64 = 1.0;

/// The column's values by the method, NaN where there is none.
///
/// Where all values are equal everyone gets the best: 100, the highest efficacy, 0 for z-scores and distances. Attainment looks at no other
/// county; where zero or less is expected it is 100 for at least that much and 0 for less. Attainment and distance are absent where
/// nothing is expected. Places are shared as in [`ranking::places`]. Values that are not finite count as absent.
#[must_use]
pub fn normalise(column: &Column, method: Normalisation, rules: &CompositeRules) -> Vec<f64> {
    let spread = Spread::of(&column.values);
    let values = &column.values;
    match method {
        Normalisation::Attainment => against_expected(column, |actual, expected| attainment(actual, expected, rules)),
        Normalisation::MinMax => spread.between(values, 0.0, 100.0),
        Normalisation::Efficacy => spread.between(values, rules.lowest, rules.highest),
        Normalisation::Rank => by_place(values),
        Normalisation::ZScore => {
            let (mean, deviation) = spread.moments(values);
            each(values, |value| if spread.is_constant() { 0.0 } else { (value - mean) / deviation })
        }
        Normalisation::Distance => {
            let (_, deviation) = spread.moments(values);
            let missing = |actual: f64, expected: f64| (expected - actual).max(0.0);
            against_expected(
                column,
                |actual, expected| if spread.is_constant() { 0.0 } else { 0.0 - missing(actual, expected) / deviation },
            )
        }
    }
}

/// Least and largest of a column's finite values, and how many there are.
pub(super) struct Spread {
    least: f64,
    most: f64,
    pub(super) count: usize,
}

impl Spread {
    pub(super) fn of(values: &[f64]) -> Self {
        let none = Self { least: f64::INFINITY, most: f64::NEG_INFINITY, count: 0 };
        values.iter().filter(|value| value.is_finite()).fold(none, |spread, value| Self {
            least: spread.least.min(*value),
            most: spread.most.max(*value),
            count: spread.count + 1,
        })
    }

    /// True where no value differs from another.
    pub(super) fn is_constant(&self) -> bool {
        self.least >= self.most
    }

    /// Moves the least to `lowest` and the largest to `highest`, linearly.
    pub(super) fn between(&self, values: &[f64], lowest: f64, highest: f64) -> Vec<f64> {
        let (width, height) = (self.most - self.least, highest - lowest);
        if self.is_constant() { each(values, |_| highest) } else { each(values, |value| lowest + (value - self.least) / width * height) }
    }

    /// Mean and population standard deviation.
    fn moments(&self, values: &[f64]) -> (f64, f64) {
        let count = self.count.max(1) as f64;
        let present = || values.iter().filter(|value| value.is_finite());
        let mean = present().sum::<f64>() / count;
        (mean, (present().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt())
    }
}

fn each(values: &[f64], of: impl Fn(f64) -> f64) -> Vec<f64> {
    values.iter().map(|value| if value.is_finite() { of(*value) } else { f64::NAN }).collect()
}

fn against_expected(column: &Column, of: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let both = column.values.iter().zip(column.expected.iter().chain(std::iter::repeat(&f64::NAN)));
    both.map(|(actual, expected)| if (actual + expected).is_finite() { of(*actual, *expected) } else { f64::NAN }).collect()
}

fn attainment(actual: f64, expected: f64, rules: &CompositeRules) -> f64 {
    let floor = if rules.aggregation == Aggregation::Geometric { GEOMETRIC_FLOOR } else { 0.0 };
    if expected > 0.0 {
        (actual / expected * 100.0).min(rules.attainment_cap).max(floor)
    } else if actual >= expected {
        100.0
    } else {
        floor
    }
}

/// (n − place) ÷ (n − 1) × 100, at the sixth decimal of the values; an only value has the first place.
fn by_place(values: &[f64]) -> Vec<f64> {
    let published: Vec<i64> =
        values.iter().map(|value| if value.is_finite() { super::in_micros(*value) } else { micros::ABSENT }).collect();
    let places = ranking::column_places(&published, 6);
    let behind_first = (places.iter().flatten().count().max(2) - 1) as f64;
    let score = |place: ranking::Place| (1.0 - f64::from(place.get() - 1) / behind_first) * 100.0;
    places.into_iter().map(|place| place.map_or(f64::NAN, score)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::score::tests::{column, rules};

    const NAN: f64 = f64::NAN;

    #[rstest]
    #[case(150.0, 120.0, 120.0)] // 125 % counts as the cap
    #[case(90.0, 120.0, 75.0)]
    #[case(-3.0, 120.0, 0.0)]
    #[case(-1.0, -2.0, 100.0)] // less of a fall than was allowed
    #[case(-3.0, -2.0, 0.0)]
    #[case(0.0, 0.0, 100.0)]
    fn attainment_is_a_part_of_what_is_expected(#[case] actual: f64, #[case] expected: f64, #[case] percent: f64) {
        let column = Column { expected: vec![expected], ..column(&[actual]) };
        assert_eq!(normalise(&column, Normalisation::Attainment, &rules("")), [percent]);
        let geometric = CompositeRules { aggregation: Aggregation::Geometric, ..rules("") };
        assert_eq!(normalise(&column, Normalisation::Attainment, &geometric), [percent.max(1.0)]);
    }

    #[test]
    fn distance_counts_deviations_below_what_is_expected() {
        // Mean 5, squared deviations 9, 1, 1, 9: the population deviation is √5.
        let column = Column { expected: vec![6.0, 6.0, 6.0, NAN], ..column(&[2.0, 4.0, 6.0, 8.0]) };
        let found = normalise(&column, Normalisation::Distance, &rules(""));
        let expected = [-4.0 / 5.0_f64.sqrt(), -2.0 / 5.0_f64.sqrt(), 0.0];
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{found:?}");
        assert!(found[3].is_nan());
    }

    #[rstest]
    #[case(Normalisation::MinMax, 100.0)]
    #[case(Normalisation::Efficacy, 100.0)]
    #[case(Normalisation::Rank, 100.0)]
    #[case(Normalisation::ZScore, 0.0)]
    #[case(Normalisation::Distance, 0.0)]
    fn equal_values_are_all_best(#[case] method: Normalisation, #[case] best: f64) {
        for values in [vec![5.5], vec![5.5, 5.5, 5.5]] {
            let column = Column { expected: vec![9.0; values.len()], ..column(&values) };
            assert_eq!(normalise(&column, method, &rules("")), vec![best; values.len()]);
        }
    }

    #[rstest]
    fn what_is_absent_stays_absent(
        #[values(
            Normalisation::Attainment,
            Normalisation::MinMax,
            Normalisation::ZScore,
            Normalisation::Rank,
            Normalisation::Efficacy,
            Normalisation::Distance
        )]
        method: Normalisation,
    ) {
        let holes = Column { expected: vec![1.0; 4], ..column(&[NAN, 3.0, f64::INFINITY, 1.0]) };
        let present: Vec<bool> = normalise(&holes, method, &rules("")).iter().map(|value| value.is_finite()).collect();
        assert_eq!(present, [false, true, false, true]);
        assert!(normalise(&column(&[NAN, NAN]), method, &rules("")).iter().all(|value| value.is_nan()));
    }

    proptest! {
        #[test]
        fn a_larger_value_is_never_worse(values in proptest::collection::vec(-500_i32..500, 2..40)) {
            let values: Vec<f64> = values.into_iter().map(|tenths| f64::from(tenths) / 10.0).collect();
            let column = Column { expected: vec![3.0; values.len()], ..column(&values) };
            for method in [Normalisation::Attainment, Normalisation::MinMax, Normalisation::ZScore, Normalisation::Rank,
                           Normalisation::Efficacy, Normalisation::Distance] {
                let scores = normalise(&column, method, &rules(""));
                for (value, score) in values.iter().zip(&scores) {
                    prop_assert!(score.is_finite());
                    prop_assert!(values.iter().zip(&scores).all(|(other, theirs)| other > value || theirs <= score));
                }
            }
        }
    }
}
