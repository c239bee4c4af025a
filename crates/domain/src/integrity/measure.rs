//! How often a signal is raised on simulated clean data, and how often it notices what was planted.
//!
//! [`cases`] and [`measure`] made the committed table `data/integrity_false_alarms.csv`; the worlds are defined in `worlds` and described in
//! `docs/integrity.md`. Nothing here looks at reported data.

mod trials;
mod worlds;

use super::{IntegrityRules, SignalKind};
use crate::random::SplitMix64;

/// A kind of clean data. What can make a method wrong is a world of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// The target at the mean of normal growth.
    TargetAtMean,
    /// The target half a standard deviation below the mean: the density rises through it.
    TargetBelowMean,
    /// The target half a standard deviation above the mean: the density falls through it.
    TargetAboveMean,
    /// The target half a standard deviation below the mean of growth that is skewed to the right.
    Skewed,
    /// All counties equally unsteady all year.
    Even,
    /// Cumulative growth settles towards December, and some counties are steadier than others.
    Settling,
    /// Normal county effects.
    Normal,
    /// Student's t with five degrees of freedom instead.
    HeavyTails,
    /// Log-normal amounts as wide as the counties' GDP of 2020.
    LogNormal,
    /// Log-normal amounts with a standard deviation of 1.5 in the logarithm.
    Wide,
    /// Four indicators of 2020 pooled, each log-normal.
    Pooled,
}

impl World {
    /// The name used in the committed table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TargetAtMean => "target_at_mean",
            Self::TargetBelowMean => "target_below_mean",
            Self::TargetAboveMean => "target_above_mean",
            Self::Skewed => "skewed",
            Self::Even => "even",
            Self::Settling => "settling",
            Self::Normal => "normal",
            Self::HeavyTails => "heavy_tails",
            Self::LogNormal => "log_normal",
            Self::Wide => "wide",
            Self::Pooled => "pooled",
        }
    }

    /// The worlds a signal is measured in.
    fn of(kind: SignalKind) -> &'static [Self] {
        match kind {
            SignalKind::Bunching => &[Self::TargetAtMean, Self::TargetBelowMean, Self::TargetAboveMean, Self::Skewed],
            SignalKind::Repeated => &[Self::Even, Self::Settling],
            SignalKind::BaseLowered | SignalKind::DecemberJump => &[Self::Normal, Self::HeavyTails],
            SignalKind::SumMismatch | SignalKind::LastDigit => &[Self::LogNormal],
            SignalKind::FirstDigit => &[Self::LogNormal, Self::Wide, Self::Pooled],
        }
    }
}

/// One line of the table: a signal on samples of one size from one world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// The signal.
    pub kind: SignalKind,
    /// Where its samples come from.
    pub world: World,
    /// Counties, or values for digit tests.
    pub sample: usize,
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Clean samples with any signal.
    pub alarms: u32,
    /// Planted samples in which what was planted was noticed.
    pub caught: u32,
}

/// Every line of the committed table, in its order.
#[must_use]
pub fn cases() -> Vec<Case> {
    let sizes =
        |kind| if matches!(kind, SignalKind::LastDigit | SignalKind::FirstDigit) { [100, 200, 670, 2_844] } else { [12, 67, 200, 2_844] };
    let of_kind = |kind| World::of(kind).iter().flat_map(move |world| sizes(kind).map(|sample| Case { kind, world: *world, sample }));
    SignalKind::ALL.into_iter().flat_map(of_kind).collect()
}

/// Draws `replications` clean samples and as many planted ones, and counts the signals raised under the example rules. The same seed gives
/// the same count; each case has its own stream.
#[must_use]
pub fn measure(case: Case, replications: u32, seed: u64) -> Count {
    let Some(rules) = IntegrityRules::example() else { return Count::default() };
    let mut random = SplitMix64::named(seed, &[case.kind.name(), case.world.name(), &case.sample.to_string()]);
    let mut count = Count::default();
    for _ in 0..replications {
        let (alarm, caught) = trials::trial(case, &mut random, &rules);
        count.alarms += u32::from(alarm);
        count.caught += u32::from(caught);
    }
    count
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{DiscreteCDF, Hypergeometric};

    use super::{super::table, *};

    /// Fisher's exact test, two-sided at 0.1 %: could both counts come from one rate?
    fn agree(committed: (u32, u32), again: (u32, u32)) -> bool {
        let [hits, draws] = [committed.0, committed.1].map(u64::from);
        let [hits_again, draws_again] = [again.0, again.1].map(u64::from);
        let same_rate = Hypergeometric::new(draws + draws_again, hits + hits_again, draws_again).unwrap();
        let at_most = same_rate.cdf(hits_again);
        let at_least = if hits_again == 0 { 1.0 } else { same_rate.sf(hits_again - 1) };
        at_most >= 0.0005 && at_least >= 0.0005
    }

    #[test]
    fn the_committed_table_is_what_is_measured() {
        let rows: Vec<table::Row> = table::rows(table::CSV).collect::<Result<_, _>>().unwrap();
        let cases = cases();
        assert_eq!(rows.len(), cases.len());
        for (row, case) in rows.iter().zip(cases) {
            assert_eq!((row.signal.as_str(), row.world.as_str(), row.sample), (case.kind.name(), case.world.name(), case.sample));
            assert!(row.replications >= 2_000);
            let again = u32::try_from(60_000 / case.sample).unwrap().min(500);
            let count = measure(case, again, 99);
            assert!(agree((row.alarms, row.replications), (count.alarms, again)), "{case:?}: {count:?} of {again}, {row:?}");
            assert!(agree((row.caught, row.replications), (count.caught, again)), "{case:?}: {count:?} of {again}, {row:?}");
        }
    }

    #[test]
    fn rates_that_differ_do_not_agree() {
        // scipy 1.17.1, fisher_exact([[15, 285], [40, 3960]], alternative="greater"): p = 2.9e-6
        assert!(agree((40, 4_000), (3, 300)));
        assert!(!agree((40, 4_000), (15, 300)));
    }
}
