//! `leitai verdicts`: list, and printed ranks beside ours.

use leitai_domain::decimal::{fixed, from_micros, round_up};
use leitai_proto::evaluation::v1::{Light, ListVerdictsRequest, StillNeeded, Verdict};
use serde_json::{Value, json};

use crate::{
    cli::{LightName, RoundArgs, VerdictsCommand},
    clients::{Clients, all_pages},
    listing::Listing,
    say::remark,
    words,
};

pub async fn run(command: VerdictsCommand, clients: Clients) -> anyhow::Result<()> {
    match command {
        VerdictsCommand::List { round, division, indicator, light, agency, as_of, format } => {
            let filter = ListVerdictsRequest {
                indicator_id: indicator,
                division_code: division,
                lights: light.into_iter().map(|light| Light::from(light).into()).collect(),
                evaluating_agency: agency,
                as_of: as_of.as_of,
                ..of_round(&round.plan, &round.period.to_string())
            };
            listing(&fetch(clients, filter).await?).print(format.format)
        }
        VerdictsCommand::PrintedRanks { round, format } => {
            let RoundArgs { plan, period } = round;
            let verdicts = fetch(clients, of_round(&plan, &period.to_string())).await?;
            let ranks = PrintedRanks::compare(&verdicts);
            remark!("{} printed ranks compared, {} differ", ranks.compared, ranks.differ);
            ranks.listing.print(format.format)
        }
    }
}

impl From<LightName> for Light {
    fn from(name: LightName) -> Self {
        match name {
            LightName::Green => Self::Green,
            LightName::Yellow => Self::Yellow,
            LightName::Red => Self::Red,
            LightName::Grey => Self::Grey,
            LightName::Missing => Self::Missing,
        }
    }
}

/// All verdicts of a round.
pub fn of_round(plan_id: &str, period: &str) -> ListVerdictsRequest {
    ListVerdictsRequest { plan_id: plan_id.to_owned(), period: period.to_owned(), page_size: 1_000, ..ListVerdictsRequest::default() }
}

/// Reads every page.
pub async fn fetch(mut clients: Clients, filter: ListVerdictsRequest) -> anyhow::Result<Vec<Verdict>> {
    let page = |page_token| ListVerdictsRequest { page_token, ..filter.clone() };
    Ok(all_pages!(token => clients.evaluation.list_verdicts(page(token)), verdicts))
}

/// Verdicts with everything a reader needs.
pub fn listing(verdicts: &[Verdict]) -> Listing {
    let mut listing = Listing::new(&[
        ("division_code", "区划"),
        ("division", "县（市、区）"),
        ("indicator_id", "编码"),
        ("indicator", "指标"),
        ("target", "目标"),
        ("expected", "应达"),
        ("actual", "实际"),
        ("gap", "差距"),
        ("unit", "单位"),
        ("light", "灯"),
        ("reason", "原因"),
        ("rank", "位次"),
        ("ranked_count", "共"),
        ("still_needed", "后续需达"),
        ("projected", "全年推算"),
        ("projected_low", "推算下限"),
        ("projected_high", "推算上限"),
        ("probability", "达标可能"),
        ("behind_since", "落后起始"),
        ("agencies", "评价部门"),
        ("proxy", "替代指标"),
        ("simulated", "模拟"),
        ("note", "说明"),
    ]);
    for verdict in verdicts {
        listing.push(row(verdict));
    }
    listing
}

fn row(verdict: &Verdict) -> Vec<Value> {
    let projection = verdict.projection.as_ref();
    vec![
        json!(verdict.division_code),
        json!(verdict.division_name),
        json!(verdict.indicator_id),
        json!(verdict.indicator_name),
        json!(verdict.target_text),
        words::amount(verdict, verdict.expected_micros),
        words::amount(verdict, verdict.actual_micros),
        words::amount(verdict, verdict.gap_micros),
        json!(verdict.unit),
        json!(words::light(verdict.light())),
        json!(words::verdict_reason(verdict.reason())),
        json!(verdict.rank),
        json!(verdict.ranked_count),
        verdict.still_needed.as_ref().map_or(Value::Null, |needed| json!(still_needed(needed))),
        words::amount(verdict, projection.map(|projection| projection.central_micros)),
        words::amount(verdict, projection.map(|projection| projection.low_micros)),
        words::amount(verdict, projection.map(|projection| projection.high_micros)),
        projection.map_or(Value::Null, |projection| json!(words::percent(projection.probability))),
        json!(verdict.behind_since),
        json!(verdict.evaluating_agencies),
        json!(verdict.proxy),
        json!(verdict.simulated),
        json!(verdict.note),
    ]
}

/// `6.9%`, with a star where last year's share is assumed.
pub fn still_needed(needed: &StillNeeded) -> String {
    let assumed = if needed.share_assumed { "*" } else { "" };
    format!("{}{}{assumed}", fixed(round_up(from_micros(needed.value_micros), 1), 1), needed.unit)
}

/// Ranks printed in a source beside ours.
pub struct PrintedRanks {
    pub compared: usize,
    pub differ: usize,
    /// Those that differ.
    pub listing: Listing,
}

impl PrintedRanks {
    pub fn compare(verdicts: &[Verdict]) -> Self {
        let printed: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.printed_rank.is_some()).collect();
        let columns =
            &[("division", "县（市、区）"), ("indicator", "指标"), ("actual_text", "原文"), ("printed_rank", "原排名"), ("rank", "位次")];
        let mut listing = Listing::new(columns);
        let differing: Vec<&&Verdict> = printed.iter().filter(|verdict| verdict.printed_rank != verdict.rank).collect();
        for verdict in &differing {
            listing.push(vec![
                json!(verdict.division_name),
                json!(verdict.indicator_name),
                json!(verdict.actual_text),
                json!(verdict.printed_rank),
                json!(verdict.rank),
            ]);
        }
        Self { compared: printed.len(), differ: differing.len(), listing }
    }
}
