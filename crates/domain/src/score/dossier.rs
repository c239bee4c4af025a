//! What each column adds to a county's score, and to its distance from another county. The parts sum to the score before rounding.
//!
//! An arithmetic mean has a closed form. A geometric mean and TOPSIS have none: a column's part is what swapping its value changes,
//! averaged over the orders in which columns can be swapped, a sample of 500 of them (Shapley 1953; sampled as Castro, Gómez and
//! Tejada 2009), each drawn order beside its reverse. Every order leads from one end to the other, so the parts sum exactly.

use super::{
    Aggregation, Scored,
    aggregate::{Cell, Sum, ideals},
};
use crate::random::SplitMix64;

/// Orders drawn; each is followed backwards as well.
const DRAWN_ORDERS: usize = 250;

/// A county's score in parts: `floor` + Σ `columns` is the score before rounding.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// Score of a county with the floor in every column that this one has (under TOPSIS: the worst value of each column).
    pub floor: f64,
    /// What each column adds to it, in points; 0 where the county has no value.
    pub columns: Vec<f64>,
}

/// A county's score in parts; the seed chooses the orders. `None` where it has no score.
#[must_use]
pub fn contributions(scored: &Scored, county: usize, seed: u64) -> Option<Contributions> {
    let own = Row::of(scored, county)?;
    if scored.aggregation == Aggregation::Arithmetic {
        let columns = own.parts(scored.floor);
        return Some(Contributions { floor: scored.floor, columns });
    }
    let floor = own.at_floor(scored);
    Some(Contributions { floor: floor.score()?, columns: telescoped(&floor, &own, seed) })
}

/// What each column adds to the lead of the county `above` over `county`, in points of the score before rounding: positive where it puts
/// `above` ahead. A value that only one of them has counts against their common mean score under an arithmetic mean. `None` where either has no score.
#[must_use]
pub fn gap_to(scored: &Scored, county: usize, above: usize, seed: u64) -> Option<Vec<f64>> {
    let (own, theirs) = (Row::of(scored, county)?, Row::of(scored, above)?);
    if scored.aggregation == Aggregation::Arithmetic {
        let middle = f64::midpoint(own.score()?, theirs.score()?);
        return Some(theirs.parts(middle).into_iter().zip(own.parts(middle)).map(|(theirs, own)| theirs - own).collect());
    }
    Some(telescoped(&own, &theirs, seed))
}

/// One county's values as the aggregation takes them, `None` where absent.
#[derive(Clone)]
struct Row<'a> {
    cells: Vec<Option<Cell>>,
    values: Vec<f64>,
    weights: &'a [f64],
    aggregation: Aggregation,
}

impl<'a> Row<'a> {
    /// `None` where the county has no score.
    fn of(scored: &'a Scored, county: usize) -> Option<Self> {
        let values = scored.normalised.iter().map(|column| column.get(county).copied()).collect::<Option<Vec<f64>>>()?;
        let row = Self::made_of(scored, values);
        row.score().is_some().then_some(row)
    }

    fn made_of(scored: &'a Scored, values: Vec<f64>) -> Self {
        let cell = |(value, column): (&f64, &Vec<f64>)| {
            (!value.is_nan()).then(|| Cell::of(*value, ideals(column, scored.aggregation), scored.aggregation))
        };
        let cells = values.iter().zip(&scored.normalised).map(cell).collect();
        Self { cells, values, weights: &scored.weights, aggregation: scored.aggregation }
    }

    /// The same columns with the least that each can be.
    fn at_floor(&self, scored: &'a Scored) -> Self {
        let least =
            |column: &Vec<f64>| if scored.aggregation == Aggregation::Topsis { ideals(column, scored.aggregation).1 } else { scored.floor };
        let values = self.values.iter().zip(&scored.normalised);
        Self::made_of(scored, values.map(|(value, column)| if value.is_nan() { f64::NAN } else { least(column) }).collect())
    }

    fn score(&self) -> Option<f64> {
        let present = self.cells.iter().zip(self.weights).filter_map(|(cell, weight)| Some(((*cell)?, *weight)));
        let sum = present.fold(Sum::default(), |sum, (cell, weight)| sum.plus(cell, weight, self.aggregation));
        Some(sum.score(self.aggregation)).filter(|score| score.is_finite())
    }

    /// Each value's distance from `base` times its weight in this county: with `base` they sum to the arithmetic mean.
    fn parts(&self, base: f64) -> Vec<f64> {
        let own: f64 = self.values.iter().zip(self.weights).filter(|(value, _)| !value.is_nan()).map(|(_, weight)| weight).sum();
        let part = |(value, weight): (&f64, &f64)| if value.is_nan() { 0.0 } else { weight / own * (value - base) };
        self.values.iter().zip(self.weights).map(part).collect()
    }
}

/// What each column adds on the way from one row to another, averaged over orders. A mix without any value counts as
/// half way, so that the way back is worth the same.
fn telescoped(from: &Row<'_>, to: &Row<'_>, seed: u64) -> Vec<f64> {
    let mut order: Vec<usize> =
        (from.cells.iter().zip(&to.cells).enumerate()).filter(|(_, (one, other))| one != other).map(|(number, _)| number).collect();
    let mut parts = vec![0.0; from.cells.len()];
    let mut random = SplitMix64::new(seed);
    for _ in 0..DRAWN_ORDERS {
        shuffle(&mut order, &mut random);
        walk(from, to, order.iter().copied(), &mut parts);
        walk(from, to, order.iter().rev().copied(), &mut parts);
    }
    parts.into_iter().map(|part| part / (2 * DRAWN_ORDERS) as f64).collect()
}

fn walk(from: &Row<'_>, to: &Row<'_>, order: impl Iterator<Item = usize>, parts: &mut [f64]) {
    let mut mix = from.clone();
    let mut before = from.score().unwrap_or_default();
    let half_way = f64::midpoint(before, to.score().unwrap_or_default());
    for column in order {
        if let (Some(own), Some(theirs), Some(part)) = (mix.cells.get_mut(column), to.cells.get(column), parts.get_mut(column)) {
            *own = *theirs;
            let now = mix.score().unwrap_or(half_way);
            *part += now - before;
            before = now;
        }
    }
}

/// Fisher and Yates.
fn shuffle(order: &mut [usize], random: &mut SplitMix64) {
    for last in (1..order.len()).rev() {
        let drawn = random.between(0, i64::try_from(last).unwrap_or(0));
        order.swap(last, usize::try_from(drawn).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::score::{
        Column, score,
        tests::{column, rules},
    };

    const NAN: f64 = f64::NAN;
    const METHODS: [&str; 5] = [
        "",
        "aggregation = \"geometric\"",
        "aggregation = \"topsis\"",
        "aggregation = \"topsis\"\nnormalisation = \"z_score\"\nweighting = \"critic\"",
        "aggregation = \"geometric\"\nnormalisation = \"attainment\"\nweighting = \"equal_by_section\"",
    ];

    fn is_near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    #[test]
    fn an_arithmetic_score_comes_apart_by_hand() {
        // Weights ½: 80 and 100 are (80 − 60) / 2 = 10 and 20 above 60; the third has 60 and 73.33.
        let scored = score(&[column(&[6.0, 8.0, 4.0]), column(&[4.0, 1.0, 2.0])], 3, &rules(""));
        assert_eq!(contributions(&scored, 0, 1), Some(Contributions { floor: 60.0, columns: vec![10.0, 20.0] }));
        // The first leads the second by 90 − 80: the second gains 10 in the first column and loses 20 in the other.
        assert_eq!(gap_to(&scored, 1, 0, 1), Some(vec![-10.0, 20.0]));
    }

    #[test]
    fn counties_with_no_column_in_common_are_as_far_apart_both_ways() {
        let columns = [[5.0, NAN, 1.0], [NAN, 7.0, 2.0], [NAN, 3.0, 9.0]].map(|values| column(&values));
        let scored = score(&columns, 3, &rules("aggregation = \"geometric\"\nminimum_coverage = 1"));
        let (there, back) = (gap_to(&scored, 1, 0, 7).unwrap(), gap_to(&scored, 0, 1, 7).unwrap());
        assert!(is_near(there.iter().sum(), scored.exact[0] - scored.exact[1]));
        assert!(there.iter().zip(&back).all(|(one, other)| is_near(*one, -other)), "{there:?} {back:?}");
    }

    #[test]
    fn a_missing_value_counts_against_the_common_mean() {
        // Scores 80 (60 and 100) and 100 (100 alone): middle 90. The leader's 100 counts 10; the other's parts are ½ (60 − 90) and ½ (100 − 90).
        let scored = score(&[column(&[1.0, 2.0]), column(&[5.0, NAN])], 2, &rules(""));
        assert_eq!(gap_to(&scored, 0, 1, 1), Some(vec![10.0 + 15.0, -5.0]));
    }

    #[test]
    fn two_columns_are_exact_under_a_geometric_mean() {
        // From √(60·60) to √(100·80): each column's part is the mean of swapping it first and last.
        let scored = score(&[column(&[2.0, 1.0]), column(&[1.5, 1.0])], 2, &rules("aggregation = \"geometric\""));
        let scored = Scored { normalised: vec![vec![100.0, 60.0], vec![80.0, 60.0]], ..scored };
        let found = contributions(&scored, 0, 3).unwrap();
        let (first, both) = ((100.0_f64 * 60.0).sqrt(), (100.0_f64 * 80.0).sqrt());
        let second = (60.0_f64 * 80.0).sqrt();
        let expected = [((first - 60.0) + (both - second)) / 2.0, ((second - 60.0) + (both - first)) / 2.0];
        assert!(is_near(found.floor, 60.0) && found.columns.iter().zip(expected).all(|(found, expected)| is_near(*found, expected)));
    }

    #[test]
    fn counties_without_a_common_column_still_come_apart() {
        let columns = [column(&[1.0, NAN, 3.0]), column(&[NAN, 1.0, 3.0])];
        for method in METHODS.iter().take(3) {
            let scored = score(&columns, 3, &rules(method));
            let gap = gap_to(&scored, 0, 1, 5).unwrap();
            assert!(is_near(gap.iter().sum(), scored.exact[1] - scored.exact[0]), "{method}: {gap:?}");
        }
    }

    #[test]
    fn no_score_no_dossier() {
        let scored = score(&[column(&[1.0, NAN])], 2, &rules(""));
        assert_eq!(contributions(&scored, 1, 1), None);
        assert_eq!(contributions(&scored, 2, 1), None);
        assert_eq!(gap_to(&scored, 1, 0, 1), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn parts_sum_to_the_score_and_to_the_gap(
            cells in proptest::collection::vec(proptest::option::weighted(0.85, -60_i32..100), 30),
            seed: u64,
        ) {
            let cells: Vec<f64> = cells.into_iter().map(|cell| cell.map_or(NAN, f64::from)).collect();
            let columns: Vec<Column> = cells
                .chunks_exact(6)
                .enumerate()
                .map(|(number, values)| Column { expected: vec![20.0; 6], section: number / 2, ..column(values) })
                .collect();
            for method in METHODS {
                let scored = score(&columns, 6, &rules(method));
                for (county, exact) in scored.exact.iter().enumerate().filter(|(_, exact)| exact.is_finite()) {
                    let parts = contributions(&scored, county, seed).unwrap();
                    prop_assert!(is_near(parts.floor + parts.columns.iter().sum::<f64>(), *exact), "{method}: {parts:?} {exact}");
                    if scored.exact[0].is_finite() {
                        let gap = gap_to(&scored, county, 0, seed).unwrap();
                        prop_assert!(is_near(gap.iter().sum(), scored.exact[0] - exact), "{method}: {gap:?}");
                        let back = gap_to(&scored, 0, county, seed).unwrap();
                        prop_assert!(gap.iter().zip(back).all(|(one, other)| is_near(*one, -other)));
                    }
                }
            }
        }
    }

    #[rstest]
    fn a_dossier_is_the_same_every_time(#[values(1, 2)] method: usize) {
        let columns: Vec<Column> = (0..5).map(|number| column(&[1.0, f64::from(number), 7.0, 3.5])).collect();
        let scored = score(&columns, 4, &rules(METHODS[method]));
        assert_eq!(contributions(&scored, 1, 9), contributions(&scored, 1, 9));
    }
}
