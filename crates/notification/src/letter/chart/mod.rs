//! A letter's chart: the path of those furthest behind against what was expected of them, as one picture.

mod draw;
mod font;
mod panel;
mod picture;
mod pictures;
mod scale;

#[cfg(test)]
mod tests;

use leitai_domain::period::Period;
use serde::Serialize;

use super::{Draft, figures, number::stable_id, sections::worst_first};
use crate::{
    round::{Finding, Round},
    routing::Parcel,
};
use draw::Sketch;
pub use picture::ChartError;
pub use pictures::Pictures;

/// Panels of a picture at most: four rows of two are as much as a page holds beside its tables.
const PANELS: usize = 8;
/// Width of the picture on the page, in CSS pixels: that of the letter's text.
const WIDTH: u32 = 696;

/// A picture with what must be said beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// A PNG.
    pub png: Vec<u8>,
    /// What the HTML body calls it by, without `cid:` and angle brackets.
    pub content_id: String,
}

/// A chart as templates are told of it.
#[derive(Debug, Serialize)]
pub struct ChartFacts {
    content_id: String,
    width: u32,
    /// The same in words, one line for each panel.
    lines: Vec<String>,
    /// Findings without a panel.
    more: usize,
}

/// The findings of a letter that get a panel, worst first by their gap in parts of what was expected.
#[must_use]
fn drawn<'a>(parcel: &Parcel<'a>) -> Vec<&'a Finding> {
    let several = |finding: &&Finding| finding.path.iter().filter(|point| point.actual.is_some()).count() > 1;
    let mut drawn: Vec<&Finding> = worst_first(&parcel.findings).into_iter().filter(several).collect();
    drawn.sort_by(|a, b| relative_gap(a).total_cmp(&relative_gap(b)));
    drawn.truncate(PANELS);
    drawn
}

/// What templates are told; `None` where nothing is drawn.
#[must_use]
pub fn facts(draft: &Draft<'_>) -> Option<ChartFacts> {
    let drawn = draft.charts.map(|_| drawn(draft.parcel)).filter(|drawn| !drawn.is_empty())?;
    let lines = drawn.iter().map(|finding| in_words(finding, by_county(draft.parcel))).collect();
    let more = draft.parcel.findings.len() - drawn.len();
    Some(ChartFacts { content_id: content_id(draft), width: WIDTH, lines, more })
}

/// Draws the picture; `None` where there is nothing to draw.
///
/// # Errors
/// [`ChartError`]: the drawing library's own.
pub fn draw(draft: &Draft<'_>) -> Result<Option<Chart>, ChartError> {
    let Some((pictures, sketch)) = draft.charts.zip(sketch(draft.parcel, draft.round)) else { return Ok(None) };
    Ok(Some(Chart { png: pictures.png(&sketch)?, content_id: content_id(draft) }))
}

/// A letter's picture before it is rendered.
fn sketch(parcel: &Parcel<'_>, round: &Round) -> Option<Sketch> {
    let panels: Vec<_> = drawn(parcel).into_iter().map(|finding| panel::Panel::of(finding, by_county(parcel))).collect();
    let simulated = round.simulated || parcel.findings.iter().any(|finding| finding.simulated);
    (!panels.is_empty()).then(|| draw::svg(&panels, simulated))
}

/// Unlike any other letter's, and the same whenever this one is made.
fn content_id(draft: &Draft<'_>) -> String {
    format!("{}@chart", stable_id(&["chart", &draft.round.plan_id, &draft.number.to_string()]))
}

fn by_county(parcel: &Parcel<'_>) -> bool {
    parcel.addressee.role == leitai_domain::ladder::Recipient::CountyTaskForce
}

/// Gaps of different units are comparable only in parts of what was expected; the chart's choice alone rests on this.
fn relative_gap(finding: &Finding) -> f64 {
    let (gap, expected) = (finding.gap.unwrap_or_default() as f64, finding.expected.unwrap_or_default() as f64);
    gap / expected.abs().max(1.0)
}

/// `邵东市地区生产总值增速（%）：1—3月实际4.6、应达5.5，1—6月实际4.1、应达5.5`: where the path began and where it is.
fn in_words(finding: &Finding, by_county: bool) -> String {
    let decimals = figures::decimals(finding);
    let of = if by_county { String::new() } else { finding.division_name.clone() };
    let reported: Vec<_> = finding.path.iter().filter(|point| point.actual.is_some()).collect();
    let ends = reported.first().into_iter().chain(reported.last());
    let point = |point: &&crate::round::PathPoint| {
        let (actual, expected) = (figures::amount(point.actual, decimals), figures::amount(point.expected, decimals));
        format!("{}实际{actual}、应达{expected}", months(point.period))
    };
    format!("{of}{}：{}", figures::indicator(finding), ends.map(point).collect::<Vec<_>>().join("，"))
}

/// The period without its year: `1—3月`.
fn months(period: Period) -> String {
    let chinese = period.chinese();
    chinese.split_once('年').map_or(chinese.clone(), |(_, months)| months.to_owned())
}
