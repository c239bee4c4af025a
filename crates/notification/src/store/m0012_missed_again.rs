//! Deadlines that are missed again, and promised days that are moved.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

pub struct MissedAgain;

impl MigrationName for MissedAgain {
    fn name(&self) -> &'static str {
        "m0012_missed_again"
    }
}

const UP: [&str; 5] = [
    "ALTER TABLE cases ADD COLUMN missed_again_on VARCHAR(10)",
    "ALTER TABLE cases ADD COLUMN day_moves INTEGER NOT NULL DEFAULT 0 CHECK (day_moves >= 0)",
    "ALTER TABLE cases ADD COLUMN promised_day VARCHAR(10)",
    // What is promised now was promised last; what was sent back before is not known any more.
    "UPDATE cases SET promised_day = rectify_due",
    "CREATE INDEX cases_missed_again ON cases (missed_again_on)",
];

#[async_trait::async_trait]
impl MigrationTrait for MissedAgain {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in UP {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX cases_missed_again").await?;
        for column in ["missed_again_on", "day_moves", "promised_day"] {
            manager.get_connection().execute_unprepared(&format!("ALTER TABLE cases DROP COLUMN {column}")).await?;
        }
        Ok(())
    }
}
