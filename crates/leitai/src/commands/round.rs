//! `leitai round`: freeze and list.

use anyhow::Context;
use leitai_proto::{evaluation::v1::ListEvaluatedRoundsRequest, ingestion::v1::FreezeRoundRequest};
use serde_json::json;

use crate::{
    cli::RoundCommand,
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
        RoundCommand::List { plan, format } => list(clients, &plan.plan).await?.print(format.format),
    }
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
