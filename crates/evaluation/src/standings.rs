//! Standings of a round: composite score, place and movement of each county in its group.

use leitai_domain::{
    micros,
    period::Period,
    policy::Policy,
    ranking,
    score::{self, Column, Scored, honours, robustness, veto},
};

use crate::{
    cube::{PlanFacts, PlanValues},
    row::LightCounts,
    target_round::TargetRound,
    targets::county_targets,
};

/// A county's place in a round.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    /// Place of the county in the plan's counties.
    pub county: usize,
    /// The group's place in the policy.
    pub group_number: usize,
    /// The group's name; empty where the policy has no groups.
    pub group: String,
    /// Rounded to two decimals; `None` under the minimum coverage or by a veto.
    pub score: Option<f64>,
    /// Place in its group.
    pub rank: Option<u32>,
    /// Counties of the group that have a place.
    pub ranked: usize,
    /// Indicators with a value.
    pub counted: usize,
    /// Indicators due.
    pub due: usize,
    /// Places won since the last round that had standings.
    pub movement: Option<i32>,
    /// Named among the best performers of its group.
    pub best_performer: bool,
    /// Named among the best risers of its group.
    pub best_riser: bool,
    /// What the policy's vetoes did, Chinese; empty for nothing.
    pub veto: String,
    /// Its verdicts by light.
    pub lights: LightCounts,
    /// True where any value of it was simulated.
    pub simulated: bool,
}

/// A group of counties with its matrix and what was made of it.
pub(crate) struct Group {
    /// Empty where the policy has no groups.
    name: String,
    /// Places in the plan's counties.
    counties: Vec<usize>,
    columns: Vec<Column>,
    scored: Scored,
    vetoes: veto::Vetoes,
}

/// Standings by group, best first; unranked counties last, by code.
pub(crate) fn of_round(values: &PlanValues, period: Period, targets: &[TargetRound], policy: &Policy) -> Vec<Standing> {
    let facts = values.facts();
    let before = places_before(values, period, policy);
    let groups = groups(facts, targets, policy);
    let mut standings: Vec<Standing> =
        groups.iter().enumerate().flat_map(|(number, group)| group.standings(number, &before, policy)).collect();
    let mut lights = vec![LightCounts::default(); facts.counties.len()];
    for target in targets {
        lights.iter_mut().zip(&target.reasons).for_each(|(counts, reason)| counts.add(reason.light()));
    }
    let columns: Vec<_> =
        targets.iter().filter_map(|target| values.column(&facts.plan.indicators.get(target.position)?.id, period)).collect();
    for standing in &mut standings {
        standing.lights = lights.get(standing.county).copied().unwrap_or_default();
        let county = facts.counties.get(standing.county);
        standing.simulated = county.is_some_and(|county| columns.iter().any(|column| county.is_simulated(column)));
    }
    standings.sort_by_key(|standing| (standing.group_number, standing.rank.unwrap_or(u32::MAX), standing.county));
    standings
}

/// 5th and 95th percentile of each county's place under the policy's perturbations, in the counties' order; `None` without a place.
pub(crate) fn rank_intervals(facts: &PlanFacts, targets: &[TargetRound], policy: &Policy) -> Vec<Option<(u32, u32)>> {
    let mut intervals = vec![None; facts.counties.len()];
    for group in groups(facts, targets, policy) {
        let (counties, rules) = (group.counties.len(), &policy.robustness);
        let firm = robustness::rank_intervals(&group.columns, counties, &policy.composite, rules, &group.vetoes);
        for (county, (low, high)) in group.counties.iter().zip(firm.low.into_iter().zip(firm.high)) {
            if let Some(interval) = intervals.get_mut(*county) {
                *interval = low.zip(high);
            }
        }
    }
    intervals
}

/// Places in the last round before that ranked anybody.
fn places_before(values: &PlanValues, period: Period, policy: &Policy) -> Vec<Option<u32>> {
    let facts = values.facts();
    let earlier = (1..period.month()).rev().filter_map(|month| Period::new(period.year(), month).ok());
    let places = |period| {
        let targets: Vec<TargetRound> = county_targets(facts)
            .map(|(position, indicator, target)| TargetRound::at(values, position, indicator, target, period, policy))
            .collect();
        let mut places = vec![None; facts.counties.len()];
        for group in groups(facts, &targets, policy) {
            for (county, rank) in group.counties.iter().zip(&group.scored.ranks) {
                if let Some(place) = places.get_mut(*county) {
                    *place = *rank;
                }
            }
        }
        places
    };
    earlier.map(places).find(|places: &Vec<Option<u32>>| places.iter().any(Option::is_some)).unwrap_or_default()
}

/// Scores each group of counties on the targets that are due.
fn groups(facts: &PlanFacts, targets: &[TargetRound], policy: &Policy) -> Vec<Group> {
    let codes: Vec<&str> = facts.counties.iter().map(|county| county.code.as_str()).collect();
    let of_group = |(name, counties): (&str, Vec<usize>)| Group::new(facts, name, counties, targets, policy);
    score::groups(&codes, &policy.composite).into_iter().map(of_group).collect()
}

impl Group {
    fn new(facts: &PlanFacts, name: &str, counties: Vec<usize>, targets: &[TargetRound], policy: &Policy) -> Self {
        let due = targets.iter().filter(|target| target.is_due());
        let columns: Vec<Column> = due.filter_map(|target| column(facts, name, &counties, target, policy)).collect();
        let mut scored = score::score(&columns, counties.len(), &policy.composite);
        let light = |county: usize, id: &str| {
            let target =
                targets.iter().find(|target| facts.plan.indicators.get(target.position).is_some_and(|indicator| indicator.id == id))?;
            target.reasons.get(*counties.get(county)?).map(|reason| reason.light())
        };
        let vetoes = veto::Vetoes::of(&policy.vetoes, counties.len(), light);
        veto::apply(&mut scored, &vetoes);
        Self { name: name.to_owned(), counties, columns, scored, vetoes }
    }

    fn standings(&self, number: usize, before: &[Option<u32>], policy: &Policy) -> Vec<Standing> {
        let place_before = |county: usize| before.get(county).copied().flatten();
        let moved = |(county, rank): (&usize, &Option<u32>)| ranking::movement(place_before(*county), *rank);
        let movement: Vec<Option<i32>> = self.counties.iter().zip(&self.scored.ranks).map(moved).collect();
        let named = honours::honours(&self.scored.ranks, &movement, &self.vetoes.excluded(), &policy.honours);
        let ranked = self.scored.ranks.iter().flatten().count();
        let standing = |(at, county): (usize, &usize)| Standing {
            county: *county,
            group_number: number,
            group: self.name.clone(),
            score: self.scored.scores.get(at).copied().flatten(),
            rank: self.scored.ranks.get(at).copied().flatten(),
            ranked,
            counted: self.scored.counted.get(at).copied().unwrap_or_default(),
            due: self.columns.len(),
            movement: movement.get(at).copied().flatten(),
            best_performer: named.performers.contains(&at),
            best_riser: named.risers.contains(&at),
            veto: self.vetoed(at, policy),
            lights: LightCounts::default(),
            simulated: false,
        };
        self.counties.iter().enumerate().map(standing).collect()
    }

    fn vetoed(&self, county: usize, policy: &Policy) -> String {
        let hits = self.vetoes.hits.iter().filter(|hit| hit.county == county);
        hits.filter_map(|hit| policy.vetoes.get(hit.rule)).map(crate::method::veto).collect::<Vec<_>>().join("；")
    }
}

fn column(facts: &PlanFacts, group: &str, counties: &[usize], target: &TargetRound, policy: &Policy) -> Option<Column> {
    let indicator = facts.plan.indicators.get(target.position)?;
    let units = |value: i64| value as f64 / 1e6;
    let value = |county: &usize| target.published.get(*county).copied().and_then(micros::value).map_or(f64::NAN, units);
    let expected = |county: &usize| target.expected.of(*county).map_or(f64::NAN, units);
    Some(Column {
        values: counties.iter().map(value).collect(),
        expected: counties.iter().map(expected).collect(),
        // A section goes by the first indicator under it.
        section: facts.plan.indicators.iter().position(|other| other.section == indicator.section).unwrap_or_default(),
        given_weight: policy.composite.given_weight(group, &indicator.id),
    })
}
