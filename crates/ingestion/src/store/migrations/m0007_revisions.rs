//! When each value came into force, and its number in the change log. Values of before get theirs from their entries there, which were written
//! in the same transaction.

use leitai_proto::ingestion::v1::{Change, Observation, change::Kind};
use leitai_storage::change_log::{ChangeLog, Entry};
use prost::Message;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, Statement, Value},
};

pub struct Revisions;

impl MigrationName for Revisions {
    fn name(&self) -> &'static str {
        "m0007_revisions"
    }
}

const UP: [&str; 3] = [
    "ALTER TABLE observation_revision ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE observation_revision ADD COLUMN in_force_at BIGINT NOT NULL DEFAULT 0",
    // Entries of the oldest logs have no time: then the report's stands.
    "UPDATE observation_revision SET in_force_at =
        COALESCE((SELECT submitted_at FROM report WHERE report.report_id = observation_revision.report_id), 0)",
];
/// Made once the columns are filled.
const INDEXES: [&str; 2] = [
    "CREATE INDEX revision_by_time ON observation_revision (plan_id, in_force_at, sequence)",
    "CREATE INDEX revision_by_period ON observation_revision (plan_id, period, division_code, indicator_id)",
];
const DOWN: [&str; 4] = [
    "DROP INDEX revision_by_time",
    "DROP INDEX revision_by_period",
    "ALTER TABLE observation_revision DROP COLUMN in_force_at",
    "ALTER TABLE observation_revision DROP COLUMN sequence",
];
/// Entries read at once; each is one row of a statement with seven values.
const ENTRIES: u64 = 500;

#[async_trait::async_trait]
impl MigrationTrait for Revisions {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in UP {
            connection.execute_unprepared(statement).await?;
        }
        number_from_log(connection).await?;
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
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

async fn number_from_log(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    let (log, mut after) = (ChangeLog::new(), 0);
    loop {
        let entries = log.read_after(connection, after, ENTRIES).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        after = last.sequence;
        let mut told = Vec::new();
        for entry in &entries {
            told.extend(accepted(entry)?);
        }
        if !told.is_empty() {
            connection.execute_raw(numbered(connection, told)).await?;
        }
    }
}

/// Number, time, plan and value of an entry that put a value in force.
fn accepted(entry: &Entry) -> Result<Option<(i64, i64, String, Observation)>, DbErr> {
    let change = Change::decode(entry.payload.as_slice()).map_err(|error| DbErr::Custom(format!("entry {}: {error}", entry.sequence)))?;
    let Some(Kind::ObservationAccepted(accepted)) = change.kind else { return Ok(None) };
    Ok(accepted.observation.map(|observation| (entry.sequence, change.recorded_at_ms, accepted.plan_id, observation)))
}

/// One statement for all: both databases read a list of values by name only in a common table expression.
fn numbered(connection: &impl ConnectionTrait, told: Vec<(i64, i64, String, Observation)>) -> Statement {
    let row = |at: usize| format!("(${}, ${}, ${}, ${}, ${}, ${}, ${})", at + 1, at + 2, at + 3, at + 4, at + 5, at + 6, at + 7);
    let rows: Vec<String> = (0..told.len()).map(|number| row(7 * number)).collect();
    let sql = format!(
        "WITH told (sequence, at, plan_id, division_code, indicator_id, period, revision) AS (VALUES {})
        UPDATE observation_revision SET sequence = told.sequence,
            in_force_at = CASE WHEN told.at > 0 THEN told.at ELSE observation_revision.in_force_at END
        FROM told WHERE observation_revision.division_code = told.division_code AND observation_revision.plan_id = told.plan_id
            AND observation_revision.indicator_id = told.indicator_id AND observation_revision.period = told.period
            AND observation_revision.revision = told.revision",
        rows.join(", ")
    );
    let values = told.into_iter().flat_map(|(sequence, at, plan_id, value)| -> [Value; 7] {
        let Observation { division_code, indicator_id, period, revision, .. } = value;
        [sequence.into(), at.into(), plan_id.into(), division_code.into(), indicator_id.into(), period.into(), revision.into()]
    });
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

#[cfg(test)]
mod tests;
