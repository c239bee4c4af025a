//! Enumerations and numbers of the wire as people read them.

use leitai_domain::decimal::{fixed, from_micros};
use leitai_proto::{
    evaluation::v1::{Light, Verdict, VerdictReason},
    ingestion::v1::ItemReason,
    notification::v1::{CaseState, DeliveryState},
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

/// A verdict's reason as a key.
pub fn verdict_reason(reason: VerdictReason) -> String {
    key(reason.as_str_name(), "VERDICT_REASON_")
}

/// A case's state as a key.
pub fn case_state(state: CaseState) -> String {
    key(state.as_str_name(), "CASE_STATE_")
}

/// A delivery's state as a key.
pub fn delivery_state(state: DeliveryState) -> String {
    key(state.as_str_name(), "DELIVERY_STATE_")
}

/// An amount with the verdict's decimals; absent stays absent.
pub fn amount(verdict: &Verdict, micros: Option<i64>) -> Value {
    let places = u32::try_from(verdict.decimals).unwrap_or_default();
    micros.map_or(Value::Null, |micros| json!(fixed(from_micros(micros), places)))
}

/// An amount with all its decimals.
pub fn exact(micros: Option<i64>) -> Value {
    micros.map_or(Value::Null, |micros| json!(from_micros(micros).to_string()))
}
