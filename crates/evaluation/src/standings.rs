//! Standings of a round: composite score, place and movement of each county in its group.

use leitai_domain::{
    period::Period,
    plan::Plan,
    policy::Policy,
    ranking,
    score::{
        Normalisation,
        board::Judged,
        honours,
        robustness::{Neighbours, Robustness},
        veto::Vetoes,
    },
};

use crate::{
    cube::{PlanFacts, PlanValues},
    group::{self, Group},
    row::LightCounts,
    target_round::TargetRound,
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

/// Standings by group, best first; unranked counties last, by code.
pub(crate) fn of_round(values: &PlanValues, period: Period, targets: &[TargetRound], policy: &Policy) -> Vec<Standing> {
    let facts = values.facts();
    let before = places_before(values, period, policy);
    let groups = group::of_targets(facts, targets, policy);
    let mut standings: Vec<Standing> =
        groups.iter().enumerate().flat_map(|(number, group)| of_group(group, number, &before, facts, policy)).collect();
    let mut lights = vec![LightCounts::default(); facts.counties.len()];
    for target in targets {
        lights.iter_mut().zip(target.reasons.iter()).for_each(|(counts, reason)| counts.add(reason.light()));
    }
    let columns: Vec<_> =
        targets.iter().filter_map(|target| values.column(&facts.plan.indicators.get(target.position)?.id, period)).collect();
    for standing in &mut standings {
        standing.lights = lights.get(standing.county).copied().unwrap_or_default();
        let county = facts.counties.get(standing.county);
        standing.simulated = county.is_some_and(|county| columns.iter().any(|column| county.is_simulated(column)));
    }
    standings
}

/// How firm the places of a round are.
#[derive(Debug)]
pub(crate) struct Firmness {
    /// 5th and 95th percentile of each county's place under the policy's perturbations; `None` without a place.
    pub intervals: Vec<Option<(u32, u32)>>,
    /// Neighbours in each group's ranking, by the counties' places in the plan.
    pub neighbours: Vec<Neighbours>,
    /// The normalisations that were drawn from.
    pub normalisations: Vec<Normalisation>,
}

impl Firmness {
    /// Draws the policy's perturbations for every group.
    pub fn of(facts: &PlanFacts, targets: &[TargetRound], policy: &Policy) -> Self {
        let mut firm = Self { intervals: vec![None; facts.counties.len()], neighbours: Vec::new(), normalisations: Vec::new() };
        for group in group::of_targets(facts, targets, policy) {
            firm.add(&group, group.robustness(policy));
        }
        firm
    }

    fn add(&mut self, group: &Group, drawn: Robustness) {
        for (county, (low, high)) in group.counties.iter().zip(drawn.low.into_iter().zip(drawn.high)) {
            if let Some(interval) = self.intervals.get_mut(*county) {
                *interval = low.zip(high);
            }
        }
        let county = |number: usize| group.counties.get(number).copied();
        let known = |pair: Neighbours| Some(Neighbours { above: county(pair.above)?, below: county(pair.below)?, ..pair });
        self.neighbours.extend(drawn.neighbours.into_iter().filter_map(known));
        self.normalisations = drawn.normalisations;
    }
}

/// Places in the last round before that ranked anybody.
fn places_before(values: &PlanValues, period: Period, policy: &Policy) -> Vec<Option<u32>> {
    let places = |period| group::places(&group::of_period(values, period, policy), values.facts().counties.len());
    period.earlier_this_year().map(places).find(|places| places.iter().any(Option::is_some)).unwrap_or_default()
}

fn of_group(group: &Group, number: usize, before: &[Option<u32>], facts: &PlanFacts, policy: &Policy) -> Vec<Standing> {
    let Judged { scored, vetoes } = &group.judged;
    let place_before = |county: usize| before.get(county).copied().flatten();
    let moved = |(county, rank): (&usize, &Option<u32>)| ranking::movement(place_before(*county), *rank);
    let movement: Vec<Option<i32>> = group.counties.iter().zip(&scored.ranks).map(moved).collect();
    let named = honours::honours(&scored.ranks, &movement, &vetoes.excluded(), &policy.honours);
    let (ranked, due) = (scored.ranks.iter().flatten().count(), group.board.due().count());
    let standing = |(at, county): (usize, &usize)| Standing {
        county: *county,
        group_number: number,
        group: group.name.clone(),
        score: scored.scores.get(at).copied().flatten(),
        rank: scored.ranks.get(at).copied().flatten(),
        ranked,
        counted: scored.counted.get(at).copied().unwrap_or_default(),
        due,
        movement: movement.get(at).copied().flatten(),
        best_performer: named.performers.contains(&at),
        best_riser: named.risers.contains(&at),
        veto: vetoed(vetoes, at, &facts.plan, policy),
        lights: LightCounts::default(),
        simulated: false,
    };
    let order = ranking::order(&scored.ranks).into_iter().filter_map(|at| usize::try_from(at).ok());
    order.filter_map(|at| Some(standing((at, group.counties.get(at)?)))).collect()
}

fn vetoed(vetoes: &Vetoes, county: usize, plan: &Plan, policy: &Policy) -> String {
    let hits = vetoes.hits.iter().filter(|hit| hit.county == county);
    hits.filter_map(|hit| policy.vetoes.get(hit.rule)).map(|rule| crate::method::veto(rule, plan)).collect::<Vec<_>>().join("；")
}
