//! The picture as SVG: panels in two columns, drawn by hand.

use std::fmt::Write;

use super::{
    WIDTH,
    font::FAMILY,
    panel::{Panel, Point},
    scale::Scale,
};

/// Colours: each must stay readable on white and in print.
const INK: &str = "#1f2328";
const MUTED: &str = "#57606a";
const LINE: &str = "#c9ced6";
const RED: &str = "#b3261e";

/// Space between panels.
const GAP: f64 = 12.0;
/// Space around them: their outlines stand whole.
const EDGE: f64 = 1.0;
/// A panel with its title.
const PANEL_HEIGHT: f64 = 176.0;
/// Where the plot begins and how high it is.
const PLOT: (f64, f64) = (60.0, 84.0);

/// A picture before it is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// What it shows.
    pub svg: String,
    /// Its height in CSS pixels.
    pub height: u32,
}

/// Draws the panels.
pub fn svg(panels: &[Panel], simulated: bool) -> Sketch {
    let rows = panels.len().div_ceil(2);
    let (width, height) = (f64::from(WIDTH), rows as f64 * (PANEL_HEIGHT + GAP) - GAP + 2.0 * EDGE);
    let panel_width = (width - GAP) / 2.0 - EDGE;
    let mut svg = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="{FAMILY}">"#);
    let _ = write!(svg, r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##);
    for (index, panel) in panels.iter().enumerate() {
        let x = EDGE + (index % 2) as f64 * (panel_width + GAP);
        let y = EDGE + (index / 2) as f64 * (PANEL_HEIGHT + GAP);
        let _ = write!(svg, r#"<g transform="translate({x} {y})">{}</g>"#, inside(panel, panel_width, simulated));
    }
    svg.push_str("</svg>");
    Sketch { svg, height: height as u32 }
}

fn inside(panel: &Panel, width: f64, simulated: bool) -> String {
    let mut svg = format!(r##"<rect width="{width}" height="{PANEL_HEIGHT}" fill="#ffffff" stroke="{LINE}"/>"##);
    svg += &text(12.0, 25.0, 16, INK, "start", &panel.title);
    let mark = if simulated { "模拟　" } else { "" };
    svg += &text(12.0, 46.0, 13, MUTED, "start", &format!("{mark}{}", panel.subtitle));
    let values = panel.points.iter().flat_map(|point| [point.expected, point.actual]).flatten();
    let scale = Scale::over(values, PLOT.0, PLOT.1);
    // Months stand where they stand in the year, or in its first half; the right margin holds the newest figures.
    let months = if panel.points.iter().all(|point| point.month <= 6) { 6 } else { 12 };
    let x = |month: u8| 22.0 + (width - 98.0) * (f64::from(month) - 1.0) / f64::from(months - 1);
    svg += &axis(width, months, x, scale.zero());
    svg += &line(&panel.points, |point| point.expected, x, scale, MUTED, "1.5", r#" stroke-dasharray="5 4""#);
    svg += &line(&panel.points, |point| point.actual, x, scale, RED, "2.5", "");
    for (month, actual) in panel.points.iter().filter_map(|point| Some((point.month, point.actual?))) {
        let _ = write!(svg, r#"<circle cx="{:.1}" cy="{:.1}" r="3" fill="{RED}"/>"#, x(month), scale.y(actual));
    }
    svg + &figures(panel, x, scale)
}

/// The newest figures beside the ends of the lines, apart enough to be read.
fn figures(panel: &Panel, x: impl Fn(u8) -> f64, scale: Scale) -> String {
    let Some(newest) = panel.points.last() else { return String::new() };
    let place = x(newest.month) + 9.0;
    let y = |value: Option<f64>| value.map(|value| scale.y(value) + 5.0);
    let (expected, actual) = (y(newest.expected), y(newest.actual));
    let apart = match (expected, actual) {
        (Some(expected), Some(actual)) if (actual - expected).abs() < 17.0 => (17.0 - (actual - expected).abs()) / 2.0,
        _ => 0.0,
    };
    let up = if actual < expected { -apart } else { apart };
    let expected = expected.map(|y| text(place, y - up, 13, MUTED, "start", &format!("应达{}", panel.expected)));
    let actual = actual.map(|y| text(place, y + up, 14, RED, "start", &panel.actual));
    expected.into_iter().chain(actual).collect()
}

fn axis(width: f64, months: u8, x: impl Fn(u8) -> f64, zero: Option<f64>) -> String {
    let bottom = PLOT.0 + PLOT.1;
    let mut svg = format!(r#"<path d="M12 {bottom}H{}" stroke="{LINE}"/>"#, width - 12.0);
    if let Some(zero) = zero.filter(|zero| bottom - zero > 6.0) {
        let _ = write!(svg, r#"<path d="M12 {zero:.1}H{:.1}" stroke="{LINE}"/>"#, x(months) + 4.0);
    }
    for month in (3..=months).step_by(3) {
        let _ = write!(svg, r#"<path d="M{:.1} {bottom}v4" stroke="{LINE}"/>"#, x(month));
        svg += &text(x(month), bottom + 20.0, 13, MUTED, "middle", &format!("{month}月"));
    }
    svg
}

/// A line through the months that have a value, broken where one has none.
fn line(
    points: &[Point],
    of: fn(&Point) -> Option<f64>,
    x: impl Fn(u8) -> f64,
    scale: Scale,
    colour: &str,
    width: &str,
    dash: &str,
) -> String {
    let mut path = String::new();
    let mut pen = 'M';
    for point in points {
        match of(point) {
            Some(value) => {
                let _ = write!(path, "{pen}{:.1} {:.1}", x(point.month), scale.y(value));
                pen = 'L';
            }
            None => pen = 'M',
        }
    }
    format!(r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>"#)
}

fn text(x: f64, y: f64, size: u8, colour: &str, anchor: &str, words: &str) -> String {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">{words}</text>"#)
}
