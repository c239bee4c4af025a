//! `leitai standings`: the ranking of a round.

use leitai_proto::evaluation::v1::{ListStandingsRequest, Standing};
use serde_json::{Value, json};

use crate::{
    cli::StandingsCommand,
    clients::{Clients, answer},
    listing::Listing,
};

pub async fn run(command: StandingsCommand, clients: Clients) -> anyhow::Result<()> {
    let StandingsCommand::List { round, format } = command;
    let ranking = fetch(clients, &round.plan, &round.period.to_string()).await?;
    eprintln!("{}", ranking.method);
    listing(&ranking.standings).print(format.format)
}

/// A round's ranking and how its score was made.
pub struct Ranking {
    pub standings: Vec<Standing>,
    pub method: String,
}

/// Reads every page.
pub async fn fetch(mut clients: Clients, plan_id: &str, period: &str) -> anyhow::Result<Ranking> {
    let mut ranking = Ranking { standings: Vec::new(), method: String::new() };
    let mut request =
        ListStandingsRequest { plan_id: plan_id.to_owned(), period: period.to_owned(), page_size: 1_000, page_token: String::new() };
    loop {
        let page = answer(clients.evaluation.list_standings(request.clone()).await)?;
        ranking.standings.extend(page.standings);
        ranking.method = page.method;
        if page.next_page_token.is_empty() {
            return Ok(ranking);
        }
        request.page_token = page.next_page_token;
    }
}

/// The ranking, best first.
pub fn listing(standings: &[Standing]) -> Listing {
    let mut listing = Listing::new(&[
        ("rank", "位次"),
        ("movement", "升降"),
        ("division_code", "区划"),
        ("division", "县（市、区）"),
        ("score", "综合得分"),
        ("indicators_counted", "计分指标"),
        ("indicators_due", "应报指标"),
        ("green", "达标"),
        ("yellow", "略低"),
        ("red", "落后"),
        ("missing", "缺报"),
        ("simulated", "模拟"),
    ]);
    for standing in standings {
        listing.push(row(standing));
    }
    listing
}

fn row(standing: &Standing) -> Vec<Value> {
    let lights = standing.lights.unwrap_or_default();
    vec![
        json!(standing.rank),
        json!(standing.movement),
        json!(standing.division_code),
        json!(standing.division_name),
        standing.score.map_or(Value::Null, |score| json!(format!("{score:.2}"))),
        json!(standing.indicators_counted),
        json!(standing.indicators_due),
        json!(lights.green),
        json!(lights.yellow),
        json!(lights.red),
        json!(lights.missing),
        json!(standing.simulated),
    ]
}
