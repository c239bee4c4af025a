//! `FindingService`.

use leitai_proto::ingestion::v1::{
    ExplainFindingRequest, ExplainFindingResponse, ListFindingsRequest, ListFindingsResponse, finding_service_server::FindingService,
};
use leitai_rpc::paging::Page;
use tonic::{Request, Response, Status};

use super::{Api, refuse};
use crate::convert::finding;

#[async_trait::async_trait]
impl FindingService for Api {
    async fn list_findings(&self, request: Request<ListFindingsRequest>) -> Result<Response<ListFindingsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let after = finding::place(page.after.take())?;
        let filter = finding::filter(&request)?;
        let listed = self.service.findings(&filter, after.as_ref(), page.limit()).await.map_err(refuse)?;
        let (listed, next_page_token) = page.cut(listed, |listed| finding::place_of(&listed.place));
        let findings = listed.into_iter().map(|listed| listed.finding).collect();
        Ok(Response::new(ListFindingsResponse { findings, next_page_token }))
    }

    async fn explain_finding(&self, request: Request<ExplainFindingRequest>) -> Result<Response<ExplainFindingResponse>, Status> {
        let (act, numbers) = finding::explain(request.get_ref())?;
        Ok(Response::new(self.service.explain(&act, &numbers).await.map_err(refuse)?))
    }
}
