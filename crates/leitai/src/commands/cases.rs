//! `leitai cases`: what is behind, and what has recovered.

use leitai_proto::notification::v1::{Case, CaseState, ListCasesRequest};
use serde_json::json;

use crate::{
    cli::CasesCommand,
    clients::{Clients, all_pages},
    listing::Listing,
    words,
};

pub async fn run(command: CasesCommand, clients: Clients) -> anyhow::Result<()> {
    let CasesCommand::List { plan, open, format } = command;
    let state = if open { CaseState::Open } else { CaseState::Unspecified };
    listing(&fetch(clients, &plan.plan, state).await?).print(format.format)
}

/// Reads every page.
pub async fn fetch(mut clients: Clients, plan_id: &str, state: CaseState) -> anyhow::Result<Vec<Case>> {
    let page = |page_token| ListCasesRequest {
        plan_id: plan_id.to_owned(),
        state: state.into(),
        division_code: String::new(),
        page_size: 1_000,
        page_token,
    };
    Ok(all_pages!(token => clients.cases.list_cases(page(token)), cases))
}

fn listing(cases: &[Case]) -> Listing {
    let mut listing = Listing::new(&[
        ("case_id", "督办件"),
        ("division_code", "区划"),
        ("division", "县（市、区）"),
        ("indicator", "指标"),
        ("state", "状态"),
        ("opened_period", "立案期"),
        ("latest_period", "最近一期"),
        ("periods_behind", "落后期数"),
        ("agencies", "评价部门"),
        ("simulated", "模拟"),
    ]);
    for case in cases {
        listing.push(vec![
            json!(case.case_id),
            json!(case.division_code),
            json!(case.division_name),
            json!(case.indicator_name),
            json!(words::case_state(case.state())),
            json!(case.opened_period),
            json!(case.latest_period),
            json!(case.periods_behind),
            json!(case.evaluating_agencies),
            json!(case.simulated),
        ]);
    }
    listing
}
