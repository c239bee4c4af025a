//! What would be, what was, and what revisions changed.

mod dossier;
mod provincial;
mod revisions;
mod signals;
mod suppose;

pub(crate) use self::{
    dossier::{Contribution as DossierContribution, Dossier, Neighbour as DossierNeighbour},
    provincial::Provincial,
    revisions::{Effect, Effects, Span},
    signals::SignalFilter,
    suppose::{Supposed, Supposition},
};
use crate::service::Queries;

/// The use cases: everything that is computed from a round beyond its verdicts and standings.
#[derive(Debug, Clone)]
pub(crate) struct Analyses {
    queries: Queries,
}

impl Analyses {
    /// Analyses of what the queries answer.
    pub fn new(queries: Queries) -> Self {
        Self { queries }
    }
}
