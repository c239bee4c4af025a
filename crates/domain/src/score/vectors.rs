//! Agreement with other implementations on the same matrices, to 10⁻⁹. `testdata/composite/make.py` says which, and their versions.

use serde_json::Value;

use super::{Aggregation, Column, Normalisation, Weighting, aggregate, normalise, tests::rules, weight, weights};

const TOLERANCE: f64 = 1e-9;

fn document() -> Value {
    serde_json::from_str(include_str!("../../testdata/composite/vectors.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap_or(f64::NAN)).collect()
}

fn matrix(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn columns(case: &Value) -> Vec<Column> {
    let given = numbers(&case["given"]);
    let column = |(values, given_weight)| Column { values, expected: Vec::new(), section: 0, given_weight };
    matrix(&case["columns"]).into_iter().zip(given).map(column).collect()
}

/// Compares where the case has the key, and counts the comparison.
fn compare(case: &Value, key: &str, found: &[f64], compared: &mut usize) {
    let Some(expected) = case.get(key).map(numbers) else { return };
    assert_eq!(found.len(), expected.len(), "{} {key}", case["name"]);
    for (found, expected) in found.iter().zip(&expected) {
        let agrees = (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0) || (found.is_nan() && expected.is_nan());
        assert!(agrees, "{} {key}: {found} is not {expected}", case["name"]);
    }
    *compared += 1;
}

const METHODS: [(&str, Normalisation); 4] = [
    ("min_max", Normalisation::MinMax),
    ("z_score", Normalisation::ZScore),
    ("rank", Normalisation::Rank),
    ("efficacy", Normalisation::Efficacy),
];

#[test]
fn normalisations_agree() {
    for case in document()["cases"].as_array().unwrap() {
        for (key, method) in METHODS {
            for (column, expected) in columns(case).iter().zip(case[key].as_array().unwrap()) {
                let mut compared = 0;
                let one = serde_json::json!({ "name": case["name"], (key): expected });
                compare(&one, key, &normalise(column, method, &rules("")), &mut compared);
                assert_eq!(compared, 1);
            }
        }
    }
}

#[test]
fn weights_agree() {
    let mut compared = 0;
    for case in document()["cases"].as_array().unwrap() {
        let columns = columns(case);
        for (key, weighting) in
            [("given", Weighting::Given), ("equal", Weighting::Equal), ("entropy", Weighting::Entropy), ("critic", Weighting::Critic)]
        {
            compare(case, key, &weights(&columns, weighting), &mut compared);
        }
        // Entropies as the other implementation takes them, of positive amounts as they are.
        let is_spread = |values: &[f64]| values.iter().any(|value| value.total_cmp(&values[0]).is_ne());
        let strict = columns.iter().filter(|column| column.values.iter().all(|value| *value > 0.0) && is_spread(&column.values));
        let raw: Vec<f64> = strict.map(|column| weight::divergence(&column.values)).collect();
        let total: f64 = raw.iter().sum();
        compare(case, "entropy_of_positive_columns", &raw.iter().map(|weight| weight / total).collect::<Vec<_>>(), &mut compared);
    }
    assert_eq!(compared, 4 * 4 + 3);
}

#[test]
fn aggregations_agree() {
    let mut compared = 0;
    for case in document()["cases"].as_array().unwrap() {
        let columns = columns(case);
        let given = weights(&columns, Weighting::Given);
        for (key, method, aggregation) in [
            ("topsis", Normalisation::MinMax, Aggregation::Topsis),
            ("topsis_z_score", Normalisation::ZScore, Aggregation::Topsis),
            ("topsis_rank", Normalisation::Rank, Aggregation::Topsis),
            ("weighted_sum", Normalisation::MinMax, Aggregation::Arithmetic),
            ("weighted_sum_efficacy", Normalisation::Efficacy, Aggregation::Arithmetic),
            ("weighted_product_efficacy", Normalisation::Efficacy, Aggregation::Geometric),
        ] {
            let normalised: Vec<Vec<f64>> = columns.iter().map(|column| normalise(column, method, &rules(""))).collect();
            compare(case, key, &aggregate(&normalised, &given, columns[0].values.len(), aggregation), &mut compared);
        }
    }
    assert_eq!(compared, 3 * 6 + 4);
}
