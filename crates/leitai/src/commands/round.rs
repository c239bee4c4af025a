//! `leitai round`: freeze, show and list.

use anyhow::Context;
use leitai_proto::{
    evaluation::v1::{FrozenRound, GetRoundRequest, Light, ListEvaluatedRoundsRequest},
    ingestion::v1::FreezeRoundRequest,
};
use serde_json::json;

use crate::{
    cli::{Format, RoundCommand},
    clients::{Clients, all_pages, answer},
    listing::Listing,
    say::say,
};

pub async fn run(command: RoundCommand, mut clients: Clients) -> anyhow::Result<()> {
    match command {
        RoundCommand::Freeze { round } => {
            let request = FreezeRoundRequest { request_id: super::new_request_id(), plan_id: round.plan, period: round.period.to_string() };
            let frozen = answer(clients.rounds.freeze_round(request).await)?.round.context("the answer holds no round")?;
            say!("{} {} frozen at {}", frozen.plan_id, frozen.period, frozen.frozen_at);
            Ok(())
        }
        RoundCommand::Show { round, as_of, format } => {
            let request = GetRoundRequest { plan_id: round.plan, period: round.period.to_string(), as_of: as_of.as_of };
            let round = answer(clients.analysis.get_round(request).await)?.round.context("the answer holds no round")?;
            show(&round, format.format)
        }
        RoundCommand::List { plan, format } => list(clients, &plan.plan).await?.print(format.format),
    }
}

/// The counts, then the method's sentences: below the table, or as a column of their own.
fn show(round: &FrozenRound, format: Format) -> anyhow::Result<()> {
    const COLUMNS: [(&str, &str); 11] = [
        ("plan_id", "方案"),
        ("plan", "名称"),
        ("period", "期别"),
        ("frozen_at", "定稿时间"),
        ("green", "达标"),
        ("yellow", "略低"),
        ("red", "落后"),
        ("grey", "不评"),
        ("missing", "缺报"),
        ("simulated", "模拟"),
        ("method_notes", "方法"),
    ];
    let count = |light: Light| json!(round.verdicts.iter().filter(|verdict| verdict.light() == light).count());
    let frozen_at = if round.frozen_at.is_empty() { json!(null) } else { json!(round.frozen_at) };
    let mut row = vec![json!(round.plan_id), json!(round.plan_title), json!(round.period), frozen_at];
    row.extend([Light::Green, Light::Yellow, Light::Red, Light::Grey, Light::Missing].map(count));
    row.push(json!(round.simulated));
    let as_table = format == Format::Table;
    if !as_table {
        row.push(json!(round.method_notes));
    }
    let mut listing = Listing::shortened(&COLUMNS, 10, format);
    listing.push(row);
    listing.print(format)?;
    if as_table {
        (1..).zip(&round.method_notes).for_each(|(number, note): (usize, &String)| say!("{number}. {note}"));
    }
    Ok(())
}

async fn list(mut clients: Clients, plan: &str) -> anyhow::Result<Listing> {
    let page = |page_token| ListEvaluatedRoundsRequest { plan_id: plan.to_owned(), page_size: 0, page_token };
    let rounds = all_pages!(token => clients.evaluation.list_evaluated_rounds(page(token)), rounds);
    let mut listing = Listing::new(&[
        ("plan_id", "方案"),
        ("period", "期别"),
        ("frozen", "已定稿"),
        ("green", "达标"),
        ("yellow", "略低"),
        ("red", "落后"),
        ("grey", "不评"),
        ("missing", "缺报"),
        ("simulated", "模拟"),
    ]);
    for round in rounds {
        let lights = round.lights.unwrap_or_default();
        listing.push(vec![
            json!(round.plan_id),
            json!(round.period),
            json!(round.frozen),
            json!(lights.green),
            json!(lights.yellow),
            json!(lights.red),
            json!(lights.grey),
            json!(lights.missing),
            json!(round.simulated),
        ]);
    }
    Ok(listing)
}
