//! Relations between a plan's own numbers, declared in the document and computed by [`crate::lint`].

use serde::Deserialize;

use super::{Plan, PlanError, Scope};

/// A relation that should hold between targets of one plan. Each names indicators of the plan that have a target.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// What every county is asked for, added up, reaches what the province needs: its target, less last year's value for a stock.
    SumOfCounties {
        /// A provincial amount, count or stock.
        province: String,
        /// The counties' amount, count or newcomers in the same unit.
        county: String,
        /// Also computed with the county sets at the end of these years.
        #[serde(default)]
        also_years: Vec<i32>,
    },
    /// A part's share and its whole, both with last year's value, imply how the part must grow.
    ShareGrowth {
        /// The part's share of the whole, %.
        share: String,
        /// The whole, an amount at current prices.
        whole: String,
        /// Growth of the part, %, at constant prices.
        part_growth: String,
    },
    /// A provincial amount with last year's value grows at least as its counties are asked to.
    GrowthOfTotal {
        /// A provincial amount at current prices.
        total: String,
        /// Growth that each county is asked for, %.
        growth: String,
        /// Prices of that growth.
        prices: Prices,
    },
}

/// Prices that a growth is computed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prices {
    /// Each year's own prices: nominal growth.
    Current,
    /// A base year's prices: real growth.
    Constant,
}

impl Check {
    /// The indicators named, the provincial ones first.
    #[must_use]
    pub fn indicators(&self) -> Vec<&str> {
        match self {
            Self::SumOfCounties { province, county, .. } => vec![province, county],
            Self::ShareGrowth { share, whole, part_growth } => vec![share, whole, part_growth],
            Self::GrowthOfTotal { total, growth, .. } => vec![total, growth],
        }
    }

    /// Indicators that need last year's value.
    fn with_baseline(&self) -> Vec<&str> {
        match self {
            Self::SumOfCounties { .. } => vec![],
            Self::ShareGrowth { share, whole, .. } => vec![share, whole],
            Self::GrowthOfTotal { total, .. } => vec![total],
        }
    }

    /// Indicators that stand for each county.
    fn of_counties(&self) -> Option<&str> {
        match self {
            Self::SumOfCounties { county, .. } => Some(county),
            Self::GrowthOfTotal { growth, .. } => Some(growth),
            Self::ShareGrowth { .. } => None,
        }
    }

    /// Refuses a relation that cannot be computed.
    pub(super) fn check(&self, plan: &Plan) -> Result<(), PlanError> {
        for id in self.indicators() {
            let invalid = |problem: &str| Err(PlanError::Invalid { place: "check".to_owned(), problem: format!("`{id}` {problem}") });
            let Some((indicator, target)) = plan.indicator(id).and_then(|indicator| Some((indicator, indicator.target.as_ref()?))) else {
                return invalid("is no indicator with a target");
            };
            if target.comparator().bound().is_none() {
                return invalid("has a target without a number");
            }
            if self.with_baseline().contains(&id) && target.baseline_value().is_none_or(|baseline| baseline.is_zero()) {
                return invalid("has no baseline to compare with");
            }
            let scope = if self.of_counties() == Some(id) { Scope::County } else { Scope::Province };
            if indicator.scope != scope {
                return invalid("has the wrong scope for its place in the relation");
            }
        }
        Ok(())
    }
}
