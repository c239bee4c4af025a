//! Bunching: more counties in the first published steps that meet a target than in the last ones that miss it.
//!
//! The idea is McCrary's (2008), the exact binomial on a window that of local randomisation (Cattaneo, Jansson & Ma, 2018). Their even
//! chance holds where the density is flat; on a slope the chance of the upper side comes from a normal curve fitted by median and MAD,
//! and never falls below one half, so that a poor fit cannot raise a signal by itself.

use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, Normal};

use super::{IntegrityRules, Signal, SignalKind, Subject, robust, text};

/// Holds the counts on both sides of a target against each other. `values` are as published, `met_from` is the smallest published value
/// that meets the target. `None` where nothing is noticed, or fewer than the minimum of counties lie in the two windows.
#[must_use]
pub fn bunching(values: &[Option<i64>], met_from: i64, subject: &Subject<'_>, rules: &IntegrityRules) -> Option<Signal> {
    let step = subject.quantity.step();
    let width = step.checked_mul(i64::try_from(rules.window_steps).ok()?)?;
    let (bottom, top) = (met_from.checked_sub(width)?, met_from.checked_add(width)?);
    let inside = |from: i64, until: i64| move |value: &i64| (from..until).contains(value);
    let present: Vec<f64> = values.iter().flatten().map(|value| *value as f64).collect();
    let above = values.iter().flatten().copied().filter(inside(met_from, top)).count();
    let below = values.iter().flatten().copied().filter(inside(bottom, met_from)).count();
    if above + below < rules.minimum_in_window {
        return None;
    }
    // A published value stands for half a step on each side of it.
    let edges = [bottom, met_from, top].map(|edge| edge as f64 - step as f64 / 2.0);
    let p_value = at_least(above, above + below, chance_above(&present, edges))?;
    (p_value < rules.significance).then(|| {
        let mut signal = Signal::new(SignalKind::Bunching, present.len(), above as f64, subject.periods, rules);
        let is_above = |value: &Option<i64>| value.as_ref().is_some_and(inside(met_from, top));
        signal.counties = values.iter().enumerate().filter(|(_, value)| is_above(value)).map(|(county, _)| county).collect();
        signal.p_value = Some(p_value);
        signal.message = message(subject, present.len(), [bottom, met_from, top], [below, above], p_value);
        signal
    })
}

/// The chance of the upper window for a value that lies in one of the two: by the fitted normal curve, at least one half.
fn chance_above(values: &[f64], [bottom, middle, top]: [f64; 3]) -> f64 {
    let fitted = robust::centre_and_spread(values).and_then(|(centre, spread)| Normal::new(centre, spread).ok());
    let Some(normal) = fitted else { return 0.5 };
    // Far to the right of the centre these differences lose their digits; there the upper window is the rarer one, and one half holds.
    let (below, above) = (normal.cdf(middle) - normal.cdf(bottom), normal.cdf(top) - normal.cdf(middle));
    let chance = above / (above + below);
    if chance.is_finite() { chance.max(0.5) } else { 0.5 }
}

/// Exact P(X ≥ `successes`) of a binomial.
fn at_least(successes: usize, trials: usize, chance: f64) -> Option<f64> {
    let Some(before) = successes.checked_sub(1) else { return Some(1.0) };
    Some(Binomial::new(chance, trials as u64).ok()?.sf(before as u64))
}

fn message(subject: &Subject<'_>, present: usize, [bottom, met_from, top]: [i64; 3], [below, above]: [usize; 2], p_value: f64) -> String {
    let quantity = &subject.quantity;
    let range = |from: i64, until: i64| {
        let last = until - quantity.step();
        if from == last {
            text::value(from, quantity)
        } else {
            format!("{}—{}", text::number(from, quantity.decimals), text::value(last, quantity))
        }
    };
    format!(
        "{}有数的{present}个县中，{}（达到目标的最近几档）有{above}个县，{}（差一点达到的最近几档）有{below}个县，如果各县数值分布平滑，出现这样或更大差距的概率{}，请这{above}个县的数据提供单位核实。",
        subject.heading(),
        range(met_from, top),
        range(bottom, met_from),
        text::chance(p_value),
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        integrity::{
            Quantity,
            testing::{asks_to_verify, rules},
        },
        testing::month,
    };

    const GROWTH: Quantity<'_> = Quantity { name: "地区生产总值增速", unit: "%", decimals: 1 };

    /// So many counties in each of the ten steps from 5.0 to 5.9, and as many far on both sides, so that the fitted curve is flat here.
    fn noticed(counts: [usize; 10]) -> Option<Signal> {
        let near = counts.iter().zip(50..).flat_map(|(count, tenths)| vec![tenths; *count]);
        let values: Vec<_> =
            near.chain((0..20).map(|far| 5 + far)).chain((0..20).map(|far| 86 + far)).map(|tenths| Some(tenths * 100_000)).collect();
        let subject = Subject { quantity: GROWTH, counties: &[], periods: &[month(3)] };
        bunching(&values, 5_500_000, &subject, &rules())
    }

    #[rstest]
    // Binomial by hand: 14 of 14 is 2⁻¹⁴; 12 of 14 is (91 + 14 + 1) / 2¹⁴ = 0.0065; 11 of 14 is 470 / 2¹⁴ = 0.0287.
    #[case([0, 0, 0, 0, 0, 14, 0, 0, 0, 0], Some(0.000_061))]
    #[case([0, 0, 0, 1, 1, 6, 3, 3, 0, 0], Some(0.006_47))]
    #[case([1, 0, 0, 1, 1, 6, 3, 1, 0, 1], None)]
    // 7 of 7 would be rare enough, but are fewer than the minimum.
    #[case([0, 0, 0, 0, 0, 7, 0, 0, 0, 0], None)]
    #[case([5, 5, 5, 5, 5, 0, 0, 0, 0, 0], None)]
    fn counts_are_held_against_an_even_chance(#[case] counts: [usize; 10], #[case] p_value: Option<f64>) {
        let found = noticed(counts).map(|signal| signal.p_value.unwrap());
        assert_eq!(found.is_some(), p_value.is_some(), "{found:?}");
        // The fitted curve may move the chance a little above one half.
        assert!(found.zip(p_value).is_none_or(|(found, p_value)| (p_value * 0.99..p_value * 1.2).contains(&found)), "{found:?}");
    }

    #[test]
    fn the_message_shows_both_sides() {
        let signal = noticed([0, 0, 0, 1, 1, 6, 3, 3, 0, 0]).unwrap();
        assert_eq!((signal.sample_size, signal.statistic, signal.counties.len()), (54, 12.0, 12));
        let start =
            "地区生产总值增速2025年1—3月有数的54个县中，5.5—5.9%（达到目标的最近几档）有12个县，5.0—5.4%（差一点达到的最近几档）有2个县";
        assert!(signal.message.starts_with(start), "{}", signal.message);
        asks_to_verify(&signal);
    }

    /// Half a standard deviation below the mean: (Φ(−0.5) − Φ(−1)) / (Φ(0) − Φ(−1)) = 0.1499 / 0.3413 = 0.4391 lies in the lower window.
    #[test]
    fn a_rising_density_raises_the_chance() {
        let quantiles: Vec<f64> = (1..2_000).map(|place| Normal::new(0.0, 1.0).unwrap().inverse_cdf(f64::from(place) / 2_000.0)).collect();
        let chance = chance_above(&quantiles, [-1.0, -0.5, 0.0]);
        assert!((chance - 0.5609).abs() < 0.001, "{chance}");
        assert_eq!(chance_above(&quantiles, [0.0, 0.5, 1.0]), 0.5);
        assert_eq!(chance_above(&[5.0, 5.0, 5.0], [4.0, 5.0, 6.0]), 0.5, "no spread, no slope");
    }
}
