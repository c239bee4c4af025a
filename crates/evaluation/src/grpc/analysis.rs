//! The gRPC face of the analyses: convert, call, map.

use leitai_proto::evaluation::v1::{
    self as wire, GetDossierRequest, GetDossierResponse, GetRoundRequest, GetRoundResponse, ListProvincialResultsRequest,
    ListProvincialResultsResponse, ListRevisionEffectsRequest, ListRevisionEffectsResponse, ListSignalsRequest, ListSignalsResponse,
    SupposeValuesRequest, SupposeValuesResponse, analysis_service_server::AnalysisService, revision_effect::Kind,
};
use leitai_rpc::{failure::Failure, paging::Page};
use tonic::{Request, Response, Status};

use crate::{
    analysis::{Analyses, Effect, Effects, SignalFilter, Span, Supposed, Supposition},
    convert::{self, name},
    cube::Frozen,
};

/// Most values that one question may suppose.
const SUPPOSITIONS: usize = 100;
/// Most changed standings in one answer.
const CHANGED_STANDINGS: usize = 1_000;

/// Serves analyses.
pub(crate) struct AnalysisGrpc {
    analyses: Analyses,
}

impl AnalysisGrpc {
    /// A face of these.
    pub fn new(analyses: Analyses) -> Self {
        Self { analyses }
    }
}

#[async_trait::async_trait]
impl AnalysisService for AnalysisGrpc {
    async fn get_dossier(&self, request: Request<GetDossierRequest>) -> Result<Response<GetDossierResponse>, Status> {
        let request = request.into_inner();
        let asked = convert::asked(&request.plan_id, &request.period, &request.as_of)?;
        let division = name("division_code", &request.division_code, true)?;
        Ok(Response::new(super::dossier::message(&self.analyses.dossier(asked, division)?)))
    }

    async fn suppose_values(&self, request: Request<SupposeValuesRequest>) -> Result<Response<SupposeValuesResponse>, Status> {
        let request = request.into_inner();
        let asked = convert::asked(&request.plan_id, &request.period, &request.as_of)?;
        let supposed = self.analyses.suppose(asked, &suppositions(request.suppositions)?)?;
        Ok(Response::new(supposed_message(&supposed)))
    }

    async fn list_provincial_results(
        &self,
        request: Request<ListProvincialResultsRequest>,
    ) -> Result<Response<ListProvincialResultsResponse>, Status> {
        let request = request.into_inner();
        let asked = convert::asked(&request.plan_id, &request.period, &request.as_of)?;
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| super::ordinals(key, 1))?;
        let (round, results, next_page_token) = self.analyses.provincial(asked, &page)?;
        let results = results.iter().filter_map(|result| super::provincial::message(&round, result)).collect();
        Ok(Response::new(ListProvincialResultsResponse { results, next_page_token }))
    }

    async fn list_signals(&self, request: Request<ListSignalsRequest>) -> Result<Response<ListSignalsResponse>, Status> {
        let request = request.into_inner();
        let asked = convert::asked(&request.plan_id, &request.period, &request.as_of)?;
        let division = name("division_code", &request.division_code, false)?;
        let filter = SignalFilter { kind: super::signals::kind(request.kind)?, division: (!division.is_empty()).then_some(division) };
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| super::ordinals(key, 3))?;
        let (round, signals, next_page_token) = self.analyses.signals(asked, filter, &page)?;
        let signals = signals.iter().filter_map(|one| super::signals::message(&round, one)).collect();
        Ok(Response::new(ListSignalsResponse { signals, next_page_token }))
    }

    async fn list_revision_effects(
        &self,
        request: Request<ListRevisionEffectsRequest>,
    ) -> Result<Response<ListRevisionEffectsResponse>, Status> {
        let request = request.into_inner();
        let asked = convert::asked(&request.plan_id, &request.period, "")?;
        let span = Span { before: convert::moment("before", &request.before)?, after: convert::moment("after", &request.after)? };
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| key.len() == 4)?;
        let effects = self.analyses.effects(asked, span, &page)?;
        let messages = effects.effects.iter().map(|effect| effect_message(&effects, effect)).collect();
        Ok(Response::new(ListRevisionEffectsResponse { effects: messages, next_page_token: effects.next_page_token }))
    }

    async fn get_round(&self, request: Request<GetRoundRequest>) -> Result<Response<GetRoundResponse>, Status> {
        let request = request.into_inner();
        let asked = convert::asked(&request.plan_id, &request.period, &request.as_of)?;
        let (round, frozen_at) = self.analyses.round_as_of(asked)?;
        let frozen =
            Frozen { plan_id: request.plan_id, period: round.period, frozen_at: frozen_at.unwrap_or_default(), overdue: Vec::new() };
        let told = convert::frozen_round(frozen, &round, |moment| self.analyses.time_of(moment));
        Ok(Response::new(GetRoundResponse { round: Some(told) }))
    }
}

fn suppositions(given: Vec<wire::Supposition>) -> Result<Vec<Supposition>, Failure> {
    if given.is_empty() || given.len() > SUPPOSITIONS {
        let message = format!("{} values are supposed", given.len());
        return Err(Failure::invalid("SUPPOSITIONS", message).field("suppositions", format!("1 to {SUPPOSITIONS}")));
    }
    given.into_iter().map(supposition).collect()
}

fn supposition(given: wire::Supposition) -> Result<Supposition, Failure> {
    name("suppositions.division_code", &given.division_code, true)?;
    name("suppositions.indicator_id", &given.indicator_id, true)?;
    if given.value_micros == Some(i64::MIN) {
        return Err(
            Failure::invalid("VALUE", "value_micros is out of range").field("suppositions.value_micros", "-9223372036854775807 or more")
        );
    }
    Ok(Supposition { division: given.division_code, indicator: given.indicator_id, micros: given.value_micros })
}

fn supposed_message(supposed: &Supposed) -> SupposeValuesResponse {
    let verdict = |round: &crate::round::Round, (target, county): (usize, usize)| {
        round.targets.get(target).and_then(|target| round.row(target, county)).and_then(|row| convert::verdict(round, &row))
    };
    let verdicts =
        supposed.at.iter().map(|at| wire::SupposedVerdict { before: verdict(&supposed.before, *at), after: verdict(&supposed.after, *at) });
    let standings = supposed.changed().take(CHANGED_STANDINGS).map(|(before, after)| wire::SupposedStanding {
        before: convert::standing(&supposed.before, before),
        after: convert::standing(&supposed.after, after),
    });
    let changed_count = convert::count(supposed.changed().count());
    SupposeValuesResponse { verdicts: verdicts.collect(), standings: standings.collect(), changed_count }
}

fn effect_message(effects: &Effects, effect: &Effect) -> wire::RevisionEffect {
    let Effects { before, after, .. } = effects;
    let kind = match effect {
        Effect::Value { county, indicator, period, before, after: value } => Kind::Value(wire::RevisedValue {
            division_code: after.facts.counties.get(*county).map(|county| county.code.clone()).unwrap_or_default(),
            indicator_id: indicator.clone(),
            period: period.to_string(),
            before_micros: *before,
            after_micros: *value,
        }),
        Effect::Verdict(old, new) => {
            Kind::Verdict(wire::ChangedVerdict { before: convert::verdict(before, old), after: convert::verdict(after, new) })
        }
        Effect::Standing(both) => Kind::Standing(wire::ChangedStanding {
            before: both.0.as_ref().and_then(|standing| convert::standing(before, standing)),
            after: both.1.as_ref().and_then(|standing| convert::standing(after, standing)),
        }),
    };
    wire::RevisionEffect { kind: Some(kind) }
}

#[cfg(test)]
mod tests;
