//! What the data providers are asked to verify.

use std::sync::Arc;

use leitai_domain::integrity::SignalKind;
use leitai_rpc::{failure::Failure, paging::Page};

use super::Analyses;
use crate::{
    round::Round,
    service::{Asked, county, ordinal},
    signals::Noticed,
};

/// Which signals of a round; an empty filter takes all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SignalFilter<'a> {
    /// Of this kind only.
    pub kind: Option<SignalKind>,
    /// Only those that name this county.
    pub division: Option<&'a str>,
}

impl Analyses {
    /// Signals of a round by kind, indicator and county, and the next page's token.
    pub fn signals(&self, asked: Asked<'_>, filter: SignalFilter<'_>, page: &Page) -> Result<(Arc<Round>, Vec<Noticed>, String), Failure> {
        let round = self.queries.round(asked)?;
        let named = filter.division.map(|code| county(&round, code)).transpose()?;
        let of_kind = |one: &&Noticed| filter.kind.is_none_or(|kind| one.signal.kind == kind);
        let names = |one: &&Noticed| named.is_none_or(|county| one.signal.counties.contains(&county));
        let kept = round.signals().iter().filter(of_kind).filter(names);
        let (kept, next) = page.slice(kept, |one| key(one));
        let kept = kept.into_iter().cloned().collect();
        Ok((round, kept, next))
    }
}

/// A kind names a county at most once for an indicator.
fn key(one: &Noticed) -> Vec<String> {
    let first = one.signal.counties.first().copied().unwrap_or_default();
    vec![ordinal(one.signal.kind as usize), ordinal(one.position), ordinal(first)]
}
