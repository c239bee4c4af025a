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

/// Findings in one answer at most, as the service bounds them.
const MOST_FINDINGS: usize = 1_000;

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
    let submitted = answer(clients.reports.submit_report(request).await);
    drop(progress);
    let response = submitted.with_context(|| format!("report `{}`", file.display()))?;
    let report = response.report.context("the answer holds no report")?;
    say(&report, &response.repeated_of_report_id);
    found(&response.findings);
    let (report, waiting) = match explain {
        true => notes::explain(&mut clients, report, &request_id).await?,
        false => (report, response.findings),
    };
    tell(&waiting, &report);
    match (summary, dry_run) {
        (true, _) => counts(&report).print(format.format),
        (false, true) => first(response.items, &report).print(format.format),
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

/// What the rules found.
fn found(findings: &[Finding]) {
    findings::lines(findings).for_each(|line| remark!("{line}"));
    if findings.len() >= MOST_FINDINGS {
        remark!("told are the first {MOST_FINDINGS} findings");
    }
}

/// How held values are explained.
fn tell(found: &[Finding], Report { report_id, dry_run, .. }: &Report) {
    match (found.iter().any(|finding| finding.open), dry_run) {
        (false, _) => {}
        (true, false) => remark!("held values wait for: leitai findings explain {report_id} --agency AGENCY --words TEXT"),
        (true, true) => {
            remark!("held values would wait for words: in their rows' column 说明 with --explain, or by leitai findings explain")
        }
    }
}

/// What a dry run is answered with; nothing is stored from which more could be read.
fn first(items: Vec<ReportItem>, report: &Report) -> Listing {
    let (shown, all) = (items.len(), report.counts.iter().map(|count| i64::from(count.count)).sum::<i64>());
    if i64::try_from(shown).is_ok_and(|shown| shown < all) {
        remark!("listed are the first {shown} of {all} cells; --summary counts all");
    }
    listing(items)
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
