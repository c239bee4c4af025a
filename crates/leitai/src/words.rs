//! Enumerations and numbers of the wire as people read them.

use leitai_domain::decimal::{SCALE, fixed, from_micros, round};
use leitai_proto::{
    evaluation::v1::{Light, ReconciliationState, SignalKind, Verdict, VerdictReason},
    ingestion::v1::{FindingSeverity, ItemReason, ObligationState, ReportEventKind, ReportState, RoundState},
    notification::v1::{
        AttemptOutcome, BounceOutcome, CaseChange, CaseState, DeliveryEventKind, DeliveryState, HoldReason, Letter, LetterKind,
        OverdueKind, PrintedField, Tier,
    },
};
use serde_json::{Value, json};

/// A light in Chinese.
pub fn light(light: Light) -> &'static str {
    match light {
        Light::Green => "达标",
        Light::Yellow => "略低",
        Light::Red => "落后",
        Light::Grey => "不评",
        Light::Missing => "缺报",
        Light::Unspecified => "?",
    }
}

/// The key of an enumeration's value: `ITEM_REASON_ACCEPTED` is `accepted`.
pub fn key(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

/// An item's reason as a key.
pub fn item_reason(reason: ItemReason) -> String {
    key(reason.as_str_name(), "ITEM_REASON_")
}

/// Where a report is.
pub fn report_state(state: ReportState) -> &'static str {
    match state {
        ReportState::InForce => "已生效",
        ReportState::Held => "待说明",
        ReportState::AwaitingApproval => "待审核",
        ReportState::Returned => "已退回",
        ReportState::Withdrawn => "已撤回",
        ReportState::Replaced => "已被替代",
        ReportState::Unspecified => "?",
    }
}

/// What happened to a report.
pub fn report_event(kind: ReportEventKind) -> &'static str {
    match kind {
        ReportEventKind::Submitted => "报送",
        ReportEventKind::Explained => "说明",
        ReportEventKind::Approved => "审核通过",
        ReportEventKind::InForce => "生效",
        ReportEventKind::Returned => "退回",
        ReportEventKind::Withdrawn => "撤回",
        ReportEventKind::Replaced => "被替代",
        ReportEventKind::Unspecified => "?",
    }
}

/// An item's reason in Chinese.
pub fn item_reason_chinese(reason: ItemReason) -> &'static str {
    match reason {
        ItemReason::Accepted => "采用",
        ItemReason::Revised => "更正",
        ItemReason::Unchanged => "与已有相同",
        ItemReason::Empty => "空格",
        ItemReason::PrintedRank => "原排名",
        ItemReason::NotACounty => "非县级行",
        ItemReason::SheetNotRead => "未读的工作表",
        ItemReason::OutsideTable => "表外数字",
        ItemReason::UnknownDivision => "地名不识",
        ItemReason::AmbiguousDivision => "地名不唯一",
        ItemReason::UnknownIndicator => "指标不识",
        ItemReason::BadPeriod => "期别不明",
        ItemReason::BadValue => "数值有误",
        ItemReason::BadUnit => "单位有误",
        ItemReason::Contradiction => "前后矛盾",
        ItemReason::WrongScope => "层级不符",
        ItemReason::Note => "填报说明",
        ItemReason::Held => "待说明",
        ItemReason::AwaitingApproval => "待审核",
        ItemReason::RuleBroken => "违反规则",
        ItemReason::Dropped => "未生效",
        ItemReason::Unspecified => "?",
    }
}

/// A round's state in Chinese; empty for a period that has values and no round.
pub fn round_state(state: RoundState) -> &'static str {
    match state {
        RoundState::Scheduled => "待开始",
        RoundState::Open => "报送中",
        RoundState::Frozen => "已定稿",
        RoundState::Unspecified => "",
    }
}

/// Whether something owed came, in Chinese.
pub fn obligation_state(state: ObligationState) -> &'static str {
    match state {
        ObligationState::NotYetDue => "未到期",
        ObligationState::OnTime => "按时",
        ObligationState::Late => "迟报",
        ObligationState::Missing => "逾期未报",
        ObligationState::Unspecified => "?",
    }
}

/// What a finding means for its value, as a key.
pub fn finding_severity(severity: FindingSeverity) -> String {
    key(severity.as_str_name(), "FINDING_SEVERITY_")
}

/// How a roll-up and a reported figure stand to each other, in Chinese.
pub fn reconciliation(state: ReconciliationState) -> &'static str {
    match state {
        ReconciliationState::Agrees => "一致",
        ReconciliationState::Differs => "不一致",
        ReconciliationState::OnlyRolledUp => "仅有汇总",
        ReconciliationState::OnlyReported => "仅有报送",
        ReconciliationState::Incomplete => "缺县待核",
        ReconciliationState::Neither => "均无",
        ReconciliationState::UnderCeiling => "未超上限",
        ReconciliationState::Unspecified => "?",
    }
}

/// What an integrity signal noticed.
pub fn signal(kind: SignalKind) -> &'static str {
    match kind {
        SignalKind::Bunching => "目标处扎堆",
        SignalKind::RepeatedValue => "数值连续相同",
        SignalKind::BaseLowered => "基数调低",
        SignalKind::DecemberJump => "12月突增",
        SignalKind::SumMismatch => "合计不符",
        SignalKind::LastDigit => "末位数字",
        SignalKind::FirstDigit => "首位数字",
        SignalKind::Unspecified => "?",
    }
}

/// A verdict's reason as a key.
pub fn verdict_reason(reason: VerdictReason) -> String {
    key(reason.as_str_name(), "VERDICT_REASON_")
}

/// A case's state as a key.
pub fn case_state(state: CaseState) -> String {
    key(state.as_str_name(), "CASE_STATE_")
}

/// A tier in Chinese; empty where there is none.
pub fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Unspecified => "",
        Tier::Notice => "提示",
        Tier::Warning => "预警",
        Tier::Supervision => "督办",
        Tier::Interview => "约谈",
    }
}

/// A letter's tier in Chinese, 催报 for a reminder or 更正 for a correction, which have none.
pub fn letter_tier(letter: &Letter) -> &'static str {
    match letter.kind() {
        LetterKind::Reminder => "催报",
        LetterKind::Correction => "更正",
        LetterKind::Findings | LetterKind::Unspecified => tier(letter.tier()),
    }
}

/// A deadline that passed, in Chinese; empty where there is none.
pub fn overdue(overdue: OverdueKind) -> &'static str {
    match overdue {
        OverdueKind::Unspecified => "",
        OverdueKind::Acknowledge => "签收",
        OverdueKind::Measure => "措施",
        OverdueKind::Rectify => "整改",
    }
}

/// What happened to a case, as a key.
pub fn case_change(change: CaseChange) -> String {
    key(change.as_str_name(), "CASE_CHANGE_")
}

/// Why no letter was written, as a key; empty where one was.
pub fn hold(hold: HoldReason) -> String {
    if hold == HoldReason::Unspecified { String::new() } else { key(hold.as_str_name(), "HOLD_REASON_") }
}

/// A figure that letters print, in Chinese.
pub fn printed_field(field: PrintedField) -> &'static str {
    match field {
        PrintedField::Expected => "序时应达",
        PrintedField::Actual => "实际",
        PrintedField::Gap => "差距",
        PrintedField::Light => "评价",
        PrintedField::Rank => "位次",
        PrintedField::BehindSince => "连续落后",
        PrintedField::Unspecified => "?",
    }
}

/// A delivery's state as a key.
pub fn delivery_state(state: DeliveryState) -> String {
    key(state.as_str_name(), "DELIVERY_STATE_")
}

/// What came of an attempt, as a key.
pub fn attempt_outcome(outcome: AttemptOutcome) -> String {
    key(outcome.as_str_name(), "ATTEMPT_OUTCOME_")
}

/// What a report changed, as a key.
pub fn bounce_outcome(outcome: BounceOutcome) -> String {
    key(outcome.as_str_name(), "BOUNCE_OUTCOME_")
}

/// What happened to a delivery beside attempts, as a key.
pub fn delivery_event(kind: DeliveryEventKind) -> String {
    key(kind.as_str_name(), "DELIVERY_EVENT_KIND_")
}

/// An amount with the verdict's decimals; absent stays absent.
pub fn amount(verdict: &Verdict, micros: Option<i64>) -> Value {
    // As published, or more where what is expected would else read otherwise (half an enterprise).
    let published = u32::try_from(verdict.decimals).unwrap_or_default();
    let exact = |places: u32| verdict.expected_micros.map(from_micros).is_none_or(|expected| round(expected, places) == expected);
    let places = (published..=SCALE).find(|places| exact(*places)).unwrap_or(SCALE);
    micros.map_or(Value::Null, |micros| json!(fixed(from_micros(micros), places)))
}

/// An amount with all its decimals.
pub fn exact(micros: Option<i64>) -> Value {
    micros.map_or(Value::Null, |micros| json!(from_micros(micros).to_string()))
}

/// A probability from 0 to 1: `63%`. `<1%` and `>99%` where it is neither impossible nor certain.
pub fn percent(probability: f64) -> String {
    match probability * 100.0 {
        percent if percent > 0.0 && percent < 1.0 => "<1%".to_owned(),
        percent if percent > 99.0 && percent < 100.0 => ">99%".to_owned(),
        percent => format!("{percent:.0}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reminder_is_told_in_place_of_a_tier() {
        let letter = |kind: LetterKind, tier: Tier| Letter { kind: kind.into(), tier: tier.into(), ..Letter::default() };
        assert_eq!(letter_tier(&letter(LetterKind::Reminder, Tier::Unspecified)), "催报");
        assert_eq!(letter_tier(&letter(LetterKind::Correction, Tier::Unspecified)), "更正");
        assert_eq!(letter_tier(&letter(LetterKind::Findings, Tier::Supervision)), "督办");
    }
}
