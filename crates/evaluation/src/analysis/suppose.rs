//! What if: verdicts and places as they would be with other values.

use std::{collections::HashSet, sync::Arc};

use leitai_rpc::failure::Failure;

use super::Analyses;
use crate::{
    round::{self, Round},
    service::{Asked, county, target},
    standings::Standing,
};

/// One supposed value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Supposition {
    /// GB/T 2260 code.
    pub division: String,
    /// The indicator.
    pub indicator: String,
    /// × 10⁶; `None`: suppose that nothing was reported.
    pub micros: Option<i64>,
}

/// The round as it is and as it would be.
pub(crate) struct Supposed {
    /// As it is.
    pub before: Arc<Round>,
    /// As it would be.
    pub after: Round,
    /// Target and county of each supposition, in their order.
    pub at: Vec<(usize, usize)>,
}

impl Analyses {
    /// Evaluates the round anew with the supposed values.
    pub fn suppose(&self, asked: Asked<'_>, suppositions: &[Supposition]) -> Result<Supposed, Failure> {
        let before = self.queries.round(asked)?;
        let (mut known, mut at, mut seen) = (before.known.clone(), Vec::new(), HashSet::new());
        for (number, supposed) in suppositions.iter().enumerate() {
            let place =
                place(&before, supposed).map_err(|error| error.field(&format!("suppositions[{number}]"), "a county target of the plan"))?;
            if !seen.insert(place) {
                let twice =
                    Failure::invalid("SUPPOSED_TWICE", format!("{} of {} is supposed twice", supposed.indicator, supposed.division));
                return Err(twice.field(&format!("suppositions[{number}]"), "each division and indicator once"));
            }
            known.suppose(&supposed.division, &supposed.indicator, before.period, supposed.micros);
            at.push(place);
        }
        let after = round::evaluate(&known, before.period, &before.policy);
        Ok(Supposed { before, after, at })
    }
}

impl Supposed {
    /// Standings that would change, by place then, with what they are.
    pub fn changed(&self) -> impl Iterator<Item = (&Standing, &Standing)> {
        let before = |county: usize| self.before.standings.iter().find(move |standing| standing.county == county);
        let pairs = self.after.standings.iter().filter_map(move |after| Some((before(after.county)?, after)));
        pairs.filter(|(before, after)| (before.score, before.rank) != (after.score, after.rank))
    }
}

fn place(round: &Round, supposed: &Supposition) -> Result<(usize, usize), Failure> {
    let wrong = |error: crate::error::QueryError| Failure::invalid("SUPPOSITION", error.to_string());
    let target = target(round, &supposed.indicator).map_err(wrong)?;
    let number = round.targets.iter().position(|other| other.position == target.position).unwrap_or_default();
    Ok((number, county(round, &supposed.division).map_err(wrong)?))
}
