//! The use cases. Every write is one transaction with its change-log entries and its remembered answer.

mod changes;
mod findings;
mod force;
mod obligations;
mod plans;
mod reports;
mod revisions;
mod rounds;
mod rules;
mod steps;
mod submit;
mod upload;

#[cfg(test)]
mod tests;

pub use self::revisions::AsOf;

use std::sync::Arc;

use leitai_domain::{calendar::Calendar, division::Registry};
use leitai_rpc::clock::SharedClock;
use leitai_storage::{Database, change_log::ChangeLog, requests};
use leitai_workbook::rows::Row;
use prost::Message;
use sea_orm::{ConnectionTrait, DatabaseTransaction, SqlErr};
use tokio::sync::Notify;

pub use self::{
    findings::FindingRefusal,
    obligations::When,
    steps::{Act, Approval},
    submit::Answer,
    upload::{Begun, Upload},
};
use crate::error::Error;

/// A write can lose a race once over the key of what it writes, and once over its own repeat's.
const ATTEMPTS: u32 = 3;

/// Ingestion; clones share everything.
#[derive(Clone)]
pub struct Service {
    /// The database.
    pub(crate) database: Database,
    log: ChangeLog,
    /// The clock.
    pub(crate) clock: SharedClock,
    /// All divisions.
    pub(crate) registry: Arc<Registry>,
    /// Which days are worked.
    pub(crate) calendar: Arc<Calendar>,
    /// Told of each plan that is applied: its rounds may be due.
    planned: Arc<Notify>,
    rules: rules::RuleSets,
    /// Values of a streamed report that are held against rules at a time.
    held_at_a_time: usize,
}

/// A plan to store.
#[derive(Debug, Clone)]
pub struct NewPlan {
    /// Chosen by the caller.
    pub request_id: String,
    /// TOML.
    pub document_toml: String,
    /// In place of the plan's own counties; empty for those.
    pub county_codes: Vec<String>,
}

/// A report to take.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Chosen by the caller.
    pub request_id: String,
    /// The plan.
    pub plan_id: String,
    /// The agency.
    pub submitter: String,
    /// True where the values were simulated.
    pub simulated: bool,
    /// Empty for rows.
    pub file_name: String,
    /// Lower-case hex.
    pub content_sha256: String,
    /// What was submitted.
    pub content: Content,
    /// Why; may be empty.
    pub note: String,
    /// The report that it replaces; empty for none.
    pub replaces: String,
    /// True: store and remember nothing.
    pub dry_run: bool,
}

/// What was submitted.
#[derive(Debug, Clone)]
pub enum Content {
    /// An `.xlsx` file.
    Workbook {
        /// The file.
        bytes: Vec<u8>,
        /// What its texts mean; unused for a template, empty where none was given.
        layout_toml: String,
        /// Of labels that print none.
        year: Option<i32>,
    },
    /// A CSV file.
    Csv(Vec<u8>),
    /// Rows.
    Rows(Vec<Row>),
}

impl Service {
    /// A service on a migrated database.
    #[must_use]
    pub fn new(database: Database, clock: SharedClock, registry: Registry, calendar: Calendar) -> Self {
        let (registry, calendar, planned) = (Arc::new(registry), Arc::new(calendar), Arc::default());
        let (log, rules, held_at_a_time) = (ChangeLog::new(), rules::RuleSets::default(), upload::HELD_AT_A_TIME);
        Self { database, log, clock, registry, calendar, planned, rules, held_at_a_time }
    }

    /// Answers a request that was answered before with its first answer, else writes.
    async fn once<M: Message + Default, F: Future<Output = Result<M, Error>>>(
        &self,
        method: &str,
        request_id: &str,
        write: impl Fn() -> F,
    ) -> Result<M, Error> {
        let once = || async {
            match self.answered(method, request_id).await? {
                Some(answer) => Ok(answer),
                None => write().await,
            }
        };
        anew(once).await
    }

    /// The first answer to a request, where it was answered before.
    async fn answered<M: Message + Default>(&self, method: &str, request_id: &str) -> Result<Option<M>, Error> {
        answered_on(self.database.connection(), method, request_id).await
    }

    /// Remembers the answer and commits; then followers are woken.
    pub(crate) async fn finish(&self, tx: DatabaseTransaction, method: &str, request_id: &str, answer: &impl Message) -> Result<(), Error> {
        requests::record(&tx, method, request_id, answer.encode_to_vec(), self.clock.now()).await?;
        self.commit(tx).await
    }

    /// Commits; then followers are woken.
    async fn commit(&self, tx: DatabaseTransaction) -> Result<(), Error> {
        tx.commit().await?;
        self.log.poke();
        Ok(())
    }
}

/// The first answer to a request, as a transaction sees it.
pub(crate) async fn answered_on<M: Message + Default>(
    conn: &impl ConnectionTrait,
    method: &str,
    request_id: &str,
) -> Result<Option<M>, Error> {
    let answer = requests::find(conn, method, request_id).await?;
    Ok(answer.map(|answer| M::decode(answer.as_slice())).transpose()?)
}

/// Begins a write anew where it lost a race.
pub(crate) async fn anew<T, F: Future<Output = Result<T, Error>>>(write: impl Fn() -> F) -> Result<T, Error> {
    for _ in 1..ATTEMPTS {
        match write().await {
            Err(error) if lost_race(&error) => {}
            done => return done,
        }
    }
    write().await
}

/// True where another writer was first: its transaction holds the key that this one wanted.
pub(crate) fn lost_race(error: &Error) -> bool {
    matches!(error, Error::Database(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))))
}
