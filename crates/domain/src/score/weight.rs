//! What the columns weigh.

use super::{Column, Weighting, normalise::Spread};

/// Below this a sum of weights is rounding noise.
const NOTHING: f64 = 1e-12;

/// Where min–max puts the least value before entropies are taken: they exist for positive values alone, and growth may be negative.
const ENTROPY_FLOOR: f64 = 0.01;

/// The weights of a group's columns: 0 or more, sum 1.
///
/// Entropy and CRITIC look at the values, not at their normalisation; entropy is taken of min–max moved to 0.01 … 1, CRITIC of
/// min–max with correlations over the counties that have both values (0 where fewer than two have, or either is constant there).
/// A constant column then weighs nothing. Where no weight is left, the columns that differ between counties weigh the same, or all where none does.
#[must_use]
pub fn weights(columns: &[Column], weighting: Weighting) -> Vec<f64> {
    let raw = match weighting {
        Weighting::Equal => vec![1.0; columns.len()],
        Weighting::Given => {
            columns.iter().map(|column| if column.given_weight.is_finite() { column.given_weight.max(0.0) } else { 0.0 }).collect()
        }
        Weighting::EqualBySection => by_section(columns),
        Weighting::Entropy => columns.iter().map(|column| divergence(&min_max(column, ENTROPY_FLOOR))).collect(),
        Weighting::Critic => critic(&columns.iter().map(|column| min_max(column, 0.0)).collect::<Vec<_>>()),
    };
    summed_to_one(raw, columns)
}

fn summed_to_one(raw: Vec<f64>, columns: &[Column]) -> Vec<f64> {
    let differs = |column: &Column| if Spread::of(&column.values).is_constant() { 0.0 } else { 1.0 };
    let or_those_that_differ = || scaled(columns.iter().map(differs).collect());
    scaled(raw).or_else(or_those_that_differ).or_else(|| scaled(vec![1.0; columns.len()])).unwrap_or_default()
}

/// `None` where the weights sum to nothing.
fn scaled(weights: Vec<f64>) -> Option<Vec<f64>> {
    let total: f64 = weights.iter().sum();
    (total > NOTHING).then(|| weights.into_iter().map(|weight| weight / total).collect())
}

fn by_section(columns: &[Column]) -> Vec<f64> {
    let beside = |section: usize| columns.iter().filter(|column| column.section == section).count();
    columns.iter().map(|column| 1.0 / beside(column.section) as f64).collect()
}

/// From `floor` to 1; nothing at all where no value differs.
fn min_max(column: &Column, floor: f64) -> Vec<f64> {
    let spread = Spread::of(&column.values);
    if spread.is_constant() { Vec::new() } else { spread.between(&column.values, floor, 1.0) }
}

/// 1 − entropy of the parts that positive values have in their sum, relative to equal parts; 0 for fewer than two values.
pub(super) fn divergence(values: &[f64]) -> f64 {
    let present = || values.iter().filter(|value| value.is_finite());
    let (count, total) = (present().count(), present().sum::<f64>());
    if count < 2 {
        return 0.0;
    }
    let entropy: f64 = present().map(|value| value / total).map(|part| -part * part.ln()).sum();
    (1.0 - entropy / (count as f64).ln()).max(0.0)
}

/// Sample standard deviation × Σ (1 − correlation with each other column).
fn critic(columns: &[Vec<f64>]) -> Vec<f64> {
    let mut conflict = vec![0.0; columns.len()];
    for (number, one) in columns.iter().enumerate().filter(|(_, column)| !column.is_empty()) {
        for (other_number, other) in columns.iter().enumerate().skip(number + 1).filter(|(_, column)| !column.is_empty()) {
            let apart = 1.0 - correlation(one, other);
            for slot in [number, other_number] {
                if let Some(sum) = conflict.get_mut(slot) {
                    *sum += apart;
                }
            }
        }
    }
    columns.iter().zip(conflict).map(|(column, conflict)| sample_deviation(column) * conflict).collect()
}

fn sample_deviation(values: &[f64]) -> f64 {
    let present = || values.iter().filter(|value| value.is_finite());
    let count = present().count();
    if count < 2 {
        return 0.0;
    }
    let mean = present().sum::<f64>() / count as f64;
    (present().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1) as f64).sqrt()
}

/// Pearson's correlation over the rows that have both, −1 to 1; 0 where it is not defined.
fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let pairs = || one.iter().zip(other).filter(|(x, y)| x.is_finite() && y.is_finite());
    let (count, x, y) = pairs().fold((0.0, 0.0, 0.0), |(count, sum_x, sum_y), (x, y)| (count + 1.0, sum_x + x, sum_y + y));
    let (mean_x, mean_y) = (x / f64::max(count, 1.0), y / f64::max(count, 1.0));
    let (xx, yy, xy) =
        pairs().map(|(x, y)| (x - mean_x, y - mean_y)).fold((0.0, 0.0, 0.0), |(xx, yy, xy), (x, y)| (xx + x * x, yy + y * y, xy + x * y));
    // Values lie between 0 and 1: smaller sums of squares are what rounding leaves of equal values.
    if xx.min(yy) < NOTHING * NOTHING { 0.0 } else { (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::score::tests::column;

    #[test]
    fn sections_weigh_the_same() {
        let columns = [0, 0, 1].map(|section| Column { section, ..column(&[1.0, 2.0]) });
        assert_eq!(weights(&columns, Weighting::EqualBySection), [0.25, 0.25, 0.5]);
    }

    #[rstest]
    #[case(&[3.0, 1.0], &[0.75, 0.25])]
    #[case(&[0.0, 2.0], &[0.0, 1.0])]
    #[case(&[0.0, 0.0], &[0.5, 0.5])]
    fn given_weights_sum_to_one(#[case] given: &[f64], #[case] expected: &[f64]) {
        let columns: Vec<Column> = given.iter().map(|weight| Column { given_weight: *weight, ..column(&[1.0, 2.0]) }).collect();
        assert_eq!(weights(&columns, Weighting::Given), expected);
    }

    #[rstest]
    fn columns_that_say_nothing_weigh_nothing(#[values(Weighting::Entropy, Weighting::Critic)] weighting: Weighting) {
        let (flat, empty, one) = (column(&[4.0, 4.0, 4.0]), column(&[f64::NAN; 3]), column(&[1.0, 5.0, 2.0]));
        let other = column(&[3.0, 1.0, 2.0]);
        let found = weights(&[flat.clone(), one.clone(), empty.clone(), other], weighting);
        assert_eq!((found[0], found[2]), (0.0, 0.0));
        assert!(found[1] > 0.0 && found[3] > 0.0);
        // The only one that differs has all, and where none does all weigh the same.
        assert_eq!(weights(&[flat.clone(), one], weighting), [0.0, 1.0]);
        assert_eq!(weights(&[flat, empty], weighting), [0.5, 0.5]);
        assert_eq!(weights(&[], weighting), [0.0; 0]);
    }

    #[test]
    fn columns_in_full_agreement_weigh_the_same() {
        let columns = [column(&[1.0, 2.0, 4.0]), column(&[10.0, 20.0, 40.0]), column(&[7.0, 7.0, 7.0])];
        assert_eq!(weights(&columns, Weighting::Critic), [0.5, 0.5, 0.0]);
    }

    proptest! {
        #[test]
        fn weights_sum_to_one_whatever_is_reported(
            cells in proptest::collection::vec(proptest::option::of(-50_i32..50), 40),
            width in 1_usize..8,
        ) {
            let cells: Vec<f64> = cells.into_iter().map(|cell| cell.map_or(f64::NAN, f64::from)).collect();
            let columns: Vec<Column> = cells.chunks_exact(40 / width).take(width).map(column).collect();
            for weighting in [Weighting::Given, Weighting::Equal, Weighting::EqualBySection, Weighting::Entropy, Weighting::Critic] {
                let weights = weights(&columns, weighting);
                prop_assert!(weights.iter().all(|weight| (0.0..=1.0 + 1e-12).contains(weight)), "{weights:?}");
                prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{weights:?}");
            }
        }
    }
}
