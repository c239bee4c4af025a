//! The gRPC face of reports.

use leitai_proto::notification::v1 as wire;
use leitai_rpc::paging::Page;
use tonic::{Request, Response, Status};
use wire::bounce_service_server::BounceService;

use super::Grpc;
use crate::{answer, request};

#[async_trait::async_trait]
impl BounceService for Grpc {
    async fn record_bounce(&self, request: Request<wire::RecordBounceRequest>) -> Result<Response<wire::RecordBounceResponse>, Status> {
        Ok(Response::new(self.0.record_bounce(&request::bounce(request.into_inner())?).await?))
    }

    async fn list_bounces(&self, request: Request<wire::ListBouncesRequest>) -> Result<Response<wire::ListBouncesResponse>, Status> {
        let request = request.into_inner();
        let timed = |key: &[String]| key.len() == 2 && key.first().is_some_and(|at_ms| at_ms.parse::<i64>().is_ok());
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(timed)?;
        let (bounces, next_page_token) = self.0.bounces(request.unmatched, &page).await?;
        Ok(Response::new(wire::ListBouncesResponse { bounces: bounces.into_iter().map(answer::bounce).collect(), next_page_token }))
    }
}
