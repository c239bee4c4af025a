//! The plan document: a readable TOML file with indicators and their targets.

mod approval;
mod relation;
mod rollup;
pub mod rounds;
mod rule;

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde::Deserialize;

pub use self::{
    approval::{Approval, ApprovalLevel, UnknownLevel},
    relation::{Check, Prices},
    rollup::{Rollup, factor},
    rounds::Rounds,
    rule::{LONGEST_EXPRESSION, Rule, RuleKind, Severity, Waiver},
};
use crate::{
    period::Period,
    target::{self, Comparator, TargetError},
};

/// A plan document, checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Stable name, lower-case ASCII, digits and dashes.
    pub id: String,
    /// Title as printed.
    pub title: String,
    /// Year whose targets it sets.
    pub year: i32,
    /// Where the text was taken from.
    pub source: String,
    /// Code of the province that issued it.
    pub province_code: String,
    /// Which counties it judges; absent where it sets no county targets.
    pub county_set: Option<CountySet>,
    /// When each round is opened, due, frozen and told of; absent: only by hand.
    pub rounds: Option<Rounds>,
    /// Who approves reports; absent: nobody, accepted values are in force at once.
    pub approval: Option<Approval>,
    /// Relations that should hold between the plan's own numbers.
    #[serde(rename = "check", default)]
    pub checks: Vec<Check>,
    /// Rules that reported values are held against.
    #[serde(rename = "rule", default)]
    pub rules: Vec<Rule>,
    /// Indicators in the plan's order.
    #[serde(rename = "indicator", default)]
    pub indicators: Vec<Indicator>,
}

/// The dated county set of a plan, resolved by [`crate::division::Registry::county_set`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountySet {
    /// Every county, autonomous county and county-level city under this division.
    pub under: String,
    /// As they stood at the end of this year.
    pub year: i32,
}

/// One indicator, with or without a target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Unique in the plan, lower snake case.
    pub id: String,
    /// Name as printed, without its unit.
    pub name: String,
    /// `%`, `个百分点`, `亿元`, `项`, `户` …
    pub unit: String,
    /// How its number behaves over the year.
    pub kind: Kind,
    /// Whose value the target is about.
    pub scope: Scope,
    /// When it is due.
    pub frequency: Frequency,
    /// First month of the year whose value is due, 1 to 12; absent: by frequency, and then January is never due.
    pub first_month: Option<u8>,
    /// Agencies that report its values, any one of them for all; empty: the target's owners, and nobody where there is no target.
    #[serde(default)]
    pub reporters: Vec<String>,
    /// Decimals it is published and ranked with.
    #[serde(default = "one")]
    pub decimals: u32,
    /// Number in the plan's table, where it has one.
    pub number: Option<u32>,
    /// Section heading it stands under, where there is one.
    pub section: Option<String>,
    /// Indicator of the same plan that holds the amount whose growth this is.
    pub level: Option<String>,
    /// Indicators of the same plan that are reported where this one is not, and that cannot be converted into it.
    #[serde(default)]
    pub related: Vec<String>,
    /// How a provincial number follows from the counties' values; absent where the plan document does not say.
    pub rollup: Option<Rollup>,
    /// The target; absent for an indicator that is only kept beside others.
    pub target: Option<Target>,
    /// Anything a reader of the plan file must know.
    pub note: Option<String>,
}

const fn one() -> u32 {
    1
}

/// How an indicator's number behaves over the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Growth of the year to date over the same months of last year, %.
    Rate,
    /// A part of a whole, %.
    Share,
    /// A stock at a month's end.
    Level,
    /// An amount or count cumulative from 1 January.
    Flow,
    /// Percentage points, or a count of newcomers, since last year's end.
    Change,
}

/// Whose value an indicator is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole province, or all its counties together.
    Province,
    /// Each county.
    County,
}

/// How often an indicator is due. Nothing is due in January unless the indicator's own first month says so: no monthly figures are
/// published for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// February to December.
    Monthly,
    /// March, June, September, December.
    Quarterly,
    /// December.
    Yearly,
}

impl Frequency {
    /// True where a value is due at the period.
    #[must_use]
    pub fn is_due(self, period: Period) -> bool {
        match self {
            Self::Monthly => period.month() >= 2,
            Self::Quarterly => period.ends_quarter(),
            Self::Yearly => period.month() == 12,
        }
    }
}

/// What a plan asks of an indicator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Text as printed: `5.5左右`.
    pub text: String,
    /// Text read by the grammar; filled by [`Plan::from_toml`].
    #[serde(skip)]
    comparator: Option<Comparator>,
    /// How the expected value grows over the year; absent: by the indicator's kind.
    pub pace: Option<Pace>,
    /// Last year's value as printed; `—` is kept as not available; absent where the plan prints none.
    pub baseline: Option<String>,
    /// Width of the band below a 左右 number, in the indicator's unit; absent: by policy.
    pub tolerance: Option<Decimal>,
    /// Agencies that lead (province) or evaluate (county), as printed. Empty where the plan names none.
    pub owners: Vec<String>,
    /// Each place in the document that states it.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

impl Target {
    /// What the text means.
    #[must_use]
    pub fn comparator(&self) -> Comparator {
        self.comparator.unwrap_or(Comparator::NotApplicable)
    }

    /// Last year's value; `None` where the plan prints none or `—`.
    #[must_use]
    pub fn baseline_value(&self) -> Option<Decimal> {
        self.baseline.as_deref().and_then(|text| crate::decimal::parse(text).ok())
    }
}

/// A place in the document and its words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Where: `附件2 第1行`, `一、工作目标(一)`.
    pub place: String,
    /// The words that state the target.
    pub text: String,
    /// How this place writes the target, where it differs from the target's text: `200项` beside `200项以上`.
    pub reads: Option<String>,
}

/// How an expected value grows over the year.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Pace {
    /// The target itself at every period.
    Constant,
    /// Target × month / 12; for levels, baseline + (target − baseline) × month / 12.
    Linear,
    /// Target × last year's share of the same period; linear where that is not known.
    Seasonal,
    /// Nothing before December.
    YearEnd,
    /// Given values by month; before the first month nothing is expected.
    Milestones(Vec<Milestone>),
}

/// A value expected from a month on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    /// 1 to 12.
    pub month: u8,
    /// In the indicator's unit.
    pub value: Decimal,
}

/// Why a text is no plan document.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Not TOML, or not the fields a plan has.
    #[error("the plan document cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// A target text that the grammar does not know.
    #[error("indicator `{indicator}`: the target cannot be read")]
    Target {
        /// The indicator's id.
        indicator: String,
        /// What is wrong with the text.
        source: TargetError,
    },
    /// Anything else that contradicts the rules of a plan document.
    #[error("{place}: {problem}")]
    Invalid {
        /// The indicator's id, or the field.
        place: String,
        /// What was found and what would be right.
        problem: String,
    },
}

impl Plan {
    /// Reads and checks a plan document.
    ///
    /// # Errors
    /// [`PlanError`] names the place and what would be right.
    pub fn from_toml(text: &str) -> Result<Self, PlanError> {
        let mut plan: Self = toml::from_str(text)?;
        for indicator in &mut plan.indicators {
            if let Some(target) = &mut indicator.target {
                let read = |text: &str| target::parse(text).map_err(|source| PlanError::Target { indicator: indicator.id.clone(), source });
                target.comparator = Some(read(&target.text)?);
                target.sources.iter().filter_map(|source| source.reads.as_deref()).try_for_each(|text| read(text).map(drop))?;
            }
        }
        plan.check()?;
        Ok(plan)
    }

    /// The indicator with this id.
    #[must_use]
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.id == id)
    }

    /// Indicators with a target for each county, in the plan's order.
    pub fn county_targets(&self) -> impl Iterator<Item = (&Indicator, &Target)> {
        self.indicators
            .iter()
            .filter(|indicator| indicator.scope == Scope::County)
            .filter_map(|indicator| Some((indicator, indicator.target.as_ref()?)))
    }

    fn check(&self) -> Result<(), PlanError> {
        let invalid = |place: &str, problem: String| Err(PlanError::Invalid { place: place.to_owned(), problem });
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(plain) {
            return invalid("id", format!("`{}` must be 1 to 64 of a–z, 0–9 and -", self.id));
        }
        if self.title.is_empty() || self.title.chars().count() > 200 {
            return invalid("title", "must have 1 to 200 characters".to_owned());
        }
        let mut seen = HashMap::new();
        for (position, indicator) in self.indicators.iter().enumerate() {
            indicator.check()?;
            if let Some(first) = seen.insert(indicator.id.as_str(), position) {
                return invalid(&indicator.id, format!("stands twice, as indicators {} and {}", first + 1, position + 1));
            }
            if indicator.decimals > crate::decimal::SCALE {
                return invalid(&indicator.id, format!("decimals is {}, at most 6", indicator.decimals));
            }
            let mut named = indicator.level.iter().chain(&indicator.related);
            if let Some(unknown) = named.find(|id| self.indicator(id).is_none()) {
                return invalid(&indicator.id, format!("level or related names `{unknown}`, which the plan does not have"));
            }
            if let Some(target) = &indicator.target {
                target.check(indicator)?;
            }
            if let Some(rollup) = &indicator.rollup {
                rollup.check(self, indicator)?;
            }
        }
        self.rounds.as_ref().map_or(Ok(()), Rounds::check)?;
        if let Some(approval) = &self.approval {
            approval.check()?;
        }
        self.checks.iter().try_for_each(|check| check.check(self))?;
        rule::check(self)
    }
}

impl Indicator {
    /// Every later output prints these: none may be empty, or longer than a table's cell.
    fn check(&self) -> Result<(), PlanError> {
        let invalid = |problem: &str| Err(PlanError::Invalid { place: self.id.clone(), problem: problem.to_owned() });
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let bounded = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most && !text.contains(char::is_control);
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(plain) {
            return invalid("the id must be 1 to 64 of a–z, 0–9 and _");
        }
        if !bounded(&self.name, 200) || !bounded(&self.unit, 20) {
            return invalid("name must have 1 to 200 characters and unit 1 to 20, none of them a line break");
        }
        let owners = self.target.iter().flat_map(|target| &target.owners);
        if owners.chain(&self.reporters).any(|agency| !bounded(agency, 100)) {
            return invalid("each owner and reporter must have 1 to 100 characters, none of them a line break");
        }
        if self.first_month.is_some_and(|month| !(1..=12).contains(&month)) {
            return invalid("first_month must be 1 to 12");
        }
        Ok(())
    }

    /// True where a value is due at the period.
    #[must_use]
    pub fn is_due(&self, period: Period) -> bool {
        match (self.first_month, self.frequency) {
            (None, frequency) => frequency.is_due(period),
            (Some(first), Frequency::Monthly) => period.month() >= first,
            (Some(first), frequency) => period.month() >= first && frequency.is_due(period),
        }
    }
}

impl Target {
    fn milestone_values(&self) -> impl Iterator<Item = Decimal> {
        let milestones = if let Some(Pace::Milestones(milestones)) = &self.pace { milestones.as_slice() } else { &[] };
        milestones.iter().map(|milestone| milestone.value)
    }

    fn check(&self, indicator: &Indicator) -> Result<(), PlanError> {
        let invalid = |problem: String| Err(PlanError::Invalid { place: indicator.id.clone(), problem });
        if self.sources.is_empty() {
            return invalid("names no place in the document".to_owned());
        }
        if let Some(baseline) = self.baseline.as_deref().filter(|text| *text != "—" && crate::decimal::parse(text).is_err()) {
            return invalid(format!("baseline `{baseline}` is neither a number nor —"));
        }
        if self.tolerance.is_some_and(|tolerance| tolerance < Decimal::ZERO) {
            return invalid("tolerance must not be negative".to_owned());
        }
        let numbers = [self.comparator().bound(), self.baseline_value(), self.tolerance].into_iter().flatten();
        if let Some(error) = numbers.chain(self.milestone_values()).find_map(|number| crate::decimal::to_micros(number).err()) {
            return invalid(error.to_string());
        }
        if let Some(Pace::Milestones(milestones)) = &self.pace {
            let ascending = milestones.windows(2).all(|pair| pair[0].month < pair[1].month);
            if milestones.is_empty() || !ascending || milestones.iter().any(|m| !(1..=12).contains(&m.month)) {
                return invalid("milestones must have ascending months, 1 to 12".to_owned());
            }
        }
        Ok(())
    }
}
