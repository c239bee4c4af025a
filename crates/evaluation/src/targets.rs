//! Which targets a plan sets for its counties, and when they are due.

use leitai_domain::{
    pace::{self, Expectation},
    period::Period,
    plan::{Indicator, Target},
};

use crate::cube::PlanFacts;

/// County targets with their place in the plan's list.
pub(crate) fn county_targets(facts: &PlanFacts) -> impl Iterator<Item = (usize, &Indicator, &Target)> {
    let place = |indicator: &Indicator| facts.plan.indicators.iter().position(|other| other.id == indicator.id);
    facts.plan.county_targets().filter_map(move |(indicator, target)| Some((place(indicator)?, indicator, target)))
}

/// True where the target expects something at the period.
pub(crate) fn is_due(indicator: &Indicator, target: &Target, period: Period) -> bool {
    matches!(pace::expectation(indicator, target, period, None), Expectation::Value(_))
}
