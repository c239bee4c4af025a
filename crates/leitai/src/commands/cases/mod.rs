//! `leitai cases`: what is behind and what has recovered, and what agencies do about it.

mod history;

use leitai_proto::notification::v1::{
    AcknowledgeCaseRequest, Case, CaseState, FileRectificationRequest, ListCasesRequest, ResumeCaseRequest, ReturnCaseRequest,
    SignOffCaseRequest, SuspendCaseRequest,
};
use serde_json::json;

pub use self::history::explain;
use crate::{
    cli::{ActArgs, CasesCommand, Format},
    clients::{Clients, all_pages, answer},
    listing::Listing,
    words,
};

/// Fills in who does what to which case, and asks: `ask!(clients.sign_off_case, SignOffCaseRequest, args)`.
macro_rules! ask {
    ($clients:ident.$call:ident, $request:ident, $args:expr $(, $field:ident = $value:expr)*) => {{
        let ActArgs { case, agency, who, reason, request_id, format } = $args;
        let request_id = request_id.unwrap_or_else(super::new_request_id);
        let request = $request { request_id, case_id: case, agency, who, reason $(, $field: $value)* };
        (answer($clients.cases.$call(request).await)?.case, format.format)
    }};
}

pub async fn run(command: CasesCommand, mut clients: Clients) -> anyhow::Result<()> {
    let (case, format) = match command {
        CasesCommand::List { plan, open, overdue, agency, format } => {
            let wanted = ListCasesRequest { plan_id: plan.plan, active: open, overdue, evaluating_agency: agency, ..all() };
            return listing(&pages(clients, wanted).await?).print(format.format);
        }
        CasesCommand::Show { case, format } => return history::run(case, clients, format.format).await,
        CasesCommand::Acknowledge(act) => ask!(clients.acknowledge_case, AcknowledgeCaseRequest, act),
        CasesCommand::Rectify { act, measure, owner, by } => {
            ask!(clients.file_rectification, FileRectificationRequest, act, measure = measure, measure_owner = owner, promised_day = by)
        }
        CasesCommand::Return(act) => ask!(clients.return_case, ReturnCaseRequest, act),
        CasesCommand::SignOff(act) => ask!(clients.sign_off_case, SignOffCaseRequest, act),
        CasesCommand::Suspend { act, until } => ask!(clients.suspend_case, SuspendCaseRequest, act, until = until),
        CasesCommand::Resume(act) => ask!(clients.resume_case, ResumeCaseRequest, act),
    };
    after(case, format)
}

fn after(case: Option<Case>, format: Format) -> anyhow::Result<()> {
    listing(&case.into_iter().collect::<Vec<_>>()).print(format)
}

fn all() -> ListCasesRequest {
    ListCasesRequest { page_size: 1_000, ..ListCasesRequest::default() }
}

/// Reads every page of a plan's cases in one state, or in any.
pub async fn fetch(clients: Clients, plan_id: &str, state: CaseState) -> anyhow::Result<Vec<Case>> {
    pages(clients, ListCasesRequest { plan_id: plan_id.to_owned(), state: state.into(), ..all() }).await
}

async fn pages(mut clients: Clients, wanted: ListCasesRequest) -> anyhow::Result<Vec<Case>> {
    let page = |page_token| ListCasesRequest { page_token, ..wanted.clone() };
    Ok(all_pages!(token => clients.cases.list_cases(page(token)), cases))
}

fn listing(cases: &[Case]) -> Listing {
    let mut listing = Listing::new(&[
        ("case_id", "督办件"),
        ("division_code", "区划"),
        ("division", "县（市、区）"),
        ("indicator_id", "编码"),
        ("indicator", "指标"),
        ("state", "状态"),
        ("tier", "级别"),
        ("opened_period", "立案期"),
        ("latest_period", "最近一期"),
        ("periods_behind", "落后期数"),
        ("run", "连续"),
        ("acknowledge_due", "签收期限"),
        ("measure_due", "措施期限"),
        ("rectify_due", "整改时限"),
        ("overdue", "逾期"),
        ("missed_deadlines", "逾期次数"),
        ("missed_again_on", "再计逾期"),
        ("suspended_until", "暂停至"),
        ("agencies", "评价部门"),
        ("simulated", "模拟"),
    ]);
    for case in cases {
        listing.push(vec![
            json!(case.case_id),
            json!(case.division_code),
            json!(case.division_name),
            json!(case.indicator_id),
            json!(case.indicator_name),
            json!(words::case_state(case.state())),
            json!(words::tier(case.tier())),
            json!(case.opened_period),
            json!(case.latest_period),
            json!(case.periods_behind),
            json!(case.run),
            json!(case.acknowledge_due),
            json!(case.measure_due),
            json!(case.rectify_due),
            json!(words::overdue(case.overdue())),
            json!(case.missed_deadlines),
            json!(case.missed_again_on),
            json!(case.suspended_until),
            json!(case.evaluating_agencies),
            json!(case.simulated),
        ]);
    }
    listing
}
