//! The gRPC face: convert, call, map.

mod bounces;
mod cases;
mod corrections;

pub use self::corrections::CorrectionGrpc;

use std::time::Duration;

use leitai_proto::notification::v1 as wire;
use leitai_rpc::paging::{Page, numbers};
use tonic::{Request, Response, Status};
use wire::{delivery_service_server::DeliveryService, letter_service_server::LetterService};

use crate::{
    answer,
    convert::{bounded_number, filter},
    request,
    service::Notifications,
    store::{LetterFilter, Most},
};

/// All four services.
#[derive(Clone)]
pub struct Grpc(pub Notifications);

#[async_trait::async_trait]
impl LetterService for Grpc {
    async fn list_letters(&self, request: Request<wire::ListLettersRequest>) -> Result<Response<wire::ListLettersResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| numbers(key, 2))?;
        let (plan_id, period) = (filter("plan_id", request.plan_id)?, filter("period", request.period)?);
        let delivery = request::delivery_state(request.state)?;
        let filter = LetterFilter { plan_id, period, agency: filter("agency", request.agency)?, delivery };
        let (letters, next_page_token) = self.0.letters(filter, &page).await?;
        Ok(Response::new(wire::ListLettersResponse { letters: letters.into_iter().map(answer::letter).collect(), next_page_token }))
    }

    async fn get_letter(&self, request: Request<wire::GetLetterRequest>) -> Result<Response<wire::GetLetterResponse>, Status> {
        let letter_id = request::name("letter_id", request.into_inner().letter_id)?;
        let (letter, message) = self.0.letter(&letter_id).await?;
        Ok(Response::new(wire::GetLetterResponse { letter: Some(answer::letter(letter)), message }))
    }

    async fn list_letter_findings(
        &self,
        request: Request<wire::ListLetterFindingsRequest>,
    ) -> Result<Response<wire::ListLetterFindingsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| key.len() == 3)?;
        let (plan_id, period) = (request::name("plan_id", request.plan_id)?, request::name("period", request.period)?);
        let (findings, next_page_token) = self.0.letter_findings(&plan_id, &period, &page).await?;
        Ok(Response::new(wire::ListLetterFindingsResponse {
            findings: findings.into_iter().map(answer::finding).collect(),
            next_page_token,
        }))
    }

    async fn list_issued_rounds(
        &self,
        request: Request<wire::ListIssuedRoundsRequest>,
    ) -> Result<Response<wire::ListIssuedRoundsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| key.len() == 2)?;
        let (rounds, next_page_token) = self.0.issued_rounds(filter("plan_id", request.plan_id)?, &page).await?;
        Ok(Response::new(wire::ListIssuedRoundsResponse { rounds: rounds.into_iter().map(answer::round).collect(), next_page_token }))
    }

    async fn list_attempts(&self, request: Request<wire::ListAttemptsRequest>) -> Result<Response<wire::ListAttemptsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(timed)?;
        let letter_id = request::name("letter_id", request.letter_id)?;
        let (deliveries, attempts, next_page_token) = self.0.attempts(&letter_id, &page).await?;
        let attempts = attempts.into_iter().map(|tried| answer::attempt(tried, &deliveries)).collect();
        Ok(Response::new(wire::ListAttemptsResponse { attempts, next_page_token }))
    }

    async fn list_delivery_events(
        &self,
        request: Request<wire::ListDeliveryEventsRequest>,
    ) -> Result<Response<wire::ListDeliveryEventsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(timed)?;
        let letter_id = request::name("letter_id", request.letter_id)?;
        let (deliveries, events, next_page_token) = self.0.delivery_events(&letter_id, &page).await?;
        let events = events.into_iter().map(|event| answer::delivery_event(event, &deliveries)).collect();
        Ok(Response::new(wire::ListDeliveryEventsResponse { events, next_page_token }))
    }

    async fn resend_letter(&self, request: Request<wire::ResendLetterRequest>) -> Result<Response<wire::ResendLetterResponse>, Status> {
        Ok(Response::new(self.0.resend(&request::resend(request.into_inner())?).await?))
    }
}

#[async_trait::async_trait]
impl DeliveryService for Grpc {
    async fn lease_deliveries(
        &self,
        request: Request<wire::LeaseDeliveriesRequest>,
    ) -> Result<Response<wire::LeaseDeliveriesResponse>, Status> {
        let request = request.into_inner();
        let worker = request::worker(request.worker_id)?;
        let deliveries = bounded_number("max_deliveries", request.max_deliveries, 1..=100, 10)?;
        let most = Most { deliveries, per_domain: bounded_number("max_per_domain", request.max_per_domain, 0..=1_000, 0)? };
        let seconds = bounded_number("lease_seconds", request.lease_seconds, 5..=600, 60)?;
        let leased = self.0.lease(&worker, most, Duration::from_secs(u64::from(seconds.unsigned_abs()))).await?;
        Ok(Response::new(wire::LeaseDeliveriesResponse { deliveries: leased.into_iter().map(answer::leased).collect() }))
    }

    async fn record_attempt(&self, request: Request<wire::RecordAttemptRequest>) -> Result<Response<wire::RecordAttemptResponse>, Status> {
        let request = request.into_inner();
        let outcome = request::outcome(request.outcome())?;
        let (delivery_id, token) = (request::name("delivery_id", request.delivery_id)?, request::name("lease_token", request.lease_token)?);
        let will_retry = self.0.record(&delivery_id, &token, outcome, &request.answer).await?;
        Ok(Response::new(wire::RecordAttemptResponse { will_retry }))
    }

    async fn release_deliveries(
        &self,
        request: Request<wire::ReleaseDeliveriesRequest>,
    ) -> Result<Response<wire::ReleaseDeliveriesResponse>, Status> {
        self.0.release(&request::released(request.into_inner().leases)?).await?;
        Ok(Response::new(wire::ReleaseDeliveriesResponse {}))
    }
}

/// True for the key of a page by time.
fn timed(key: &[String]) -> bool {
    key.len() == 3 && key.first().is_some_and(|at_ms| at_ms.parse::<i64>().is_ok())
}
