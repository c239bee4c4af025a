//! `ReportService`.

use futures::stream::BoxStream;
use leitai_proto::ingestion::v1::{
    GetReportRequest, GetReportResponse, ListObservationsRequest, ListObservationsResponse, ListReportItemsRequest,
    ListReportItemsResponse, ListReportsRequest, ListReportsResponse, StreamReportRequest, StreamReportResponse, SubmitReportRequest,
    SubmitReportResponse, report_service_server::ReportService,
};
use leitai_rpc::paging::Page;
use tonic::{Request, Response, Status, Streaming};

use super::{Api, refuse, stream};
use crate::{
    convert::{self, approval},
    service::Answer,
    store::observations,
};

#[async_trait::async_trait]
impl ReportService for Api {
    async fn submit_report(&self, request: Request<SubmitReportRequest>) -> Result<Response<SubmitReportResponse>, Status> {
        let submission = convert::submission(request.into_inner())?;
        let Answer { report, items, repeated_of, findings } = self.service.submit(submission).await.map_err(refuse)?;
        Ok(Response::new(SubmitReportResponse { report: Some(report), items, repeated_of_report_id: repeated_of, findings }))
    }

    type StreamReportStream = BoxStream<'static, Result<StreamReportResponse, Status>>;

    async fn stream_report(&self, request: Request<Streaming<StreamReportRequest>>) -> Result<Response<Self::StreamReportStream>, Status> {
        Ok(Response::new(stream::serve(self.clone(), request.into_inner(), stream::IDLE)))
    }

    async fn get_report(&self, request: Request<GetReportRequest>) -> Result<Response<GetReportResponse>, Status> {
        let report_id = convert::report_id(&request.into_inner().report_id)?;
        let report = self.service.report(&report_id).await.map_err(refuse)?;
        Ok(Response::new(GetReportResponse { report: Some(report) }))
    }

    async fn list_reports(&self, request: Request<ListReportsRequest>) -> Result<Response<ListReportsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let after = approval::place(page.after.take())?;
        let filter = approval::reports(&request)?;
        let reports = self.service.reports(&filter, after.as_ref(), page.limit()).await.map_err(refuse)?;
        let (reports, next_page_token) = page.cut(reports, approval::place_of);
        Ok(Response::new(ListReportsResponse { reports, next_page_token }))
    }

    async fn list_report_items(&self, request: Request<ListReportItemsRequest>) -> Result<Response<ListReportItemsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let report_id = convert::report_id(&request.report_id)?;
        let after = convert::position(page.after.take())?;
        self.service.report(&report_id).await.map_err(refuse)?;
        let items = self.service.items(&report_id, after, page.limit()).await.map_err(refuse)?;
        let (items, next_page_token) = page.cut(items, |item| vec![item.position.to_string()]);
        Ok(Response::new(ListReportItemsResponse { items, next_page_token }))
    }

    async fn list_observations(&self, request: Request<ListObservationsRequest>) -> Result<Response<ListObservationsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let after = convert::observation_key(page.after.take())?;
        let as_of = convert::as_of(&request.as_of, request.as_of_sequence)?;
        let filter = convert::filter(request)?;
        let observations = self.service.observations(&filter, as_of, after.as_ref(), page.limit()).await.map_err(refuse)?;
        let (observations, next_page_token) = page.cut(observations, |observation| {
            let (division, indicator, period) = observations::key(observation);
            vec![division, indicator, period]
        });
        Ok(Response::new(ListObservationsResponse { observations, next_page_token }))
    }
}
