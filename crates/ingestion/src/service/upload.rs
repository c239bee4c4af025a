//! Reports that are streamed in: as many rows as a report may have, in bounded memory.
//!
//! Rows are judged and stored as items while they come, each part in a transaction of its own; nobody sees them, since the report's own row is
//! not there. The finish finds contradictions, holds every value against what is in force, and stores the report, all in the order of the keys.

mod finish;
mod repeats;
mod rules;

use std::{sync::Arc, time::Duration};

use leitai_domain::plan::Plan as Document;
use leitai_proto::ingestion::v1::{ItemReason, Report, ReportItem};
use leitai_rpc::{blocking, clock::millis};
use leitai_workbook::rows::{self, Row};
use prost::Message;
use sea_orm::DatabaseTransaction;
use sha2::{Digest, Sha256};
use tokio::time::sleep;

pub use self::rules::HELD_AT_A_TIME;
use super::{Service, Submission, submit};
use crate::{
    convert::stored_item,
    error::Error,
    report::assess,
    store::{
        items::{self, Stored},
        reports::{self, Head},
        uploads::{self, Attempt},
    },
};

/// Most rows of a streamed report.
const MAX_ROWS: i32 = 1_000_000;
/// A stream that wrote nothing for so long is over, whoever served it: milliseconds.
const LEFT_AFTER: i64 = 600_000;
/// How often leftovers are looked for.
const CLEAR_EVERY: Duration = Duration::from_secs(300);
/// Leftovers looked at in one go.
const LEFTOVERS: u64 = 100;

/// A report that is being streamed in.
pub struct Upload {
    head: Head,
    document: Arc<Document>,
    home: Option<String>,
    attempt: Attempt,
    /// Rows taken so far.
    pub rows: i32,
    /// Of them, not accepted by themselves.
    pub refused: i32,
    content: Sha256,
    judged: Sha256,
}

/// What a header begins.
pub enum Begun {
    /// A new report.
    New(Box<Upload>),
    /// The request was answered before.
    Taken(Box<Report>),
}

impl Service {
    /// Begins a report; an earlier stream of the same request writes no more.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`].
    pub async fn begin_upload(&self, header: Submission) -> Result<Begun, Error> {
        if let Some(report) = self.taken(&header.request_id).await? {
            return Ok(Begun::Taken(Box::new(report)));
        }
        let plan = self.plan(&header.plan_id).await?;
        let document = Arc::new(Document::from_toml(&plan.document_toml)?);
        let home = self.home(&document, plan.revision).await?;
        let head = submit::head(header, plan.revision, millis(self.clock.now()));
        let tx = self.database.begin().await?;
        let attempt = uploads::begin(&tx, &head.report_id, head.submitted_at).await?;
        if reports::head(&tx, &head.report_id).await?.is_some() {
            drop(tx);
            return Ok(Begun::Taken(Box::new(self.report(&head.report_id).await?)));
        }
        tx.commit().await?;
        self.clear(&attempt).await?;
        let judged = Sha256::new_with_prefix([u8::from(head.simulated)]);
        let upload = Upload { head, document, home, attempt, rows: 0, refused: 0, content: Sha256::new(), judged };
        Ok(Begun::New(Box::new(upload)))
    }

    /// Judges and keeps a part of the rows, in the order of the source.
    ///
    /// # Errors
    /// [`Error::TooManyRows`]; [`Error::Superseded`] where the request was sent again meanwhile.
    pub async fn take_rows(&self, upload: &mut Upload, rows: Vec<Row>) -> Result<(), Error> {
        let first = upload.rows + 1;
        let last = upload.rows.saturating_add(i32::try_from(rows.len()).unwrap_or(i32::MAX));
        if last > MAX_ROWS {
            return Err(Error::TooManyRows(MAX_ROWS));
        }
        for Row { division, indicator, period, value, unit, .. } in &rows {
            for field in [division, indicator, period, value, unit] {
                upload.content.update(field.len().to_be_bytes());
                upload.content.update(field);
            }
        }
        let (registry, document, home) = (Arc::clone(&self.registry), Arc::clone(&upload.document), upload.home.clone());
        let items = blocking::run(move || assess::each(rows::read(rows, &registry, home.as_deref()), &document)).await?;
        let items: Vec<Stored> = (first..).zip(&items).map(|(position, item)| stored_item(position, item)).collect();
        for stored in &items {
            upload.judged.update(stored.item.encode_length_delimited_to_vec());
        }
        let tx = self.database.begin().await?;
        self.touch(&tx, &upload.attempt).await?;
        items::add(&tx, &upload.head.report_id, &items).await?;
        tx.commit().await?;
        let refused = items.iter().filter(|stored| stored.item.reason() != ItemReason::Accepted).count();
        upload.refused += i32::try_from(refused).unwrap_or(i32::MAX);
        upload.rows = last;
        Ok(())
    }

    /// Gives a stream up: what it wrote is removed.
    ///
    /// # Errors
    /// The database's own; what is left then is removed later.
    pub async fn abandon_upload(&self, upload: &Upload) -> Result<(), Error> {
        self.give_up(&upload.attempt).await
    }

    /// Removes what broken streams left, at once and then now and again; a failure is waited out.
    pub async fn keep_uploads_clear(&self) {
        loop {
            if let Err(error) = self.clear_uploads().await {
                tracing::warn!(error = %error, "what broken streams left is removed later");
            }
            sleep(CLEAR_EVERY).await;
        }
    }

    /// Removes what streams left that have written nothing for ten minutes.
    ///
    /// # Errors
    /// The database's own.
    pub async fn clear_uploads(&self) -> Result<(), Error> {
        let before = millis(self.clock.now()) - LEFT_AFTER;
        for report_id in uploads::left(self.database.connection(), before, LEFTOVERS).await? {
            let tx = self.database.begin().await?;
            let attempt = uploads::begin(&tx, &report_id, millis(self.clock.now())).await?;
            tx.commit().await?;
            self.give_up(&attempt).await?;
        }
        Ok(())
    }

    /// Up to `limit` items after a position that were not accepted at first.
    ///
    /// # Errors
    /// The database's own.
    pub async fn not_accepted(&self, report_id: &str, after: i32, limit: u64) -> Result<Vec<ReportItem>, Error> {
        Ok(items::not_accepted(self.database.connection(), report_id, after, limit).await?)
    }

    #[cfg(test)]
    pub async fn uploads_under_way(&self) -> usize {
        uploads::left(self.database.connection(), i64::MAX, LEFTOVERS).await.unwrap().len()
    }

    async fn give_up(&self, attempt: &Attempt) -> Result<(), Error> {
        self.clear(attempt).await?;
        let tx = self.database.begin().await?;
        self.touch(&tx, attempt).await?;
        uploads::forget(&tx, &attempt.report_id).await?;
        Ok(tx.commit().await?)
    }

    /// Removes items that an earlier attempt left, piece by piece; those of a report that is there stay.
    async fn clear(&self, attempt: &Attempt) -> Result<(), Error> {
        loop {
            let tx = self.database.begin().await?;
            self.touch(&tx, attempt).await?;
            let more = uploads::remove_piece(&tx, &attempt.report_id).await?;
            tx.commit().await?;
            if !more {
                return Ok(());
            }
        }
    }

    async fn touch(&self, tx: &DatabaseTransaction, attempt: &Attempt) -> Result<(), Error> {
        let mine = uploads::touch(tx, attempt, millis(self.clock.now())).await?;
        if mine { Ok(()) } else { Err(Error::Superseded) }
    }
}
