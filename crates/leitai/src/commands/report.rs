//! `leitai report`: submit a file, and see what became of each cell.

use anyhow::Context;
use leitai_proto::ingestion::v1::{ListReportItemsRequest, Report, ReportItem, SubmitReportRequest, submit_report_request::Content};
use leitai_workbook::open::kind;
use serde_json::json;

use crate::{
    cli::{FormatArgs, ReportCommand},
    clients::{Clients, all_pages, answer},
    files,
    listing::Listing,
    progress::Progress,
    words,
};

pub async fn run(command: ReportCommand, mut clients: Clients) -> anyhow::Result<()> {
    match command {
        ReportCommand::Submit { file, plan, submitter, layout, year, simulated, request_id, summary, format } => {
            let content = files::report(&file, layout.as_deref(), year)?;
            if let Some(kind) = kind::describe(&content.content) {
                eprintln!("{} is {kind}", content.name);
            }
            let request_id = request_id.unwrap_or_else(super::new_request_id);
            let content = Some(Content::File(content));
            let request =
                SubmitReportRequest { request_id, plan_id: plan, submitter, simulated, content, ..SubmitReportRequest::default() };
            let progress = Progress::begin(format!("submitting {}", file.display()));
            let response = answer(clients.reports.submit_report(request).await)?;
            let report = response.report.context("the answer holds no report")?;
            drop(progress);
            eprintln!("report {}, periods {}", report.report_id, report.periods.join(", "));
            if summary { counts(&report).print(format.format) } else { cells(clients, &report.report_id, format).await }
        }
        ReportCommand::Template(args) => super::template::run(args, clients).await,
        ReportCommand::Items { report, format } => cells(clients, &report, format).await,
    }
}

async fn cells(mut clients: Clients, report_id: &str, format: FormatArgs) -> anyhow::Result<()> {
    let page = |page_token| ListReportItemsRequest { report_id: report_id.to_owned(), page_size: 1_000, page_token };
    let items = all_pages!(token => clients.reports.list_report_items(page(token)), items);
    listing(items).print(format.format)
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
