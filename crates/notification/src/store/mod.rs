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
mod m0014_measure_due;
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

#[cfg(test)]
mod tests {
    use leitai_storage::testing::{Agreement, Backend};
    use rstest::rstest;

    use super::{
        Store,
        entities::{
            attempt, bounce, case, case_history, correction, correction_item, delivery, delivery_event, issued_round, lease, letter,
            letter_counter, letter_finding, letter_message, reminder, silence,
        },
    };

    #[rstest]
    #[case::sqlite(Backend::Sqlite)]
    #[case::postgres(Backend::Postgres)]
    #[tokio::test]
    async fn entities_and_tables_agree(#[case] backend: Backend) {
        let Some(test) = backend.open().await else { return };
        let store = Store::open(test.database()).await.unwrap();
        let shared = Agreement::of(store.database).await;
        let cases = shared.entity::<case::Entity>().await.entity::<case_history::Entity>().await.entity::<silence::Entity>().await;
        let cases = cases.entity::<issued_round::Entity>().await.entity::<reminder::Entity>().await;
        let letters = cases.entity::<letter::Entity>().await.entity::<letter_finding::Entity>().await;
        let letters = letters.entity::<letter_counter::Entity>().await.entity::<letter_message::Entity>().await;
        let letters = letters.entity::<correction::Entity>().await.entity::<correction_item::Entity>().await;
        let outbox = letters.entity::<delivery::Entity>().await.entity::<delivery_event::Entity>().await;
        let outbox = outbox.entity::<lease::Entity>().await.entity::<attempt::Entity>().await.entity::<bounce::Entity>().await;
        assert_eq!(outbox.differences().await, Vec::<String>::new());
    }
}
