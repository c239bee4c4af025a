//! Notification's own tables.

pub mod entities;
pub mod issuing;
mod migrations;
mod outbox;
mod reads;

pub use issuing::Letter;
pub use outbox::{Leased, Recorded};
pub use reads::{CaseFilter, LetterFilter};

use leitai_storage::{Database, StorageError};

/// The store.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
}

/// The cursor's name.
pub const EVALUATION: &str = "evaluation";

impl Store {
    /// Brings the tables up to date.
    ///
    /// # Errors
    /// [`StorageError`] where they cannot be.
    pub async fn open(database: Database) -> Result<Self, StorageError> {
        database.migrate::<migrations::Migrator>().await?;
        Ok(Self { database })
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }
}

/// Milliseconds since 1970, as stored.
#[must_use]
pub fn millis(at: time::OffsetDateTime) -> i64 {
    at.unix_timestamp() * 1_000 + i64::from(at.millisecond())
}

/// The time of stored milliseconds, RFC 3339 UTC; empty for one that no calendar has.
#[must_use]
pub fn rfc3339(millis: i64) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok();
    at.and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok()).unwrap_or_default()
}
