//! `ApprovalService`.

use leitai_proto::ingestion::v1::{
    ApproveReportRequest, ApproveReportResponse, ListReportEventsRequest, ListReportEventsResponse, ReturnReportRequest,
    ReturnReportResponse, WithdrawReportRequest, WithdrawReportResponse, approval_service_server::ApprovalService,
};
use leitai_rpc::paging::Page;
use tonic::{Request, Response, Status};

use super::{Api, refuse};
use crate::convert::{self, approval};

#[async_trait::async_trait]
impl ApprovalService for Api {
    async fn approve_report(&self, request: Request<ApproveReportRequest>) -> Result<Response<ApproveReportResponse>, Status> {
        let (act, approval) = approval::approve(request.into_inner())?;
        let report = self.service.approve(&act, &approval).await.map_err(refuse)?;
        Ok(Response::new(ApproveReportResponse { report: Some(report) }))
    }

    async fn return_report(&self, request: Request<ReturnReportRequest>) -> Result<Response<ReturnReportResponse>, Status> {
        let act = approval::send_back(request.get_ref())?;
        let report = self.service.return_report(&act).await.map_err(refuse)?;
        Ok(Response::new(ReturnReportResponse { report: Some(report) }))
    }

    async fn withdraw_report(&self, request: Request<WithdrawReportRequest>) -> Result<Response<WithdrawReportResponse>, Status> {
        let act = approval::withdraw(request.get_ref())?;
        let report = self.service.withdraw(&act).await.map_err(refuse)?;
        Ok(Response::new(WithdrawReportResponse { report: Some(report) }))
    }

    async fn list_report_events(&self, request: Request<ListReportEventsRequest>) -> Result<Response<ListReportEventsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let report_id = convert::report_id(&request.report_id)?;
        let after = convert::position(page.after.take())?;
        self.service.report(&report_id).await.map_err(refuse)?;
        let events = self.service.events(&report_id, after, page.limit()).await.map_err(refuse)?;
        let (events, next_page_token) = page.cut(events, |event| vec![event.sequence.to_string()]);
        Ok(Response::new(ListReportEventsResponse { events, next_page_token }))
    }
}
