//! What templates are given: `README.md` beside the shipped ones names every field.

use leitai_domain::ladder::{Recipient, Tier};
use serde::Serialize;

use super::{
    BEIJING,
    chart::{self, ChartFacts},
    draft::Draft,
    figures::day,
    history::EarlierLine,
    overdue::{self, OverdueLine},
    sections::{self, Section},
    words::form,
    workbook,
};
use crate::round::Finding;

/// A letter's facts, ready to be printed.
#[derive(Debug, Serialize)]
pub struct Page<'a> {
    tier: Tier,
    form: &'static str,
    simulated: bool,
    issuer: &'a str,
    number: String,
    date: String,
    agency: &'a str,
    plan: &'a str,
    policy: &'a str,
    period: String,
    role: &'static str,
    by_county: bool,
    indicators: usize,
    counties: usize,
    items: usize,
    known: usize,
    earlier: Vec<EarlierLine>,
    sections: Vec<Section>,
    overdue: Vec<OverdueLine>,
    overdue_more: usize,
    attachment: String,
    chart: Option<ChartFacts>,
    assumed: bool,
    reply_by: String,
    reply_days: u8,
    unknown_year: Option<i32>,
    others: Vec<String>,
    methods: &'a [String],
}

impl<'a> Page<'a> {
    /// The facts of a letter.
    pub fn new(draft: &'a Draft<'a>) -> Self {
        let issued = draft.issued.to_offset(BEIJING).date();
        let findings = &draft.parcel.findings;
        let due = draft.policy.reply_by(draft.tier, issued, draft.calendar);
        let (overdue, overdue_more) = overdue::of(draft);
        Self {
            tier: draft.tier,
            form: form(draft.tier),
            simulated: draft.simulated(),
            issuer: draft.issuer,
            number: draft.number.to_string(),
            date: day(issued),
            agency: &draft.parcel.addressee.name,
            plan: &draft.round.plan_title,
            policy: &draft.policy.title,
            period: draft.round.period.chinese(),
            role: role(draft.parcel.addressee.role),
            by_county: draft.by_county(),
            indicators: distinct(findings, |finding| &finding.indicator_id),
            counties: distinct(findings, |finding| &finding.division_code),
            items: findings.len(),
            known: draft.histories.known(findings),
            earlier: draft.histories.lines(findings),
            sections: sections::of(draft),
            overdue,
            overdue_more,
            chart: chart::facts(draft),
            attachment: workbook::name(draft.number),
            assumed: findings.iter().any(|f| f.still_needed.as_ref().is_some_and(|needed| needed.share_assumed)),
            reply_by: day(due.date),
            reply_days: draft.policy.reply_working_days(draft.tier),
            unknown_year: due.unknown_year,
            others: others(draft),
            methods: &draft.round.method_notes,
        }
    }
}

/// The addressee's part, as templates ask for it.
fn role(role: Recipient) -> &'static str {
    match role {
        Recipient::EvaluatingAgency => "evaluator",
        Recipient::CountyTaskForce => "county",
        Recipient::CityTaskForce => "city",
        Recipient::ProvincialTaskForce => "province",
    }
}

/// How many different ones there are.
pub(super) fn distinct(findings: &[&Finding], of: fn(&Finding) -> &str) -> usize {
    let mut distinct: Vec<&str> = findings.iter().map(|finding| of(finding)).collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len()
}

fn others(draft: &Draft<'_>) -> Vec<String> {
    let mut others = Vec::new();
    if !draft.parcel.other_departments.is_empty() {
        others.push(draft.parcel.other_departments.join("、"));
    }
    if !draft.parcel.other_divisions.is_empty() {
        let (names, count) = (draft.parcel.other_divisions.join("、"), draft.parcel.other_divisions.len());
        others.push(format!("{names}的{}（共{count}个）", draft.policy.task_force_suffix));
    }
    others
}
