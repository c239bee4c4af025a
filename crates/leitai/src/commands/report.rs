//! `leitai report`: submit a file, and see what became of each cell.

use std::{fs, path::Path};

use anyhow::Context;
use leitai_proto::ingestion::v1::{
    ListReportItemsRequest, Report, ReportFile, ReportItem, SubmitReportRequest, submit_report_request::Content,
};
use serde_json::json;

use crate::{
    cli::{FormatArgs, ReportCommand},
    clients::{Clients, all_pages, answer},
    listing::Listing,
    progress::Progress,
    words,
};

pub async fn run(command: ReportCommand, mut clients: Clients) -> anyhow::Result<()> {
    match command {
        ReportCommand::Submit { file, plan, submitter, layout, year, simulated, request_id, summary, format } => {
            let content = read(&file, layout.as_deref(), year)?;
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

fn read(file: &Path, layout: Option<&Path>, year: i32) -> anyhow::Result<ReportFile> {
    let text = |path: &Path| fs::read_to_string(path).with_context(|| format!("layout `{}`", path.display()));
    Ok(ReportFile {
        name: file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        content: fs::read(file).with_context(|| format!("report `{}`", file.display()))?,
        layout_toml: layout.map_or_else(|| Ok(leitai_workbook::shipped::SHAOYANG_LAYOUT.to_owned()), text)?,
        year,
    })
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
