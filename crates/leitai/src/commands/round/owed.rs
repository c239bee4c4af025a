//! Who owes what in a round, and how complete and timely it is.

use leitai_proto::ingestion::v1::{
    Completeness, CompletenessBy, GetCompletenessRequest, ListObligationsRequest, Obligation, ObligationState,
};
use serde_json::{Value, json};

use super::list::text;
use crate::{
    cli::{ByName, CompletenessArgs, Format, ObligationStateName, ObligationsArgs},
    clients::{Clients, all_pages},
    listing::Listing,
    say::say,
    words,
};

const OBLIGATIONS: [(&str, &str); 15] = [
    ("indicator", "指标"),
    ("county", "县（市、区）"),
    ("agencies", "责任部门"),
    ("state", "状态"),
    ("reported_at", "报送时间"),
    ("submitter", "报送单位"),
    ("lag_working_days", "用时（工作日）"),
    ("late_working_days", "迟报（工作日）"),
    ("after_freeze", "定稿后"),
    ("report_id", "报表"),
    ("indicator_id", "指标标识"),
    ("unit", "单位"),
    ("division_code", "区划代码"),
    ("prefecture", "市（地）"),
    ("prefecture_code", "市（地）代码"),
];
const IN_TABLE: usize = 9;
const COMPLETENESS: [(&str, &str); 10] = [
    ("name", "名称"),
    ("key", "标识"),
    ("owed", "应报"),
    ("on_time", "按时"),
    ("late", "迟报"),
    ("missing", "逾期未报"),
    ("not_yet_due", "未到期"),
    ("completeness", "完整率"),
    ("timeliness", "按时率"),
    ("median_lag_working_days", "用时中位数（工作日）"),
];

/// `leitai round obligations`.
pub async fn obligations(mut clients: Clients, args: ObligationsArgs) -> anyhow::Result<()> {
    let format = args.format.format;
    let states: Vec<i32> = args.state.iter().map(|state| wire(*state).into()).collect();
    let page = |page_token| ListObligationsRequest {
        plan_id: args.round.plan.clone(),
        period: args.round.period.to_string(),
        agency: args.agency.clone(),
        division_code: args.division.clone(),
        indicator_id: args.indicator.clone(),
        states: states.clone(),
        as_of: args.moment.as_of.as_of.clone(),
        at_freeze: args.moment.at_freeze,
        page_size: 1_000,
        page_token,
    };
    let owed = all_pages!(token => clients.rounds.list_obligations(page(token)), obligations);
    let mut listing = Listing::shortened(&OBLIGATIONS, IN_TABLE, format);
    owed.iter().for_each(|one| listing.push(obligation(one)));
    listing.print(format)?;
    if format == Format::Table {
        say!("共{}项", owed.len());
    }
    Ok(())
}

fn obligation(one: &Obligation) -> Vec<Value> {
    let late = if one.state() == ObligationState::Late { json!(one.late_working_days) } else { Value::Null };
    vec![
        json!(one.indicator_name),
        json!(one.division_name),
        json!(one.agencies),
        json!(words::obligation_state(one.state())),
        text(&one.reported_at),
        text(&one.submitter),
        one.lag_working_days.map_or(Value::Null, |days| json!(days)),
        late,
        json!(one.after_freeze),
        text(&one.report_id),
        json!(one.indicator_id),
        json!(one.unit),
        json!(one.division_code),
        text(&one.prefecture_name),
        text(&one.prefecture_code),
    ]
}

/// `leitai round completeness`.
pub async fn completeness(mut clients: Clients, args: CompletenessArgs) -> anyhow::Result<()> {
    let by = match args.by {
        ByName::Agency => CompletenessBy::Agency,
        ByName::Division => CompletenessBy::Division,
        ByName::Indicator => CompletenessBy::Indicator,
    };
    let page = |page_token| GetCompletenessRequest {
        plan_id: args.round.plan.clone(),
        period: args.round.period.to_string(),
        by: by.into(),
        as_of: args.moment.as_of.as_of.clone(),
        at_freeze: args.moment.at_freeze,
        page_size: 1_000,
        page_token,
    };
    let mut whole = None;
    let rows = all_pages!(token => clients.rounds.get_completeness(page(token)), rows, answered => whole.clone_from(&answered.whole));
    let mut listing = Listing::new(&COMPLETENESS);
    rows.iter().for_each(|row| listing.push(told(row)));
    listing.push(told(&Completeness { name: "合计".to_owned(), ..whole.unwrap_or_default() }));
    listing.print(args.format.format)
}

fn told(row: &Completeness) -> Vec<Value> {
    let key = if row.key == row.name { "" } else { row.key.as_str() };
    vec![
        json!(row.name),
        text(key),
        json!(row.owed),
        json!(row.on_time),
        json!(row.late),
        json!(row.missing),
        json!(row.not_yet_due),
        share(row.completeness),
        share(row.timeliness),
        row.median_lag_working_days.map_or(Value::Null, |days| json!(days)),
    ]
}

/// A part from 0 to 1 in per cent with one decimal: `95.5%`, never rounded up to all.
pub fn share(part: Option<f64>) -> Value {
    part.map_or(Value::Null, |part| json!(format!("{:.1}%", (part * 1_000.0 + 1e-9).floor() / 10.0)))
}

fn wire(state: ObligationStateName) -> ObligationState {
    match state {
        ObligationStateName::NotYetDue => ObligationState::NotYetDue,
        ObligationStateName::OnTime => ObligationState::OnTime,
        ObligationStateName::Late => ObligationState::Late,
        ObligationStateName::Missing => ObligationState::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_one_is_not_all() {
        assert_eq!(share(Some(0.9999)), json!("99.9%"));
        assert_eq!((share(Some(1.0)), share(Some(0.0)), share(None)), (json!("100.0%"), json!("0.0%"), Value::Null));
        assert_eq!((share(Some(2.0 / 3.0)), share(Some(0.29))), (json!("66.6%"), json!("29.0%")));
    }
}
