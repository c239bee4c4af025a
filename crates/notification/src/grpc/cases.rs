//! Cases and silences.

use leitai_proto::notification::v1 as wire;
use leitai_rpc::paging::{Page, numbers};
use tonic::{Request, Response, Status};
use wire::case_service_server::CaseService;

use super::Grpc;
use crate::{answer::cases as answer, cases::life::Deed, request, request::cases as asked};

#[async_trait::async_trait]
impl CaseService for Grpc {
    async fn list_cases(&self, request: Request<wire::ListCasesRequest>) -> Result<Response<wire::ListCasesResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| key.len() == 3)?;
        let (cases, next_page_token) = self.0.cases(asked::filtered(request)?, &page).await?;
        Ok(Response::new(wire::ListCasesResponse { cases: answer::cases(cases)?, next_page_token }))
    }

    async fn get_case(&self, request: Request<wire::GetCaseRequest>) -> Result<Response<wire::GetCaseResponse>, Status> {
        let case = self.0.case(&request::name("case_id", request.into_inner().case_id)?).await?;
        Ok(Response::new(wire::GetCaseResponse { case: Some(answer::case(case)?) }))
    }

    async fn list_case_history(
        &self,
        request: Request<wire::ListCaseHistoryRequest>,
    ) -> Result<Response<wire::ListCaseHistoryResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| numbers(key, 1))?;
        let (entries, next_page_token) = self.0.case_history(&request::name("case_id", request.case_id)?, &page).await?;
        Ok(Response::new(wire::ListCaseHistoryResponse { entries: entries.into_iter().map(answer::entry).collect(), next_page_token }))
    }

    async fn acknowledge_case(
        &self,
        request: Request<wire::AcknowledgeCaseRequest>,
    ) -> Result<Response<wire::AcknowledgeCaseResponse>, Status> {
        let wire::AcknowledgeCaseRequest { request_id, case_id, agency, who, reason } = request.into_inner();
        let case = self.0.act(&asked::act(request_id, case_id, agency, who, reason)?, &Deed::Acknowledge).await?;
        Ok(Response::new(wire::AcknowledgeCaseResponse { case: Some(case) }))
    }

    async fn file_rectification(
        &self,
        request: Request<wire::FileRectificationRequest>,
    ) -> Result<Response<wire::FileRectificationResponse>, Status> {
        let (act, deed) = asked::rectification(request.into_inner())?;
        let case = self.0.act(&act, &deed).await?;
        Ok(Response::new(wire::FileRectificationResponse { case: Some(case) }))
    }

    async fn return_case(&self, request: Request<wire::ReturnCaseRequest>) -> Result<Response<wire::ReturnCaseResponse>, Status> {
        let wire::ReturnCaseRequest { request_id, case_id, agency, who, reason } = request.into_inner();
        let act = asked::reasoned(asked::act(request_id, case_id, agency, who, reason)?)?;
        Ok(Response::new(wire::ReturnCaseResponse { case: Some(self.0.act(&act, &Deed::Return).await?) }))
    }

    async fn sign_off_case(&self, request: Request<wire::SignOffCaseRequest>) -> Result<Response<wire::SignOffCaseResponse>, Status> {
        let wire::SignOffCaseRequest { request_id, case_id, agency, who, reason } = request.into_inner();
        let case = self.0.act(&asked::act(request_id, case_id, agency, who, reason)?, &Deed::SignOff).await?;
        Ok(Response::new(wire::SignOffCaseResponse { case: Some(case) }))
    }

    async fn suspend_case(&self, request: Request<wire::SuspendCaseRequest>) -> Result<Response<wire::SuspendCaseResponse>, Status> {
        let wire::SuspendCaseRequest { request_id, case_id, agency, who, reason, until } = request.into_inner();
        let act = asked::reasoned(asked::act(request_id, case_id, agency, who, reason)?)?;
        let case = self.0.act(&act, &Deed::Suspend { until: asked::day("until", &until)? }).await?;
        Ok(Response::new(wire::SuspendCaseResponse { case: Some(case) }))
    }

    async fn resume_case(&self, request: Request<wire::ResumeCaseRequest>) -> Result<Response<wire::ResumeCaseResponse>, Status> {
        let wire::ResumeCaseRequest { request_id, case_id, agency, who, reason } = request.into_inner();
        let case = self.0.act(&asked::act(request_id, case_id, agency, who, reason)?, &Deed::Resume).await?;
        Ok(Response::new(wire::ResumeCaseResponse { case: Some(case) }))
    }

    async fn create_silence(&self, request: Request<wire::CreateSilenceRequest>) -> Result<Response<wire::CreateSilenceResponse>, Status> {
        let silence = self.0.create_silence(&asked::silence(request.into_inner())?).await?;
        Ok(Response::new(wire::CreateSilenceResponse { silence: Some(silence) }))
    }

    async fn end_silence(&self, request: Request<wire::EndSilenceRequest>) -> Result<Response<wire::EndSilenceResponse>, Status> {
        let wire::EndSilenceRequest { request_id, silence_id, who } = request.into_inner();
        let (request_id, who) = (request::request_id(request_id)?, request::text("who", who, 1, 100)?);
        let silence = self.0.end_silence(&request_id, &request::name("silence_id", silence_id)?, &who).await?;
        Ok(Response::new(wire::EndSilenceResponse { silence: Some(silence) }))
    }

    async fn list_silences(&self, request: Request<wire::ListSilencesRequest>) -> Result<Response<wire::ListSilencesResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| key.len() == 1)?;
        let (silences, next_page_token) = self.0.silences(request.ended, &page).await?;
        Ok(Response::new(wire::ListSilencesResponse { silences: silences.into_iter().map(answer::silence).collect(), next_page_token }))
    }
}
