//! Draws of clean data.

use std::f64::consts::TAU;

use super::World;
use crate::random::SplitMix64;

/// Mean growth, %; also the target where the target lies at the mean.
pub(super) const MEAN: f64 = 5.5;
/// Standard deviation of a county's lasting growth around the mean, percentage points.
pub(super) const BETWEEN: f64 = 1.5;
/// Standard deviation of its growth in one period around its own mean, percentage points.
pub(super) const WITHIN: f64 = 1.0;
/// How much of a deviation remains a period later.
const PERSISTENCE: f64 = 0.8;
/// Mean and standard deviation of ln(万元) of GDP, revenue, loans and secondary industry of 67 counties in 2020
/// (`data/heilongjiang_county_2020.csv`).
const AMOUNTS: [(f64, f64); 4] = [(13.543, 0.665), (10.312, 0.809), (13.096, 1.208), (11.311, 0.964)];

/// A standard normal number (Box & Muller, 1958).
pub(super) fn normal(random: &mut SplitMix64) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (TAU * random.unit()).cos()
}

/// A number of mean 0 and variance 1: normal, or Student's t with five degrees of freedom where tails are heavy.
pub(super) fn effect(world: World, random: &mut SplitMix64) -> f64 {
    let number = normal(random);
    if world != World::HeavyTails {
        return number;
    }
    let chi_square: f64 = (0..5).map(|_| normal(random).powi(2)).sum();
    // Variance 5/3 without the division.
    number / (chi_square / 5.0).sqrt() / (5.0_f64 / 3.0).sqrt()
}

/// Growth in % rounded to one place, in 10⁻⁶.
pub(super) fn published_growth(growth: f64) -> i64 {
    (growth * 10.0).round() as i64 * 100_000
}

/// An amount rounded to whole units, in 10⁻⁶.
pub(super) fn published_amount(amount: f64) -> i64 {
    amount.round() as i64 * 1_000_000
}

/// Growth of one county in one period, unrounded.
pub(super) fn growth(world: World, random: &mut SplitMix64) -> f64 {
    let spread = BETWEEN.hypot(WITHIN);
    if world == World::Skewed {
        // Log-normal with σ = 0.5: mean e^(1/8), standard deviation that times √(e^(1/4) − 1); skewness 1.75.
        let mean = 0.125_f64.exp();
        let standard = ((0.5 * normal(random)).exp() - mean) / (mean * (0.25_f64.exp() - 1.0).sqrt());
        return MEAN + spread * standard;
    }
    MEAN + spread * normal(random)
}

/// One county's published cumulative growth at eleven due periods, February to December.
pub(super) fn course(world: World, random: &mut SplitMix64) -> Vec<Option<i64>> {
    let own = MEAN + BETWEEN * normal(random);
    let steadiness = if world == World::Settling { (0.5 * normal(random)).exp() } else { 1.0 };
    let mut deviation = WITHIN * normal(random);
    let mut next = |month: u32| {
        let shock = WITHIN * normal(random);
        deviation = match world {
            // A month weighs less and less in the year to date.
            World::Settling => deviation + 1.5 * steadiness * shock / f64::from(month),
            _ => PERSISTENCE * deviation + (1.0 - PERSISTENCE * PERSISTENCE).sqrt() * shock,
        };
        Some(published_growth(own + deviation))
    };
    (2..=12).map(&mut next).collect()
}

/// An amount of one county, 万元, unrounded and at least 1.
pub(super) fn amount(world: World, random: &mut SplitMix64) -> f64 {
    let kind = if world == World::Pooled { usize::try_from(random.between(0, 3)).unwrap_or(0) } else { 0 };
    let (mean, spread) = AMOUNTS.get(kind).copied().unwrap_or((13.543, 0.665));
    let spread = if world == World::Wide { 1.5 } else { spread };
    (mean + spread * normal(random)).exp().max(1.0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn moments(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (mean, (squares / (values.len() as f64 - 1.0)).sqrt())
    }

    #[test]
    fn amounts_are_as_wide_as_the_real_ones() {
        let mut logs: HashMap<String, Vec<f64>> = HashMap::new();
        let text = include_str!("../../../data/heilongjiang_county_2020.csv");
        for row in csv::Reader::from_reader(text.as_bytes()).records() {
            let row = row.unwrap();
            logs.entry(row[3].to_owned()).or_default().push(row[4].parse::<f64>().unwrap().ln());
        }
        let names = ["地区生产总值", "一般公共预算收入", "年末金融机构各项贷款余额", "第二产业增加值"];
        for (name, (mean, spread)) in names.iter().zip(AMOUNTS) {
            let (found_mean, found_spread) = moments(&logs[*name]);
            assert!((found_mean - mean).abs() < 0.0006 && (found_spread - spread).abs() < 0.0006, "{name}: {found_mean} {found_spread}");
        }
    }

    #[test]
    fn every_world_has_its_mean_and_spread() {
        let mut random = SplitMix64::new(5);
        for world in [World::Normal, World::HeavyTails] {
            let (mean, spread) = moments(&(0..20_000).map(|_| effect(world, &mut random)).collect::<Vec<_>>());
            assert!(mean.abs() < 0.03 && (spread - 1.0).abs() < 0.04, "{world:?}: {mean} {spread}");
        }
        for world in [World::TargetAtMean, World::Skewed] {
            let (mean, spread) = moments(&(0..20_000).map(|_| growth(world, &mut random)).collect::<Vec<_>>());
            // √(1.5² + 1²) = 1.803
            assert!((mean - 5.5).abs() < 0.05 && (spread - 1.803).abs() < 0.06, "{world:?}: {mean} {spread}");
        }
    }
}
