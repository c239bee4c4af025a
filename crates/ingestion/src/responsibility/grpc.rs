//! `ResponsibilityService`.

use leitai_domain::responsibility::problem::Deed;
use leitai_proto::ingestion::v1::{responsibility_service_server::ResponsibilityService, *};
use leitai_rpc::{failure::Failure, paging::Page};
use tonic::{Request, Response, Status};

use super::{Responsibility, convert, store::measures};
use crate::{
    convert::{key_parts, position},
    error::Error,
};

fn refuse(error: Error) -> Status {
    Failure::from(error).into()
}

/// A deed about a problem: `deed!(self, request, Deed::Close, CloseProblemResponse)`.
macro_rules! deed {
    ($self:ident, $request:ident, $deed:expr, $response:ident) => {{
        let request = $request.into_inner();
        let (subject, words) = (("problem_id", request.problem_id.as_str()), ("words", request.words.as_str()));
        let act = convert::act(&request.request_id, subject, &request.agency, &request.who, words)?;
        let problem = $self.act_on_problem(&act, $deed).await.map_err(refuse)?;
        Ok(Response::new($response { problem: Some(problem) }))
    }};
}

#[async_trait::async_trait]
impl ResponsibilityService for Responsibility {
    async fn apply_list(&self, request: Request<ApplyListRequest>) -> Result<Response<ApplyListResponse>, Status> {
        let new = convert::new_list(request.into_inner())?;
        Ok(Response::new(Self::apply_list(self, new).await.map_err(refuse)?))
    }

    async fn list_projects(&self, request: Request<ListProjectsRequest>) -> Result<Response<ListProjectsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let after = key_parts::<4>(page.after.take())?;
        let (filter, on) = (convert::projects_filter(&request)?, convert::day("on_day", &request.on_day)?);
        let projects = self.projects(filter, on, after.as_ref(), page.limit()).await.map_err(refuse)?;
        let (projects, next_page_token) = page.cut(projects, |project| {
            [&project.division_code, &project.indicator_id, &project.list_id, &project.project].map(Clone::clone).to_vec()
        });
        Ok(Response::new(ListProjectsResponse { projects, next_page_token }))
    }

    async fn list_measures(&self, request: Request<ListMeasuresRequest>) -> Result<Response<ListMeasuresResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let after = convert::measure_key(page.after.take())?;
        let (filter, on) = (convert::measures_filter(&request)?, convert::day("on_day", &request.on_day)?);
        let rows = self.measures(filter, request.overdue, on, after.as_ref(), page.limit()).await.map_err(refuse)?;
        let (rows, next_page_token) = page.cut(rows, |((division, indicator, position, id), _): &(measures::Key, Measure)| {
            vec![division.clone(), indicator.clone(), position.to_string(), id.clone()]
        });
        Ok(Response::new(ListMeasuresResponse { measures: rows.into_iter().map(|(_, measure)| measure).collect(), next_page_token }))
    }

    async fn get_measure(&self, request: Request<GetMeasureRequest>) -> Result<Response<GetMeasureResponse>, Status> {
        let request = request.into_inner();
        let (id, on) = (convert::subject_id("measure_id", &request.measure_id)?, convert::day("on_day", &request.on_day)?);
        Ok(Response::new(GetMeasureResponse { measure: Some(self.measure(&id, on).await.map_err(refuse)?) }))
    }

    async fn report_progress(&self, request: Request<ReportProgressRequest>) -> Result<Response<ReportProgressResponse>, Status> {
        let request = request.into_inner();
        let (subject, words) = (("measure_id", request.measure_id.as_str()), ("words", request.words.as_str()));
        let act = convert::act(&request.request_id, subject, &request.agency, &request.who, words)?;
        let (day, percent) = (convert::day("day", &request.day)?, convert::percent(request.percent)?);
        Ok(Response::new(Self::report_progress(self, &act, day, percent).await.map_err(refuse)?))
    }

    async fn finish_measure(&self, request: Request<FinishMeasureRequest>) -> Result<Response<FinishMeasureResponse>, Status> {
        let request = request.into_inner();
        let (subject, words) = (("measure_id", request.measure_id.as_str()), ("evidence", request.evidence.as_str()));
        let act = convert::act(&request.request_id, subject, &request.agency, &request.who, words)?;
        let measure = Self::finish_measure(self, &act, convert::day("day", &request.day)?).await.map_err(refuse)?;
        Ok(Response::new(FinishMeasureResponse { measure: Some(measure) }))
    }

    async fn raise_problem(&self, request: Request<RaiseProblemRequest>) -> Result<Response<RaiseProblemResponse>, Status> {
        let request = request.into_inner();
        let (subject, words) = (("measure_id", request.measure_id.as_str()), ("words", request.words.as_str()));
        let act = convert::act(&request.request_id, subject, &request.agency, &request.who, words)?;
        let (level, entry) = (convert::level(request.level)?, convert::entry(request.progress_entry)?);
        let problem = Self::raise_problem(self, &act, level, entry).await.map_err(refuse)?;
        Ok(Response::new(RaiseProblemResponse { problem: Some(problem) }))
    }

    async fn escalate_problem(&self, request: Request<EscalateProblemRequest>) -> Result<Response<EscalateProblemResponse>, Status> {
        deed!(self, request, Deed::Escalate, EscalateProblemResponse)
    }

    async fn resolve_problem(&self, request: Request<ResolveProblemRequest>) -> Result<Response<ResolveProblemResponse>, Status> {
        deed!(self, request, Deed::Resolve, ResolveProblemResponse)
    }

    async fn return_problem(&self, request: Request<ReturnProblemRequest>) -> Result<Response<ReturnProblemResponse>, Status> {
        deed!(self, request, Deed::Return, ReturnProblemResponse)
    }

    async fn reopen_problem(&self, request: Request<ReopenProblemRequest>) -> Result<Response<ReopenProblemResponse>, Status> {
        deed!(self, request, Deed::Reopen, ReopenProblemResponse)
    }

    async fn close_problem(&self, request: Request<CloseProblemRequest>) -> Result<Response<CloseProblemResponse>, Status> {
        deed!(self, request, Deed::Close, CloseProblemResponse)
    }

    async fn list_problems(&self, request: Request<ListProblemsRequest>) -> Result<Response<ListProblemsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let after = key_parts::<1>(page.after.take())?.map(|[id]| id);
        let filter = convert::problems_filter(&request)?;
        let problems = self.problems(&filter, after.as_deref(), page.limit()).await.map_err(refuse)?;
        let (problems, next_page_token) = page.cut(problems, |problem| vec![problem.problem_id.clone()]);
        Ok(Response::new(ListProblemsResponse { problems, next_page_token }))
    }

    async fn get_problem(&self, request: Request<GetProblemRequest>) -> Result<Response<GetProblemResponse>, Status> {
        let id = convert::subject_id("problem_id", &request.into_inner().problem_id)?;
        Ok(Response::new(GetProblemResponse { problem: Some(self.problem(&id).await.map_err(refuse)?) }))
    }

    async fn list_events(&self, request: Request<ListEventsRequest>) -> Result<Response<ListEventsResponse>, Status> {
        let request = request.into_inner();
        let mut page = Page::parse(request.page_size, &request.page_token)?;
        let (id, after) = (convert::subject_id("subject_id", &request.subject_id)?, position(page.after.take())?);
        let events = self.events(&id, after, page.limit()).await.map_err(refuse)?;
        let (events, next_page_token) = page.cut(events, |event| vec![event.entry.to_string()]);
        Ok(Response::new(ListEventsResponse { events, next_page_token }))
    }
}
