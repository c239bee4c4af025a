//! `RoundService`.

use leitai_proto::ingestion::v1::{
    FreezeRoundRequest, FreezeRoundResponse, GetCompletenessRequest, GetCompletenessResponse, GetRoundRequest, GetRoundResponse,
    ListObligationsRequest, ListObligationsResponse, ListRoundsRequest, ListRoundsResponse, OpenRoundRequest, OpenRoundResponse,
    round_service_server::RoundService,
};
use leitai_rpc::paging::Page;
use tonic::{Request, Response, Status};

use super::{Api, refuse};
use crate::{convert, obligations};

#[async_trait::async_trait]
impl RoundService for Api {
    async fn open_round(&self, request: Request<OpenRoundRequest>) -> Result<Response<OpenRoundResponse>, Status> {
        let request = request.into_inner();
        let (request_id, plan_id) = (convert::request_id(&request.request_id)?, convert::plan_id(&request.plan_id)?);
        let period = convert::period(&request.period)?;
        Ok(Response::new(self.service.open_round(&request_id, &plan_id, period).await.map_err(refuse)?))
    }

    async fn freeze_round(&self, request: Request<FreezeRoundRequest>) -> Result<Response<FreezeRoundResponse>, Status> {
        let request = request.into_inner();
        let (request_id, plan_id) = (convert::request_id(&request.request_id)?, convert::plan_id(&request.plan_id)?);
        let period = convert::period(&request.period)?;
        Ok(Response::new(self.service.freeze_round(&request_id, &plan_id, period).await.map_err(refuse)?))
    }

    async fn list_rounds(&self, request: Request<ListRoundsRequest>) -> Result<Response<ListRoundsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let filter = convert::round_filter(&request)?;
        let after = convert::key_parts::<2>(page.after.take())?;
        let after = after.as_ref().map(|[plan, period]| (plan.as_str(), period.as_str()));
        let rounds = self.service.rounds(&filter, after, page.limit()).await.map_err(refuse)?;
        let (rounds, next_page_token) = page.cut(rounds, |round| vec![round.plan_id.clone(), round.period.clone()]);
        Ok(Response::new(ListRoundsResponse { rounds, next_page_token }))
    }

    async fn get_round(&self, request: Request<GetRoundRequest>) -> Result<Response<GetRoundResponse>, Status> {
        let request = request.into_inner();
        let (plan_id, period) = (convert::plan_id(&request.plan_id)?, convert::period(&request.period)?);
        let round = self.service.round(&plan_id, period).await.map_err(refuse)?;
        Ok(Response::new(GetRoundResponse { round: Some(round) }))
    }

    async fn list_obligations(&self, request: Request<ListObligationsRequest>) -> Result<Response<ListObligationsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| obligations::place(key).is_some())?;
        let (plan_id, period) = (convert::plan_id(&request.plan_id)?, convert::period(&request.period)?);
        let (filter, when) = (convert::obligations(&request)?, convert::when(&request.as_of, request.at_freeze)?);
        let listed = self.service.obligations(&plan_id, period, &filter, when, &page).await;
        let (obligations, next_page_token) = listed.map_err(refuse)?;
        Ok(Response::new(ListObligationsResponse { obligations, next_page_token }))
    }

    async fn get_completeness(&self, request: Request<GetCompletenessRequest>) -> Result<Response<GetCompletenessResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| key.len() == 1)?;
        let (plan_id, period) = (convert::plan_id(&request.plan_id)?, convert::period(&request.period)?);
        let (by, when) = (convert::by(request.by)?, convert::when(&request.as_of, request.at_freeze)?);
        let told = self.service.completeness(&plan_id, period, by, when, &page).await.map_err(refuse)?;
        let (whole, rows, next_page_token, as_of) = (Some(told.whole), told.rows, told.next_page_token, told.as_of);
        Ok(Response::new(GetCompletenessResponse { whole, rows, next_page_token, as_of }))
    }
}
