//! Integrity signals (数据质量提示): what a data provider is asked to verify. They stand beside the score and never enter it.
//!
//! A signal accuses nobody. It names its method, its sample and how often it is raised on simulated clean data, and asks to verify.
//! Every function here is pure; values are 10⁻⁶ of their unit, as published. `docs/integrity.md` holds formulas, sources and limits.

mod base_lowered;
mod bunching;
mod december_jump;
mod digits;
pub mod measure;
mod repeated;
mod robust;
mod rules;
mod sum_mismatch;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;

use serde::Serialize;

pub use self::{
    base_lowered::{Base, base_lowered},
    bunching::bunching,
    december_jump::{YearEnd, december_jump},
    digits::{first_digit, last_digit},
    repeated::repeated,
    rules::IntegrityRules,
    sum_mismatch::{Total, sum_mismatch},
    table::false_alarm_rate,
};
use crate::{micros, period::Period};

/// What a signal noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// Values of many counties crowded just above the target.
    Bunching,
    /// The same value of one county, period after period.
    Repeated,
    /// A target met only against a base that is lower than was reported last year.
    BaseLowered,
    /// An unusual part of the year's amount in December.
    DecemberJump,
    /// Counties that do not add up to the reported total.
    SumMismatch,
    /// Last digits that are not uniform.
    LastDigit,
    /// First digits that do not follow Benford.
    FirstDigit,
}

impl SignalKind {
    /// Every kind, in the order of this enum.
    pub const ALL: [Self; 7] =
        [Self::Bunching, Self::Repeated, Self::BaseLowered, Self::DecemberJump, Self::SumMismatch, Self::LastDigit, Self::FirstDigit];

    /// The name used in the committed table and on wires.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bunching => "bunching",
            Self::Repeated => "repeated",
            Self::BaseLowered => "base_lowered",
            Self::DecemberJump => "december_jump",
            Self::SumMismatch => "sum_mismatch",
            Self::LastDigit => "last_digit",
            Self::FirstDigit => "first_digit",
        }
    }

    /// The method with its authors, as an agency reads it.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Bunching => "目标两侧计数的单侧精确二项检验（Cattaneo、Jansson、Ma，2018；McCrary，2008），按稳健正态拟合修正密度斜率",
            Self::Repeated => "以其他县相邻两期重复率为基准的连续重复概率，各县合并用Benjamini–Hochberg法（1995）校正",
            Self::BaseLowered => "推算基数与上年上报数之比的稳健z值（中位数、MAD；Iglewicz、Hoaglin，1993）",
            Self::DecemberJump => "12月占全年比重与上年之比（取对数）的稳健z值（中位数、MAD；Iglewicz、Hoaglin，1993）",
            Self::SumMismatch => "各县合计与上报总数之差对照四舍五入允许范围",
            Self::LastDigit => "末位数字均匀性卡方检验（Mosimann等，1995；Beber、Scacco，2012）",
            Self::FirstDigit => "首位数字本福特分布卡方检验（Benford，1938）",
        }
    }
}

/// How a measured quantity is called and published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity<'a> {
    /// Chinese name.
    pub name: &'a str,
    /// Chinese unit, or `%`.
    pub unit: &'a str,
    /// Places it is published with, at most six.
    pub decimals: u32,
}

impl Quantity<'_> {
    /// One published step in 10⁻⁶ of the unit: 100,000 for one place.
    #[must_use]
    pub fn step(&self) -> i64 {
        micros::step(self.decimals)
    }
}

/// What values are about: every function names it in its message.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The indicator.
    pub quantity: Quantity<'a>,
    /// Names of the counties, in the order of the values.
    pub counties: &'a [&'a str],
    /// The period; for a run or a digit test all of them, in order.
    pub periods: &'a [Period],
}

impl Subject<'_> {
    /// `甲县` and its number; empty where the caller gave fewer names than values.
    fn county(&self, county: usize) -> &str {
        self.counties.get(county).copied().unwrap_or_default()
    }

    /// `地区生产总值增速2025年1—3月`, or from the first period to the last.
    fn heading(&self) -> String {
        format!("{}{}", self.quantity.name, text::span(self.periods))
    }
}

/// Something to verify.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// What was noticed.
    pub kind: SignalKind,
    /// How it was noticed, in Chinese, with its source.
    pub method: &'static str,
    /// Counties or values looked at.
    pub sample_size: usize,
    /// Bunching: counties at or just above the target; repeated: equal periods; base and December: robust z; sum: counties − total in the
    /// total's unit; digits: chi-square.
    pub statistic: f64,
    /// Probability of this or more on clean data by the method's own reckoning, for one county where the signal names one; absent for
    /// robust z and sums.
    pub p_value: Option<f64>,
    /// Measured share of clean samples of the nearest smaller size that raise any signal of this kind; absent where the rules are not
    /// those it was measured with, or the sample is smaller than any measured one.
    pub false_alarm_rate: Option<f64>,
    /// Indices of the counties concerned; empty where the whole sample is.
    pub counties: Vec<usize>,
    /// Periods concerned.
    pub periods: Vec<Period>,
    /// One Chinese sentence with the figures; ends by asking to verify.
    pub message: String,
}

impl Signal {
    /// A signal with its method and measured rate filled in; it concerns the whole sample until told otherwise.
    fn new(kind: SignalKind, sample_size: usize, statistic: f64, periods: &[Period], rules: &IntegrityRules) -> Self {
        Self {
            kind,
            method: kind.method(),
            sample_size,
            statistic,
            p_value: None,
            false_alarm_rate: false_alarm_rate(kind, sample_size, rules),
            counties: Vec::new(),
            periods: periods.to_vec(),
            message: String::new(),
        }
    }
}
