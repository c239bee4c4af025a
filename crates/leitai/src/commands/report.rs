//! `leitai report`: submit a file, see what became of each cell, approve, return and withdraw.

mod life;
mod notes;

use anyhow::Context;
use leitai_proto::ingestion::v1::{
    Finding, ListReportItemsRequest, Report, ReportItem, SubmitReportRequest, submit_report_request::Content,
};
use leitai_workbook::open::kind;
use serde_json::json;

use crate::{
    cli::{FormatArgs, ReportCommand, SubmitArgs},
    clients::{Clients, all_pages, answer},
    commands::findings,
    files,
    listing::Listing,
    progress::Progress,
    say::remark,
    words,
};

pub async fn run(command: ReportCommand, clients: Clients) -> anyhow::Result<()> {
    match command {
        ReportCommand::Submit(args) => submit(args, clients).await,
        ReportCommand::Template(args) => super::template::run(args, clients).await,
        ReportCommand::List { plan, state, submitter, format } => life::list(clients, plan, state, submitter, format.format).await,
        ReportCommand::Show { report, format } => life::show(clients, report, format.format).await,
        ReportCommand::Items { report, format } => cells(clients, &report, format).await,
        ReportCommand::Approve { act, level, indicators, values, reason } => {
            life::approve(clients, act, level, indicators, values, reason).await
        }
        ReportCommand::Return { act, reason } => life::send_back(clients, act, reason).await,
        ReportCommand::Withdraw { act, reason } => life::withdraw(clients, act, reason).await,
    }
}

async fn submit(args: SubmitArgs, mut clients: Clients) -> anyhow::Result<()> {
    let SubmitArgs { file, plan, submitter, layout, year, simulated, note, replaces, dry_run, explain, request_id, summary, format } = args;
    let request_id = request_id.unwrap_or_else(super::new_request_id);
    let content = files::report(&file, layout.as_deref(), year)?;
    if let Some(kind) = kind::describe(&content.content) {
        remark!("{} is {kind}", content.name);
    }
    let request = SubmitReportRequest {
        request_id: request_id.clone(),
        plan_id: plan,
        submitter,
        simulated,
        note,
        replaces_report_id: replaces,
        dry_run,
        content: Some(Content::File(content)),
    };
    let progress = Progress::begin(format!("submitting {}", file.display()));
    let response = answer(clients.reports.submit_report(request).await)?;
    let report = response.report.context("the answer holds no report")?;
    drop(progress);
    say(&report, &response.repeated_of_report_id);
    findings::lines(&response.findings).for_each(|line| remark!("{line}"));
    let (report, waiting) = match explain {
        true => notes::explain(&mut clients, report, &request_id).await?,
        false => (report, response.findings),
    };
    tell(&waiting, &report.report_id);
    match (summary, dry_run) {
        (true, _) => counts(&report).print(format.format),
        (false, true) => listing(response.items).print(format.format),
        (false, false) => cells(clients, &report.report_id, format).await,
    }
}

/// What became of the report, in lines beside the listing.
fn say(report: &Report, repeated_of: &str) {
    let periods = report.periods.join(", ");
    match (report.dry_run, repeated_of) {
        (true, "") => remark!("dry run, nothing was stored; periods {periods}"),
        (true, of) => remark!("dry run, nothing was stored; report {of} has this content already; periods {periods}"),
        (false, "") => remark!("report {}, periods {periods}", report.report_id),
        (false, of) => remark!("report {of} has this content already, nothing was stored; periods {periods}"),
    }
    for wait in &report.waits {
        remark!("{}", wait.words);
    }
}

/// How held values are explained.
fn tell(found: &[Finding], report_id: &str) {
    if found.iter().any(|finding| finding.open) {
        remark!("held values wait for: leitai findings explain {report_id} --agency AGENCY --words TEXT");
    }
}

async fn cells(mut clients: Clients, report_id: &str, format: FormatArgs) -> anyhow::Result<()> {
    listing(items(&mut clients, report_id).await?).print(format.format)
}

/// Every cell of a report as it stands now.
pub async fn items(clients: &mut Clients, report_id: &str) -> anyhow::Result<Vec<ReportItem>> {
    let page = |page_token| ListReportItemsRequest { report_id: report_id.to_owned(), page_size: 1_000, page_token };
    Ok(all_pages!(token => clients.reports.list_report_items(page(token)), items))
}

/// Every cell and what became of it.
fn listing(items: Vec<ReportItem>) -> Listing {
    let mut listing = Listing::new(&[
        ("position", "序"),
        ("place", "位置"),
        ("source_text", "原文"),
        ("reason", "结果"),
        ("division_code", "区划"),
        ("indicator_id", "指标"),
        ("period", "期别"),
        ("value", "数值"),
        ("message", "说明"),
    ]);
    for item in items {
        listing.push(vec![
            json!(item.position),
            json!(item.place),
            json!(item.source_text),
            json!(words::item_reason(item.reason())),
            json!(item.division_code),
            json!(item.indicator_id),
            json!(item.period),
            words::exact(item.value_micros),
            json!(item.message),
        ]);
    }
    listing
}

/// How many cells of each reason.
pub fn counts(report: &Report) -> Listing {
    let mut listing = Listing::new(&[("reason", "结果"), ("count", "数量")]);
    for count in &report.counts {
        listing.push(vec![json!(words::item_reason(count.reason())), json!(count.count)]);
    }
    listing
}
