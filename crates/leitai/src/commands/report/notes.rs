//! Words in a file's column 说明 as explanations of the values that are held beside them.

use std::collections::{BTreeMap, HashMap};

use leitai_proto::ingestion::v1::{Finding, ItemReason, Report, ReportItem};

use crate::{
    clients::Clients,
    commands::findings::{self, Explanation},
    say::remark,
    words,
};

/// Explains what waits in a report by the words that it has in the same row; what has none goes on waiting. Answers with the report as it
/// stands then, and with what still waits.
pub async fn explain(clients: &mut Clients, report: Report, request_id: &str) -> anyhow::Result<(Report, Vec<Finding>)> {
    let report_id = report.report_id.clone();
    let open = findings::fetch(clients.clone(), &report_id, "", true).await?;
    if open.is_empty() {
        return Ok((report, open));
    }
    let items = super::items(clients, &report_id).await?;
    let mut last = None;
    for (part, (said, numbers)) in (1..).zip(by_words(&items, &open)) {
        let request_id = format!("{request_id}-note-{part}");
        let explanation = Explanation { report_id: &report_id, agency: &report.submitter, who: "", words: said, request_id: &request_id };
        let (explained, now) = findings::explain(clients.clone(), &numbers, &explanation).await?;
        explained.iter().for_each(|finding| remark!("{}（{}）的说明：{said}", finding.place, finding.rule_id));
        last = now.or(last);
    }
    let report = last.unwrap_or(report);
    remark!("report {report_id}: {}", words::report_state(report.state()));
    Ok((report, findings::fetch(clients.clone(), &report_id, "", true).await?))
}

/// Numbers of the findings that the same words explain.
fn by_words<'a>(items: &'a [ReportItem], open: &[Finding]) -> BTreeMap<&'a str, Vec<i32>> {
    let notes = items.iter().filter(|item| item.reason() == ItemReason::Note);
    let notes: HashMap<_, &str> =
        notes.map(|item| ((&*item.division_code, &*item.indicator_id, &*item.period), item.source_text.as_str())).collect();
    let mut numbers: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for finding in open {
        let Finding { division_code, indicator_id, period, .. } = finding;
        // Of the value itself, or of the division's whole row.
        let said =
            [indicator_id.as_str(), ""].into_iter().find_map(|indicator| notes.get(&(division_code.as_str(), indicator, period.as_str())));
        if let Some(said) = said {
            numbers.entry(said).or_default().push(finding.number);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_explain_their_own_row_and_no_other() {
        let note = |division: &str, indicator: &str, said: &str| ReportItem {
            reason: ItemReason::Note.into(),
            division_code: division.to_owned(),
            indicator_id: indicator.to_owned(),
            period: "2025-M03".to_owned(),
            source_text: said.to_owned(),
            ..ReportItem::default()
        };
        let waiting = |number: i32, division: &str, indicator: &str| Finding {
            number,
            division_code: division.to_owned(),
            indicator_id: indicator.to_owned(),
            period: "2025-M03".to_owned(),
            ..Finding::default()
        };
        let value = ReportItem { reason: ItemReason::Held.into(), ..note("230125", "", "30") };
        let items = [note("230123", "", "搬迁"), note("230124", "gdp", "初步核算"), value];
        let open = [
            waiting(1, "230123", "gdp"),
            waiting(2, "230123", "loans"),
            waiting(3, "230124", "gdp"),
            waiting(4, "230124", "loans"),
            waiting(5, "230125", "gdp"),
            Finding { period: "2025-M02".to_owned(), ..waiting(6, "230123", "gdp") },
        ];
        assert_eq!(by_words(&items, &open), BTreeMap::from([("搬迁", vec![1, 2]), ("初步核算", vec![3])]));
    }
}
