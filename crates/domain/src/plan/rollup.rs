//! How a provincial number follows from the counties' values, declared in the plan document and computed by [`crate::rollup`].

use rust_decimal::Decimal;
use serde::Deserialize;

use super::{Indicator, Kind, Plan, PlanError, Scope, rule::is_sentence};
use crate::period::Period;

/// How a provincial indicator follows from the counties' values. Each formula names indicators of the same plan; units of one measure are
/// converted by [`factor`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rollup {
    /// Counties do not report what it is made of.
    None {
        /// Why, Chinese, 1 to 200 characters.
        reason: String,
    },
    /// The counties' amounts, counts or stocks, added up.
    Sum {
        /// A county amount, count or stock.
        of: String,
    },
    /// How many counties are above a threshold with the whole year's amount; nothing before December.
    CountOver {
        /// A county amount.
        of: String,
        /// In that amount's unit; a county at the threshold is not above it (超).
        threshold: Decimal,
    },
    /// Growth of the counties' sum over their sum of the same months of last year, %: nominal.
    GrowthOfSum {
        /// A county amount or stock.
        of: String,
    },
    /// The counties' growth rates weighted with their amounts of the same months of last year, %: for real growth.
    WeightedGrowth {
        /// A county growth rate.
        growth: String,
        /// A county amount at current prices.
        weight: String,
    },
    /// One sum as a part of another, %.
    ShareOfSums {
        /// A county amount.
        part: String,
        /// A county amount that holds the part.
        whole: String,
    },
    /// The counties' sum as a part of what the whole province reports, %.
    RatioToProvince {
        /// A county amount.
        part: String,
        /// A provincial amount of the same measure, reported as such.
        whole: String,
    },
    /// Last year's value and the counties' newcomers since: a ceiling, because those that left are not reported.
    BaselinePlusSum {
        /// A county count of newcomers.
        of: String,
    },
}

/// What a formula may take as one of its inputs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    CountyAmount,
    CountyRate,
    CountyChange,
    ProvinceAmount,
}

impl Input {
    fn fits(self, indicator: &Indicator) -> bool {
        let amount = matches!(indicator.kind, Kind::Flow | Kind::Level);
        match self {
            Self::CountyAmount => indicator.scope == Scope::County && amount,
            Self::CountyRate => indicator.scope == Scope::County && indicator.kind == Kind::Rate,
            Self::CountyChange => indicator.scope == Scope::County && indicator.kind == Kind::Change,
            Self::ProvinceAmount => indicator.scope == Scope::Province && amount,
        }
    }
}

impl Rollup {
    /// What it is made of.
    fn inputs(&self) -> Vec<(&str, Input)> {
        match self {
            Self::None { .. } => vec![],
            Self::Sum { of } | Self::CountOver { of, .. } | Self::GrowthOfSum { of } => vec![(of, Input::CountyAmount)],
            Self::WeightedGrowth { growth, weight } => vec![(growth, Input::CountyRate), (weight, Input::CountyAmount)],
            Self::ShareOfSums { part, whole } => vec![(part, Input::CountyAmount), (whole, Input::CountyAmount)],
            Self::RatioToProvince { part, whole } => vec![(part, Input::CountyAmount), (whole, Input::ProvinceAmount)],
            Self::BaselinePlusSum { of } => vec![(of, Input::CountyChange)],
        }
    }

    /// True where it is made of this indicator.
    #[must_use]
    pub fn takes(&self, id: &str) -> bool {
        self.inputs().iter().any(|(input, _)| *input == id)
    }

    /// Kinds of indicator that it can give; empty where any will do.
    fn gives(&self) -> &'static [Kind] {
        match self {
            Self::None { .. } => &[],
            Self::Sum { .. } => &[Kind::Flow, Kind::Level],
            Self::CountOver { .. } | Self::BaselinePlusSum { .. } => &[Kind::Level],
            Self::GrowthOfSum { .. } | Self::WeightedGrowth { .. } => &[Kind::Rate],
            Self::ShareOfSums { .. } | Self::RatioToProvince { .. } => &[Kind::Share],
        }
    }

    /// Refuses a roll-up that cannot be computed.
    pub(super) fn check(&self, plan: &Plan, indicator: &Indicator) -> Result<(), PlanError> {
        let invalid = |problem: String| Err(PlanError::Invalid { place: indicator.id.clone(), problem: format!("rollup {problem}") });
        if indicator.scope != Scope::Province || !(self.gives().is_empty() || self.gives().contains(&indicator.kind)) {
            return invalid("does not give a number of the indicator's scope and kind".to_owned());
        }
        for (id, input) in self.inputs() {
            match plan.indicator(id) {
                Some(found) if found.id != indicator.id && input.fits(found) => {
                    if !always_due(indicator, found) {
                        return invalid(format!("takes `{id}`, which is due less often"));
                    }
                }
                Some(_) => return invalid(format!("takes `{id}`, whose scope or kind has no place in it")),
                None => return invalid(format!("names `{id}`, which the plan does not have")),
            }
        }
        self.problem(plan, indicator).map_or(Ok(()), |problem| invalid(problem.to_owned()))
    }

    /// What is wrong with units, numbers and texts, once every input is known to fit.
    fn problem(&self, plan: &Plan, indicator: &Indicator) -> Option<&'static str> {
        let unit = |id: &str| plan.indicator(id).map(|found| found.unit.as_str());
        let converts = |from: &str, to: Option<&str>| unit(from).zip(to).is_some_and(|(from, to)| factor(from, to).is_some());
        let own = Some(indicator.unit.as_str());
        let mixed = "mixes units that do not convert";
        match self {
            Self::None { reason } => (!is_sentence(reason)).then_some("reason must have 1 to 200 characters, none of them a line break"),
            Self::Sum { of } => (!converts(of, own)).then_some(mixed),
            Self::CountOver { threshold, .. } => crate::decimal::to_micros(*threshold).is_err().then_some("threshold is out of range"),
            Self::ShareOfSums { part, whole } | Self::RatioToProvince { part, whole } => {
                (own != Some("%") || !converts(part, unit(whole))).then_some(mixed)
            }
            Self::BaselinePlusSum { of } if converts(of, own) => {
                let baseline = indicator.target.as_ref().and_then(super::Target::baseline_value);
                baseline.is_none().then_some("needs the target's baseline")
            }
            Self::BaselinePlusSum { .. } => Some(mixed),
            Self::GrowthOfSum { .. } | Self::WeightedGrowth { .. } => (own != Some("%")).then_some(mixed),
        }
    }
}

/// True where `input` is due whenever `indicator` is.
fn always_due(indicator: &Indicator, input: &Indicator) -> bool {
    let months = (1..=12).filter_map(|month| Period::new(2025, month).ok());
    months.into_iter().all(|month| !indicator.is_due(month) || input.is_due(month))
}

/// What a value in `from` is multiplied by to tell it in `to`: a power of ten (元, 万元, 亿元). `None` where they measure different things.
#[must_use]
pub fn factor(from: &str, to: &str) -> Option<Decimal> {
    let ((one, base), (other, wanted)) = (size(from), size(to));
    if base == wanted { one.checked_div(other) } else { None }
}

fn size(unit: &str) -> (Decimal, &str) {
    let sized = |prefix, size: u32| unit.strip_prefix(prefix).filter(|base| !base.is_empty()).map(|base| (Decimal::from(size), base));
    sized("万", 10_000).or_else(|| sized("亿", 100_000_000)).unwrap_or((Decimal::ONE, unit))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{shipped, testing::dec};

    #[rstest]
    #[case("万元", "亿元", Some("0.0001"))]
    #[case("亿元", "亿元", Some("1"))]
    #[case("亿元", "元", Some("100000000"))]
    #[case("万美元", "亿元", None)]
    #[case("户", "个", None)]
    #[case("%", "个百分点", None)]
    #[case("万", "亿", None)]
    fn units_of_one_measure_convert(#[case] from: &str, #[case] to: &str, #[case] by: Option<&str>) {
        assert_eq!(factor(from, to), by.map(dec));
    }

    const COUNTY: &str = "heilongjiang-county-economy-2025";

    fn error_of(find: &str, replace: &str) -> String {
        let text = shipped::plan(COUNTY).unwrap();
        assert!(text.contains(find), "{find}");
        Plan::from_toml(&text.replacen(find, replace, 1)).unwrap_err().to_string()
    }

    #[rstest]
    #[case("kind = \"sum\"\nof = \"gdp\"", "kind = \"sum\"\nof = \"gpd\"", "names `gpd`, which the plan does not have")]
    #[case("kind = \"sum\"\nof = \"gdp\"", "kind = \"sum\"\nof = \"gdp_growth\"", "whose scope or kind has no place")]
    #[case("kind = \"sum\"\nof = \"gdp\"", "kind = \"sum\"\nof = \"province_tax_revenue\"", "whose scope or kind has no place")]
    #[case("kind = \"sum\"\nof = \"gdp\"", "kind = \"sum\"\nof = \"foreign_capital\"", "mixes units")]
    #[case("kind = \"sum\"\nof = \"gdp\"", "kind = \"growth_of_sum\"\nof = \"gdp\"", "scope and kind")]
    #[case("kind = \"sum\"\nof = \"budget_revenue\"", "kind = \"sum\"\nof = \"gdp\"", "due less often")]
    #[case("threshold = \"100\"", "threshold = \"99999999999999\"", "threshold is out of range")]
    #[case("baseline = \"2449\"", "baseline = \"—\"", "needs the target's baseline")]
    #[case("kind = \"none\"\nreason = \"", "kind = \"none\"\nreason = \"\\n", "none of them a line break")]
    fn refuses_what_cannot_be_computed(#[case] find: &str, #[case] replace: &str, #[case] problem: &str) {
        let error = error_of(find, replace);
        assert!(error.contains(problem), "{error}");
    }

    #[test]
    fn refuses_a_roll_up_of_a_county_indicator() {
        let error = error_of("id = \"gdp_growth\"\n", "id = \"gdp_growth\"\nrollup = { kind = \"growth_of_sum\", of = \"gdp\" }\n");
        assert!(error.contains("gdp_growth: rollup does not give"), "{error}");
    }

    #[test]
    fn every_provincial_target_says_how_it_follows_or_why_not() {
        let plan = Plan::from_toml(shipped::plan(COUNTY).unwrap()).unwrap();
        let rollups: Vec<&Rollup> =
            plan.indicators.iter().filter(|i| i.id.starts_with("province_")).filter_map(|i| i.rollup.as_ref()).collect();
        let none = rollups.iter().filter(|rollup| matches!(rollup, Rollup::None { .. })).count();
        assert_eq!((rollups.len(), none), (21, 7));
    }
}
