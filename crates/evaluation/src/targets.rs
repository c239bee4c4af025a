//! Which targets a plan sets for its counties.

use leitai_domain::plan::{Indicator, Target};

use crate::cube::PlanFacts;

/// County targets with their place in the plan's list.
pub(crate) fn county_targets(facts: &PlanFacts) -> impl Iterator<Item = (usize, &Indicator, &Target)> {
    let place = |indicator: &Indicator| facts.plan.indicators.iter().position(|other| other.id == indicator.id);
    facts.plan.county_targets().filter_map(move |(indicator, target)| Some((place(indicator)?, indicator, target)))
}
