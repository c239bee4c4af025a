//! The gRPC face: convert, call, map.

mod analysis;
mod dossier;
mod provincial;
mod signals;

use std::pin::Pin;

use futures::{Stream, StreamExt, TryStreamExt, stream};
use leitai_proto::evaluation::v1::{
    FrozenRound, GetVerdictRequest, GetVerdictResponse, ListEvaluatedRoundsRequest, ListEvaluatedRoundsResponse, ListStandingsRequest,
    ListStandingsResponse, ListVerdictsRequest, ListVerdictsResponse, WatchFindingsRequest, WatchFindingsResponse,
    evaluation_service_server::EvaluationService,
};
use leitai_rpc::{CancellationToken, failure::Failure, paging::Page};
use leitai_storage::change_log::{Batch, Entry, TailError};
use prost::Message;
use tonic::{Request, Response, Status};

pub(crate) use self::analysis::AnalysisGrpc;
use crate::{
    convert::{self, name},
    service::Queries,
    store::Store,
};

/// Serves queries from the cube and findings from the store.
pub(crate) struct Grpc {
    queries: Queries,
    store: Store,
    shutdown: CancellationToken,
}

impl Grpc {
    /// Streams end when `shutdown` is cancelled.
    pub fn new(queries: Queries, store: Store, shutdown: CancellationToken) -> Self {
        Self { queries, store, shutdown }
    }
}

#[async_trait::async_trait]
impl EvaluationService for Grpc {
    type WatchFindingsStream = Pin<Box<dyn Stream<Item = Result<WatchFindingsResponse, Status>> + Send>>;

    async fn get_verdict(&self, request: Request<GetVerdictRequest>) -> Result<Response<GetVerdictResponse>, Status> {
        let request = request.into_inner();
        let asked = convert::asked(&request.plan_id, &request.period, &request.as_of)?;
        let indicator = name("indicator_id", &request.indicator_id, true)?;
        let (round, row) = self.queries.verdict(asked, indicator, name("division_code", &request.division_code, true)?)?;
        Ok(Response::new(GetVerdictResponse { verdict: convert::verdict(&round, &row) }))
    }

    async fn list_verdicts(&self, request: Request<ListVerdictsRequest>) -> Result<Response<ListVerdictsResponse>, Status> {
        let request = request.into_inner();
        let asked = convert::asked(&request.plan_id, &request.period, &request.as_of)?;
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| ordinals(key, 2))?;
        let part = self.queries.verdicts(asked, &convert::filter(&request)?, &page)?;
        let verdicts = part.rows.iter().filter_map(|row| convert::verdict(&part.round, row)).collect();
        Ok(Response::new(ListVerdictsResponse { verdicts, next_page_token: part.next_page_token }))
    }

    async fn list_standings(&self, request: Request<ListStandingsRequest>) -> Result<Response<ListStandingsResponse>, Status> {
        let request = request.into_inner();
        let asked = convert::asked(&request.plan_id, &request.period, &request.as_of)?;
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| ordinals(key, 3))?;
        let part = self.queries.standings(asked, name("group", &request.group, false)?, &page)?;
        let standings = part.rows.iter().filter_map(|row| convert::standing(&part.round, row)).collect();
        let method = crate::method::score(&part.round.policy);
        Ok(Response::new(ListStandingsResponse { standings, next_page_token: part.next_page_token, method }))
    }

    async fn list_evaluated_rounds(
        &self,
        request: Request<ListEvaluatedRoundsRequest>,
    ) -> Result<Response<ListEvaluatedRoundsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| key.len() == 2)?;
        let (rounds, next_page_token) = self.queries.rounds(name("plan_id", &request.plan_id, false)?, &page)?;
        Ok(Response::new(ListEvaluatedRoundsResponse { rounds: rounds.iter().map(convert::summary).collect(), next_page_token }))
    }

    async fn watch_findings(&self, request: Request<WatchFindingsRequest>) -> Result<Response<Self::WatchFindingsStream>, Status> {
        let after = request.into_inner().after_sequence;
        if after < 0 {
            return Err(Failure::invalid("AFTER_SEQUENCE", "after_sequence is negative").field("after_sequence", "0 or more").into());
        }
        let batches = self.store.findings(after).map_err(|error| Status::from(not_followed(&error)));
        let findings = batches.map_ok(|batch| stream::iter(finding_messages(batch))).try_flatten();
        Ok(Response::new(findings.take_until(self.shutdown.clone().cancelled_owned()).boxed()))
    }
}

fn not_followed(error: &TailError) -> Failure {
    match error {
        TailError::WentBack { .. } => Failure::precondition("LOG_WENT_BACK", error.to_string()),
        TailError::Database(_) => Failure::internal(error),
    }
}

fn finding_messages(batch: Batch) -> impl Iterator<Item = Result<WatchFindingsResponse, Status>> {
    let head_sequence = batch.head;
    batch.entries.into_iter().map(move |Entry { sequence, payload }| {
        let round = FrozenRound::decode(payload.as_slice()).map_err(|error| Failure::internal(&error))?;
        Ok(WatchFindingsResponse { sequence, head_sequence, round: Some(round) })
    })
}

#[cfg(test)]
mod tests;

/// True for the key of a list kept by places: this many numbers of twenty digits.
pub(crate) fn ordinals(key: &[String], count: usize) -> bool {
    key.len() == count && key.iter().all(|part| part.len() == 20 && part.bytes().all(|byte| byte.is_ascii_digit()))
}
