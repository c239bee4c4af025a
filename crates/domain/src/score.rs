//! The composite score (综合得分): due indicators made comparable, weighed and aggregated over the counties of one group.
//!
//! Larger is better in every column. Scores are binary floats; in matrices NaN stands for no value, and nowhere else.

mod aggregate;
pub mod board;
pub mod dossier;
pub mod honours;
pub mod movement;
mod normalise;
pub mod robustness;
mod rules;
#[cfg(test)]
mod vectors;
pub mod veto;
mod weight;

pub use self::{
    aggregate::aggregate,
    normalise::{GEOMETRIC_FLOOR, normalise},
    rules::{Aggregation, CompositeRules, Group, Normalisation, UNGROUPED, Weighting, groups},
    weight::weights,
};
use crate::{micros, ranking};

/// One due indicator over the counties of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// One for each county, in the indicator's unit, rounded as published (at most six decimals); NaN where nothing comparable was reported.
    pub values: Vec<f64>,
    /// What the pace expects of each county; NaN, or left out at the end, where nothing.
    pub expected: Vec<f64>,
    /// Number of the plan's section that it stands under.
    pub section: usize,
    /// Weight by policy or group, 0 or more; only compared with those of the other columns.
    pub given_weight: f64,
}

/// Scores and places of the counties of a group, in the order of the columns' values.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Rounded to hundredths; `None` under the minimum coverage, or without a value of any weight.
    pub scores: Vec<Option<f64>>,
    /// Places by score: equal hundredths share the better place and the next is skipped.
    pub ranks: Vec<Option<u32>>,
    /// Columns with a value.
    pub counted: Vec<usize>,
    /// Weight of each column, sum 1.
    pub weights: Vec<f64>,
    /// Normalised values by column, NaN where absent.
    pub normalised: Vec<Vec<f64>>,
    /// Scores before rounding, also under the minimum coverage; NaN without a value of any weight.
    pub exact: Vec<f64>,
    /// How the scores were aggregated.
    pub aggregation: Aggregation,
    /// Normalised value from which contributions count: the lowest efficacy, else 0; the mean for z-scores, the target for distances.
    pub floor: f64,
}

/// Scores and places of a group's counties over the due columns, all by the policy. `counties` is the length of every column.
#[must_use]
pub fn score(columns: &[Column], counties: usize, rules: &CompositeRules) -> Scored {
    let normalised = normalised(columns, counties, rules.normalisation, rules);
    let weights = weights(columns, rules.weighting);
    let exact = aggregate(&normalised, &weights, counties, rules.aggregation);
    let counted = counted(&normalised, counties);
    let ranked = |(exact, counted): (&f64, &usize)| {
        let covered = *counted as f64 * 100.0 >= rules.minimum_coverage * columns.len() as f64;
        (covered && exact.is_finite()).then(|| rounded(*exact))
    };
    let scores: Vec<Option<f64>> = exact.iter().zip(&counted).map(ranked).collect();
    let (ranks, floor) = (places(&scores), floor(rules));
    Scored { scores, ranks, counted, weights, normalised, exact, aggregation: rules.aggregation, floor }
}

fn normalised(columns: &[Column], counties: usize, method: Normalisation, rules: &CompositeRules) -> Vec<Vec<f64>> {
    let one = |column: &Column| {
        let mut values = normalise(column, method, rules);
        values.resize(counties, f64::NAN);
        values
    };
    columns.iter().map(one).collect()
}

fn counted(normalised: &[Vec<f64>], counties: usize) -> Vec<usize> {
    let mut counted = vec![0; counties];
    for column in normalised {
        for (count, value) in counted.iter_mut().zip(column) {
            *count += usize::from(!value.is_nan());
        }
    }
    counted
}

fn floor(rules: &CompositeRules) -> f64 {
    match (rules.normalisation, rules.aggregation) {
        (Normalisation::Efficacy, _) => rules.lowest,
        (Normalisation::Attainment, Aggregation::Geometric) => GEOMETRIC_FLOOR,
        _ => 0.0,
    }
}

/// The score as printed, with two decimals.
fn rounded(score: f64) -> f64 {
    hundredths(score) as f64 / 100.0
}

/// Whole hundredths, half away from zero, at most ± 4 × 10¹⁴ so that millionths fit. The tenth decimal is rounded first, so that sums
/// taken in another order still round alike.
fn hundredths(score: f64) -> i64 {
    if score.abs() < 1e8 {
        let tenth_decimal = (score * 1e10 + 0.5_f64.copysign(score)) as i64;
        (tenth_decimal + tenth_decimal.signum() * 50_000_000) / 100_000_000
    } else {
        (score * 100.0).round().clamp(-4e14, 4e14) as i64
    }
}

/// Places of scores, compared as rounded to hundredths.
fn places(scores: &[Option<f64>]) -> Vec<Option<u32>> {
    let published: Vec<i64> = scores.iter().map(|score| score.map_or(micros::ABSENT, published)).collect();
    ranking::column_places(&published, 2).into_iter().map(|place| place.map(ranking::Place::get)).collect()
}

/// A score in millionths, rounded to hundredths.
fn published(score: f64) -> i64 {
    hundredths(score) * 10_000
}

/// In whole millionths, at most ± 4 × 10¹⁸ so that differences fit.
fn in_micros(value: f64) -> i64 {
    (value * 1e6).round().clamp(-4e18, 4e18) as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const NAN: f64 = f64::NAN;

    /// The example with more lines; a field that is written in them replaces the example's.
    pub(super) fn rules(more: &str) -> CompositeRules {
        let fields: Vec<&str> = more.lines().filter_map(|line| Some(line.split_once('=')?.0.trim())).collect();
        let example = crate::testing::policy_section("composite");
        let kept = example.lines().filter(|line| !fields.contains(&line.split('=').next().unwrap_or_default().trim()));
        let text: String = kept.chain(more.lines()).map(|line| format!("{line}\n")).collect();
        let rules: CompositeRules = toml::from_str(&text).unwrap();
        assert_eq!(rules.check(), Ok(()));
        rules
    }

    /// One column without expected values, in section 0 with weight 1.
    pub(super) fn column(values: &[f64]) -> Column {
        Column { values: values.to_vec(), expected: Vec::new(), section: 0, given_weight: 1.0 }
    }

    #[test]
    fn scores_are_the_mean_of_efficacies() {
        // First: 6 of 4..8 is 60 + 0.5 × 40 = 80, then 100: (80 + 100) / 2. Second: 100 and 60. Third: 60 and (2−1)/(4−1) × 40 + 60 = 73.33.
        let scored = score(&[column(&[6.0, 8.0, 4.0]), column(&[4.0, 1.0, 2.0])], 3, &rules(""));
        assert_eq!(scored.scores, [Some(90.0), Some(80.0), Some(66.67)]);
        assert_eq!(scored.ranks, [Some(1), Some(2), Some(3)]);
        assert_eq!((scored.weights, scored.floor), (vec![0.5, 0.5], 60.0));
    }

    #[test]
    fn under_half_of_the_due_indicators_is_not_ranked() {
        let some = column(&[1.0, 2.0, NAN]);
        let scored = score(&[some.clone(), some, column(&[3.0, NAN, NAN]), column(&[NAN; 3])], 3, &rules(""));
        assert_eq!(scored.counted, [3, 2, 0]);
        // Two of four are exactly 50 % and enough. 1 of 1..2 twice and an only value: (60 + 60 + 100) / 3; 2 of 1..2 twice: 100.
        assert_eq!(scored.scores, [Some(73.33), Some(100.0), None]);
        assert_eq!(scored.ranks, [Some(2), Some(1), None]);
        let strict = score(&[column(&[1.0, 2.0]), column(&[3.0, NAN])], 2, &rules("minimum_coverage = 51"));
        assert_eq!(strict.ranks, [Some(1), None]);
        assert_eq!(strict.exact, [80.0, 100.0]);
    }

    #[test]
    fn equal_to_the_hundredth_is_equal() {
        // 60 + 40 × 0.1 ÷ 1000 = 60.004 and 60 + 40 × 0.12 ÷ 1000 = 60.0048 are both printed 60.00.
        let scored = score(&[column(&[0.1, 0.12, 1000.0, 0.0])], 4, &rules(""));
        assert_eq!(scored.ranks, [Some(2), Some(2), Some(1), Some(2)]);
    }

    #[rstest]
    #[case(66.664_999_999_999_99, 66.67)]
    #[case(-0.005, -0.01)]
    #[case(-0.001, 0.0)]
    #[case(-123_456_789.125, -123_456_789.13)]
    #[case(1e300, 4e12)]
    fn scores_round_half_away_from_zero(#[case] exact: f64, #[case] rounded: f64) {
        assert_eq!(super::rounded(exact), rounded);
    }

    #[test]
    fn nothing_due_ranks_nobody() {
        let scored = score(&[], 1, &rules(""));
        assert_eq!((scored.scores, scored.ranks, scored.counted), (vec![None], vec![None], vec![0]));
    }

    #[rstest]
    fn a_county_that_is_better_in_everything_is_never_behind(
        #[values("attainment", "min_max", "z_score", "rank", "efficacy", "distance")] normalisation: &str,
        #[values("given", "equal", "equal_by_section", "entropy", "critic")] weighting: &str,
        #[values("arithmetic", "topsis")] aggregation: &str,
    ) {
        let columns = [[5.0, 1.0, 3.0, -2.0], [9.0, 8.0, 8.5, 2.0], [0.3, 0.1, 0.3, 0.2]]
            .map(|values| Column { expected: vec![4.0; 4], ..column(&values) });
        let text = format!("normalisation = \"{normalisation}\"\nweighting = \"{weighting}\"\naggregation = \"{aggregation}\"");
        let scored = score(&columns, 4, &rules(&text));
        assert_eq!(scored.ranks[0], Some(1), "{:?}", scored.scores);
        assert!(scored.scores.iter().flatten().all(|score| score.is_finite()));
        assert!((scored.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn scores_stay_in_bounds_and_follow_the_values(values in proptest::collection::vec(-1_000_i32..1_000, 1..70)) {
            let values: Vec<f64> = values.into_iter().map(|tenths| f64::from(tenths) / 10.0).collect();
            let scored = score(&[column(&values)], values.len(), &rules(""));
            for (value, score) in values.iter().zip(&scored.scores) {
                prop_assert!((60.0..=100.0).contains(&score.unwrap()));
                prop_assert!(values.iter().zip(&scored.scores).all(|(other, theirs)| other <= value || theirs > score));
            }
        }

        #[test]
        fn the_order_of_counties_does_not_matter(values in proptest::collection::vec(-1_000_i32..1_000, 12..36)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let third = values.len() / 3;
            let columns: Vec<Column> = values.chunks_exact(third).map(column).collect();
            let turned: Vec<Column> =
                values.chunks_exact(third).map(|chunk| column(&chunk.iter().rev().copied().collect::<Vec<_>>())).collect();
            let text = "weighting = \"critic\"\naggregation = \"topsis\"";
            let mut back = score(&turned, third, &rules(text)).scores;
            back.reverse();
            prop_assert_eq!(score(&columns, third, &rules(text)).scores, back);
        }
    }
}
