//! The steps of a report's life: approve, return, withdraw, explain.

use leitai_domain::plan::ApprovalLevel;
use leitai_proto::ingestion::v1::{ItemReason, Report, ReportEventKind};
use leitai_rpc::clock::millis;
use sea_orm::DatabaseTransaction;

use super::{Service, answered_on, force::Open};
use crate::{
    error::Error,
    life::machine::Step,
    report::settle::Then,
    store::{
        events::{self, Event},
        items, plans, reports,
    },
};

/// Who does something to which report, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Act {
    /// Chosen by the caller.
    pub request_id: String,
    /// The report.
    pub report_id: String,
    /// The agency.
    pub agency: String,
    /// The person; may be empty.
    pub who: String,
    /// Why; may be empty for an approval.
    pub reason: String,
}

/// An approval to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// At this level.
    pub level: ApprovalLevel,
    /// Only of these; empty for all of the agency's.
    pub indicators: Vec<String>,
    /// As the approver saw the values; empty where it does not say.
    pub values_sha256: String,
}

impl Service {
    /// Approves a report at a level; the last approval puts its values in force.
    ///
    /// # Errors
    /// [`Error::UnknownReport`]; [`Error::NotAllowed`] says why not.
    pub async fn approve(&self, act: &Act, approval: &Approval) -> Result<Report, Error> {
        let Approval { level, indicators, values_sha256 } = approval;
        self.act("ApproveReport", act, &Step::Approve { level: *level, agency: &act.agency, indicators, values_sha256 }).await
    }

    /// Sends a report back to its submitter.
    ///
    /// # Errors
    /// [`Error::UnknownReport`]; [`Error::NotAllowed`] says why not.
    pub async fn return_report(&self, act: &Act) -> Result<Report, Error> {
        self.act("ReturnReport", act, &Step::Return { agency: &act.agency }).await
    }

    /// Takes a report back.
    ///
    /// # Errors
    /// [`Error::UnknownReport`]; [`Error::NotAllowed`] says why not.
    pub async fn withdraw(&self, act: &Act) -> Result<Report, Error> {
        self.act("WithdrawReport", act, &Step::Withdraw { agency: &act.agency }).await
    }

    /// Held values of a report are explained: without approval they come into force, else they join what waits for it. For use in the
    /// transaction that stores the explanations; [`Self::finish`] it.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where the agency is not the submitter, or a position holds nothing.
    pub(super) async fn explained(&self, tx: &DatabaseTransaction, mut open: Open, act: &Act, positions: &[i32]) -> Result<Report, Error> {
        let at = millis(self.clock.now());
        let mut values = items::at(tx, &act.report_id, positions).await?;
        values.retain(|stored| stored.item.reason() == ItemReason::Held);
        let asked = u64::try_from(positions.len()).unwrap_or(u64::MAX);
        let found = u64::try_from(values.len()).unwrap_or(u64::MAX);
        // A position that holds nothing is counted as one too many.
        let step = Step::Explain { agency: &act.agency, values: if asked == found { found } else { u64::MAX } };
        open.life.take(&step)?;
        events::add(tx, &act.report_id, event(&open, &step, act, at)).await?;
        let then = if open.life.levels.is_empty() { Then::InForce } else { Then::Await };
        let positions = self.hold(tx, &open.head, &mut values, then).await?;
        self.follow(tx, open, positions, at).await
    }

    async fn act(&self, method: &str, act: &Act, step: &Step<'_>) -> Result<Report, Error> {
        self.once(method, &act.request_id, || self.step(method, act, step)).await
    }

    async fn step(&self, method: &str, act: &Act, step: &Step<'_>) -> Result<Report, Error> {
        let at = millis(self.clock.now());
        let tx = self.database.begin().await?;
        let mut open = self.lock_report(&tx, &act.report_id).await?;
        // The same request may have been first at the lock.
        if let Some(answer) = answered_on(&tx, method, &act.request_id).await? {
            return Ok(answer);
        }
        let before = open.life.next_level();
        open.life.take(step)?;
        if open.life.next_level() != before {
            open.head.level_since = at;
        }
        events::add(&tx, &act.report_id, event(&open, step, act, at)).await?;
        let report = self.follow(&tx, open, Vec::new(), at).await?;
        self.finish(tx, method, &act.request_id, &report).await?;
        Ok(report)
    }

    /// Every step is decided under the plan's lock: of two at once the second sees what the first did.
    ///
    /// # Errors
    /// [`Error::UnknownReport`].
    pub(super) async fn lock_report(&self, tx: &DatabaseTransaction, report_id: &str) -> Result<Open, Error> {
        let head = reports::head(tx, report_id).await?.ok_or_else(|| Error::UnknownReport(report_id.to_owned()))?;
        plans::lock(tx, &head.plan_id).await?;
        self.open_report(tx, report_id).await
    }
}

fn event(open: &Open, step: &Step<'_>, act: &Act, at: i64) -> Event {
    let (kind, level, indicator_ids) = match step {
        Step::Approve { level, .. } => {
            let given = open.life.approvals.last().map(|given| given.indicators.iter().cloned().collect());
            (ReportEventKind::Approved, level.id(), given.unwrap_or_default())
        }
        Step::Return { .. } => (ReportEventKind::Returned, "", Vec::new()),
        Step::Withdraw { .. } => (ReportEventKind::Withdrawn, "", Vec::new()),
        Step::Explain { .. } => (ReportEventKind::Explained, "", Vec::new()),
        Step::Replace { .. } => (ReportEventKind::Replaced, "", Vec::new()),
    };
    Event {
        kind,
        at,
        agency: act.agency.clone(),
        who: act.who.clone(),
        level: level.to_owned(),
        indicator_ids,
        reason: act.reason.clone(),
        values_sha256: open.head.values_sha256.clone(),
    }
}
