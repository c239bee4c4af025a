//! What happens to a delivery beside attempts: it is sent again, or comes back.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

pub struct DeliveryEvents;

impl MigrationName for DeliveryEvents {
    fn name(&self) -> &'static str {
        "m0010_delivery_events"
    }
}

/// A delivery that bounced is a failed one that has the time of its bounce: the check on states stays as it is, which SQLite could change only
/// by rewriting the table under its foreign keys.
const UP: [&str; 3] = [
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
];
const DOWN: [&str; 3] = [
    "DROP TABLE delivery_events",
    "ALTER TABLE deliveries DROP COLUMN bounced_at_ms",
    "ALTER TABLE deliveries DROP COLUMN attempts_before",
];

#[async_trait::async_trait]
impl MigrationTrait for DeliveryEvents {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in UP {
            manager.get_connection().execute_unprepared(statement).await?;
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
