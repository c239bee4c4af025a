//! What a report waits for, for whom, since when, in words.

use std::collections::BTreeSet;

use leitai_domain::plan::{ApprovalLevel, Plan};
use leitai_proto::ingestion::v1::{ReportWait, WaitKind};

use super::Life;

/// Indicators that a sentence names at most.
const LISTED: usize = 5;

/// Since when a report waits, RFC 3339.
#[derive(Debug, Clone)]
pub struct Since {
    /// For explanations.
    pub submitted: String,
    /// For the level that is next.
    pub level: String,
}

/// Everything that a report waits for. `awaiting`: values that wait for approval only.
#[must_use]
pub fn waits(life: &Life, plan: &Plan, awaiting: u64, since: &Since) -> Vec<ReportWait> {
    if !life.waits() {
        return Vec::new();
    }
    let count = |values: u64| i32::try_from(values).unwrap_or(i32::MAX);
    let explanation = (life.held > 0).then(|| ReportWait {
        kind: WaitKind::Explanation.into(),
        level: String::new(),
        agencies: vec![life.submitter.clone()],
        since: since.submitted.clone(),
        words: format!("等待{}说明{}项数值", life.submitter, life.held),
        values: count(life.held),
    });
    let approval = life.next_level().map(|level| ReportWait {
        kind: WaitKind::Approval.into(),
        level: level.id().to_owned(),
        agencies: agencies(life, level),
        since: since.level.clone(),
        words: words(life, plan, level, life.held + awaiting),
        values: count(life.held + awaiting),
    });
    explanation.into_iter().chain(approval).collect()
}

fn agencies(life: &Life, level: ApprovalLevel) -> Vec<String> {
    if level != ApprovalLevel::Evaluator {
        return Vec::new();
    }
    let owners: BTreeSet<&String> = life.unapproved().flat_map(|(_, owners)| owners).filter(|owner| life.may_evaluate(owner)).collect();
    owners.into_iter().cloned().collect()
}

fn words(life: &Life, plan: &Plan, level: ApprovalLevel, values: u64) -> String {
    let head = format!("等待{}，共{values}项数值", level.name());
    if level != ApprovalLevel::Evaluator {
        return head;
    }
    let left: Vec<(&String, &Vec<String>)> = life.unapproved().collect();
    let name = |id: &str| plan.indicator(id).map_or_else(|| id.to_owned(), |indicator| indicator.name.clone());
    let whom = |owners: &[String]| owners.iter().filter(|owner| life.may_evaluate(owner)).cloned().collect::<Vec<_>>().join("或");
    let named: Vec<String> = left.iter().take(LISTED).map(|(id, owners)| format!("{}（{}）", name(id), whom(owners))).collect();
    let more = if left.len() > LISTED { format!("等{}项指标", left.len()) } else { String::new() };
    format!("{head}：{}{more}", named.join("、"))
}
