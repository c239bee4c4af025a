//! Ranking: on the value rounded as published, larger is better, ties share the better place and the next place is skipped.
//! This reproduces every ranked county table of a real bureau's workbook (`testdata/shaoyang_2025-03_ranks.csv`).

use std::num::NonZeroU32;

use rust_decimal::Decimal;

use crate::{decimal, micros};

/// Places by value: 1 for the largest, equal values share the better place and the next is skipped; `None` where there is no value.
#[must_use]
pub fn places<T: Ord>(values: &[Option<T>]) -> Vec<Option<u32>> {
    let mut order: Vec<(&T, usize)> = values.iter().enumerate().filter_map(|(index, value)| Some((value.as_ref()?, index))).collect();
    order.sort_by(|left, right| right.0.cmp(left.0));
    let mut places = vec![None; values.len()];
    let mut shared: Option<(&T, u32)> = None;
    for (place, (value, index)) in (1_u32..).zip(order) {
        let place = shared.filter(|(before, _)| *before == value).map_or(place, |(_, place)| place);
        shared = Some((value, place));
        if let Some(slot) = places.get_mut(index) {
            *slot = Some(place);
        }
    }
    places
}

/// Places by the value rounded to the places it is published with.
#[must_use]
pub fn published_places(values: &[Option<Decimal>], decimals: u32) -> Vec<Option<u32>> {
    let rounded: Vec<_> = values.iter().map(|value| value.map(|value| decimal::round(value, decimals))).collect();
    places(&rounded)
}

/// Places of a column of published values × 10⁶, which are all multiples of the last published decimal's unit.
/// The same rule as [`places`]; near values are counted in place of sorted.
#[must_use]
pub fn column_places(published: &[i64], decimals: u32) -> Vec<Option<Place>> {
    let present = published.iter().copied().filter(|value| *value != micros::ABSENT);
    let Some((least, most)) = present.clone().min().zip(present.max()) else { return vec![None; published.len()] };
    let step = micros::step(decimals);
    let steps = (i128::from(most) - i128::from(least)) / i128::from(step);
    match usize::try_from(steps) {
        Ok(steps) if steps < SPARSE * published.len() => by_counting(published, most, step, steps),
        _ => by_sorting(published),
    }
}

/// A place: 1 is best.
pub type Place = NonZeroU32;

/// Up to how many counters a county are worth their memory.
const SPARSE: usize = 16;

fn by_counting(published: &[i64], most: i64, step: i64, steps: usize) -> Vec<Option<Place>> {
    // Multiplying by the inverse, rounded up, in place of dividing: q × step × (2⁶⁴ + r) ÷ step with 0 < r ≤ step stays below (q + 1) × 2⁶⁴.
    let inverse = (1_u128 << 64) / u128::from(step.unsigned_abs()) + 1;
    let below_best = |value: i64| ((u128::from(most.abs_diff(value)) * inverse) >> 64) as usize;
    let mut next = vec![0_u32; steps + 1];
    for counter in published.iter().filter(|value| **value != micros::ABSENT).map(|value| below_best(*value)) {
        if let Some(counter) = next.get_mut(counter) {
            *counter += 1;
        }
    }
    let mut better = 0;
    for counter in &mut next {
        let here = std::mem::replace(counter, better + 1);
        better += here;
    }
    let place = |value: &i64| if *value == micros::ABSENT { None } else { next.get(below_best(*value)).copied().and_then(Place::new) };
    published.iter().map(place).collect()
}

fn by_sorting(published: &[i64]) -> Vec<Option<Place>> {
    let mut order: Vec<(i64, usize)> =
        published.iter().enumerate().filter(|(_, value)| **value != micros::ABSENT).map(|(index, value)| (*value, index)).collect();
    order.sort_unstable_by(|left, right| right.cmp(left));
    let mut places = vec![None; published.len()];
    let mut shared = (None, 0);
    for (place, (value, index)) in (1_u32..).zip(order) {
        if shared.0 != Some(value) {
            shared = (Some(value), place);
        }
        if let Some(slot) = places.get_mut(index) {
            *slot = Place::new(shared.1);
        }
    }
    places
}

/// Numbers 0 to n − 1 by place, best first; equal places and those without one, which come last, by number. No place is above n.
#[must_use]
pub fn order(places: &[Option<u32>]) -> Vec<u32> {
    let last = places.len();
    let slot = |place: &Option<u32>| place.map_or(last, |place| (place as usize).saturating_sub(1).min(last));
    let mut next = vec![0_u32; last + 1];
    for place in places {
        if let Some(count) = next.get_mut(slot(place)) {
            *count += 1;
        }
    }
    let mut before = 0;
    for count in &mut next {
        before += std::mem::replace(count, before);
    }
    let mut order = vec![0; last];
    for (number, place) in (0_u32..).zip(places) {
        if let Some(at) = next.get_mut(slot(place)) {
            if let Some(listed) = order.get_mut(*at as usize) {
                *listed = number;
            }
            *at += 1;
        }
    }
    order
}

/// Places won since the round before: positive is up. `None` where either place is missing.
#[must_use]
pub fn movement(before: Option<u32>, now: Option<u32>) -> Option<i32> {
    i32::try_from(i64::from(before?) - i64::from(now?)).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::testing::dec;

    #[rstest]
    #[case(&["6.6", "6.6", "6.9", "5.4"], &[2, 2, 1, 4])]
    // 8.25 is published as 8.3 and 5.05 as 5.1: half goes away from zero
    #[case(&["8.25", "8.3", "5.05", "5.1"], &[1, 1, 3, 3])]
    #[case(&["-0.25", "-0.3", "-0.24"], &[2, 2, 1])]
    fn ties_share_the_better_place(#[case] values: &[&str], #[case] expected: &[u32]) {
        let values: Vec<_> = values.iter().map(|text| Some(dec(text))).collect();
        assert_eq!(published_places(&values, 1), expected.iter().copied().map(Some).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn an_order_is_that_of_sorting(places in proptest::collection::vec(proptest::option::of(1_u32..40), 0..40)) {
            let places: Vec<_> = places.iter().map(|place| place.map(|place| place.min(places.len() as u32))).collect();
            let mut sorted: Vec<u32> = (0..places.len() as u32).collect();
            sorted.sort_by_key(|number| places[*number as usize].unwrap_or(u32::MAX));
            prop_assert_eq!(order(&places), sorted);
        }
    }

    #[test]
    fn nothing_reported_is_not_ranked() {
        assert_eq!(published_places(&[None, Some(dec("1")), None, Some(dec("2"))], 1), [None, Some(2), None, Some(1)]);
    }

    #[rstest]
    #[case(Some(5), Some(2), Some(3))]
    #[case(Some(2), Some(5), Some(-3))]
    #[case(None, Some(1), None)]
    #[case(Some(1), None, None)]
    fn up_is_positive(#[case] before: Option<u32>, #[case] now: Option<u32>, #[case] moved: Option<i32>) {
        assert_eq!(movement(before, now), moved);
    }

    /// Every county table of the real workbook that prints a rank: none of the 192 printed ranks differs from ours.
    #[test]
    fn every_printed_rank_of_a_real_workbook_is_reproduced() {
        let mut tables: BTreeMap<String, Vec<(String, Decimal, u32)>> = BTreeMap::new();
        let text = include_str!("../testdata/shaoyang_2025-03_ranks.csv");
        for row in csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes()).records() {
            let row = row.unwrap();
            let cell = (row[1].to_owned(), decimal::parse(&row[2]).unwrap(), row[3].parse().unwrap());
            tables.entry(row[0].to_owned()).or_default().push(cell);
        }
        assert_eq!((tables.len(), tables.values().map(Vec::len).sum::<usize>()), (16, 192));
        for (table, rows) in tables {
            let values: Vec<_> = rows.iter().map(|(_, value, _)| Some(*value)).collect();
            for ((county, value, printed), place) in rows.iter().zip(published_places(&values, 1)) {
                assert_eq!(place, Some(*printed), "{table}, {county}: {value}");
            }
        }
    }

    proptest! {
        /// A column of whole steps has the places of its values, whether they lie near or far apart.
        #[test]
        fn a_column_is_placed_by_the_same_rule(
            values in proptest::collection::vec(proptest::option::of(-30_i64..30), 0..40), decimals in 0_u32..7, apart in 1_i64..1_000,
        ) {
            let step = micros::step(decimals) * apart;
            let column: Vec<i64> = values.iter().map(|value| value.map_or(micros::ABSENT, |value| value * step)).collect();
            let found: Vec<_> = column_places(&column, decimals).into_iter().map(|place| place.map(Place::get)).collect();
            prop_assert_eq!(found, places(&values));
        }

        /// The rule itself: one more than the number of larger values.
        #[test]
        fn a_place_is_one_more_than_the_larger_values(values in proptest::collection::vec(proptest::option::of(-20_i32..20), 0..40)) {
            for (value, place) in values.iter().zip(places(&values)) {
                let larger = value.map(|value| values.iter().flatten().filter(|other| **other > value).count());
                prop_assert_eq!(place.map(|place| place as usize), larger.map(|larger| larger + 1));
            }
        }
    }
}
