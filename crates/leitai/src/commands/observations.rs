//! `leitai observations`: values in force, and what one value was.

mod exchange;

use leitai_proto::ingestion::v1::{ListObservationHistoryRequest, ListObservationsRequest, Observation, ObservationRevision};
use serde_json::{Value, json};

use crate::{
    cli::{AsInForce, ObservationFilterArgs, ObservationHistoryArgs, ObservationListArgs, ObservationsCommand},
    clients::{Clients, all_pages},
    listing::Listing,
    words,
};

/// Of one value.
const COLUMNS: [(&str, &str); 16] = [
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
    ("submitter", "报送单位"),
    ("in_force_at", "生效时间"),
    ("note", "原因"),
    ("file_name", "文件"),
    ("sequence", "序号"),
];

/// Of one value and what it was before.
const HISTORY: [(&str, &str); 15] = [
    ("division_code", "区划"),
    ("indicator_id", "指标"),
    ("period", "期别"),
    ("revision", "版本"),
    ("before", "前"),
    ("value", "数值"),
    ("source_text", "原文"),
    ("in_force_at", "生效时间"),
    ("submitter", "报送单位"),
    ("note", "原因"),
    ("file_name", "文件"),
    ("place", "位置"),
    ("sequence", "序号"),
    ("frozen_rounds", "采用此值的冻结期"),
    ("report_id", "报告"),
];

pub async fn run(command: ObservationsCommand, clients: Clients) -> anyhow::Result<()> {
    match command {
        ObservationsCommand::List(args) => list(args, clients).await,
        ObservationsCommand::History(args) => history(args, clients).await,
        ObservationsCommand::Export(args) => exchange::export(args, clients).await,
        ObservationsCommand::Import(args) => exchange::import(args, clients).await,
    }
}

/// Every value that is asked for.
pub async fn fetch(clients: &mut Clients, request: ListObservationsRequest) -> anyhow::Result<Vec<Observation>> {
    let page = |page_token| ListObservationsRequest { page_size: 1_000, page_token, ..request.clone() };
    Ok(all_pages!(token => clients.reports.list_observations(page(token)), observations))
}

/// A filter as a request.
fn request(filter: ObservationFilterArgs) -> ListObservationsRequest {
    ListObservationsRequest {
        plan_id: filter.plan,
        division_code: filter.division,
        indicator_id: filter.indicator,
        period: filter.period.map(|period| period.to_string()).unwrap_or_default(),
        ..ListObservationsRequest::default()
    }
}

async fn list(args: ObservationListArgs, mut clients: Clients) -> anyhow::Result<()> {
    let (as_of, as_of_sequence) = AsInForce::wire(args.as_of);
    let request = ListObservationsRequest { as_of, as_of_sequence, ..request(args.filter) };
    let mut listing = Listing::new(&COLUMNS);
    fetch(&mut clients, request).await?.into_iter().for_each(|value| listing.push(line(value)));
    listing.print(args.format.format)
}

fn line(value: Observation) -> Vec<Value> {
    vec![
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
        json!(value.submitter),
        json!(value.in_force_at),
        json!(value.note),
        json!(value.file_name),
        json!(value.sequence),
    ]
}

async fn history(args: ObservationHistoryArgs, mut clients: Clients) -> anyhow::Result<()> {
    let page = |page_token| ListObservationHistoryRequest {
        plan_id: args.plan.clone(),
        division_code: args.division.clone(),
        indicator_id: args.indicator.clone(),
        period: args.period.map(|period| period.to_string()).unwrap_or_default(),
        page_size: 1_000,
        page_token,
    };
    let revisions = all_pages!(token => clients.revisions.list_observation_history(page(token)), revisions);
    revised(revisions).print(args.format.format)
}

/// A line for each revision.
pub fn revised(revisions: Vec<ObservationRevision>) -> Listing {
    let mut listing = Listing::new(&HISTORY);
    for ObservationRevision { observation, previous_micros, frozen_rounds, .. } in revisions {
        let value = observation.unwrap_or_default();
        listing.push(vec![
            json!(value.division_code),
            json!(value.indicator_id),
            json!(value.period),
            json!(value.revision),
            words::exact(previous_micros),
            words::exact(Some(value.value_micros)),
            json!(value.source_text),
            json!(value.in_force_at),
            json!(value.submitter),
            json!(value.note),
            json!(value.file_name),
            json!(value.place),
            json!(value.sequence),
            json!(frozen_rounds),
            json!(value.report_id),
        ]);
    }
    listing
}
