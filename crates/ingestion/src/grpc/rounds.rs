//! `RoundService`.

use leitai_proto::ingestion::v1::{
    FreezeRoundRequest, FreezeRoundResponse, ListRoundsRequest, ListRoundsResponse, round_service_server::RoundService,
};
use leitai_rpc::paging::Page;
use tonic::{Request, Response, Status};

use super::{Api, refuse};
use crate::convert;

#[async_trait::async_trait]
impl RoundService for Api {
    async fn freeze_round(&self, request: Request<FreezeRoundRequest>) -> Result<Response<FreezeRoundResponse>, Status> {
        let request = request.into_inner();
        let (request_id, plan_id) = (convert::request_id(&request.request_id)?, convert::plan_id(&request.plan_id)?);
        let period = convert::period(&request.period)?;
        Ok(Response::new(self.service.freeze_round(&request_id, &plan_id, period).await.map_err(refuse)?))
    }

    async fn list_rounds(&self, request: Request<ListRoundsRequest>) -> Result<Response<ListRoundsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let plan_id = if request.plan_id.is_empty() { String::new() } else { convert::plan_id(&request.plan_id)? };
        let after = convert::key_parts::<2>(page.after.take())?;
        let after = after.as_ref().map(|[plan, period]| (plan.as_str(), period.as_str()));
        let rounds = self.service.rounds(&plan_id, after, page.limit()).await.map_err(refuse)?;
        let (rounds, next_page_token) = page.cut(rounds, |round| vec![round.plan_id.clone(), round.period.clone()]);
        Ok(Response::new(ListRoundsResponse { rounds, next_page_token }))
    }
}
