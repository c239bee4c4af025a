//! The year's end as it looks from the months so far: a central value, a range, and the probability of reaching a number.
//!
//! One model for every kind: the months of a year scatter around a level that itself may walk (local level model, Harvey 1989), with the
//! two variances pooled over the counties and each county's own scatter shrunk towards theirs. `docs/projection.md` has the formulas
//! and what they were worth on years and places the method had not seen.

mod path;
mod pool;

use serde::Deserialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use self::{path::Path, pool::Volatility};
use crate::plan::Kind;

pub use self::pool::{Pool, pool};

/// Section `[projection]` of a policy.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectionRules {
    /// Percent of years' ends that the range should hold, 50 to 99.
    pub coverage_percent: f64,
    /// Due values of this year that are needed before anything is said, 1 to 11.
    pub minimum_periods: usize,
    /// Counties (or earlier years of counties) with two or more values that the pool needs, at least 2.
    pub minimum_pool: usize,
    /// How many months of a county's own scatter weigh as much as the pool's, 1 to 100.
    pub pool_weight: f64,
    /// Where the numbers come from.
    pub origin: String,
}

impl ProjectionRules {
    /// Checks the bounds.
    ///
    /// # Errors
    /// The field and what would be right.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if !(50.0..=99.0).contains(&self.coverage_percent) {
            return Err(("projection.coverage_percent", "must be from 50 to 99"));
        }
        if !(1..=11).contains(&self.minimum_periods) {
            return Err(("projection.minimum_periods", "must be from 1 to 11"));
        }
        if self.minimum_pool < 2 {
            return Err(("projection.minimum_pool", "must be at least 2"));
        }
        if !(1.0..=100.0).contains(&self.pool_weight) {
            return Err(("projection.pool_weight", "must be from 1 to 100"));
        }
        if self.origin.trim().is_empty() {
            return Err(("projection.origin", "must not be empty"));
        }
        Ok(())
    }
}

/// What is known of one county and indicator. Months ascend, 1 to 12; values are in the indicator's unit, as reported.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// How the number behaves over the year.
    pub kind: Kind,
    /// Values of this year's due periods. A finished year (with month 12) serves the pool.
    pub this_year: &'a [(u8, f64)],
    /// Last year: cumulative amounts for `Rate` and `Flow`, stocks for `Level`; not used for other kinds; may be empty.
    pub last_year: &'a [(u8, f64)],
    /// For `Rate` without last year's amounts: last year's share of the months up to the latest one, 0 to 1, where known.
    pub base_share: Option<f64>,
}

/// How a projection was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// December is in: the value itself.
    YearOver,
    /// Rate: growth of the remaining months, weighed with last year's amounts.
    GrowthByProfile,
    /// Rate: growth of the remaining months, weighed evenly or by the one known share.
    GrowthByShare,
    /// Flow: last year's amounts times the growth over them.
    AmountByProfile,
    /// Flow: the amount a month goes on.
    AmountByPace,
    /// Level: last year's end times the growth over last year's months.
    StockByProfile,
    /// Level: the change a month goes on.
    StockByDrift,
    /// Change: the change a month goes on.
    ChangeByPace,
    /// Share: the latest value stays.
    ShareStays,
}

impl Method {
    /// The name as agencies read it.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::YearOver => "全年数已报",
            Self::GrowthByProfile => "按上年各月数额加权推算增速",
            Self::GrowthByShare => "按月数或已知占比加权推算增速",
            Self::AmountByProfile => "上年同期数额乘以推算增速",
            Self::AmountByPace => "按今年月均数推算",
            Self::StockByProfile => "上年末数乘以同比变动",
            Self::StockByDrift => "按月均增减量推算",
            Self::ChangeByPace => "按月均变动推算",
            Self::ShareStays => "最近一期数不变",
        }
    }
}

/// The year's end as it looks now, in the indicator's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// Median of what can be expected.
    pub central: f64,
    /// Lower end of the range.
    pub low: f64,
    /// Upper end of the range.
    pub high: f64,
    /// Probability that the year ends at or above the threshold, 0 to 1.
    pub probability: f64,
    /// How it was made.
    pub method: Method,
    /// Months of this year that are in.
    pub month: u8,
    /// Last year's share of those months, 0 to 1, as used; absent where the method has none.
    pub base_share: Option<f64>,
    /// Counties and earlier years in the pool; 0 where the year is over.
    pub sample: usize,
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoProjection {
    /// Fewer values of this year than the rules ask for, or none that last year's months can be set against.
    #[error("too few values of this year")]
    TooFewPeriods,
    /// Months out of order or out of 1 to 12, or a value that is no number.
    #[error("the values are not in order")]
    NotInOrder,
    /// An amount of last year, of a month of it, or of this year so far is zero or negative where it is divided by.
    #[error("the base is zero or negative")]
    NoBase,
    /// The pool has too few counties for this method, or they show no scatter at all.
    #[error("the pool shows no volatility")]
    NoVolatility,
}

impl NoProjection {
    /// The reason as agencies read it.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::TooFewPeriods => "今年已报期数不足，暂不推算全年",
            Self::NotInOrder => "各期数据次序有误，不能推算全年",
            Self::NoBase => "基数为零或负数，不能推算全年",
            Self::NoVolatility => "可比县数据不足，无法估计波动，暂不推算全年",
        }
    }
}

/// The year's end of one county, and the probability that it is at or above `threshold`. For 左右 pass the number less its tolerance; where
/// values are judged as published, pass half a last decimal less.
///
/// # Errors
/// [`NoProjection`] names what is missing; it is the answer for a county with too little, not a fault.
pub fn project(history: &History<'_>, pool: &Pool, threshold: f64, rules: &ProjectionRules) -> Result<Projection, NoProjection> {
    let path = Path::new(history)?;
    if let Some(value) = path.december {
        return Ok(year_over(value, threshold));
    }
    if history.this_year.len() < rules.minimum_periods {
        return Err(NoProjection::TooFewPeriods);
    }
    let volatility = pool.volatility(path.method).ok_or(NoProjection::NoVolatility)?;
    let (rest, spread, freedom) = rest_of_year(&path, volatility, rules);
    let (central, spread) = (path.known + path.weight * rest, path.weight.abs() * spread);
    let reach = spread * pool.quantile(path.windows().len());
    let probability = StudentsT::new(0.0, 1.0, freedom).map(|t| t.cdf((central - threshold) / spread));
    let finite = central.is_finite() && reach.is_finite() && reach > 0.0;
    let probability = probability.ok().filter(|p| finite && p.is_finite()).ok_or(NoProjection::NoVolatility)?;
    Ok(Projection {
        central,
        low: central - reach,
        high: central + reach,
        probability: probability.clamp(0.0, 1.0),
        method: path.method,
        month: path.month,
        base_share: path.base_share,
        sample: volatility.sample,
    })
}

fn year_over(value: f64, threshold: f64) -> Projection {
    let probability = if value >= threshold { 1.0 } else { 0.0 };
    Projection { central: value, low: value, high: value, probability, method: Method::YearOver, month: 12, base_share: None, sample: 0 }
}

/// Level of the remaining months, its standard error, and the degrees of freedom.
fn rest_of_year(path: &Path, volatility: &Volatility, rules: &ProjectionRules) -> (f64, f64, f64) {
    let level = volatility.filter(path.windows());
    let ahead = f64::from(12 - path.month);
    let steps = level.innovations as f64;
    let freedom = rules.pool_weight + steps;
    let scale = (rules.pool_weight * volatility.scale + level.squares) / freedom;
    let (walk, noise) = (volatility.walk, volatility.noise);
    let variance = if path.stock {
        level.variance + walk * ahead + noise
    } else {
        // The mean of `ahead` further steps of a walk has variance (h + 1)(2h + 1) / 6h.
        level.variance + walk * (ahead + 1.0) * (2.0 * ahead + 1.0) / (6.0 * ahead) + noise / path.exposure_left
    };
    (level.value, (scale * variance).sqrt(), freedom)
}

#[cfg(test)]
mod tests;
