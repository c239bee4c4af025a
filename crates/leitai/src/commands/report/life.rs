//! Where reports are, and the steps of approval.

use anyhow::Context;
use leitai_proto::ingestion::v1::{
    ApproveReportRequest, GetReportRequest, ListReportEventsRequest, ListReportsRequest, Report, ReturnReportRequest, WithdrawReportRequest,
};
use serde_json::json;

use crate::{
    cli::{Format, PlanFilter, ReportActArgs, StateName},
    clients::{Clients, all_pages, answer},
    listing::Listing,
    words,
};

/// Fills in who does what to which report, and asks.
macro_rules! ask {
    ($clients:ident.$call:ident, $request:ident, $act:expr, $reason:expr $(, $field:ident = $value:expr)*) => {{
        let ReportActArgs { report, agency, who, request_id, format } = $act;
        let request_id = request_id.unwrap_or_else(crate::commands::new_request_id);
        let request = $request { request_id, report_id: report, agency, who, reason: $reason $(, $field: $value)* };
        let report = answer($clients.approvals.$call(request).await)?.report.context("the answer holds no report")?;
        reports(&[report]).print(format.format)
    }};
}

/// `leitai report list`.
pub async fn list(
    mut clients: Clients,
    plan: PlanFilter,
    state: Option<StateName>,
    submitter: String,
    format: Format,
) -> anyhow::Result<()> {
    let state = state.map(|state| state.wire().into()).unwrap_or_default();
    let page =
        |page_token| ListReportsRequest { plan_id: plan.plan.clone(), state, submitter: submitter.clone(), page_size: 1_000, page_token };
    reports(&all_pages!(token => clients.reports.list_reports(page(token)), reports)).print(format)
}

/// `leitai report show`.
pub async fn show(mut clients: Clients, report_id: String, format: Format) -> anyhow::Result<()> {
    let request = GetReportRequest { report_id: report_id.clone() };
    let report = answer(clients.reports.get_report(request).await)?.report.context("the answer holds no report")?;
    if format == Format::Table {
        reports(&[report]).print(format)?;
    }
    let page = |page_token| ListReportEventsRequest { report_id: report_id.clone(), page_size: 1_000, page_token };
    let events = all_pages!(token => clients.approvals.list_report_events(page(token)), events);
    let mut listing = Listing::new(&[
        ("sequence", "序"),
        ("kind", "事项"),
        ("at", "时间"),
        ("agency", "部门"),
        ("who", "经办"),
        ("level", "级别"),
        ("indicator_ids", "指标"),
        ("reason", "说明"),
        ("values_sha256", "数值摘要"),
    ]);
    for event in events {
        listing.push(vec![
            json!(event.sequence),
            json!(words::report_event(event.kind())),
            json!(event.at),
            json!(event.agency),
            json!(event.who),
            json!(event.level),
            json!(event.indicator_ids),
            json!(event.reason),
            json!(event.values_sha256),
        ]);
    }
    listing.print(format)
}

/// `leitai report approve`.
pub async fn approve(
    mut clients: Clients,
    act: ReportActArgs,
    level: String,
    indicators: Vec<String>,
    values: String,
    reason: String,
) -> anyhow::Result<()> {
    ask!(clients.approve_report, ApproveReportRequest, act, reason, level = level, indicator_ids = indicators, values_sha256 = values)
}

/// `leitai report return`.
pub async fn send_back(mut clients: Clients, act: ReportActArgs, reason: String) -> anyhow::Result<()> {
    ask!(clients.return_report, ReturnReportRequest, act, reason)
}

/// `leitai report withdraw`.
pub async fn withdraw(mut clients: Clients, act: ReportActArgs, reason: String) -> anyhow::Result<()> {
    ask!(clients.withdraw_report, WithdrawReportRequest, act, reason)
}

fn reports(reports: &[Report]) -> Listing {
    let mut listing = Listing::new(&[
        ("report_id", "报告"),
        ("submitted_at", "报送时间"),
        ("submitter", "报送单位"),
        ("file_name", "文件"),
        ("periods", "期别"),
        ("state", "状态"),
        ("waits", "等待"),
        ("note", "说明"),
        ("replaces_report_id", "替代"),
        ("replaced_by_report_id", "被替代"),
        ("values_sha256", "数值摘要"),
    ]);
    for report in reports {
        listing.push(vec![
            json!(report.report_id),
            json!(report.submitted_at),
            json!(report.submitter),
            json!(report.file_name),
            json!(report.periods),
            json!(words::report_state(report.state())),
            json!(report.waits.iter().map(|wait| wait.words.as_str()).collect::<Vec<_>>()),
            json!(report.note),
            json!(report.replaces_report_id),
            json!(report.replaced_by_report_id),
            json!(report.values_sha256),
        ]);
    }
    listing
}
