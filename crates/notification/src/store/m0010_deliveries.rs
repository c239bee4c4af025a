//! What happens to a delivery beside attempts: it is sent again, comes back, and shares its domain's connections with others.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

pub struct Deliveries;

impl MigrationName for Deliveries {
    fn name(&self) -> &'static str {
        "m0010_deliveries"
    }
}

/// A delivery that bounced is a failed one that has the time of its bounce: the check on states stays as it is, which SQLite could change only
/// by rewriting the table under its foreign keys.
const UP: [&str; 8] = [
    "ALTER TABLE deliveries ADD COLUMN attempts_before INTEGER NOT NULL DEFAULT 0 CHECK (attempts_before >= 0)",
    "ALTER TABLE deliveries ADD COLUMN bounced_at_ms BIGINT CHECK (bounced_at_ms IS NULL OR state = 'failed')",
    "CREATE TABLE delivery_events (
        delivery_id VARCHAR(40) NOT NULL REFERENCES deliveries (delivery_id),
        ordinal INTEGER NOT NULL CHECK (ordinal >= 1),
        at_ms BIGINT NOT NULL,
        what VARCHAR(16) NOT NULL CHECK (what IN ('resent', 'bounced', 'delayed')),
        who TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (delivery_id, ordinal)
    )",
    "ALTER TABLE deliveries ADD COLUMN domain TEXT NOT NULL DEFAULT ''",
    "UPDATE deliveries SET domain = {domain}",
    "CREATE INDEX deliveries_leased ON deliveries (lease_until_ms) WHERE lease_until_ms IS NOT NULL",
    "CREATE TABLE bounces (
        bounce_id VARCHAR(40) NOT NULL PRIMARY KEY,
        at_ms BIGINT NOT NULL,
        outcome VARCHAR(16) NOT NULL
            CHECK (outcome IN ('bounced', 'delayed', 'noted', 'passed', 'other_address', 'address_only', 'unknown')),
        letter_id VARCHAR(40) REFERENCES letters (letter_id),
        delivery_id VARCHAR(40) REFERENCES deliveries (delivery_id),
        final_recipient TEXT NOT NULL,
        original_recipient TEXT NOT NULL,
        action VARCHAR(16) NOT NULL CHECK (action IN ('failed', 'delayed', 'passed')),
        status VARCHAR(20) NOT NULL,
        diagnostic TEXT NOT NULL,
        reporting_mta TEXT NOT NULL,
        message_id TEXT NOT NULL,
        CHECK ((delivery_id IS NOT NULL) = (outcome IN ('bounced', 'delayed', 'noted', 'passed'))),
        CHECK ((letter_id IS NULL) = (outcome = 'unknown'))
    )",
    "CREATE INDEX bounces_listed ON bounces (at_ms, bounce_id)",
];
const DOWN: [&str; 6] = [
    "DROP TABLE bounces",
    "DROP INDEX deliveries_leased",
    "ALTER TABLE deliveries DROP COLUMN domain",
    "DROP TABLE delivery_events",
    "ALTER TABLE deliveries DROP COLUMN bounced_at_ms",
    "ALTER TABLE deliveries DROP COLUMN attempts_before",
];

#[async_trait::async_trait]
impl MigrationTrait for Deliveries {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let domain = match manager.get_database_backend() {
            DbBackend::Postgres => "lower(split_part(recipient, '@', 2))",
            _ => "lower(substr(recipient, instr(recipient, '@') + 1))",
        };
        for statement in UP {
            manager.get_connection().execute_unprepared(&statement.replace("{domain}", domain)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in DOWN {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use leitai_storage::testing::Backend::{self, Postgres, Sqlite};
    use rstest::rstest;
    use sea_orm::EntityTrait;

    use super::*;
    use crate::store::{Store, entities::delivery, migrations::Migrator};

    #[rstest]
    #[tokio::test]
    async fn deliveries_made_before_get_their_domain(#[values(Sqlite, Postgres)] backend: Backend) {
        let Some(database) = backend.open().await else { return };
        let connection = database.database().connection().clone();
        let (before, _) = (0_u32..).zip(Migrator::migrations()).find(|(_, one)| one.name() == "m0010_deliveries").unwrap();
        let tx = database.database().begin().await.unwrap();
        Migrator::up(&tx, Some(before)).await.unwrap();
        tx.commit().await.unwrap();
        let letter =
            "INSERT INTO letters (letter_id, year, ordinal, number, plan_id, period, agency, division_code, subject, message_id, mail_from,
                sha256, size_bytes, rendered_at_ms, case_count, simulated) VALUES ('l', 2025, 1, 'n', 'p', '2025-M03', 'a', NULL, 's', '<1@x>', 'f@x', 'h', 1, 1, 1, {false})";
        let wrong = if matches!(backend, Sqlite) { "0" } else { "FALSE" };
        connection.execute_unprepared(&letter.replace("{false}", wrong)).await.unwrap();
        let delivery = "INSERT INTO deliveries VALUES ('d', 'l', 'A.b@Agency.Example', 'pending', 2, 5, NULL, NULL, NULL, '')";
        connection.execute_unprepared(delivery).await.unwrap();
        let store = Store::open(database.database()).await.unwrap();
        let row = delivery::Entity::find_by_id("d").one(store.database().connection()).await.unwrap().unwrap();
        assert_eq!((row.domain.as_str(), row.attempts, row.attempts_before, row.bounced_at_ms), ("agency.example", 2, 0, None));
    }
}
