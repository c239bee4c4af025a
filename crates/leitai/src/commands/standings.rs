//! `leitai standings`: the ranking of a round.

use leitai_proto::evaluation::v1::{ListStandingsRequest, Standing};
use serde_json::{Value, json};

use crate::{
    cli::StandingsCommand,
    clients::{Clients, answer},
    listing::Listing,
    say::remark,
};

pub async fn run(command: StandingsCommand, clients: Clients) -> anyhow::Result<()> {
    let StandingsCommand::List { round, as_of, format } = command;
    let ranking = fetch(clients, &round.plan, &round.period.to_string(), as_of.as_of).await?;
    remark!("{}", ranking.method);
    listing(&ranking.standings).print(format.format)
}

/// A round's ranking and how its score was made.
pub struct Ranking {
    pub standings: Vec<Standing>,
    pub method: String,
}

/// Reads every page; `as_of` is a moment, RFC 3339, or empty for now.
pub async fn fetch(mut clients: Clients, plan_id: &str, period: &str, as_of: String) -> anyhow::Result<Ranking> {
    let mut ranking = Ranking { standings: Vec::new(), method: String::new() };
    let mut request = ListStandingsRequest {
        plan_id: plan_id.to_owned(),
        period: period.to_owned(),
        page_size: 1_000,
        as_of,
        ..ListStandingsRequest::default()
    };
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
        ("group", "组别"),
        ("rank", "位次"),
        ("rank_low", "可能最好"),
        ("rank_high", "可能最差"),
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
        ("named", "通报"),
        ("veto", "一票否决"),
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
        json!(standing.group),
        json!(standing.rank),
        json!(standing.rank_low),
        json!(standing.rank_high),
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
        json!(named(standing)),
        json!(standing.veto),
        json!(standing.simulated),
    ]
}

fn named(standing: &Standing) -> String {
    let titles = [(standing.best_performer, "先进"), (standing.best_riser, "晋位")];
    titles.into_iter().filter(|(is_named, _)| *is_named).map(|(_, title)| title).collect::<Vec<_>>().join("、")
}
