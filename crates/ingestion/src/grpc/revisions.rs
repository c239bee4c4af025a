//! `RevisionService`.

use leitai_proto::ingestion::v1::{
    ListObservationHistoryRequest, ListObservationHistoryResponse, ListRevisionsRequest, ListRevisionsResponse,
    revision_service_server::RevisionService,
};
use leitai_rpc::paging::Page;
use tonic::{Request, Response, Status};

use super::{Api, refuse};
use crate::convert::revisions as convert;

#[async_trait::async_trait]
impl RevisionService for Api {
    async fn list_observation_history(
        &self,
        request: Request<ListObservationHistoryRequest>,
    ) -> Result<Response<ListObservationHistoryResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let after = convert::revision_key(page.after.take())?;
        let filter = convert::whose(request)?;
        let after = after.as_ref().map(|(period, revision)| (period.as_str(), *revision));
        let revisions = self.service.history(&filter, after, page.limit()).await.map_err(refuse)?;
        let (revisions, next_page_token) = page.cut(revisions, convert::key_of_revision);
        Ok(Response::new(ListObservationHistoryResponse { revisions, next_page_token }))
    }

    async fn list_revisions(&self, request: Request<ListRevisionsRequest>) -> Result<Response<ListRevisionsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let after = convert::place(page.after.take())?;
        let since = convert::since(request)?;
        let revisions = self.service.revisions(&since, after.as_ref(), page.limit()).await.map_err(refuse)?;
        let (revisions, next_page_token) = page.cut(revisions, convert::key_of_place);
        Ok(Response::new(ListRevisionsResponse { revisions, next_page_token }))
    }
}
