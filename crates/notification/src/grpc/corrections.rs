//! `CorrectionService`.

use leitai_proto::notification::v1 as wire;
use leitai_rpc::paging::{Page, numbers};
use tonic::{Request, Response, Status};
use wire::correction_service_server::CorrectionService;

use crate::{
    answer::corrections as answer,
    convert::filter,
    corrections::{Corrections, TouchedFilter},
    request::{self, corrections as asked},
};

/// The service.
#[derive(Clone)]
pub struct CorrectionGrpc(pub Corrections);

#[async_trait::async_trait]
impl CorrectionService for CorrectionGrpc {
    async fn list_touched_letters(
        &self,
        request: Request<wire::ListTouchedLettersRequest>,
    ) -> Result<Response<wire::ListTouchedLettersResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| numbers(key, 2))?;
        let (plan_id, period) = (request::name("plan_id", request.plan_id)?, asked::period(&request.period)?);
        let division_code = filter("division_code", request.division_code)?;
        let filter = TouchedFilter { division_code, indicator_id: filter("indicator_id", request.indicator_id)?, ranks: request.ranks };
        Ok(Response::new(answer::touched(self.0.touched(&plan_id, period, &filter, &page).await?)))
    }

    async fn preview_correction(
        &self,
        request: Request<wire::PreviewCorrectionRequest>,
    ) -> Result<Response<wire::PreviewCorrectionResponse>, Status> {
        let request = request.into_inner();
        let (letter, reason) = (request::name("letter", request.letter)?, asked::reason(request.reason)?);
        Ok(Response::new(answer::preview(self.0.preview(&letter, &reason).await?)))
    }

    async fn correct_letter(&self, request: Request<wire::CorrectLetterRequest>) -> Result<Response<wire::CorrectLetterResponse>, Status> {
        Ok(Response::new(self.0.correct(&asked::order(request.into_inner())?).await?))
    }

    async fn list_corrections(
        &self,
        request: Request<wire::ListCorrectionsRequest>,
    ) -> Result<Response<wire::ListCorrectionsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token)?.keyed(|key| numbers(key, 2))?;
        let (plan_id, period) = (filter("plan_id", request.plan_id)?, filter("period", request.period)?);
        let (corrections, next_page_token) = self.0.list(plan_id, period, &page).await?;
        let corrections = corrections.into_iter().map(|(corrected, deliveries)| answer::correction(corrected, deliveries)).collect();
        Ok(Response::new(wire::ListCorrectionsResponse { corrections, next_page_token }))
    }
}
