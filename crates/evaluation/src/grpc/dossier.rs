//! Dossiers as messages.

use leitai_proto::evaluation::v1 as wire;

use crate::{
    analysis::{Dossier, DossierContribution, DossierNeighbour},
    convert, method,
    round::Round,
};

/// The whole answer.
pub(super) fn message(dossier: &Dossier) -> wire::GetDossierResponse {
    let round = &dossier.round;
    let movement = dossier.movement.as_ref().map(|(period, moved)| wire::Movement {
        previous_period: period.to_string(),
        previous_rank: place(moved.published),
        total: moved.total(),
        revisions: moved.revisions,
        method: moved.method,
        own: moved.own,
        others: moved.others,
    });
    wire::GetDossierResponse {
        standing: convert::standing(round, &dossier.standing),
        contributions: dossier.contributions.iter().map(|part| contribution(round, part)).collect(),
        floor_score: dossier.floor,
        above: dossier.above.as_ref().and_then(|above| neighbour(round, above)),
        below: dossier.below.as_ref().and_then(|below| neighbour(round, below)),
        movement,
        method: method::score(&round.policy),
        interval_method: method::interval(&round.policy, &round.firmness().normalisations),
    }
}

fn contribution(round: &Round, part: &DossierContribution) -> wire::Contribution {
    let indicator = round.facts.plan.indicator(&part.indicator);
    wire::Contribution {
        indicator_id: part.indicator.clone(),
        indicator_name: indicator.map(|indicator| indicator.name.clone()).unwrap_or_default(),
        weight: part.weight,
        normalised: part.normalised,
        points: part.points,
        lead_of_above: part.to_lead_above,
    }
}

fn neighbour(round: &Round, neighbour: &DossierNeighbour) -> Option<wire::Neighbour> {
    let county = round.facts.counties.get(neighbour.standing.county)?;
    Some(wire::Neighbour {
        division_code: county.code.clone(),
        division_name: county.name.clone(),
        rank: place(neighbour.standing.rank?),
        score: neighbour.standing.score?,
        flip_share: neighbour.pair.flip_share,
        flips: neighbour.pair.is_marked,
    })
}

fn place(rank: u32) -> i32 {
    i32::try_from(rank).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests;
