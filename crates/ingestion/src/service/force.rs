//! Values coming into force after their report was taken, and what else follows from a report's state.

use leitai_domain::plan::{ApprovalLevel, Plan as Document};
use leitai_proto::ingestion::v1::{Change, ItemReason, Observation, ObservationAccepted, Report, ReportEventKind, change::Kind};
use leitai_rpc::clock::rfc3339;
use prost::Message;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::Service;
use crate::{
    error::Error,
    life::{
        self, Given, Life, State,
        waits::{Since, waits as waits_of},
    },
    report::settle::{Source, Then, observation, settle},
    store::{
        events::{self, Event},
        items::{self, Stored},
        observations::{self, Key},
        plans,
        reports::{self, Head, into_report},
    },
};

/// Values held against what is in force at a time.
pub(super) const PAGE: u64 = 2_000;
/// Entries of the change log made at a time.
const ENTRIES: usize = 1_000;

/// A report whose life goes on, with the plan as it was when the report was taken.
pub struct Open {
    /// As stored.
    pub head: Head,
    /// Where it is.
    pub life: Life,
    document: Document,
}

impl Service {
    /// A report that may take a step. The caller holds the plan's lock.
    ///
    /// # Errors
    /// [`Error::UnknownReport`].
    pub(super) async fn open_report(&self, conn: &impl ConnectionTrait, report_id: &str) -> Result<Open, Error> {
        let head = reports::head(conn, report_id).await?.ok_or_else(|| Error::UnknownReport(report_id.to_owned()))?;
        let plan = plans::at(conn, &head.plan_id, head.plan_revision).await?;
        let plan = plan.ok_or_else(|| Error::UnknownPlan(head.plan_id.clone()))?;
        let document = Document::from_toml(&plan.document_toml)?;
        let waiting = items::waiting_indicators(conn, report_id).await?;
        let approvals = if waits(&head) { approvals(conn, report_id).await? } else { Vec::new() };
        let life = Life {
            plan_id: head.plan_id.clone(),
            submitter: head.submitter.clone(),
            state: head.state,
            levels: head.levels.iter().filter_map(|level| level.parse().ok()).collect(),
            owners: life::owners(&document, waiting.iter().map(String::as_str)),
            approvals,
            held: items::count(conn, report_id, ItemReason::Held).await?,
            values_sha256: head.values_sha256.clone(),
            replaced_by: head.replaced_by.clone(),
        };
        Ok(Open { head, life, document })
    }

    /// Stores what follows from a step that was taken: values come into force or are dropped, the next level waits. `positions`: of values that
    /// came into force by the step itself. Last in its transaction: it ends with [`Self::announce`].
    ///
    /// # Errors
    /// The database's own.
    pub(super) async fn follow(&self, tx: &DatabaseTransaction, open: Open, mut positions: Vec<i32>, at: i64) -> Result<Report, Error> {
        let Open { mut head, mut life, document } = open;
        match life.state {
            State::InForce if waits(&head) => positions.extend(self.release(tx, &head).await?),
            State::Returned | State::Withdrawn | State::Replaced => {
                items::drop_waiting(tx, &head.report_id, dropped(life.state)).await?;
            }
            _ => {}
        }
        let counted = items::summary(tx, &head.report_id).await?;
        let awaiting = count(&counted, ItemReason::AwaitingApproval);
        if life.waits() && life.held == 0 && awaiting == 0 {
            life.state = State::InForce;
        }
        (head.state, head.replaced_by) = (life.state, life.replaced_by.clone());
        let since = Since { submitted: rfc3339(head.submitted_at), level: rfc3339(head.level_since) };
        let summary = Report { waits: waits_of(&life, &document, awaiting, &since), ..counted };
        reports::change(tx, &head, &summary).await?;
        self.announce(tx, &head, &positions, at).await?;
        Ok(into_report(head, summary))
    }

    /// Every value that waits for approval comes into force; answers with their positions.
    async fn release(&self, tx: &DatabaseTransaction, head: &Head) -> Result<Vec<i32>, Error> {
        let mut after: Option<Stored> = None;
        let mut positions = Vec::new();
        loop {
            let mut page = items::by_key(tx, &head.report_id, &[ItemReason::AwaitingApproval], after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(positions) };
            after = Some(last.clone());
            positions.extend(self.hold(tx, head, &mut page, Then::InForce).await?);
        }
    }

    /// Holds waiting values against what is in force now; answers with the positions of those that came into force.
    ///
    /// # Errors
    /// The database's own.
    pub(super) async fn hold(&self, tx: &DatabaseTransaction, head: &Head, values: &mut [Stored], then: Then) -> Result<Vec<i32>, Error> {
        let source = Source { report_id: &head.report_id, simulated: head.simulated };
        let keys: Vec<Key> = values.iter().map(Stored::key).collect();
        let known = observations::in_force(tx, &head.plan_id, &keys).await?;
        let (mut new, mut positions) = (Vec::new(), Vec::new());
        for stored in values.iter_mut() {
            let Some(outcome) = settle(stored, source, known.get(&stored.key()), then) else { continue };
            stored.change(outcome.reason, outcome.message);
            if let Some(value) = outcome.observation {
                stored.revision = Some(value.revision).filter(|revision| *revision > 1);
                positions.push(stored.item.position);
                new.push(value);
            }
        }
        items::change(tx, &head.report_id, values).await?;
        observations::put(tx, &head.plan_id, &new).await?;
        Ok(positions)
    }

    /// Tells followers of values that came into force, in bounded pieces. Last in its transaction: the log's head is locked from here on.
    ///
    /// # Errors
    /// The database's own.
    pub(super) async fn announce(&self, tx: &DatabaseTransaction, head: &Head, positions: &[i32], at: i64) -> Result<(), Error> {
        if positions.is_empty() {
            return Ok(());
        }
        events::add(tx, &head.report_id, came_into_force(head, at, positions.len())).await?;
        let source = Source { report_id: &head.report_id, simulated: head.simulated };
        for positions in positions.chunks(ENTRIES) {
            let values = items::at(tx, &head.report_id, positions).await?;
            let values: Vec<_> = values.iter().filter_map(|stored| observation(stored, source, stored.revision.unwrap_or(1))).collect();
            self.tell(tx, head, &values, at).await?;
        }
        Ok(())
    }

    /// Appends values that came into force to the change log, and to the history under their numbers there.
    ///
    /// # Errors
    /// The database's own.
    pub(super) async fn tell(&self, tx: &DatabaseTransaction, head: &Head, values: &[Observation], at: i64) -> Result<(), Error> {
        let payloads = values.iter().map(|value| accepted(head, at, value.clone())).collect();
        let numbers = self.log.append(tx, payloads).await?;
        // Only now are the numbers known.
        Ok(observations::remember(tx, &head.plan_id, values, *numbers.start(), at).await?)
    }
}

/// True where something of the report can still come into force.
#[must_use]
pub fn waits(head: &Head) -> bool {
    matches!(head.state, State::Held | State::AwaitingApproval)
}

/// The entry of the change log for a value.
fn accepted(head: &Head, at: i64, observation: Observation) -> Vec<u8> {
    let (plan_id, submitter) = (head.plan_id.clone(), head.submitter.clone());
    let accepted = ObservationAccepted { plan_id, observation: Some(observation), submitter };
    Change { sequence: 0, recorded_at_ms: at, kind: Some(Kind::ObservationAccepted(accepted)) }.encode_to_vec()
}

/// The event of values coming into force.
#[must_use]
pub fn came_into_force(head: &Head, at: i64, values: usize) -> Event {
    Event {
        kind: ReportEventKind::InForce,
        at,
        reason: format!("{values}项数值生效"),
        values_sha256: head.values_sha256.clone(),
        ..Event::default()
    }
}

async fn approvals(conn: &impl ConnectionTrait, report_id: &str) -> Result<Vec<Given>, Error> {
    let given = events::approvals(conn, report_id).await?.into_iter().filter_map(|event| {
        let level: ApprovalLevel = event.level.parse().ok()?;
        Some(Given { level, agency: event.agency, indicators: event.indicator_ids.into_iter().collect() })
    });
    Ok(given.collect())
}

fn count(report: &Report, reason: ItemReason) -> u64 {
    let count = report.counts.iter().find(|count| count.reason() == reason).map_or(0, |count| count.count);
    u64::try_from(count).unwrap_or_default()
}

fn dropped(state: State) -> &'static str {
    match state {
        State::Returned => "报告已退回，数值未生效",
        State::Withdrawn => "报告已撤回，数值未生效",
        _ => "报告已被后来的报告替代，数值未生效",
    }
}
