//! Lists of rounds: their state and days from ingestion, their verdicts from evaluation.

use std::collections::{BTreeMap, BTreeSet};

use leitai_proto::{
    evaluation::v1::{EvaluatedRound, ListEvaluatedRoundsRequest},
    ingestion::v1::{ListRoundsRequest, Round, RoundMover, RoundState},
};
use serde_json::{Value, json};

use crate::{
    cli::{Format, RoundStateName},
    clients::{Clients, all_pages},
    listing::Listing,
    say::say,
    words,
};

/// Columns of a list; a table has the first ones.
const COLUMNS: [(&str, &str); 17] = [
    ("plan_id", "方案"),
    ("period", "期别"),
    ("state", "状态"),
    ("opens_on", "开始"),
    ("due_on", "报送截止"),
    ("freezes_on", "锁定"),
    ("circular_on", "通报"),
    ("green", "达标"),
    ("yellow", "略低"),
    ("red", "落后"),
    ("grey", "不评"),
    ("missing", "缺报"),
    ("simulated", "模拟"),
    ("frozen", "已定稿"),
    ("opened_at", "开始时间"),
    ("frozen_at", "定稿时间"),
    ("unknown_year", "节假日未知年"),
];
const IN_TABLE: usize = 13;
const DAYS: [(&str, &str); 10] = [
    ("plan_id", "方案"),
    ("period", "期别"),
    ("state", "状态"),
    ("opened_at", "开始时间"),
    ("opened_by", "开始方式"),
    ("due_on", "报送截止"),
    ("freezes_on", "锁定"),
    ("circular_on", "通报"),
    ("freezes_by_schedule", "自动锁定"),
    ("unknown_year", "节假日未知年"),
];

/// One round's days.
pub fn days(round: &Round) -> Listing {
    let mut listing = Listing::new(&DAYS);
    listing.push(vec![
        json!(round.plan_id),
        json!(round.period),
        json!(words::round_state(round.state())),
        text(&round.opened_at),
        json!(mover(round.opened_by())),
        text(&round.due_on),
        text(&round.freezes_on),
        text(&round.circular_on),
        json!(round.freezes_by_schedule),
        year(round.unknown_year),
    ]);
    listing
}

/// Prints the rounds of a plan or of all.
pub async fn run(mut clients: Clients, plan: &str, states: &[RoundStateName], format: Format) -> anyhow::Result<()> {
    let states: Vec<i32> = states.iter().map(|state| wire(*state).into()).collect();
    let page = |page_token| ListRoundsRequest { plan_id: plan.to_owned(), page_size: 1_000, page_token, states: states.clone() };
    let rounds = all_pages!(token => clients.rounds.list_rounds(page(token)), rounds);
    let page = |page_token| ListEvaluatedRoundsRequest { plan_id: plan.to_owned(), page_size: 0, page_token };
    let evaluated = all_pages!(token => clients.evaluation.list_evaluated_rounds(page(token)), rounds);
    let (mut listing, mut guessed) = (Listing::shortened(&COLUMNS, IN_TABLE, format), BTreeSet::new());
    for ((plan_id, period), (round, evaluated)) in joined(rounds, evaluated, states.is_empty()) {
        guessed.extend(round.as_ref().map(|round| round.unknown_year).filter(|year| *year != 0));
        listing.push(row(plan_id, period, round, evaluated));
    }
    listing.print(format)?;
    if format == Format::Table {
        guessed.iter().for_each(|year| say!("注：{year}年节假日安排尚未掌握，该年的日子只扣除周六、周日。"));
    }
    Ok(())
}

type Key = (String, String);

/// Both lists by plan and period. Periods that only have values are in no state: they are left out where states are asked for.
fn joined(rounds: Vec<Round>, evaluated: Vec<EvaluatedRound>, every: bool) -> BTreeMap<Key, (Option<Round>, Option<EvaluatedRound>)> {
    let mut joined: BTreeMap<Key, (Option<Round>, Option<EvaluatedRound>)> = BTreeMap::new();
    for round in rounds {
        let key = (round.plan_id.clone(), round.period.clone());
        joined.entry(key).or_default().0 = Some(round);
    }
    for round in evaluated {
        let key = (round.plan_id.clone(), round.period.clone());
        if every || joined.contains_key(&key) {
            joined.entry(key).or_default().1 = Some(round);
        }
    }
    joined
}

fn row(plan_id: String, period: String, round: Option<Round>, evaluated: Option<EvaluatedRound>) -> Vec<Value> {
    let round = round.unwrap_or_default();
    let count = |count: fn(&leitai_proto::evaluation::v1::LightCounts) -> i32| {
        evaluated.as_ref().and_then(|one| one.lights.as_ref()).map_or(Value::Null, |lights| json!(count(lights)))
    };
    let simulated = evaluated.as_ref().is_some_and(|one| one.simulated);
    vec![
        json!(plan_id),
        json!(period),
        json!(words::round_state(round.state())),
        text(&round.opens_on),
        text(&round.due_on),
        text(&round.freezes_on),
        text(&round.circular_on),
        count(|lights| lights.green),
        count(|lights| lights.yellow),
        count(|lights| lights.red),
        count(|lights| lights.grey),
        count(|lights| lights.missing),
        json!(simulated),
        json!(round.state() == RoundState::Frozen),
        text(&round.opened_at),
        text(&round.frozen_at),
        year(round.unknown_year),
    ]
}

fn wire(state: RoundStateName) -> RoundState {
    match state {
        RoundStateName::Scheduled => RoundState::Scheduled,
        RoundStateName::Open => RoundState::Open,
        RoundStateName::Frozen => RoundState::Frozen,
    }
}

fn mover(mover: RoundMover) -> &'static str {
    match mover {
        RoundMover::Schedule => "按日程",
        RoundMover::Hand => "手动",
        RoundMover::Unspecified => "",
    }
}

/// A text; absent where it is empty.
pub fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

fn year(year: i32) -> Value {
    if year == 0 { Value::Null } else { json!(year) }
}
