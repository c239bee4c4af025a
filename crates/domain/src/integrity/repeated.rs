//! Repetition: one county's value stays the same over more due periods than the other counties' values would let expect.
//!
//! Whether an indicator moves at all is read off the panel: for each pair of neighbouring periods, the share of the other counties whose
//! value did not change, one repetition added to both counts so that it is never 0 (as Phipson & Smyth, 2010, do for permutation tests).
//! The p-value of a run is the exact chance of at least one run of that length under those shares. Some counties are steadier than others: how
//! much is estimated from the other counties' repetitions as a gamma mixture (the empirical Bayes of Clayton & Kaldor, 1987), whose moment of
//! the run's order raises the p-value. Over all counties the false discovery rate is held (Benjamini & Hochberg, 1995).

use super::{IntegrityRules, Signal, SignalKind, Subject, text};
use crate::period::Period;

/// Finds counties that repeat a value. `panel` holds one row for each county and in it one value as published for each due period of
/// `subject.periods`; an absent value ends a run. Nothing for fewer than two counties with two neighbouring values.
#[must_use]
pub fn repeated<R: AsRef<[Option<i64>]>>(panel: &[R], subject: &Subject<'_>, rules: &IntegrityRules) -> Vec<Signal> {
    let transitions = Transitions::of(panel, subject.periods.len());
    let tested = panel.iter().filter(|row| pairs(row.as_ref()).any(|pair| pair.is_some())).count();
    if tested < 2 {
        return Vec::new();
    }
    let excess: Vec<Excess> = panel.iter().map(|row| Excess::of(row.as_ref(), &transitions)).collect();
    let all = excess.iter().fold(Excess::default(), |all, one| Excess { over: all.over + one.over, squares: all.squares + one.squares });
    let rows = panel.iter().zip(excess).enumerate();
    let runs = rows.filter_map(|(county, (row, own))| Run::longest(county, row.as_ref(), &transitions, all.without(&own), rules));
    let mut runs: Vec<Run> = runs.collect();
    runs.sort_by(|one, other| one.p_value.total_cmp(&other.p_value));
    let significant = |(place, run): &(usize, &Run)| run.p_value * tested as f64 <= rules.significance * *place as f64;
    let noticed = (1..).zip(&runs).filter(significant).map(|(place, _)| place).last();
    runs.truncate(noticed.unwrap_or(0));
    runs.sort_by_key(|run| run.county);
    runs.into_iter().map(|run| run.signal(tested, subject, rules)).collect()
}

/// For each pair of neighbouring periods whether the value stayed; `None` where one of the two is absent.
fn pairs(row: &[Option<i64>]) -> impl Iterator<Item = Option<bool>> {
    row.iter().zip(row.iter().skip(1)).map(|(before, after)| Some((*before)? == (*after)?))
}

/// Of all counties, how many have each pair of neighbouring periods and how many of them repeat.
struct Transitions {
    counts: Vec<(u32, u32)>,
}

impl Transitions {
    fn of<R: AsRef<[Option<i64>]>>(panel: &[R], periods: usize) -> Self {
        let mut counts = vec![(0, 0); periods.saturating_sub(1)];
        for row in panel {
            for ((present, repeats), pair) in counts.iter_mut().zip(pairs(row.as_ref())) {
                *present += u32::from(pair.is_some());
                *repeats += u32::from(pair == Some(true));
            }
        }
        Self { counts }
    }

    /// The chance that the county's value stays, at each pair that it has: the others' share with one repetition added.
    fn chances<'a>(&'a self, row: &'a [Option<i64>]) -> impl Iterator<Item = f64> + 'a {
        self.counts.iter().zip(pairs(row)).map(|((present, repeats), own)| match own {
            Some(own) => f64::from(repeats - u32::from(own) + 1) / f64::from(*present),
            None => 0.0,
        })
    }
}

/// What shows that counties differ in steadiness: repetitions scatter more than independent trials.
#[derive(Default)]
struct Excess {
    /// Squared distance from the expected count, less the binomial variance.
    over: f64,
    /// Square of the expected count.
    squares: f64,
}

impl Excess {
    fn of(row: &[Option<i64>], transitions: &Transitions) -> Self {
        let repeats = pairs(row).filter(|pair| *pair == Some(true)).count() as f64;
        let (expected, variance) =
            transitions.chances(row).fold((0.0, 0.0), |(sum, variance), chance| (sum + chance, variance + chance * (1.0 - chance)));
        Self { over: (repeats - expected).powi(2) - variance, squares: expected * expected }
    }

    /// Variance of the counties' steadiness, relative to its mean, as all but one show it: 0 where they scatter no more than by chance.
    fn without(&self, own: &Self) -> f64 {
        let squares = self.squares - own.squares;
        if squares > 0.0 { ((self.over - own.over) / squares).max(0.0) } else { 0.0 }
    }
}

/// The moment of order `order` of a gamma variable of mean 1: what a run's chance, a product of as many chances, grows by when they all
/// share one unknown factor.
fn gamma_moment(variance: f64, order: usize) -> f64 {
    (0..order).map(|step| 1.0 + step as f64 * variance).product()
}

/// A county's longest run, the latest where several are equally long.
struct Run {
    county: usize,
    /// Position of the first of the equal periods.
    first: usize,
    length: usize,
    value: i64,
    /// Mean chance of the other counties over the pairs.
    mean_chance: f64,
    p_value: f64,
}

impl Run {
    fn longest(county: usize, row: &[Option<i64>], transitions: &Transitions, variance: f64, rules: &IntegrityRules) -> Option<Self> {
        let (mut repeats, mut most, mut end) = (0_usize, 0_usize, 0_usize);
        for (position, pair) in (1..).zip(pairs(row)) {
            repeats = if pair == Some(true) { repeats + 1 } else { 0 };
            if repeats > 0 && repeats >= most {
                (most, end) = (repeats, position);
            }
        }
        let value = row.get(end).copied().flatten().filter(|_| most + 1 >= rules.run_length)?;
        let chances: Vec<f64> = transitions.chances(row).collect();
        let known = pairs(row).filter(Option::is_some).count().max(1);
        let mean_chance = chances.iter().sum::<f64>() / known as f64;
        let p_value = (chance_of_run(&chances, most) * gamma_moment(variance, most)).min(1.0);
        Some(Self { county, first: end - most, length: most + 1, value, mean_chance, p_value })
    }

    fn signal(&self, tested: usize, subject: &Subject<'_>, rules: &IntegrityRules) -> Signal {
        let periods: Vec<Period> = subject.periods.iter().copied().skip(self.first).take(self.length).collect();
        let mut signal = Signal::new(SignalKind::Repeated, tested, self.length as f64, &periods, rules);
        signal.counties = vec![self.county];
        signal.p_value = Some(self.p_value);
        let name = subject.county(self.county);
        signal.message = format!(
            "{name}{}{}连续{}期均为{}，而其他县相邻两期数值相同的平均约占{}，据此出现这样长或更长的连续相同的概率{}（{tested}个县合并校正后仍显著），请{name}数据提供单位核实。",
            subject.quantity.name,
            text::span(&periods),
            self.length,
            text::value(self.value, &subject.quantity),
            text::percent(self.mean_chance),
            text::chance(self.p_value),
        );
        signal
    }
}

/// Chance of at least one run of `length` ≥ 1 successes in independent trials: the run at hand is followed trial by trial.
fn chance_of_run(chances: &[f64], length: usize) -> f64 {
    // `open[k]` is the chance that no run is complete yet and the last k trials are successes.
    let mut open = vec![0.0; length];
    if let Some(none) = open.first_mut() {
        *none = 1.0;
    }
    let mut complete = 0.0;
    for chance in chances {
        let all: f64 = open.iter().sum();
        complete += open.last().copied().unwrap_or(0.0) * chance;
        open.rotate_right(1);
        for next in &mut open {
            *next *= chance;
        }
        if let Some(none) = open.first_mut() {
            *none = all * (1.0 - chance);
        }
    }
    complete
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

    const GROWTH: Quantity<'_> = Quantity { name: "工业增加值增速", unit: "%", decimals: 1 };

    /// Forty counties over eleven periods; a value repeats once in about eleven pairs.
    fn panel() -> Vec<Vec<Option<i64>>> {
        let value = |county: i64, place: i64| 30 + county + place - i64::from(place > county % 11);
        (0..40).map(|county| (0..11).map(|place| Some(value(county, place) * 100_000)).collect()).collect()
    }

    fn noticed(panel: &[Vec<Option<i64>>]) -> Vec<Signal> {
        let names: Vec<String> = (0..panel.len()).map(|county| format!("第{county}县")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let periods: Vec<Period> = (2..=12).map(month).collect();
        repeated(panel, &Subject { quantity: GROWTH, counties: &names, periods: &periods }, &rules())
    }

    #[rstest]
    // Of the 16 outcomes of four even trials 8 hold a run of two; of the 1,024 of ten 520 hold a run of three.
    #[case(&[0.5; 4], 2, 0.5)]
    #[case(&[0.5; 10], 3, 0.507_812_5)]
    #[case(&[0.1, 0.2, 0.3], 3, 0.006)]
    // 0.1 × 0.2 + 0.9 × 0.2 × 0.3
    #[case(&[0.1, 0.2, 0.3], 2, 0.074)]
    #[case(&[0.5, 0.0, 0.5], 2, 0.0)]
    #[case(&[1.0, 1.0], 2, 1.0)]
    fn the_chance_of_a_run_is_exact(#[case] chances: &[f64], #[case] length: usize, #[case] expected: f64) {
        assert!((chance_of_run(chances, length) - expected).abs() < 1e-12);
    }

    #[test]
    fn moments_of_the_exponential_are_factorials() {
        assert_eq!([1, 2, 3, 4].map(|order| gamma_moment(1.0, order)), [1.0, 2.0, 6.0, 24.0]);
        assert_eq!(gamma_moment(0.0, 5), 1.0);
    }

    #[test]
    fn six_equal_periods_are_noticed() {
        let mut panel = panel();
        panel[21][3..9].fill(Some(5_500_000));
        let signals = noticed(&panel);
        let [signal] = signals.as_slice() else { panic!("{signals:?}") };
        assert_eq!((signal.sample_size, signal.statistic, signal.counties.as_slice()), (40, 6.0, &[21][..]));
        assert_eq!((signal.periods.first(), signal.periods.last()), (Some(&month(5)), Some(&month(10))));
        assert!(signal.message.starts_with("第21县工业增加值增速2025年1—5月至2025年1—10月连续6期均为5.5%，"), "{}", signal.message);
        asks_to_verify(signal);
    }

    #[test]
    fn a_gap_ends_a_run_and_three_are_no_run() {
        let mut panel = panel();
        panel[21][3..9].fill(Some(5_500_000));
        panel[21][6] = None;
        assert_eq!(noticed(&panel), []);
    }

    #[test]
    fn an_indicator_that_hardly_moves_is_nobodys_run() {
        let panel: Vec<Vec<_>> = (0..40).map(|county| (0..11).map(|place| Some(county + i64::from(place > 7))).collect()).collect();
        assert_eq!(noticed(&panel), []);
        assert_eq!(noticed(&panel[..1]), [], "nobody to compare with");
    }

    #[test]
    fn several_counties_are_noticed_together() {
        let mut panel = panel();
        for county in [3, 30] {
            panel[county][1..11].fill(Some(5_500_000));
        }
        assert_eq!(noticed(&panel).iter().map(|signal| signal.counties[0]).collect::<Vec<_>>(), [3, 30]);
    }
}
