//! `leitai cases show` and `leitai policy explain`: what happened to a case, and why letters were or were not written about it.

use leitai_proto::notification::v1::{CaseChange, CaseHistoryEntry, GetCaseRequest, ListCaseHistoryRequest};
use serde_json::json;

use crate::{
    cli::Format,
    clients::{Clients, all_pages, answer},
    listing::Listing,
    say::say,
    words,
};

/// A table shows the case before its history; JSON and CSV hold the history alone.
pub async fn run(case_id: String, mut clients: Clients, format: Format) -> anyhow::Result<()> {
    let case = answer(clients.cases.get_case(GetCaseRequest { case_id: case_id.clone() }).await)?.case;
    if let (Format::Table, Some(case)) = (format, &case) {
        super::listing(std::slice::from_ref(case)).print(format)?;
        if !case.measure.is_empty() {
            say!("措施：{}（{}）", case.measure, case.measure_owner);
        }
    }
    listing(&entries(case_id, &mut clients).await?).print(format)
}

/// Only what decided on letters: deadlines missed, which are a trigger; told, with tier and triggers, or held, with the named reason.
pub async fn explain(case_id: String, mut clients: Clients, format: Format) -> anyhow::Result<()> {
    let mut entries = entries(case_id, &mut clients).await?;
    entries.retain(|entry| decides(entry.change()));
    listing(&entries).print(format)
}

fn decides(change: CaseChange) -> bool {
    use CaseChange::{AcknowledgeOverdue, Held, MeasureOverdue, RectificationOverdue, Told};
    matches!(change, Told | Held | AcknowledgeOverdue | MeasureOverdue | RectificationOverdue)
}

async fn entries(case_id: String, clients: &mut Clients) -> anyhow::Result<Vec<CaseHistoryEntry>> {
    let page = |page_token| ListCaseHistoryRequest { case_id: case_id.clone(), page_size: 1_000, page_token };
    Ok(all_pages!(token => clients.cases.list_case_history(page(token)), entries))
}

fn listing(entries: &[CaseHistoryEntry]) -> Listing {
    let mut listing = Listing::new(&[
        ("entry", "序"),
        ("at", "时间"),
        ("change", "事项"),
        ("period", "期别"),
        ("finding", "评价序号"),
        ("tier", "级别"),
        ("hold", "未发函原因"),
        ("agency", "单位"),
        ("who", "经办"),
        ("reason", "说明"),
    ]);
    for entry in entries {
        listing.push(vec![
            json!(entry.entry),
            json!(entry.at),
            json!(words::case_change(entry.change())),
            json!(entry.period),
            json!((entry.finding_sequence > 0).then_some(entry.finding_sequence)),
            json!(words::tier(entry.tier())),
            json!(words::hold(entry.hold())),
            json!(entry.agency),
            json!(entry.who),
            json!(entry.reason),
        ]);
    }
    listing
}
