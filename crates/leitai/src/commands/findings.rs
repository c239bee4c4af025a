//! `leitai findings`: what rules found in reports, and its explanation.

use leitai_proto::ingestion::v1::{ExplainFindingRequest, Finding, FindingSeverity, ListFindingsRequest, Report};
use serde_json::json;

use crate::{
    cli::FindingsCommand,
    clients::{Clients, all_pages, answer},
    listing::Listing,
    say::remark,
    words,
};

/// Findings of one explanation at most, as the service bounds them.
const AT_ONCE: usize = 1_000;

/// What is said of findings, and by whom.
pub struct Explanation<'a> {
    /// The report.
    pub report_id: &'a str,
    /// Its submitter.
    pub agency: &'a str,
    /// The person, or empty.
    pub who: &'a str,
    /// Why the values are right.
    pub words: &'a str,
    /// Begins every request's id.
    pub request_id: &'a str,
}

pub async fn run(command: FindingsCommand, clients: Clients) -> anyhow::Result<()> {
    match command {
        FindingsCommand::List { report, plan, open, format } => listing(&fetch(clients, &report, &plan, open).await?).print(format.format),
        FindingsCommand::Explain { report, numbers, agency, who, words, request_id, format } => {
            let request_id = request_id.unwrap_or_else(super::new_request_id);
            let open = || fetch(clients.clone(), &report, "", true);
            let numbers = if numbers.is_empty() { open().await?.iter().map(|finding| finding.number).collect() } else { numbers };
            let explanation = Explanation { report_id: &report, agency: &agency, who: &who, words: &words, request_id: &request_id };
            let (explained, state) = explain(clients, &numbers, &explanation).await?;
            if let Some(state) = state {
                remark!("report {}: {}", state.report_id, words::report_state(state.state()));
            }
            listing(&explained).print(format.format)
        }
    }
}

/// Findings of a report or plan; empty for any.
pub async fn fetch(mut clients: Clients, report_id: &str, plan_id: &str, open_only: bool) -> anyhow::Result<Vec<Finding>> {
    let page = |page_token| ListFindingsRequest {
        report_id: report_id.to_owned(),
        plan_id: plan_id.to_owned(),
        open_only,
        page_size: 1_000,
        page_token,
    };
    Ok(all_pages!(token => clients.findings.list_findings(page(token)), findings))
}

/// Explains findings; answers with them and the report as they stand then.
pub async fn explain(
    mut clients: Clients,
    numbers: &[i32],
    explanation: &Explanation<'_>,
) -> anyhow::Result<(Vec<Finding>, Option<Report>)> {
    let (mut explained, mut report) = (Vec::new(), None);
    for (part, numbers) in numbers.chunks(AT_ONCE).enumerate() {
        let request = ExplainFindingRequest {
            request_id: if part == 0 { explanation.request_id.to_owned() } else { format!("{}-{part}", explanation.request_id) },
            report_id: explanation.report_id.to_owned(),
            numbers: numbers.to_vec(),
            agency: explanation.agency.to_owned(),
            who: explanation.who.to_owned(),
            words: explanation.words.to_owned(),
        };
        let response = answer(clients.findings.explain_finding(request).await)?;
        explained.extend(response.findings);
        report = response.report;
    }
    Ok((explained, report))
}

/// Explains every finding of a report that waits, however many others stand before it; answers with them as they stand then. Where none
/// waits nothing is sent.
pub async fn explain_all(clients: Clients, explanation: &Explanation<'_>) -> anyhow::Result<Vec<Finding>> {
    let open = fetch(clients.clone(), explanation.report_id, "", true).await?;
    let numbers: Vec<i32> = open.iter().map(|finding| finding.number).collect();
    Ok(explain(clients, &numbers, explanation).await?.0)
}

/// Place, rule, found, expected; what was said.
pub fn listing(findings: &[Finding]) -> Listing {
    let mut listing = Listing::new(&[
        ("report_id", "报告"),
        ("number", "号"),
        ("place", "位置"),
        ("division_code", "区划"),
        ("source_text", "原文"),
        ("rule", "规则"),
        ("severity", "程度"),
        ("found", "发现"),
        ("expected", "要求"),
        ("open", "待说明"),
        ("explanation", "说明"),
        ("agency", "说明单位"),
        ("explained_at", "说明时间"),
    ]);
    for finding in findings {
        let explanation = finding.explanation.as_ref();
        listing.push(vec![
            json!(finding.report_id),
            json!(finding.number),
            json!(finding.place),
            json!(finding.division_code),
            json!(finding.source_text),
            json!(finding.rule_id),
            json!(words::finding_severity(finding.severity())),
            json!(finding.found),
            json!(finding.expected),
            json!(finding.open),
            json!(explanation.map(|explanation| &explanation.words)),
            json!(explanation.map(|explanation| &explanation.agency)),
            json!(explanation.map(|explanation| &explanation.at)),
        ]);
    }
    listing
}

/// One line for each finding: severity, place, rule, what was found and what was expected.
pub fn lines(findings: &[Finding]) -> impl Iterator<Item = String> {
    findings.iter().map(|finding| {
        let mark = match finding.severity() {
            FindingSeverity::Error => "不予采用",
            FindingSeverity::Explain => "待说明",
            FindingSeverity::Note | FindingSeverity::Unspecified => "提示",
        };
        format!("[{mark}] {}（{}）{}；要求：{}", finding.place, finding.rule_id, finding.found, finding.expected)
    })
}
