//! The plans whose county targets the bench judges.

use std::error::Error;

use leitai_domain::{
    period::Period,
    plan::{Kind, Pace, Plan},
    shipped,
};

/// Id of the shipped plan with thirteen county targets.
const SHIPPED: &str = "heilongjiang-county-economy-2025";

/// Which targets are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// The plan as it ships.
    Shipped,
    /// The same with two targets at the paces that no shipped county target has: one follows last year's season of each county, one is
    /// a stock that grows evenly from a baseline.
    Paced,
}

impl Variant {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Shipped, Self::Paced];

    /// The name on command lines and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Paced => "paced",
        }
    }

    /// The variant of that name.
    pub fn named(name: &str) -> Result<Self, Box<dyn Error>> {
        Self::ALL.into_iter().find(|variant| variant.name() == name).ok_or_else(|| format!("no plan `{name}`: shipped or paced").into())
    }

    /// The plan.
    pub fn plan(self) -> Result<Plan, Box<dyn Error>> {
        let mut plan = Plan::from_toml(shipped::plan(SHIPPED).ok_or("the plan does not ship")?)?;
        for indicator in plan.indicators.iter_mut().filter(|_| self == Self::Paced) {
            match (indicator.id.as_str(), &mut indicator.target) {
                ("tech_results", Some(target)) => target.pace = Some(Pace::Seasonal),
                ("new_industrial_enterprises", Some(target)) => {
                    indicator.kind = Kind::Level;
                    (target.pace, target.baseline) = (Some(Pace::Linear), Some("1".to_owned()));
                }
                _ => {}
            }
        }
        Ok(plan)
    }
}

/// The months of a plan's year, or of the year before it.
pub fn months(year: i32) -> Result<Vec<Period>, Box<dyn Error>> {
    Ok((1..=12).map(|month| Period::new(year, month)).collect::<Result<_, _>>()?)
}
