//! Measures that are overdue, in the letters that are written anyway: those of a letter's own targets, and those of its addressee.

use std::collections::HashSet;

use serde::Serialize;

use super::{Draft, figures::day};
use crate::round::OverdueMeasure;

/// Measures that a letter prints at most; `leitai measures overdue` has them all.
const MOST: usize = 20;

/// One measure as a page prints it.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct OverdueLine {
    /// The division; empty where the round has no verdict of it.
    name: String,
    /// The project.
    project: String,
    /// The measure.
    measure: String,
    /// The agency answerable for it.
    owner: String,
    /// `2025年6月30日`.
    due: String,
    /// Days from then to the freeze.
    days: i32,
}

/// The measures of a letter, longest overdue first, and how many more there are.
pub fn of(draft: &Draft<'_>) -> (Vec<OverdueLine>, usize) {
    if draft.round.overdue.is_empty() {
        return (Vec::new(), 0);
    }
    let (findings, addressee) = (&draft.parcel.findings, &draft.parcel.addressee.name);
    let targets: HashSet<(&str, &str)> = findings.iter().map(|f| (f.division_code.as_str(), f.indicator_id.as_str())).collect();
    let its_target = |measure: &OverdueMeasure| targets.contains(&(measure.division_code.as_str(), measure.indicator_id.as_str()));
    let concerns = |measure: &&OverdueMeasure| measure.owner == *addressee || its_target(measure);
    let mut measures: Vec<_> = draft.round.overdue.iter().filter(concerns).collect();
    measures.sort_by_key(|measure| std::cmp::Reverse(measure.days));
    let more = measures.len().saturating_sub(MOST);
    (measures.into_iter().take(MOST).map(|measure| line(draft, measure)).collect(), more)
}

fn line(draft: &Draft<'_>, measure: &OverdueMeasure) -> OverdueLine {
    let mut findings = draft.parcel.findings.iter().copied().chain(&draft.round.findings);
    let of_division = findings.find(|finding| finding.division_code == measure.division_code);
    OverdueLine {
        name: of_division.map(|finding| finding.division_name.clone()).unwrap_or_default(),
        project: measure.project.clone(),
        measure: measure.measure.clone(),
        owner: measure.owner.clone(),
        due: day(measure.due),
        days: measure.days,
    }
}
