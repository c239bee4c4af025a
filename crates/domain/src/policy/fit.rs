//! A policy held against a plan: which of its names the plan does not have.
//!
//! A policy is written apart from plans and may serve several; a name that a plan does not have has no effect there, and is told.

use std::{collections::BTreeMap, fmt};

use super::Policy;
use crate::plan::Plan;

/// Where in a policy a name stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// `[composite] weights`.
    Weights,
    /// `weights` of this `[[composite.group]]`.
    GroupWeights(String),
    /// `counties` of this `[[composite.group]]`.
    GroupCounties(String),
    /// `[[veto]] indicator`.
    Veto,
}

/// What is wrong with the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// The plan has no such indicator.
    UnknownIndicator,
    /// The plan has the indicator and sets no target of it for counties: it has no light and no part in the score.
    NoCountyTarget,
    /// The plan does not judge such a county.
    UnknownCounty,
}

/// A name in a policy that has no effect under a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Misfit {
    /// Where it stands.
    pub place: Place,
    /// The indicator's id or the county's code, as written.
    pub name: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl Policy {
    /// The names that have no effect under a plan that judges these counties (by code): in weights, in groups, in vetoes, each in the
    /// policy's order. None where the plan sets no county targets, because nothing is scored then.
    #[must_use]
    pub fn misfits(&self, plan: &Plan, counties: &[&str]) -> Vec<Misfit> {
        if plan.county_targets().next().is_none() {
            return Vec::new();
        }
        let mut found = Vec::new();
        found.extend(indicators(plan, &Place::Weights, self.composite.weights.keys()));
        for group in &self.composite.groups {
            let place = Place::GroupCounties(group.name.clone());
            let unknown = group.counties.iter().filter(|code| !counties.contains(&code.as_str()));
            found.extend(unknown.map(|code| Misfit { place: place.clone(), name: code.clone(), problem: Problem::UnknownCounty }));
            found.extend(indicators(plan, &Place::GroupWeights(group.name.clone()), group.weights.keys()));
        }
        found.extend(indicators(plan, &Place::Veto, self.vetoes.iter().map(|rule| &rule.indicator)));
        found
    }
}

fn indicators<'a>(plan: &Plan, place: &Place, ids: impl Iterator<Item = &'a String>) -> Vec<Misfit> {
    let problem = |id: &str| match plan.indicator(id) {
        None => Some(Problem::UnknownIndicator),
        Some(_) if plan.county_targets().any(|(indicator, _)| indicator.id == id) => None,
        Some(_) => Some(Problem::NoCountyTarget),
    };
    ids.filter_map(|id| Some(Misfit { place: place.clone(), name: id.clone(), problem: problem(id)? })).collect()
}

impl Problem {
    /// What is wrong and what follows, Chinese, to stand after the name.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::UnknownIndicator => "方案中没有该指标，所写规则不起作用",
            Self::NoCountyTarget => "方案未对该指标设各县目标，所写规则不起作用",
            Self::UnknownCounty => "不在方案评价的县（市、区）之内",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weights => write!(formatter, "composite.weights"),
            Self::GroupWeights(group) => write!(formatter, "composite.group[{group}].weights"),
            Self::GroupCounties(group) => write!(formatter, "composite.group[{group}].counties"),
            Self::Veto => write!(formatter, "veto.indicator"),
        }
    }
}

/// The names by place, `most` of each at most: `veto.indicator: gdp, tax`.
#[must_use]
pub fn summary(misfits: &[Misfit], most: usize) -> String {
    let mut places: BTreeMap<&Place, Vec<&str>> = BTreeMap::new();
    for misfit in misfits {
        places.entry(&misfit.place).or_default().push(&misfit.name);
    }
    let line = |(place, names): (&Place, Vec<&str>)| {
        let more = if names.len() > most { format!(" and {} more", names.len() - most) } else { String::new() };
        format!("{place}: {}{more}", names.iter().take(most).copied().collect::<Vec<_>>().join(", "))
    };
    places.into_iter().map(line).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{policy::EXAMPLE_TOML, shipped};

    const COUNTIES: [&str; 2] = ["230123", "230124"];

    fn plan(id: &str) -> Plan {
        Plan::from_toml(shipped::plan(id).unwrap()).unwrap()
    }

    /// The example with weights, a group and a veto more.
    fn policy() -> Policy {
        let weights = "weighting = \"given\"\nweights = { gdp_growth = 2, gpd_growth = 2, province_gdp = 1, gdp = 1 }";
        let group = "[[composite.group]]\nname = \"山区\"\ncounties = [\"230123\", \"230999\"]\nweights = { loan_growth = 3, loans = 1 }\n";
        let veto = "[[veto]]\nindicator = \"tax\"\nlight = \"red\"\neffect = \"unranked\"\norigin = \"x\"\n\n[integrity]";
        let text =
            EXAMPLE_TOML.replacen("weighting = \"equal\"", weights, 1).replacen("[robustness]", &format!("{group}\n[robustness]"), 1);
        Policy::from_toml(&text.replacen("[integrity]", veto, 1)).unwrap()
    }

    #[test]
    fn every_name_without_effect_is_found() {
        use Problem::{NoCountyTarget, UnknownCounty, UnknownIndicator};
        let found = policy().misfits(&plan("heilongjiang-county-economy-2025"), &COUNTIES);
        let found: Vec<_> = found.into_iter().map(|one| (one.place.to_string(), one.name, one.problem)).collect();
        let expected = [
            // The plan keeps `gdp` beside `gdp_growth` and sets it no target; `province_gdp` is the province's.
            ("composite.weights", "gdp", NoCountyTarget),
            ("composite.weights", "gpd_growth", UnknownIndicator),
            ("composite.weights", "province_gdp", NoCountyTarget),
            ("composite.group[山区].counties", "230999", UnknownCounty),
            ("composite.group[山区].weights", "loans", UnknownIndicator),
            ("veto.indicator", "tax", UnknownIndicator),
        ];
        assert_eq!(found, expected.map(|(place, name, problem)| (place.to_owned(), name.to_owned(), problem)));
    }

    #[test]
    fn the_example_fits_every_shipped_plan() {
        for (id, _) in shipped::plans() {
            assert_eq!(Policy::example().unwrap().misfits(&plan(id), &COUNTIES), [], "{id}");
        }
        // A plan without county targets scores nobody.
        assert_eq!(policy().misfits(&plan("heilongjiang-science-technology-2025"), &[]), []);
    }

    #[test]
    fn a_summary_is_bounded() {
        let misfits = policy().misfits(&plan("heilongjiang-county-economy-2025"), &COUNTIES);
        assert_eq!(
            summary(&misfits, 2),
            "composite.weights: gdp, gpd_growth and 1 more; composite.group[山区].weights: loans; composite.group[山区].counties: 230999; veto.indicator: tax"
        );
    }
}
