//! The policy: tolerances, warning margins and score rules that plans leave open. What ships is an example and says so.

mod fit;

use rust_decimal::Decimal;
use serde::Deserialize;

pub use self::fit::{Misfit, Place, Problem, summary};
use crate::{
    integrity::IntegrityRules,
    plan::{Indicator, Kind},
    projection::ProjectionRules,
    score::{CompositeRules, honours::HonourRules, robustness::RobustnessRules, veto::VetoRule},
};

/// The shipped example, as text: what a user copies to make a policy of their own.
pub const EXAMPLE_TOML: &str = include_str!("../policies/example.toml");

/// Rules that the plans do not give, checked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Name as printed beside every number that follows from it: `示例政策`.
    pub title: String,
    /// What 左右 allows below the number.
    pub band: Band,
    /// How far behind is yellow and not yet red.
    pub margin: Margin,
    /// What a value counts for that came in after its round was frozen without one; absent: as much as any other.
    pub backfill: Option<Backfill>,
    /// How a county's score is made.
    pub composite: CompositeRules,
    /// How weights and methods are varied to see how firm a place is.
    pub robustness: RobustnessRules,
    /// How many counties are named as best performers and risers.
    pub honours: HonourRules,
    /// Conditions that keep a county from a place, a score or an honour.
    #[serde(default, rename = "veto")]
    pub vetoes: Vec<VetoRule>,
    /// How the year's end is projected.
    pub projection: ProjectionRules,
    /// When reported values look odd enough to ask.
    pub integrity: IntegrityRules,
}

/// What 左右 allows below the number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// For `%` and `个百分点`: percent of the number, 0 to 100.
    pub percent_of_rate: Decimal,
    /// For every other unit: percent of what is expected, 0 to 100.
    pub percent_of_amount: Decimal,
    /// Where the numbers come from.
    pub origin: String,
}

/// What a value counts for that came in after its round was frozen without one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backfill {
    /// True where its light is yellow at best.
    pub yellow_at_best: bool,
    /// Where the rule comes from.
    pub origin: String,
}

/// How far behind is yellow and not yet red.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Margin {
    /// For rates and shares: percentage points, 0 to 100.
    pub rate_points: Decimal,
    /// For changes in percentage points: percentage points, 0 to 100.
    pub change_points: Decimal,
    /// For amounts and counts: percent of what is expected, 0 to 100.
    pub percent_of_amount: Decimal,
    /// Where the numbers come from.
    pub origin: String,
}

/// Why a text is no policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or not the fields a policy has.
    #[error("the policy cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// A number or text outside its bounds.
    #[error("policy field `{field}` {problem}")]
    Invalid {
        /// `section.field`.
        field: &'static str,
        /// What would be right.
        problem: &'static str,
    },
}

impl Policy {
    /// Reads and checks a policy.
    ///
    /// # Errors
    /// [`PolicyError`] names the field.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = toml::from_str(text)?;
        policy.check()?;
        Ok(policy)
    }

    /// The example policy that ships.
    ///
    /// # Errors
    /// None for the shipped text, which a test reads; the type is that of [`Policy::from_toml`].
    pub fn example() -> Result<Self, PolicyError> {
        Self::from_toml(EXAMPLE_TOML)
    }

    /// Width of the band below a 左右 number at this period, in the indicator's unit. The plan's own tolerance wins; for a paced amount
    /// it shrinks with the part of the number that is expected by now.
    #[must_use]
    pub fn tolerance(&self, indicator: &Indicator, number: Decimal, expected: Decimal) -> Decimal {
        let given = indicator.target.as_ref().and_then(|target| target.tolerance);
        match given {
            Some(tolerance) if number.is_zero() => tolerance,
            Some(tolerance) => tolerance * (expected / number).abs(),
            None if in_points(indicator) => percent(number, self.band.percent_of_rate),
            None => percent(expected, self.band.percent_of_amount),
        }
    }

    /// How far below what is expected is yellow, in the indicator's unit. Of a stock only the part that the year has to bring
    /// counts: ten percent of 2,600 enterprises would hide that not one of 151 new ones came.
    #[must_use]
    pub fn warning_margin(&self, indicator: &Indicator, expected: Decimal) -> Decimal {
        match (in_points(indicator), indicator.kind) {
            (true, Kind::Change) => self.margin.change_points,
            (true, _) => self.margin.rate_points,
            (false, Kind::Level) => percent(expected - baseline(indicator), self.margin.percent_of_amount),
            (false, _) => percent(expected, self.margin.percent_of_amount),
        }
    }

    fn check(&self) -> Result<(), PolicyError> {
        let percents = [
            ("band.percent_of_rate", self.band.percent_of_rate),
            ("band.percent_of_amount", self.band.percent_of_amount),
            ("margin.rate_points", self.margin.rate_points),
            ("margin.change_points", self.margin.change_points),
            ("margin.percent_of_amount", self.margin.percent_of_amount),
        ];
        let invalid = |field, problem| Err(PolicyError::Invalid { field, problem });
        if let Some((field, _)) = percents.iter().find(|(_, value)| !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(value)) {
            return invalid(field, "must be from 0 to 100");
        }
        let sections =
            [self.composite.check(), self.robustness.check(), self.honours.check(), self.projection.check(), self.integrity.check()];
        let refused = sections.into_iter().chain(self.vetoes.iter().map(VetoRule::check)).find_map(Result::err);
        if let Some((field, problem)) = refused {
            return invalid(field, problem);
        }
        let backfill = self.backfill.as_ref().map(|backfill| ("backfill.origin", &backfill.origin));
        let texts = [("title", &self.title), ("band.origin", &self.band.origin), ("margin.origin", &self.margin.origin)];
        match texts.into_iter().chain(backfill).find(|(_, text)| text.trim().is_empty()) {
            Some((field, _)) => invalid(field, "must not be empty"),
            None => Ok(()),
        }
    }
}

/// True where the indicator is measured in percent or percentage points.
#[must_use]
pub fn in_points(indicator: &Indicator) -> bool {
    unit_in_points(&indicator.unit)
}

/// True where a unit is percent or percentage points.
#[must_use]
pub fn unit_in_points(unit: &str) -> bool {
    matches!(unit, "%" | "％" | "个百分点")
}

/// Where a stock stood at last year's end; nothing where the plan prints no such value.
fn baseline(indicator: &Indicator) -> Decimal {
    indicator.target.as_ref().and_then(crate::plan::Target::baseline_value).unwrap_or_default()
}

fn percent(of: Decimal, percent: Decimal) -> Decimal {
    of.abs() * percent / Decimal::ONE_HUNDRED
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::testing::{dec, indicator};

    #[test]
    fn the_example_says_that_it_is_one() {
        let policy = Policy::example().unwrap();
        assert!(policy.title.contains("示例"));
        for origin in [policy.band.origin, policy.margin.origin, policy.composite.origin] {
            assert!(origin.contains("示例值，方案未规定"), "{origin}");
        }
    }

    #[rstest]
    #[case("percent_of_rate = \"10\"", "percent_of_rate = \"-1\"", "band.percent_of_rate")]
    #[case("rate_points = \"1.0\"", "rate_points = \"100.1\"", "margin.rate_points")]
    #[case("highest = 100", "highest = 60", "composite.highest")]
    #[case("title = \"示例政策\"", "title = \" \"", "title")]
    fn refuses_numbers_out_of_bounds(#[case] from: &str, #[case] to: &str, #[case] field: &str) {
        let text = EXAMPLE_TOML.replacen(from, to, 1);
        assert!(matches!(Policy::from_toml(&text), Err(PolicyError::Invalid { field: found, .. }) if found == field));
    }

    #[rstest]
    #[case("rate", "%", None, "5.5", "5.5", "0.55")] // 10 % of 5.5
    #[case("rate", "%", Some("0.3"), "5.5", "5.5", "0.3")] // the plan's own
    #[case("flow", "亿元", None, "600", "150", "3")] // 2 % of the 150 expected by now
    #[case("flow", "亿元", Some("20"), "600", "150", "5")] // a quarter of the number, a quarter of the tolerance
    fn the_band_has_a_width(
        #[case] kind: &str,
        #[case] unit: &str,
        #[case] own: Option<&str>,
        #[case] number: &str,
        #[case] expected: &str,
        #[case] width: &str,
    ) {
        let own = own.map(|text| format!("tolerance = \"{text}\"")).unwrap_or_default();
        let indicator = indicator(kind, unit, "5.5左右", &own);
        assert_eq!(Policy::example().unwrap().tolerance(&indicator, dec(number), dec(expected)), dec(width));
    }

    #[test]
    fn a_stock_is_measured_from_its_baseline() {
        // 10 % of the 75.5 that half the year has to bring to 2,449
        let stock = indicator("level", "户", "2600以上", "baseline = \"2449\"");
        assert_eq!(Policy::example().unwrap().warning_margin(&stock, dec("2524.5")), dec("7.55"));
    }

    #[rstest]
    #[case("rate", "%", "5.5", "1.0")]
    #[case("share", "%", "12.2", "1.0")]
    #[case("change", "个百分点", "0.5", "0.2")]
    #[case("change", "户", "2", "0.2")] // 10 % of 2
    #[case("flow", "亿元", "150", "15")] // 10 % of 150
    #[case("level", "户", "2524.5", "252.45")] // a stock without a baseline
    fn the_warning_margin_follows_the_unit(#[case] kind: &str, #[case] unit: &str, #[case] expected: &str, #[case] margin: &str) {
        let indicator = indicator(kind, unit, "5.5以上", "");
        assert_eq!(Policy::example().unwrap().warning_margin(&indicator, dec(expected)), dec(margin));
    }
}
