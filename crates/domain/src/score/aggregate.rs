//! One score of a county's normalised values.

use super::Aggregation;

/// Scores by county from normalised columns and their weights; NaN where a county has no value of any weight.
///
/// A county is scored on what it has, with the weights renormalised over it. A geometric mean takes positive values (others count as the
/// smallest positive number). TOPSIS: each column's best and worst value are the ideals, a county's distances leave absent columns out,
/// closeness × 100; where no column differs between counties everyone has 100.
#[must_use]
pub fn aggregate(normalised: &[Vec<f64>], weights: &[f64], counties: usize, aggregation: Aggregation) -> Vec<f64> {
    let mut sums = vec![Sum::default(); counties];
    Terms::of(normalised, aggregation).add(weights, &mut sums);
    sums.into_iter().map(|sum| sum.score(aggregation)).collect()
}

/// What a county's values add up to, each times its weight.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    first: f64,
    second: f64,
    weight: f64,
}

impl Sum {
    /// With one more value of a column. TOPSIS weighs the values themselves, so its squares take the square of the weight.
    pub(super) fn plus(self, cell: Cell, weight: f64, aggregation: Aggregation) -> Self {
        let times = if aggregation == Aggregation::Topsis { weight * weight } else { weight };
        Self { first: self.first + times * cell.first, second: self.second + times * cell.second, weight: self.weight + weight }
    }

    /// The score, NaN without any weight. What renormalised weights would change in both of TOPSIS's distances cancels.
    pub(super) fn score(self, aggregation: Aggregation) -> f64 {
        if self.weight <= 0.0 {
            return f64::NAN;
        }
        match aggregation {
            Aggregation::Arithmetic => self.first / self.weight,
            Aggregation::Geometric => (self.first / self.weight).exp(),
            Aggregation::Topsis => {
                let (to_best, to_worst) = (self.first.sqrt(), self.second.sqrt());
                if to_best + to_worst > 0.0 { to_worst / (to_best + to_worst) * 100.0 } else { 100.0 }
            }
        }
    }
}

/// How one normalised value enters its county's sums: itself, its logarithm, or its squared distances from best and worst.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    first: f64,
    second: f64,
}

/// A column's best and worst normalised value, which TOPSIS alone asks for.
pub(super) fn ideals(column: &[f64], aggregation: Aggregation) -> (f64, f64) {
    let asked = if aggregation == Aggregation::Topsis { column } else { &[] };
    asked
        .iter()
        .filter(|value| !value.is_nan())
        .fold((f64::NEG_INFINITY, f64::INFINITY), |(best, worst), value| (best.max(*value), worst.min(*value)))
}

impl Cell {
    pub(super) fn of(value: f64, (best, worst): (f64, f64), aggregation: Aggregation) -> Self {
        match aggregation {
            Aggregation::Arithmetic => Self { first: value, second: 0.0 },
            Aggregation::Geometric => Self { first: if value < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value }.ln(), second: 0.0 },
            Aggregation::Topsis => Self { first: (best - value).powi(2), second: (value - worst).powi(2) },
        }
    }
}

/// A normalised matrix ready to be aggregated under many weights.
pub(super) struct Terms<'a> {
    aggregation: Aggregation,
    columns: Vec<TermColumn<'a>>,
}

enum TermColumn<'a> {
    AsIs(&'a [f64]),
    Made(Vec<Cell>),
}

impl<'a> Terms<'a> {
    pub(super) fn of(normalised: &'a [Vec<f64>], aggregation: Aggregation) -> Self {
        let column = |values: &'a Vec<f64>| match aggregation {
            Aggregation::Arithmetic => TermColumn::AsIs(values),
            _ => {
                let ideals = ideals(values, aggregation);
                TermColumn::Made(values.iter().map(|value| Cell::of(*value, ideals, aggregation)).collect())
            }
        };
        Self { aggregation, columns: normalised.iter().map(column).collect() }
    }

    /// Adds every county's values, weighed, to its sums.
    pub(super) fn add(&self, weights: &[f64], sums: &mut [Sum]) {
        for (column, weight) in self.columns.iter().zip(weights) {
            match column {
                TermColumn::AsIs(values) => add_plain(values, *weight, sums),
                TermColumn::Made(cells) => {
                    for (sum, cell) in sums.iter_mut().zip(cells).filter(|(_, cell)| !cell.first.is_nan()) {
                        *sum = sum.plus(*cell, *weight, self.aggregation);
                    }
                }
            }
        }
    }
}

fn add_plain(values: &[f64], weight: f64, sums: &mut [Sum]) {
    for (sum, value) in sums.iter_mut().zip(values).filter(|(_, value)| !value.is_nan()) {
        sum.first += weight * value;
        sum.weight += weight;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const NAN: f64 = f64::NAN;

    #[rstest]
    #[case(Aggregation::Arithmetic, &[85.0, 70.0, 60.0])] // 0.25 × 100 + 0.75 × 80; the second has only 70
    #[case(Aggregation::Geometric, &[84.58970107524514, 70.0, 60.0])] // 100^0.25 × 80^0.75
    #[case(Aggregation::Topsis, &[100.0, 25.0, 0.0])] // the second: 10 of 60…100 in its only column
    fn counties_are_scored_on_what_they_have(#[case] aggregation: Aggregation, #[case] scores: &[f64]) {
        let normalised = [vec![100.0, 70.0, 60.0, NAN], vec![80.0, NAN, 60.0, NAN]];
        let found = aggregate(&normalised, &[0.25, 0.75], 4, aggregation);
        assert!(found.iter().zip(scores).all(|(found, score)| (found - score).abs() < 1e-9), "{found:?}");
        assert!(found[3].is_nan());
    }

    #[test]
    fn weightless_values_give_no_score() {
        assert!(aggregate(&[vec![5.0]], &[0.0], 1, Aggregation::Arithmetic)[0].is_nan());
        assert_eq!(aggregate(&[vec![5.0, 5.0]], &[1.0], 2, Aggregation::Topsis), [100.0, 100.0]);
    }

    proptest! {
        #[test]
        fn means_stay_between_the_least_and_the_largest_value(values in proptest::collection::vec(1.0_f64..100.0, 1..12), seed: u64) {
            let mut random = crate::random::SplitMix64::new(seed);
            let weights: Vec<f64> = values.iter().map(|_| random.unit() + 0.01).collect();
            let columns: Vec<Vec<f64>> = values.iter().map(|value| vec![*value]).collect();
            let (best, worst) = ideals(&values, Aggregation::Topsis);
            let mean = |aggregation| aggregate(&columns, &weights, 1, aggregation)[0];
            let (arithmetic, geometric) = (mean(Aggregation::Arithmetic), mean(Aggregation::Geometric));
            prop_assert!(worst - 1e-9 <= geometric && geometric <= arithmetic + 1e-9 && arithmetic <= best + 1e-9);
        }
    }
}
