//! `leitai observations`: values in force.

use leitai_proto::ingestion::v1::ListObservationsRequest;
use serde_json::json;

use crate::{
    cli::ObservationsCommand,
    clients::{Clients, all_pages},
    listing::Listing,
    words,
};

pub async fn run(command: ObservationsCommand, mut clients: Clients) -> anyhow::Result<()> {
    let ObservationsCommand::List { plan, division, indicator, period, format } = command;
    let page = |page_token| ListObservationsRequest {
        plan_id: plan.clone(),
        division_code: division.clone(),
        indicator_id: indicator.clone(),
        period: period.map(|period| period.to_string()).unwrap_or_default(),
        page_size: 1_000,
        page_token,
    };
    let observations = all_pages!(token => clients.reports.list_observations(page(token)), observations);
    let mut listing = Listing::new(&[
        ("division_code", "区划"),
        ("indicator_id", "指标"),
        ("period", "期别"),
        ("value", "数值"),
        ("source_text", "原文"),
        ("printed_rank", "原排名"),
        ("revision", "版本"),
        ("proxy", "替代指标"),
        ("simulated", "模拟"),
        ("report_id", "报告"),
        ("place", "位置"),
    ]);
    for value in observations {
        listing.push(vec![
            json!(value.division_code),
            json!(value.indicator_id),
            json!(value.period),
            words::exact(Some(value.value_micros)),
            json!(value.source_text),
            json!(value.printed_rank),
            json!(value.revision),
            json!(value.proxy),
            json!(value.simulated),
            json!(value.report_id),
            json!(value.place),
        ]);
    }
    listing.print(format.format)
}
