//! What holds for every signal, whatever it is given.

use proptest::{collection::vec, option::of, prelude::*};

use super::{
    testing::{asks_to_verify, rules},
    *,
};
use crate::testing::month;

const QUANTITY: Quantity<'_> = Quantity { name: "指标", unit: "%", decimals: 1 };

#[test]
fn names_are_the_serialised_ones() {
    for kind in SignalKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
    }
}

#[test]
fn a_step_follows_the_places() {
    let step = |decimals| Quantity { decimals, ..QUANTITY }.step();
    assert_eq!([step(0), step(1), step(6), step(9)], [1_000_000, 100_000, 1, 1]);
}

/// Values as they come, as they cluster, and as they never should be.
fn micros() -> impl Strategy<Value = i64> {
    prop_oneof![0_i64..3_000_000, -50_i64..50, any::<i64>(), Just(0), Just(5_500_000)]
}

/// The most eager rules a policy may set, so that messages are made.
fn eager() -> IntegrityRules {
    IntegrityRules {
        significance: 0.1,
        minimum_in_window: 5,
        run_length: 3,
        robust_z: 2.0,
        minimum_counties: 5,
        minimum_values: 50,
        orders_of_magnitude: 1.0,
        ..rules()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn one_column_of_anything(values in vec(of(micros()), 0..80), number in micros(), county_units in prop_oneof![Just(1), Just(10_000), any::<i64>()]) {
        let subject = Subject { quantity: QUANTITY, counties: &[], periods: &[] };
        let present: Vec<i64> = values.iter().flatten().copied().collect();
        let total = Total { value: number, quantity: QUANTITY, county_units };
        let signals = [
            bunching(&values, number, &subject, &eager()),
            sum_mismatch(&values, &total, &subject, &eager()),
            last_digit(&present, &subject, &eager()),
            first_digit(&present, &subject, &eager()),
        ];
        signals.iter().flatten().for_each(asks_to_verify);
    }

    #[test]
    fn counties_of_anything(rows in vec(of((micros(), micros(), micros(), micros())), 0..30), target in micros()) {
        let subject = Subject { quantity: QUANTITY, counties: &["甲县"], periods: &[month(12)] };
        let bases: Vec<_> = rows.iter().map(|row| row.map(|(growth, amount, last_year, _)| Base { growth, amount, last_year })).collect();
        let year_end = |(november, december, last_november, last_december)| YearEnd { november, december, last_november, last_december };
        let years: Vec<_> = rows.iter().map(|row| row.map(year_end)).collect();
        base_lowered(&bases, target, &subject, &QUANTITY, &eager()).iter().for_each(asks_to_verify);
        december_jump(&years, &subject, &eager()).iter().for_each(asks_to_verify);
    }

    #[test]
    fn panels_of_anything(panel in vec(vec(of(0_i64..3), 0..14), 0..20)) {
        let periods: Vec<Period> = (2..=12).map(month).collect();
        let signals = repeated(&panel, &Subject { quantity: QUANTITY, counties: &[], periods: &periods }, &eager());
        signals.iter().for_each(asks_to_verify);
        for signal in &signals {
            prop_assert!(signal.periods.len() <= periods.len() && signal.counties.len() == 1);
        }
    }
}
