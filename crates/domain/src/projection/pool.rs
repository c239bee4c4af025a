//! The pool: how much the months of an indicator scatter, and how much of that lasts, over all counties.

use statrs::{
    distribution::{ContinuousCDF, StudentsT},
    function::gamma::digamma,
};

use super::{
    History, Method, ProjectionRules,
    path::{Path, Window},
};

/// The variances of one method, relative to each other, and their common scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Volatility {
    /// Variance of one month's scatter around the level, relative.
    pub noise: f64,
    /// Variance of the level's step in a month, relative.
    pub walk: f64,
    /// What both are multiplied with: the typical county's.
    pub scale: f64,
    /// Histories with two or more values.
    pub sample: usize,
}

/// The level after the last window (Kalman filter of the local level model).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub value: f64,
    /// Relative to the scale.
    pub variance: f64,
    /// Σ squared innovations over their relative variance.
    pub squares: f64,
    /// How many innovations.
    pub innovations: usize,
}

/// Volatility of one indicator over the counties, by method, and the quantiles of its range. Made once for an indicator and period.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    volatilities: Vec<(Method, Volatility)>,
    /// By number of windows, 1 to 12.
    quantiles: [f64; 13],
}

/// Pools the histories of one indicator: the counties' year so far and, where they are known, their finished earlier years. Histories that
/// say nothing (one value, no base) are left out; whether enough remain is decided method by method.
#[must_use]
pub fn pool<'a>(histories: impl Iterator<Item = History<'a>>, rules: &ProjectionRules) -> Pool {
    let paths: Vec<Path> = histories.filter_map(|history| Path::new(&history).ok()).filter(|path| path.windows().len() > 1).collect();
    let mut methods: Vec<Method> = Vec::new();
    for path in &paths {
        if !methods.contains(&path.method) {
            methods.push(path.method);
        }
    }
    let of = |method: Method| paths.iter().filter(move |path| path.method == method).map(Path::windows).collect::<Vec<_>>();
    let volatilities = methods.into_iter().filter_map(|method| Some((method, Volatility::estimate(&of(method), rules.minimum_pool)?)));
    let tail = 0.5 + rules.coverage_percent / 200.0;
    let quantile = |windows: usize| {
        let freedom = rules.pool_weight + windows.saturating_sub(1) as f64;
        StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(tail))
    };
    Pool { volatilities: volatilities.collect(), quantiles: std::array::from_fn(quantile) }
}

impl Pool {
    pub(super) fn volatility(&self, method: Method) -> Option<&Volatility> {
        self.volatilities.iter().find(|(found, _)| *found == method).map(|(_, volatility)| volatility)
    }

    /// Half width of the range in standard errors.
    pub(super) fn quantile(&self, windows: usize) -> f64 {
        self.quantiles.get(windows).copied().unwrap_or(f64::INFINITY)
    }
}

/// Sums over the steps between windows that the method of moments needs.
#[derive(Debug, Default)]
struct Moments {
    squares: f64,
    gaps: f64,
    noises: f64,
    products: f64,
    shared: f64,
}

impl Moments {
    /// Adds one county with its steps scaled to mean square 1, so that a lively county does not drown the others.
    fn add(&mut self, windows: &[Window]) {
        let steps = || windows.iter().zip(windows.iter().skip(1)).map(|(one, next)| next.value - one.value);
        let count = windows.len().saturating_sub(1) as f64;
        let mean = steps().map(|step| step * step).sum::<f64>() / count;
        // One step alone has no lag-one product and says nothing about what lasts.
        if windows.len() < 3 || !(mean > dust(windows) && mean.is_finite()) {
            return;
        }
        self.squares += count;
        self.products += steps().zip(steps().skip(1)).map(|(one, next)| one * next).sum::<f64>() / mean;
        self.gaps += windows.iter().skip(1).map(|window| window.gap).sum::<f64>();
        self.noises +=
            windows.iter().zip(windows.iter().skip(1)).map(|(one, next)| one.exposure.recip() + next.exposure.recip()).sum::<f64>();
        self.shared += windows.iter().skip(1).take(windows.len().saturating_sub(2)).map(|window| window.exposure.recip()).sum::<f64>();
    }

    /// (noise, walk). E(Δ²) = walk × gap + noise × (1/e + 1/e'), E(ΔΔ') = −noise / e.
    fn solve(&self) -> (f64, f64) {
        if self.shared <= 0.0 || self.gaps <= 0.0 {
            return EVEN;
        }
        let noise = (-self.products / self.shared).max(0.0);
        let walk = (self.squares - noise * self.noises) / self.gaps;
        if walk < 0.0 { (self.squares / self.noises, 0.0) } else { (noise, walk) }
    }
}

/// Noise and walk where nobody has three values yet: each makes half of a step from month to month.
const EVEN: (f64, f64) = (0.25, 0.5);

/// A county that reported the same growth all along counts as this part of the mean scatter, or it alone would take the pool's to nothing.
const FLOOR: f64 = 0.01;

/// Mean square below which steps are the rounding of binary numbers and no movement.
fn dust(windows: &[Window]) -> f64 {
    let largest = windows.iter().map(|window| window.value.abs()).fold(0.0, f64::max);
    (1e-9 * largest).powi(2)
}

impl Volatility {
    fn estimate(counties: &[&[Window]], minimum: usize) -> Option<Self> {
        let mut moments = Moments::default();
        counties.iter().for_each(|windows| moments.add(windows));
        let (noise, walk) = moments.solve();
        let relative = Self { noise, walk, scale: 1.0, sample: counties.len() };
        let levels: Vec<Level> = counties.iter().map(|windows| relative.filter(windows)).collect();
        let scale = typical(&levels)?;
        if scale <= counties.iter().map(|windows| dust(windows)).fold(0.0, f64::max) {
            return None;
        }
        (counties.len() >= minimum).then_some(Self { scale, ..relative })
    }

    /// Runs the filter; the first window starts it.
    pub fn filter(&self, windows: &[Window]) -> Level {
        let Some((first, rest)) = windows.split_first() else {
            return Level { value: 0.0, variance: f64::INFINITY, squares: 0.0, innovations: 0 };
        };
        let start = Level { value: first.value, variance: self.noise / first.exposure, squares: 0.0, innovations: 0 };
        rest.iter().fold(start, |level, window| {
            let prior = level.variance + self.walk * window.gap;
            let total = prior + self.noise / window.exposure;
            let (surprise, gain) = (window.value - level.value, prior / total);
            Level {
                value: level.value + gain * surprise,
                variance: prior * (1.0 - gain),
                squares: level.squares + surprise * surprise / total,
                innovations: level.innovations + 1,
            }
        })
    }
}

/// The geometric mean of the counties' scatter, weighed by innovations and freed of the logarithm's bias (E ln χ²ₙ/n = ψ(n/2) − ln(n/2)):
/// the middle county and not the wildest. `None` where nobody scatters.
fn typical(levels: &[Level]) -> Option<f64> {
    let count: f64 = levels.iter().map(|level| level.innovations as f64).sum();
    let mean = levels.iter().map(|level| level.squares).sum::<f64>() / count;
    if !(mean > 0.0 && mean.is_finite()) {
        return None;
    }
    let logarithm = |level: &Level| {
        let (n, half) = (level.innovations as f64, level.innovations as f64 / 2.0);
        n * ((level.squares / n).max(FLOOR * mean).ln() - digamma(half) + half.ln())
    };
    Some((levels.iter().map(logarithm).sum::<f64>() / count).exp())
}
