//! Which reminders were written.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

pub struct Reminders;

impl MigrationName for Reminders {
    fn name(&self) -> &'static str {
        "m0011_reminders"
    }
}

const UP: &str = "CREATE TABLE reminders (
    plan_id VARCHAR(64) NOT NULL,
    period VARCHAR(8) NOT NULL,
    stage VARCHAR(8) NOT NULL CHECK (stage IN ('before', 'after')),
    due_day VARCHAR(10) NOT NULL,
    dated VARCHAR(10) NOT NULL,
    written_at_ms BIGINT NOT NULL,
    letter_count INTEGER NOT NULL CHECK (letter_count >= 1),
    PRIMARY KEY (plan_id, period, stage)
)";

#[async_trait::async_trait]
impl MigrationTrait for Reminders {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(UP).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE reminders").await.map(drop)
    }
}
