//! `leitai measures` and `leitai problems`: the responsibility list.

mod import;
mod listing;
mod problems;
mod words;

use leitai_proto::ingestion::v1::{
    FinishMeasureRequest, GetMeasureRequest, ListEventsRequest, ListMeasuresRequest, ListProjectsRequest, MeasureState,
    ReportProgressRequest,
};

pub use self::{import::example, problems::run as problems};
use crate::{
    cli::{DutyActArgs, Format, MeasureStateName, MeasuresArgs, MeasuresCommand},
    clients::{Clients, all_pages, answer},
    say::say,
};

pub async fn run(command: MeasuresCommand, mut clients: Clients) -> anyhow::Result<()> {
    match command {
        MeasuresCommand::Template { output, plan, example } => import::template(&output, &plan, example),
        MeasuresCommand::Import { file, plan, list, agency, who, sheet, cancel_missing, dry_run, request_id, format } => {
            let asked = import::Asked { plan, list, agency, who, sheet, cancel_missing, dry_run, request_id };
            import::run(clients, &file, asked, format.format).await
        }
        MeasuresCommand::List(args) => list(clients, args, false).await,
        MeasuresCommand::Overdue(args) => list(clients, args, true).await,
        MeasuresCommand::Projects { plan, division, indicator, on, format } => {
            let (plan_id, division_code, indicator_id, on_day) = (plan, division, indicator, on);
            let wanted = ListProjectsRequest { plan_id, division_code, indicator_id, on_day, page_size: 1_000, ..Default::default() };
            let page = |page_token| ListProjectsRequest { page_token, ..wanted.clone() };
            let projects = all_pages!(token => clients.duties.list_projects(page(token)), projects);
            listing::projects(&projects).print(format.format)
        }
        MeasuresCommand::Show { measure, format } => show(clients, measure, format.format).await,
        MeasuresCommand::Progress { act, day, percent } => {
            let DutyActArgs { id, agency, who, words, request_id, format } = act;
            let request_id = request_id.unwrap_or_else(super::new_request_id);
            let request = ReportProgressRequest { request_id, measure_id: id, agency, who, day, percent, words };
            let after = answer(clients.duties.report_progress(request).await)?.measure;
            listing::measures(&after.into_iter().collect::<Vec<_>>(), format.format).print(format.format)
        }
        MeasuresCommand::Done { act, day } => {
            let DutyActArgs { id, agency, who, words, request_id, format } = act;
            let request_id = request_id.unwrap_or_else(super::new_request_id);
            let request = FinishMeasureRequest { request_id, measure_id: id, agency, who, day, evidence: words };
            let after = answer(clients.duties.finish_measure(request).await)?.measure;
            listing::measures(&after.into_iter().collect::<Vec<_>>(), format.format).print(format.format)
        }
    }
}

async fn list(mut clients: Clients, args: MeasuresArgs, overdue: bool) -> anyhow::Result<()> {
    let MeasuresArgs { plan, division, indicator, owner, list, state, on, format } = args;
    let state = match state {
        None => MeasureState::Unspecified,
        Some(MeasureStateName::NotStarted) => MeasureState::NotStarted,
        Some(MeasureStateName::UnderWay) => MeasureState::UnderWay,
        Some(MeasureStateName::Done) => MeasureState::Done,
        Some(MeasureStateName::Cancelled) => MeasureState::Cancelled,
    };
    let wanted = ListMeasuresRequest {
        plan_id: plan,
        division_code: division,
        indicator_id: indicator,
        owner,
        list_id: list,
        state: state.into(),
        overdue,
        on_day: on,
        page_size: 1_000,
        page_token: String::new(),
    };
    let page = |page_token| ListMeasuresRequest { page_token, ..wanted.clone() };
    let measures = all_pages!(token => clients.duties.list_measures(page(token)), measures);
    listing::measures(&measures, format.format).print(format.format)
}

/// A table shows the measure before its history; JSON and CSV hold the history alone.
async fn show(mut clients: Clients, measure_id: String, format: Format) -> anyhow::Result<()> {
    let request = GetMeasureRequest { measure_id: measure_id.clone(), on_day: String::new() };
    let measure = answer(clients.duties.get_measure(request).await)?.measure;
    if let (Format::Table, Some(measure)) = (format, &measure) {
        listing::measures(std::slice::from_ref(measure), format).print(format)?;
        say!("牵头领导：{}（{}）；配合单位：{}", measure.leader, measure.post, measure.co_owners.join("、"));
    }
    events(clients, measure_id, format).await
}

/// Everything that happened to a measure or problem.
async fn events(mut clients: Clients, subject_id: String, format: Format) -> anyhow::Result<()> {
    let page = |page_token| ListEventsRequest { subject_id: subject_id.clone(), page_size: 1_000, page_token };
    let events = all_pages!(token => clients.duties.list_events(page(token)), events);
    listing::events(&events).print(format)
}
