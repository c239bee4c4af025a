//! `PlanService`.

use leitai_proto::ingestion::v1::{
    ApplyPlanRequest, ApplyPlanResponse, GetPlanRequest, GetPlanResponse, ListPlansRequest, ListPlansResponse,
    plan_service_server::PlanService,
};
use leitai_rpc::paging::Page;
use tonic::{Request, Response, Status};

use super::{Api, refuse};
use crate::convert;

#[async_trait::async_trait]
impl PlanService for Api {
    async fn apply_plan(&self, request: Request<ApplyPlanRequest>) -> Result<Response<ApplyPlanResponse>, Status> {
        let new = convert::new_plan(request.into_inner())?;
        Ok(Response::new(self.service.apply_plan(new).await.map_err(refuse)?))
    }

    async fn get_plan(&self, request: Request<GetPlanRequest>) -> Result<Response<GetPlanResponse>, Status> {
        let plan_id = convert::plan_id(&request.into_inner().plan_id)?;
        let plan = self.service.plan(&plan_id).await.map_err(refuse)?;
        Ok(Response::new(GetPlanResponse { plan: Some(plan) }))
    }

    async fn list_plans(&self, request: Request<ListPlansRequest>) -> Result<Response<ListPlansResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let after = convert::key_parts::<1>(page.after.take())?.map(|[plan_id]| plan_id);
        let plans = self.service.plans(after.as_deref(), page.limit()).await.map_err(refuse)?;
        let (plans, next_page_token) = page.cut(plans, |plan| vec![plan.plan_id.clone()]);
        Ok(Response::new(ListPlansResponse { plans, next_page_token }))
    }
}
