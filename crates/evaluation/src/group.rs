//! The groups of a round: each one's board, and what the policy makes of it.

use leitai_domain::{
    micros,
    period::Period,
    policy::Policy,
    score::{
        self, Column,
        board::{Board, Judged, Target},
        robustness::{self, Robustness},
    },
};

use crate::{
    cube::{PlanFacts, PlanValues},
    target_round::TargetRound,
};

/// A group of counties that are ranked among each other.
pub(crate) struct Group {
    /// Empty where the policy has no groups.
    pub name: String,
    /// Places in the plan's counties.
    pub counties: Vec<usize>,
    /// Its targets.
    pub board: Board,
    /// Its scores and places.
    pub judged: Judged,
}

/// The groups of a round, scored on the targets that are due.
pub(crate) fn of_targets(facts: &PlanFacts, targets: &[TargetRound], policy: &Policy) -> Vec<Group> {
    let codes: Vec<&str> = facts.counties.iter().map(|county| county.code.as_str()).collect();
    let of_group = |(name, counties): (&str, Vec<usize>)| {
        let board = board(facts, name, &counties, targets, policy);
        let judged = board.judge(&policy.composite, &policy.vetoes);
        Group { name: name.to_owned(), counties, board, judged }
    };
    score::groups(&codes, &policy.composite).into_iter().map(of_group).collect()
}

/// The groups of a period, assessed for nothing else.
pub(crate) fn of_period(values: &PlanValues, period: Period, policy: &Policy) -> Vec<Group> {
    let facts = values.facts();
    let targets =
        TargetRound::of_all(facts, |position, indicator, target| TargetRound::at(values, position, indicator, target, period, policy));
    of_targets(facts, &targets, policy)
}

/// Places of all groups, in the order of the plan's counties.
pub(crate) fn places(groups: &[Group], counties: usize) -> Vec<Option<u32>> {
    let mut places = vec![None; counties];
    let ranked = groups.iter().flat_map(|group| group.counties.iter().zip(&group.judged.scored.ranks));
    for (county, rank) in ranked {
        if let Some(place) = places.get_mut(*county) {
            *place = *rank;
        }
    }
    places
}

impl Group {
    /// How firm its places are under the policy's perturbations; counties by their number in the group.
    pub fn robustness(&self, policy: &Policy) -> Robustness {
        let columns: Vec<Column> = self.board.columns().cloned().collect();
        robustness::rank_intervals(&columns, self.counties.len(), &policy.composite, &policy.robustness, &self.judged.vetoes)
    }
}

fn board(facts: &PlanFacts, group: &str, counties: &[usize], targets: &[TargetRound], policy: &Policy) -> Board {
    let of = |target: &TargetRound| self::target(facts, group, counties, target, policy);
    Board { counties: counties.len(), targets: targets.iter().filter_map(of).collect() }
}

fn target(facts: &PlanFacts, group: &str, counties: &[usize], target: &TargetRound, policy: &Policy) -> Option<Target> {
    let indicator = facts.plan.indicators.get(target.position)?;
    let units = |value: i64| value as f64 / 1e6;
    let value = |county: &usize| target.published.get(*county).copied().and_then(micros::value).map_or(f64::NAN, units);
    let expected = |county: &usize| target.expected.of(*county).map_or(f64::NAN, units);
    let column = || Column {
        values: counties.iter().map(value).collect(),
        expected: counties.iter().map(expected).collect(),
        // A section goes by the first indicator under it.
        section: facts.plan.indicators.iter().position(|other| other.section == indicator.section).unwrap_or_default(),
        given_weight: policy.composite.given_weight(group, &indicator.id),
    };
    let lights = counties.iter().filter_map(|county| target.reasons.of(*county)).map(|reason| reason.light()).collect();
    Some(Target { indicator: indicator.id.clone(), column: target.is_due().then(column), lights })
}
