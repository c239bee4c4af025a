//! Cells of an agency's reports that need a word or another number: what its newest report of each says.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use leitai_domain::period::Period;
use leitai_proto::ingestion::v1::{Finding, ItemReason, ListReportsRequest, Report, ReportItem, ReportState};
use leitai_workbook::template::Key;

use crate::{
    clients::{Clients, all_pages},
    commands::{findings, report},
    words,
};

/// What was found at each cell of a period as the agency last reported it, Chinese. What was withdrawn or replaced is passed over.
pub async fn of(clients: &mut Clients, plan_id: &str, agency: &str, period: Period) -> anyhow::Result<BTreeMap<Key, String>> {
    let page = |page_token| ListReportsRequest {
        plan_id: plan_id.to_owned(),
        submitter: agency.to_owned(),
        page_size: 1_000,
        page_token,
        ..ListReportsRequest::default()
    };
    let newest_first = all_pages!(token => clients.reports.list_reports(page(token)), reports);
    let (mut told, mut found) = (BTreeSet::new(), BTreeMap::new());
    for report in newest_first.iter().filter(|report| may_tell(report, period)) {
        let mut items = report::items(clients, &report.report_id).await?;
        items.retain(|item| item.period == period.to_string());
        let mut open = match report.state() {
            ReportState::Held => findings::fetch(clients.clone(), &report.report_id, "", true).await?,
            _ => Vec::new(),
        };
        open.retain(|finding| finding.period == period.to_string());
        let of_report = sentences(&items, &open);
        found.extend(of_report.into_iter().filter(|(key, _)| !told.contains(key)));
        told.extend(items.iter().filter(|item| tells(item.reason())).map(key));
    }
    Ok(found)
}

/// A report of which no value was taken names no periods.
fn may_tell(report: &Report, period: Period) -> bool {
    let gone = matches!(report.state(), ReportState::Withdrawn | ReportState::Replaced);
    !gone && (report.periods.is_empty() || report.periods.contains(&period.to_string()))
}

/// True where a number was given, whatever became of it.
fn tells(reason: ItemReason) -> bool {
    !matches!(reason, ItemReason::Empty | ItemReason::Note | ItemReason::PrintedRank)
}

fn key(item: &ReportItem) -> Key {
    (item.division_code.clone(), item.indicator_id.clone())
}

/// Of values that were not taken what the item says, of held ones what still waits for an explanation; one line each.
fn sentences(items: &[ReportItem], open: &[Finding]) -> BTreeMap<Key, String> {
    let refused = items.iter().filter(|item| is_refused(item.reason()));
    let refused = refused.map(|item| (key(item), &item.source_text, words::item_reason_chinese(item.reason()), item.message.clone()));
    let held = open.iter().map(|finding| {
        let cell = (finding.division_code.clone(), finding.indicator_id.clone());
        let message = format!("{}；要求：{}", finding.found, finding.expected);
        (cell, &finding.source_text, words::item_reason_chinese(ItemReason::Held), message)
    });
    let mut sentences: BTreeMap<Key, String> = BTreeMap::new();
    for (cell, reported, what, message) in refused.chain(held) {
        match sentences.entry(cell) {
            Entry::Vacant(first) => {
                first.insert(format!("上次报“{reported}”，{what}：{message}"));
            }
            // Numbers that contradict each other have one message.
            Entry::Occupied(told) if told.get().contains(&message) => {}
            Entry::Occupied(mut told) => *told.get_mut() += &format!("\n{message}"),
        }
    }
    sentences
}

/// A number that its cell's next report should have otherwise.
fn is_refused(reason: ItemReason) -> bool {
    use ItemReason::{BadUnit, BadValue, Contradiction, RuleBroken, WrongScope};
    matches!(reason, BadUnit | BadValue | Contradiction | RuleBroken | WrongScope)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(division: &str, reason: ItemReason, source_text: &str, message: &str) -> ReportItem {
        ReportItem {
            division_code: division.to_owned(),
            indicator_id: "gdp".to_owned(),
            reason: reason.into(),
            source_text: source_text.to_owned(),
            message: message.to_owned(),
            ..ReportItem::default()
        }
    }

    #[test]
    fn what_needs_a_word_is_told_once_a_cell() {
        let items = [
            item("230123", ItemReason::Contradiction, "1", "line 2为1，line 3为2"),
            item("230123", ItemReason::Contradiction, "2", "line 2为1，line 3为2"),
            item("230124", ItemReason::Accepted, "3", ""),
            item("230125", ItemReason::Held, "4", "两条规则"),
        ];
        let waiting = |expected: &str| Finding {
            division_code: "230125".to_owned(),
            indicator_id: "gdp".to_owned(),
            source_text: "4".to_owned(),
            found: "值为4".to_owned(),
            expected: expected.to_owned(),
            ..Finding::default()
        };
        let found = sentences(&items, &[waiting("不低于5"), waiting("不低于上期")]);
        let told: Vec<_> = found.iter().map(|((division, _), text)| (division.as_str(), text.as_str())).collect();
        let held = "上次报“4”，待说明：值为4；要求：不低于5\n值为4；要求：不低于上期";
        assert_eq!(told, [("230123", "上次报“1”，前后矛盾：line 2为1，line 3为2"), ("230125", held)]);
    }
}
