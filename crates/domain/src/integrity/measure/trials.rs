//! One trial of each signal: is it raised on a clean sample, and is a planted manipulation noticed?

use super::{
    Case, World,
    worlds::{self, BETWEEN, MEAN, WITHIN},
};
use crate::{
    integrity::{
        Base, IntegrityRules, Quantity, Signal, SignalKind, Subject, Total, YearEnd, base_lowered, bunching, december_jump, first_digit,
        last_digit, repeated, sum_mismatch,
    },
    period::Period,
    random::SplitMix64,
};

const GROWTH: Quantity<'_> = Quantity { name: "增速", unit: "%", decimals: 1 };
const AMOUNT: Quantity<'_> = Quantity { name: "额", unit: "万元", decimals: 0 };

fn subject(quantity: Quantity<'_>) -> Subject<'_> {
    Subject { quantity, counties: &[], periods: &[] }
}

/// A signal on a clean sample of the case, and the planted one noticed.
pub(super) fn trial(case: Case, random: &mut SplitMix64, rules: &IntegrityRules) -> (bool, bool) {
    let Case { kind, world, sample } = case;
    match kind {
        SignalKind::Bunching => crowd(world, sample, random, rules),
        SignalKind::Repeated => repetition(world, sample, random, rules),
        SignalKind::BaseLowered => base(world, sample, random, rules),
        SignalKind::DecemberJump => december(world, sample, random, rules),
        SignalKind::SumMismatch => sum(world, sample, random, rules),
        SignalKind::LastDigit => last(world, sample, random, rules),
        SignalKind::FirstDigit => first(world, sample, random, rules),
    }
}

fn names_the_first(signals: &[Signal]) -> bool {
    signals.iter().any(|signal| signal.counties.contains(&0))
}

/// Planted: half of the counties that miss the target by no more than the window report one of its first three steps.
fn crowd(world: World, sample: usize, random: &mut SplitMix64, rules: &IntegrityRules) -> (bool, bool) {
    let half = BETWEEN.hypot(WITHIN) / 2.0;
    let target = worlds::published_growth(match world {
        World::TargetBelowMean | World::Skewed => MEAN - half,
        World::TargetAboveMean => MEAN + half,
        _ => MEAN,
    });
    let mut values: Vec<Option<i64>> = (0..sample).map(|_| Some(worlds::published_growth(worlds::growth(world, random)))).collect();
    let alarm = bunching(&values, target, &subject(GROWTH), rules).is_some();
    let bottom = target - GROWTH.step() * i64::try_from(rules.window_steps).unwrap_or(0);
    for value in values.iter_mut().flatten().filter(|value| (bottom..target).contains(*value)) {
        if random.once_in(2) {
            *value = target + GROWTH.step() * random.between(0, 2);
        }
    }
    (alarm, bunching(&values, target, &subject(GROWTH), rules).is_some())
}

/// Planted: the first county reports its value of May from May to October.
fn repetition(world: World, sample: usize, random: &mut SplitMix64, rules: &IntegrityRules) -> (bool, bool) {
    let mut panel: Vec<Vec<Option<i64>>> = (0..sample).map(|_| worlds::course(world, random)).collect();
    let periods: Vec<Period> = (2..=12).filter_map(|month| Period::new(2025, month).ok()).collect();
    let subject = Subject { quantity: GROWTH, counties: &[], periods: &periods };
    let alarm = !repeated(&panel, &subject, rules).is_empty();
    if let Some([may, rest @ ..]) = panel.first_mut().and_then(|row| row.get_mut(3..9)) {
        rest.fill(*may);
    }
    (alarm, names_the_first(&repeated(&panel, &subject, rules)))
}

/// Clean: bases are revised by 0.5 % (standard deviation) and a common deflator of 0.4 %, half of the counties meet the target.
/// Planted: the first county grew by 4.5 % and divides by 97 % of what it reported last year.
fn base(world: World, sample: usize, random: &mut SplitMix64, rules: &IntegrityRules) -> (bool, bool) {
    let mut county = |growth: f64, kept: f64| {
        let last_year = worlds::amount(world, random).max(1_000.0);
        let revised = last_year * 1.004 * (0.005 * worlds::effect(world, random)).exp();
        let amount = revised * (1.0 + growth / 100.0);
        let growth = worlds::published_growth(((1.0 + growth / 100.0) / kept - 1.0) * 100.0);
        Some(Base { growth, amount: worlds::published_amount(amount), last_year: worlds::published_amount(last_year) })
    };
    let mut bases = vec![county(4.5, 0.97)];
    bases.extend((1..sample).map(|place| county(MEAN + if place % 2 == 0 { 1.0 } else { -1.0 } * 0.02 * (place % 100) as f64, 1.0)));
    let target = worlds::published_growth(MEAN);
    let caught = names_the_first(&base_lowered(&bases, target, &subject(GROWTH), &AMOUNT, rules));
    if let Some(first) = bases.first_mut() {
        *first = county(MEAN, 1.0);
    }
    (!base_lowered(&bases, target, &subject(GROWTH), &AMOUNT, rules).is_empty(), caught)
}

/// Clean: December is 13.5 % of the year, a county's own share varies by 15 % and from year to year by 8 %.
/// Planted: the first county's December is twice its own share.
fn december(world: World, sample: usize, random: &mut SplitMix64, rules: &IntegrityRules) -> (bool, bool) {
    let mut county = |times: f64| {
        let (year, own) = (worlds::amount(world, random).max(1_000.0), 0.135 * (0.15 * worlds::effect(world, random)).exp());
        let mut share = || (own * (0.08 * worlds::effect(world, random)).exp()).min(0.45);
        let (now, before) = (share() * times, share());
        Some(YearEnd {
            november: worlds::published_amount(year * (1.0 - now)),
            december: worlds::published_amount(year),
            last_november: worlds::published_amount(year * (1.0 - before)),
            last_december: worlds::published_amount(year),
        })
    };
    let mut years = vec![county(2.0)];
    years.extend((1..sample).map(|_| county(1.0)));
    let caught = names_the_first(&december_jump(&years, &subject(AMOUNT), rules));
    if let Some(first) = years.first_mut() {
        *first = county(1.0);
    }
    (!december_jump(&years, &subject(AMOUNT), rules).is_empty(), caught)
}

/// Planted: the total is reported one per cent above the sum.
fn sum(world: World, sample: usize, random: &mut SplitMix64, rules: &IntegrityRules) -> (bool, bool) {
    let amounts: Vec<f64> = (0..sample).map(|_| worlds::amount(world, random)).collect();
    let values: Vec<Option<i64>> = amounts.iter().map(|amount| Some(worlds::published_amount(*amount))).collect();
    let quantity = Quantity { name: "合计", unit: "亿元", decimals: 1 };
    let noticed = |times: f64| {
        let value = worlds::published_growth(amounts.iter().sum::<f64>() / 10_000.0 * times);
        let total = Total { value, quantity, county_units: 10_000 };
        sum_mismatch(&values, &total, &subject(AMOUNT), rules).is_some()
    };
    (noticed(1.0), noticed(1.01))
}

/// Planted: one value in five is rounded to tens.
fn last(world: World, sample: usize, random: &mut SplitMix64, rules: &IntegrityRules) -> (bool, bool) {
    let mut values: Vec<i64> = (0..sample).map(|_| worlds::published_amount(worlds::amount(world, random))).collect();
    let alarm = last_digit(&values, &subject(AMOUNT), rules).is_some();
    for value in values.iter_mut().filter(|_| random.once_in(5)) {
        *value -= *value % 10_000_000;
    }
    (alarm, last_digit(&values, &subject(AMOUNT), rules).is_some())
}

/// Planted: one value in three has a first digit from 1 to 9 with equal chance.
fn first(world: World, sample: usize, random: &mut SplitMix64, rules: &IntegrityRules) -> (bool, bool) {
    let mut values: Vec<i64> = (0..sample).map(|_| worlds::published_amount(worlds::amount(world, random))).collect();
    let alarm = first_digit(&values, &subject(AMOUNT), rules).is_some();
    for value in &mut values {
        if random.once_in(3) {
            let power = 10_i64.pow(value.unsigned_abs().max(1).ilog10());
            *value = *value % power + power * random.between(1, 9);
        }
    }
    (alarm, first_digit(&values, &subject(AMOUNT), rules).is_some())
}
