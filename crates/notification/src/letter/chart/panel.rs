//! One panel: whose path it is, and its points.

use super::{figures, font};
use crate::round::Finding;

/// One finding's path as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// First line: the county, or the indicator in a county's own letter.
    pub title: String,
    /// Second line: the indicator, or the target in a county's own letter.
    pub subtitle: String,
    /// By month, oldest first.
    pub points: Vec<Point>,
    /// The newest value as printed.
    pub actual: String,
    /// What was expected of it, as printed.
    pub expected: String,
}

/// One month of a path; amounts in the indicator's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// 1 to 12.
    pub month: u8,
    /// What the pace expected.
    pub expected: Option<f64>,
    /// What was reported.
    pub actual: Option<f64>,
}

/// Full-width characters that a line of a panel holds, beside the figures.
const LINE: f64 = 19.0;

impl Panel {
    /// A finding's panel.
    pub fn of(finding: &Finding, by_county: bool) -> Self {
        let decimals = figures::decimals(finding);
        let amount = |micros: Option<i64>| micros.map(|micros| micros as f64 / 1e6);
        let point = |point: &crate::round::PathPoint| Point {
            month: point.period.month(),
            expected: amount(point.expected),
            actual: amount(point.actual),
        };
        let (title, subtitle) = if by_county {
            (figures::indicator(finding), format!("年度目标：{}", finding.target_text))
        } else {
            (finding.division_name.clone(), figures::indicator(finding))
        };
        let newest = finding.path.last();
        Self {
            title: font::fitted(&title, LINE),
            subtitle: font::fitted(&subtitle, LINE + 1.0),
            points: finding.path.iter().map(point).collect(),
            actual: font::fitted(&figures::amount(newest.and_then(|point| point.actual), decimals), LINE),
            expected: font::fitted(&figures::amount(newest.and_then(|point| point.expected), decimals), LINE),
        }
    }
}
