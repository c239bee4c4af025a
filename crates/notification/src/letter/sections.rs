//! The tables of a letter: one for each indicator, or one of all indicators for a county.

use serde::Serialize;

use super::{Draft, figures};
use crate::round::Finding;

/// Rows that a letter's body prints at most. More would pass the 102 KB at which Gmail cuts a message; the attached workbook has them all.
const ROWS: usize = 120;
/// Rows of a section that are printed however many sections there are.
const ROWS_OF_A_SECTION: usize = 5;

/// One table.
#[derive(Debug, Serialize)]
pub struct Section {
    heading: String,
    target: String,
    rows: Vec<Row>,
    /// Rows that only the attached workbook has.
    more: usize,
    remarks: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    target: String,
    expected: String,
    actual: String,
    gap: String,
    rank: String,
    since: String,
    run: String,
    needed: String,
}

/// The tables of a letter.
pub fn of(draft: &Draft<'_>) -> Vec<Section> {
    let findings = &draft.parcel.findings;
    if draft.by_county() {
        let remarks = remarks(findings, |finding| &finding.indicator_name);
        return vec![section(draft, findings, ROWS, remarks, figures::indicator)];
    }
    let groups = by_indicator(findings);
    let most = if findings.len() <= ROWS { ROWS } else { ROWS_OF_A_SECTION.max(ROWS / groups.len()) };
    groups.iter().map(|group| indicator_section(draft, group, most)).collect()
}

/// Findings by indicator, in the round's order.
pub fn by_indicator<'a>(findings: &[&'a Finding]) -> Vec<Vec<&'a Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| first.indicator_id == finding.indicator_id)) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// Worst gap first.
pub fn worst_first<'a>(findings: &[&'a Finding]) -> Vec<&'a Finding> {
    let mut sorted = findings.to_vec();
    sorted.sort_by_key(|finding| finding.gap.unwrap_or_default());
    sorted
}

fn indicator_section(draft: &Draft<'_>, group: &[&Finding], most: usize) -> Section {
    let remarks = remarks(group, |finding| &finding.division_name);
    let section = section(draft, group, most, remarks, |finding| finding.division_name.clone());
    let first = group.first();
    let heading = first.map(|first| figures::indicator(first)).unwrap_or_default();
    Section { heading, target: first.map(|first| first.target_text.clone()).unwrap_or_default(), ..section }
}

fn section(draft: &Draft<'_>, findings: &[&Finding], most: usize, remarks: Vec<String>, name: fn(&Finding) -> String) -> Section {
    let rows = worst_first(findings).into_iter().take(most).map(|finding| row(draft, finding, name(finding))).collect();
    Section { heading: String::new(), target: String::new(), rows, more: findings.len().saturating_sub(most), remarks }
}

fn row(draft: &Draft<'_>, finding: &Finding, name: String) -> Row {
    let decimals = figures::decimals(finding);
    Row {
        name,
        target: finding.target_text.clone(),
        expected: figures::amount(finding.expected, decimals),
        actual: figures::amount(finding.actual, decimals),
        gap: figures::gap(finding, decimals),
        rank: figures::rank(finding),
        since: figures::since(finding),
        run: figures::run(draft.histories.of(finding).map_or(0, |history| history.periods)),
        needed: figures::still_needed(finding, draft.round.period),
    }
}

/// Proxies and notes, each once; with the names of the rows that it is about where it is not about all of them.
fn remarks(findings: &[&Finding], name: fn(&Finding) -> &String) -> Vec<String> {
    let mut remarks: Vec<(String, Vec<&str>)> = Vec::new();
    for finding in findings {
        for text in figures::remarks(finding) {
            match remarks.iter_mut().find(|(known, _)| *known == text) {
                Some((_, names)) => names.push(name(finding)),
                None => remarks.push((text, vec![name(finding)])),
            }
        }
    }
    let of_all = findings.len();
    let named = |(text, names): (String, Vec<&str>)| if names.len() == of_all { text } else { format!("{}：{text}", names.join("、")) };
    remarks.into_iter().map(named).collect()
}
