//! One round: its days and completeness, its verdicts by light, and how they were made.

use anyhow::Context;
use leitai_proto::{
    evaluation::v1::{FrozenRound, GetRoundRequest, Light},
    ingestion::v1::{Completeness, CompletenessBy, GetCompletenessRequest, Round},
};
use serde_json::{Value, json};

use super::{list::text, owed::share};
use crate::{
    cli::{Format, RoundArgs},
    clients::{Clients, answer},
    listing::Listing,
    say::say,
    words,
};

const DAYS: [(&str, &str); 11] = [
    ("state", "状态"),
    ("opens_on", "开始"),
    ("due_on", "报送截止"),
    ("freezes_on", "锁定"),
    ("circular_on", "通报"),
    ("owed", "应报"),
    ("on_time", "按时"),
    ("late", "迟报"),
    ("owed_missing", "逾期未报"),
    ("not_yet_due", "未到期"),
    ("completeness", "完整率"),
];
const VERDICTS: [(&str, &str); 10] = [
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
];
/// Both, and the method: what a reader of JSON or CSV gets in one row.
const ALL: [(&str, &str); 22] = {
    let mut all = [("method_notes", "方法"); 22];
    let mut at = 0;
    while at < 10 {
        all[at] = VERDICTS[at];
        at += 1;
    }
    while at < 21 {
        all[at] = DAYS[at - 10];
        at += 1;
    }
    all
};

/// Prints the round.
pub async fn run(mut clients: Clients, asked: RoundArgs, as_of: String, format: Format) -> anyhow::Result<()> {
    let (plan_id, period) = (asked.plan, asked.period.to_string());
    let request = GetRoundRequest { plan_id: plan_id.clone(), period: period.clone(), as_of: as_of.clone() };
    let verdicts = answer(clients.analysis.get_round(request).await)?.round.context("the answer holds no round")?;
    let round = super::fetch(&mut clients, &plan_id, asked.period).await?.unwrap_or_default();
    let at_freeze = as_of.is_empty() && !round.frozen_at.is_empty();
    let by = CompletenessBy::Unspecified.into();
    let request = GetCompletenessRequest { plan_id, period, by, as_of, at_freeze, ..GetCompletenessRequest::default() };
    let whole = answer(clients.rounds.get_completeness(request).await)?.whole.context("the answer holds no completeness")?;
    print(&verdicts, days(&round, &whole), format)
}

fn print(verdicts: &FrozenRound, days: Vec<Value>, format: Format) -> anyhow::Result<()> {
    let mut row = lights(verdicts);
    if format != Format::Table {
        row.extend(days);
        row.push(json!(verdicts.method_notes));
        return listing(&ALL, row).print(format);
    }
    listing(&DAYS, days).print(format)?;
    listing(&VERDICTS, row).print(format)?;
    (1..).zip(&verdicts.method_notes).for_each(|(number, note): (usize, &String)| say!("{number}. {note}"));
    Ok(())
}

fn listing(columns: &'static [(&'static str, &'static str)], row: Vec<Value>) -> Listing {
    let mut listing = Listing::new(columns);
    listing.push(row);
    listing
}

fn lights(round: &FrozenRound) -> Vec<Value> {
    let count = |light: Light| json!(round.verdicts.iter().filter(|verdict| verdict.light() == light).count());
    let mut row = vec![json!(round.plan_id), json!(round.plan_title), json!(round.period), text(&round.frozen_at)];
    row.extend([Light::Green, Light::Yellow, Light::Red, Light::Grey, Light::Missing].map(count));
    row.push(json!(round.simulated));
    row
}

fn days(round: &Round, whole: &Completeness) -> Vec<Value> {
    let mut row = vec![json!(words::round_state(round.state()))];
    row.extend([&round.opens_on, &round.due_on, &round.freezes_on, &round.circular_on].map(|day| text(day)));
    row.extend([whole.owed, whole.on_time, whole.late, whole.missing, whole.not_yet_due].map(|count| json!(count)));
    row.push(share(whole.completeness));
    row
}
