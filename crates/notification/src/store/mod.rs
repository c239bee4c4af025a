//! Notification's own tables.

mod bounces;
pub mod cases;
pub mod corrections;
pub mod earlier;
pub mod entities;
pub mod issuing;
mod letter_findings;
mod m0004_case_life;
mod m0010_deliveries;
mod m0011_reminders;
mod m0012_missed_again;
mod m0013_corrections;
mod migrations;
mod outbox;
mod reads;
pub mod reminders;

pub use bounces::Kept;
pub use issuing::Letter;
pub use outbox::{
    Ask, Leased, Most, Released,
    history::Tried,
    records::{Record, Recorded},
    resend::{Order, Refused, Resent},
};
pub use reads::{CaseFilter, DeliveryIn, LetterFilter};

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
