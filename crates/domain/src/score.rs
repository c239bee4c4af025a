//! The composite score: 功效系数 of each due indicator on values rounded as published, equal weights. Only scores are binary floats.

use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{decimal, policy::CompositeRules, ranking};

/// The values of one due indicator, one for each county in the same order.
#[derive(Debug, Clone)]
pub struct Column {
    /// Decimals that the indicator is published with.
    pub decimals: u32,
    /// `None` where nothing comparable was reported.
    pub values: Vec<Option<Decimal>>,
}

/// A county's score and place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Rounded to two decimals, within the policy's bounds; `None` under the minimum coverage.
    pub score: Option<f64>,
    /// Place by score; `None` where there is none.
    pub rank: Option<u32>,
    /// Indicators with a value.
    pub counted: usize,
}

/// Scores and places of all counties over the due indicators.
#[must_use]
pub fn standings(columns: &[Column], counties: usize, rules: &CompositeRules) -> Vec<Standing> {
    let scored: Vec<Vec<Option<f64>>> = columns.iter().map(|column| efficacy(column, rules)).collect();
    let of_county = |county: usize| scored.iter().filter_map(move |column| column.get(county).copied().flatten());
    let means: Vec<(Option<i64>, usize)> = (0..counties)
        .map(|county| {
            let counted = of_county(county).count();
            (covered(counted, columns.len(), rules).then(|| hundredths(of_county(county).sum::<f64>() / counted as f64)), counted)
        })
        .collect();
    let keys: Vec<Option<i64>> = means.iter().map(|(key, _)| *key).collect();
    let places = ranking::places(&keys);
    means
        .into_iter()
        .zip(places)
        .map(|((key, counted), rank)| Standing { score: key.map(|key| key as f64 / 100.0), rank, counted })
        .collect()
}

/// lowest + (x − min) / (max − min) × (highest − lowest); everyone gets the highest where all values are equal.
fn efficacy(column: &Column, rules: &CompositeRules) -> Vec<Option<f64>> {
    let rounded: Vec<Option<Decimal>> =
        column.values.iter().map(|value| value.map(|value| decimal::round(value, column.decimals))).collect();
    let bounds = rounded.iter().flatten().min().zip(rounded.iter().flatten().max());
    let Some((least, most)) = bounds else { return vec![None; rounded.len()] };
    let score = |value: Decimal| match (value - least).checked_div(most - least) {
        Some(part) => rules.lowest + part * (rules.highest - rules.lowest),
        None => rules.highest,
    };
    rounded.iter().map(|value| value.and_then(|value| score(value).to_f64())).collect()
}

fn covered(counted: usize, due: usize, rules: &CompositeRules) -> bool {
    counted > 0 && Decimal::from(counted) * Decimal::ONE_HUNDRED >= rules.minimum_coverage * Decimal::from(due)
}

/// Scores are equal where they are printed equal.
fn hundredths(score: f64) -> i64 {
    (score * 100.0).round() as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{policy::Policy, testing::dec};

    fn rules() -> CompositeRules {
        Policy::example().unwrap().composite
    }

    fn column(values: &[Option<&str>]) -> Column {
        Column { decimals: 1, values: values.iter().map(|value| value.map(dec)).collect() }
    }

    #[test]
    fn scores_are_the_mean_of_efficacies() {
        // First: 6 of 4..8 is 60 + 0.5 × 40 = 80, then 100: (80 + 100) / 2. Second: 100 and 60. Third: 60 and (2−1)/(4−1) × 40 + 60 = 73.33.
        let columns = [column(&[Some("6"), Some("8"), Some("4")]), column(&[Some("4"), Some("1"), Some("2")])];
        let standings = standings(&columns, 3, &rules());
        let scores: Vec<_> = standings.iter().map(|standing| standing.score.unwrap()).collect();
        assert_eq!(scores, [90.0, 80.0, 66.67]);
        assert_eq!(standings.iter().map(|standing| standing.rank).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn under_half_of_the_due_indicators_is_not_ranked() {
        let some = [Some("1"), Some("2"), None];
        let columns = [column(&some), column(&some), column(&[Some("3"), None, None]), column(&[None, None, None])];
        let standings = standings(&columns, 3, &rules());
        assert_eq!(standings.iter().map(|standing| standing.counted).collect::<Vec<_>>(), [3, 2, 0]);
        // Two of four are exactly 50 % and enough. 1 of 1..2 twice and an only value: (60 + 60 + 100) / 3; 2 of 1..2 twice: 100.
        assert_eq!(standings.iter().map(|standing| standing.score).collect::<Vec<_>>(), [Some(73.33), Some(100.0), None]);
        assert_eq!(standings.iter().map(|standing| standing.rank).collect::<Vec<_>>(), [Some(2), Some(1), None]);
    }

    #[test]
    fn equal_as_published_is_equal() {
        let standings = standings(&[column(&[Some("5.51"), Some("5.49"), Some("5.0")])], 3, &rules());
        assert_eq!(standings.iter().map(|standing| standing.rank).collect::<Vec<_>>(), [Some(1), Some(1), Some(3)]);
    }

    #[test]
    fn nothing_due_ranks_nobody() {
        assert_eq!(standings(&[], 1, &rules()), [Standing { score: None, rank: None, counted: 0 }]);
    }

    proptest! {
        #[test]
        fn scores_stay_in_bounds_and_follow_the_values(values in proptest::collection::vec(-1_000_i64..1_000, 1..70)) {
            let column = Column { decimals: 1, values: values.iter().map(|value| Some(Decimal::new(*value, 1))).collect() };
            let standings = standings(&[column], values.len(), &rules());
            for (value, standing) in values.iter().zip(&standings) {
                let score = standing.score.unwrap();
                prop_assert!((60.0..=100.0).contains(&score));
                prop_assert!(values.iter().zip(&standings).all(|(other, theirs)| other <= value || theirs.score.unwrap() > score));
            }
        }
    }
}
