//! The end of a stream: the report is stored, and its values come into force or wait.

use leitai_domain::plan::{ApprovalLevel, Plan as Document};
use leitai_proto::ingestion::v1::{ItemReason, Report};
use leitai_storage::is_busy;
use sea_orm::{DatabaseTransaction, DbErr};

use super::{Upload, repeats};
use crate::{
    convert::hex,
    error::Error,
    life::{
        self, Owners,
        hash::{Line, ValuesHash},
    },
    report::settle::{Source, Then, settle},
    service::{
        Service,
        force::{self, PAGE},
        lost_race, submit,
    },
    store::{
        events,
        items::{self, Stored},
        observations::{self, Key},
        plans,
        reports::{self, Head, into_report},
        uploads,
    },
};

/// How often another writer's lock is waited for, each time as long as any writer waits.
const WAITS: u32 = 12;

/// What became of the values.
#[derive(Default)]
struct Held {
    /// Positions of those that came into force.
    positions: Vec<i32>,
    /// How many wait for approval.
    awaiting: u64,
    /// How many wait for an explanation.
    held: u64,
    values: ValuesHash,
}

/// Whose approval what waits needs.
struct Waiting {
    owners: Owners,
    levels: Vec<ApprovalLevel>,
}

impl Held {
    /// True where every value is in force already.
    fn says_nothing(&self) -> bool {
        self.positions.is_empty() && self.awaiting == 0 && self.held == 0
    }
}

impl Service {
    /// Stores the report; `rows` is how many the caller sent.
    ///
    /// # Errors
    /// [`Error::WrongCount`]; [`Error::PlanChanged`]; [`Error::NotAllowed`] as for any report.
    pub async fn finish_upload(&self, request_id: &str, upload: Upload, rows: i32) -> Result<Report, Error> {
        let attempt = upload.attempt.clone();
        let ended = self.end_upload(request_id, upload, rows).await;
        let kept = ended.as_ref().is_ok_and(|report| report.report_id == attempt.report_id);
        if !kept && let Err(error) = self.give_up(&attempt).await {
            tracing::warn!(error = %error, "what a stream left is removed later");
        }
        ended
    }

    async fn end_upload(&self, request_id: &str, upload: Upload, rows: i32) -> Result<Report, Error> {
        if rows != upload.rows {
            return Err(Error::WrongCount { given: rows, found: upload.rows });
        }
        let tx = patiently(|| self.database.begin()).await?;
        self.touch(&tx, &upload.attempt).await?;
        repeats::settle(&tx, &upload.head.report_id, PAGE).await?;
        tx.commit().await?;
        match self.store_upload(request_id, upload).await {
            Err(error) if lost_race(&error) => self.taken(request_id).await?.ok_or(error),
            stored => stored,
        }
    }

    async fn store_upload(&self, request_id: &str, upload: Upload) -> Result<Report, Error> {
        let Upload { mut head, document, attempt, content, judged, rows, .. } = upload;
        (head.content_sha256, head.judged_sha256) = (hex(content), hex(judged));
        let (tx, revision) = patiently(|| async {
            let tx = self.database.begin().await?;
            let revision = plans::lock(&tx, &head.plan_id).await?;
            Ok((tx, revision))
        })
        .await?;
        if revision != Some(head.plan_revision) {
            return Err(Error::PlanChanged(head.plan_id));
        }
        self.touch(&tx, &attempt).await?;
        let alike = reports::alike(&tx, &head).await?;
        if let Some(same) = alike.iter().find(|head| force::waits(head)) {
            return self.repeated(tx, request_id, same).await;
        }
        if !head.replaces.is_empty() {
            self.replace(&tx, &head).await?;
        }
        self.hold_stream_against_rules(&tx, &head, &document, rows).await?;
        let (held, waiting) = self.hold_each(&tx, &head, &document).await?;
        if let Some(same) = alike.first().filter(|_| held.says_nothing()) {
            // Nothing was written that a repeat would not undo.
            drop(tx);
            return self.repeated(self.database.begin().await?, request_id, same).await;
        }
        let summary = self.complete(&tx, &mut head, &document, &held, waiting).await?;
        reports::add(&tx, &head, &summary).await?;
        events::add(&tx, &head.report_id, submit::submitted(&head)).await?;
        uploads::forget(&tx, &head.report_id).await?;
        self.announce(&tx, &head, &held.positions, head.submitted_at).await?;
        let report = into_report(head, summary);
        self.finish(tx, submit::METHOD, request_id, &report).await?;
        Ok(report)
    }

    /// The request is answered with a report that has this content already.
    async fn repeated(&self, tx: DatabaseTransaction, request_id: &str, same: &Head) -> Result<Report, Error> {
        let report = reports::get(&tx, &same.report_id).await?.ok_or_else(|| Error::UnknownReport(same.report_id.clone()))?;
        self.finish(tx, submit::METHOD, request_id, &report).await?;
        Ok(report)
    }

    /// Holds every value against the one in force. Only then is it known whose values wait: where none of them needs approval, they come into
    /// force after all.
    async fn hold_each(&self, tx: &DatabaseTransaction, head: &Head, document: &Document) -> Result<(Held, Waiting), Error> {
        let open = items::indicators(tx, &head.report_id, &[ItemReason::Accepted, ItemReason::Held]).await?;
        let then = if approval(document, &open).levels.is_empty() { Then::InForce } else { Then::Await };
        let held = self.hold_all(tx, head, ItemReason::Accepted, then).await?;
        let nothing_waits = held.awaiting + held.held == 0;
        let waiting = if nothing_waits { Vec::new() } else { items::waiting_indicators(tx, &head.report_id).await? };
        let waiting = approval(document, &waiting);
        if held.awaiting > 0 && waiting.levels.is_empty() {
            // Every value that counts waits, in the same order: this pass finds the same hash.
            return Ok((self.hold_all(tx, head, ItemReason::AwaitingApproval, Then::InForce).await?, waiting));
        }
        Ok((held, waiting))
    }

    /// State, levels, hash and summary, once every value is held.
    async fn complete(
        &self,
        tx: &DatabaseTransaction,
        head: &mut Head,
        document: &Document,
        held: &Held,
        waiting: Waiting,
    ) -> Result<Report, Error> {
        head.values_sha256 = held.values.clone().finish();
        let waits = life::begin(head, document, waiting.levels, waiting.owners, held.held, held.awaiting)?;
        Ok(Report { waits, ..items::summary(tx, &head.report_id).await? })
    }

    /// Holds every value of one reason against the one in force, by key, a page at a time; held values count and stay held.
    async fn hold_all(&self, tx: &DatabaseTransaction, head: &Head, reason: ItemReason, then: Then) -> Result<Held, Error> {
        let (mut held, mut after): (Held, Option<Stored>) = (Held::default(), None);
        loop {
            let mut page = items::by_key(tx, &head.report_id, &[reason, ItemReason::Held], after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(held) };
            after = Some(last.clone());
            self.hold_page(tx, head, &mut page, then, &mut held).await?;
        }
    }

    async fn hold_page(
        &self,
        tx: &DatabaseTransaction,
        head: &Head,
        page: &mut [Stored],
        then: Then,
        held: &mut Held,
    ) -> Result<(), Error> {
        let source = Source { report_id: &head.report_id, simulated: head.simulated };
        let keys: Vec<Key> = page.iter().map(Stored::key).collect();
        let known = observations::in_force(tx, &head.plan_id, &keys).await?;
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for stored in page.iter_mut() {
            let Some(outcome) = settle(stored, source, known.get(&stored.key()), then) else { continue };
            if outcome.reason != ItemReason::Unchanged {
                held.values.push(&Line::of(stored, head.simulated));
            }
            // What rules hold differs from the value in force.
            if stored.item.reason() == ItemReason::Held {
                held.held += 1;
                continue;
            }
            held.awaiting += u64::from(outcome.reason == ItemReason::AwaitingApproval);
            if let Some(value) = outcome.observation {
                stored.revision = Some(value.revision).filter(|revision| *revision > 1);
                held.positions.push(stored.item.position);
                new.push(value);
            }
            if outcome.reason != stored.item.reason() {
                (stored.item.reason, stored.item.message) = (outcome.reason.into(), outcome.message);
                changed.push(stored.clone());
            }
        }
        items::change(tx, &head.report_id, &changed).await?;
        Ok(observations::put(tx, &head.plan_id, &new).await?)
    }
}

/// Waits longer than others for another writer: all rows are here already.
async fn patiently<T, F: Future<Output = Result<T, DbErr>>>(begin: impl Fn() -> F) -> Result<T, DbErr> {
    for _ in 1..WAITS {
        match begin().await {
            Err(error) if is_busy(&error) => {}
            done => return done,
        }
    }
    begin().await
}

fn approval(document: &Document, indicators: &[String]) -> Waiting {
    let owners = life::owners(document, indicators.iter().map(String::as_str));
    Waiting { levels: life::levels(document, &owners), owners }
}
