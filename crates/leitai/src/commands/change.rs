//! Verdicts and standings before and after, one line each: what a supposition or a revision does.

use leitai_proto::evaluation::v1::{Standing, Verdict};
use serde_json::{Value, json};

use crate::words;

/// The columns that both listings begin with.
pub const COLUMNS: [(&str, &str); 13] = [
    ("kind", "类别"),
    ("division_code", "区划"),
    ("division", "县（市、区）"),
    ("indicator_id", "编码"),
    ("indicator", "指标"),
    ("before", "前"),
    ("after", "后"),
    ("unit", "单位"),
    ("light_before", "前灯"),
    ("light_after", "后灯"),
    ("rank_before", "前位次"),
    ("rank_after", "后位次"),
    ("simulated", "模拟"),
];

/// What a line is about.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Value,
    Verdict,
    Standing,
    Letter,
}

impl Kind {
    /// As a table and JSON name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value => "数值",
            Self::Verdict => "评价",
            Self::Standing => "综合",
            Self::Letter => "函件",
        }
    }
}

/// A verdict's value, light and place.
pub fn verdict(kind: Kind, before: Option<&Verdict>, after: Option<&Verdict>) -> Vec<Value> {
    let Some(either) = after.or(before) else { return vec![Value::Null; COLUMNS.len()] };
    let amount = |verdict: Option<&Verdict>| verdict.map_or(Value::Null, |verdict| words::amount(verdict, verdict.actual_micros));
    let light = |verdict: Option<&Verdict>| json!(verdict.map(|verdict| words::light(verdict.light())));
    let rank = |verdict: Option<&Verdict>| json!(verdict.and_then(|verdict| verdict.rank));
    vec![
        json!(kind.name()),
        json!(either.division_code),
        json!(either.division_name),
        json!(either.indicator_id),
        json!(either.indicator_name),
        amount(before),
        amount(after),
        json!(either.unit),
        light(before),
        light(after),
        rank(before),
        rank(after),
        json!([before, after].into_iter().flatten().any(|one| one.simulated)),
    ]
}

/// A standing's score and place in its group.
pub fn standing(before: Option<&Standing>, after: Option<&Standing>) -> Vec<Value> {
    let Some(either) = after.or(before) else { return vec![Value::Null; COLUMNS.len()] };
    let score = |standing: Option<&Standing>| json!(standing.and_then(|standing| standing.score).map(|score| format!("{score:.2}")));
    let rank = |standing: Option<&Standing>| json!(standing.and_then(|standing| standing.rank));
    let what = if either.group.is_empty() { "综合得分".to_owned() } else { format!("综合得分（{}）", either.group) };
    vec![
        json!(Kind::Standing.name()),
        json!(either.division_code),
        json!(either.division_name),
        json!(""),
        json!(what),
        score(before),
        score(after),
        json!("分"),
        Value::Null,
        Value::Null,
        rank(before),
        rank(after),
        json!([before, after].into_iter().flatten().any(|one| one.simulated)),
    ]
}

#[cfg(test)]
mod tests {
    use leitai_proto::evaluation::v1::Light;

    use super::*;

    #[test]
    fn a_line_says_what_was_and_what_is() {
        let before = Verdict {
            division_code: "230123".to_owned(),
            unit: "%".to_owned(),
            decimals: 1,
            actual_micros: Some(4_100_000),
            light: Light::Red.into(),
            rank: Some(9),
            ..Verdict::default()
        };
        let after = Verdict { actual_micros: None, light: Light::Missing.into(), rank: None, ..before.clone() };
        let line = verdict(Kind::Verdict, Some(&before), Some(&after));
        let expected = [json!("4.1"), Value::Null, json!("%"), json!("落后"), json!("缺报"), json!(9), Value::Null];
        assert_eq!((line.len(), line.get(5..12)), (COLUMNS.len(), Some(expected.as_slice())));
    }

    #[test]
    fn a_county_that_lost_its_place_keeps_its_old_one_beside() {
        let before = Standing { score: Some(86.666), rank: Some(2), group: "山区".to_owned(), ..Standing::default() };
        let line = standing(Some(&before), Some(&Standing { score: None, rank: None, ..before.clone() }));
        let expected = [json!("综合得分（山区）"), json!("86.67"), Value::Null];
        assert_eq!(
            (line.len(), line.get(4..7), line.get(10..12)),
            (COLUMNS.len(), Some(expected.as_slice()), Some([json!(2), Value::Null].as_slice()))
        );
    }
}
