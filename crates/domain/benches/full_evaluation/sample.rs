//! Made-up values of a year, from a seed: none of them was ever reported.
//!
//! What is awkward about real reports is in them: values reported with more decimals than are published, ties, missing values (about
//! 1.5 %), a quarter of these with nothing but another measure in their place, foreign capital that was zero last year, and counties that stay
//! behind for months.

use std::collections::HashMap;

use leitai_domain::{
    micros,
    period::Period,
    plan::{Frequency, Indicator, Kind, Plan},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::job::Columns;

/// Values of every county target of the plan and of the amounts behind it, and of last year's amounts.
pub fn columns(plan: &Plan, this_year: &[Period], last_year: &[Period], counties: usize, seed: u64) -> Columns {
    let mut columns = Columns::new();
    for (number, (indicator, target)) in plan.county_targets().enumerate() {
        let bound = target.comparator().bound().and_then(|bound| f64::try_from(bound).ok()).unwrap_or(0.0);
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(number as u64));
        for _ in 0..counties {
            county(plan, indicator, bound, this_year, last_year, &mut random, &mut columns);
        }
    }
    columns
}

/// One county's year of one target.
fn county(plan: &Plan, indicator: &Indicator, bound: f64, now: &[Period], before: &[Period], random: &mut StdRng, columns: &mut Columns) {
    let level = indicator.level.as_deref().and_then(|id| plan.indicator(id));
    let habit = random.random_range(-1.0..1.4);
    let scale = 10_f64.powf(random.random_range(2.0..5.0));
    let nothing_last_year = level.is_some_and(|level| level.id == "foreign_capital") && random.random_bool(0.03);
    for (now, before) in now.iter().zip(before).filter(|(now, _)| indicator.frequency.is_due(**now)) {
        let drawn = value(indicator, bound, habit, now.month(), random);
        let is_missing = nothing_last_year || random.random_bool(0.015);
        put(columns, &indicator.id, *now, if is_missing { None } else { Some(drawn) });
        if let Some(level) = level {
            // A stock hardly moves over the year; an amount grows with the months.
            let part = if level.kind == Kind::Level { 1.0 } else { f64::from(now.month()) / 12.0 * random.random_range(0.9..1.1) };
            let amount = if nothing_last_year { 0.0 } else { (scale * part).round() };
            put(columns, &level.id, *before, Some(amount));
            let is_known = !is_missing || nothing_last_year || random.random_bool(0.25);
            put(columns, &level.id, *now, is_known.then(|| (amount * (1.0 + drawn / 100.0)).round()));
        }
        for related in &indicator.related {
            put(columns, related, *now, random.random_bool(0.1).then(|| random.random_range(-50..50).into()));
        }
        if indicator.kind == Kind::Flow {
            put(columns, &indicator.id, *before, Some((f64::from(now.month()) * (2.0 + habit) / 4.0).round()));
        }
    }
}

/// Around the target, wider where the target is larger; one value in ten has a decimal more than is published.
fn value(indicator: &Indicator, bound: f64, habit: f64, month: u8, random: &mut StdRng) -> f64 {
    let counts = indicator.decimals == 0;
    let expected = if counts && indicator.frequency != Frequency::Yearly { bound * f64::from(month) / 12.0 } else { bound };
    let drawn = expected + (habit + random.random_range(-0.8..0.8)) * (0.4 + bound * 0.3);
    let decimals = indicator.decimals + u32::from(!counts && random.random_bool(0.1));
    let step = 10_f64.powi(decimals.min(6).cast_signed());
    let rounded = (drawn * step).round() / step;
    if counts { rounded.max(0.0) } else { rounded }
}

fn put(columns: &mut Columns, indicator: &str, period: Period, value: Option<f64>) {
    let periods: &mut HashMap<Period, Vec<i64>> = columns.entry(indicator.to_owned()).or_default();
    periods.entry(period).or_default().push(value.map_or(micros::ABSENT, |value| (value * 1e6).round() as i64));
}
