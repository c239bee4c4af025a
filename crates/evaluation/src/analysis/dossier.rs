//! Why a county has its place.

use std::sync::Arc;

use leitai_domain::{
    period::Period,
    score::{
        board::{Board, Judged},
        dossier::{self, Contributions},
        movement::{Movement, Steps},
        robustness::Neighbours,
    },
};
use leitai_rpc::failure::Failure;

use super::Analyses;
use crate::{
    group::{self, Group},
    round::Round,
    service::{Asked, county},
    standings::Standing,
};

/// Why a county has its place.
pub(crate) struct Dossier {
    /// The round.
    pub round: Arc<Round>,
    /// The place.
    pub standing: Standing,
    /// One for each due indicator, in the plan's order.
    pub contributions: Vec<Contribution>,
    /// What the contributions count from; `None` where the county has no score.
    pub floor: Option<f64>,
    /// The next better county.
    pub above: Option<Neighbour>,
    /// The next worse county.
    pub below: Option<Neighbour>,
    /// Why it moved, and since which period.
    pub movement: Option<(Period, Movement)>,
}

/// One indicator's part in a score.
pub(crate) struct Contribution {
    /// The indicator's id.
    pub indicator: String,
    /// Of all weights, 0 to 1.
    pub weight: f64,
    /// `None` without a value.
    pub normalised: Option<f64>,
    /// Above the floor.
    pub points: f64,
    /// To the lead of the county above.
    pub to_lead_above: Option<f64>,
}

/// A county next in the ranking.
pub(crate) struct Neighbour {
    /// Its standing.
    pub standing: Standing,
    /// How firm the order of the two is.
    pub pair: Neighbours,
}

impl Analyses {
    /// The dossier of a county.
    pub fn dossier(&self, asked: Asked<'_>, division: &str) -> Result<Dossier, Failure> {
        let round = self.queries.round(asked)?;
        let number = county(&round, division)?;
        let missing = || Failure::internal(&std::io::Error::other("a county of the plan is in no group"));
        let groups = group::of_targets(&round.facts, &round.targets, &round.policy);
        let (group, at) = groups.iter().find_map(|group| Some((group, at(group, number)?))).ok_or_else(missing)?;
        let standing = standing(&round, number).ok_or_else(missing)?;
        let above = neighbour(&round, |pair| (pair.below == number).then_some(pair.above));
        let below = neighbour(&round, |pair| (pair.above == number).then_some(pair.below));
        let above_at = above.as_ref().and_then(|above| self::at(group, above.standing.county));
        let (contributions, floor) = contributions(group, at, above_at, round.policy.robustness.seed);
        let movement = self.movement(asked, &round, group, number)?;
        Ok(Dossier { standing, contributions, floor, above, below, movement, round })
    }

    /// The last round before that ranked anybody, as it was frozen, or as known now where it was not; then each cause in its turn.
    fn movement(&self, asked: Asked<'_>, round: &Round, group: &Group, county: usize) -> Result<Option<(Period, Movement)>, Failure> {
        for period in round.period.earlier_this_year() {
            let then = self.published(Asked { period, ..asked })?;
            if then.standings.iter().any(|standing| standing.rank.is_some()) {
                return Ok(steps(round, group, county, &then).movement().map(|movement| (period, movement)));
            }
        }
        Ok(None)
    }

    /// The round as it was frozen by the time asked for, else as known then.
    fn published(&self, asked: Asked<'_>) -> Result<Arc<Round>, Failure> {
        let frozen = self.frozen(asked)?.filter(|frozen| asked.as_of.is_none_or(|time| frozen.time <= time));
        Ok(match frozen {
            Some(frozen) => frozen.round,
            None => self.queries.round(asked)?,
        })
    }
}

fn at(group: &Group, county: usize) -> Option<usize> {
    group.counties.iter().position(|other| *other == county)
}

fn standing(round: &Round, county: usize) -> Option<Standing> {
    round.standings.iter().find(|standing| standing.county == county).cloned()
}

fn neighbour(round: &Round, other: impl Fn(&Neighbours) -> Option<usize>) -> Option<Neighbour> {
    let (county, pair) = round.firmness().neighbours.iter().find_map(|pair| Some((other(pair)?, *pair)))?;
    Some(Neighbour { standing: standing(round, county)?, pair })
}

fn contributions(group: &Group, at: usize, above: Option<usize>, seed: u64) -> (Vec<Contribution>, Option<f64>) {
    let Judged { scored, .. } = &group.judged;
    let own = dossier::contributions(scored, at, seed);
    let lead = above.and_then(|above| dossier::gap_to(scored, at, above, seed));
    let of = |(number, indicator): (usize, &str)| Contribution {
        indicator: indicator.to_owned(),
        weight: scored.weights.get(number).copied().unwrap_or_default(),
        normalised: scored.normalised.get(number).and_then(|column| column.get(at)).copied().filter(|value| !value.is_nan()),
        points: points(own.as_ref(), number),
        to_lead_above: lead.as_ref().and_then(|lead| lead.get(number)).copied(),
    };
    (group.board.due().enumerate().map(of).collect(), own.map(|own| own.floor))
}

fn points(own: Option<&Contributions>, number: usize) -> f64 {
    own.and_then(|own| own.columns.get(number)).copied().unwrap_or_default()
}

/// The county's places on the way from the round `then` to this one.
fn steps(round: &Round, group: &Group, county: usize, then: &Round) -> Steps {
    let code = round.facts.counties.get(county).map(|county| county.code.as_str()).unwrap_or_default();
    let county_then = then.facts.counties.iter().position(|county| county.code == code);
    let published = county_then.and_then(|county| standing(then, county)).and_then(|standing| standing.rank);
    let (policy, at) = (&round.policy, at(group, county));
    let by_these_rules = group::of_period(&round.known, then.period, policy);
    let before = by_these_rules.iter().find(|other| other.counties == group.counties).map(|group| &group.board);
    let place = |board: &Board| at.and_then(|at| board.judge(&policy.composite, &policy.vetoes).scored.ranks.get(at).copied()).flatten();
    Steps {
        published,
        revised: county_then.and_then(|county| revised_place(round, then, county)),
        method: before.and_then(|before| place(&group.board.as_before(before, None))),
        own: before.and_then(|before| place(&group.board.as_before(before, at))),
        now: standing(round, county).and_then(|standing| standing.rank),
    }
}

/// The county's place in the round `then` by the plan and policy of then, from what `round` knows.
fn revised_place(round: &Round, then: &Round, county: usize) -> Option<u32> {
    let values = round.known.under(Arc::clone(&then.facts));
    let groups = group::of_period(&values, then.period, &then.policy);
    group::places(&groups, then.facts.counties.len()).get(county).copied().flatten()
}
