//! Letters that correct others, and what they told.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

pub struct Corrections;

impl MigrationName for Corrections {
    fn name(&self) -> &'static str {
        "m0013_corrections"
    }
}

/// Two that correct the same letter at once meet at its next ordinal.
const UP: [&str; 2] = [
    "CREATE TABLE corrections (
        letter_id VARCHAR(40) NOT NULL PRIMARY KEY REFERENCES letters (letter_id),
        corrects_letter_id VARCHAR(40) NOT NULL REFERENCES letters (letter_id),
        ordinal INTEGER NOT NULL CHECK (ordinal >= 1),
        at_ms BIGINT NOT NULL,
        who TEXT NOT NULL,
        reason TEXT NOT NULL,
        UNIQUE (corrects_letter_id, ordinal)
    )",
    "CREATE TABLE correction_items (
        letter_id VARCHAR(40) NOT NULL REFERENCES corrections (letter_id),
        indicator_id VARCHAR(64) NOT NULL,
        division_code VARCHAR(64) NOT NULL,
        expected BIGINT,
        actual BIGINT,
        gap BIGINT,
        light VARCHAR(8) NOT NULL CHECK (light IN ('green', 'yellow', 'red', 'grey', 'missing')),
        rank INTEGER,
        ranked_count INTEGER NOT NULL,
        behind_since VARCHAR(8),
        PRIMARY KEY (letter_id, indicator_id, division_code)
    )",
];

#[async_trait::async_trait]
impl MigrationTrait for Corrections {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in UP {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["correction_items", "corrections"] {
            manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        Ok(())
    }
}
