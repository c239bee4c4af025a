//! The day to file a measure, and that it passed. SQLite cannot widen a check, so the column takes another's place.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

pub struct MeasureDue;

impl MigrationName for MeasureDue {
    fn name(&self) -> &'static str {
        "m0014_measure_due"
    }
}

/// Cases that were acknowledged before have no day; they get one as they are next looked at.
const UP: [&str; 6] = [
    "ALTER TABLE cases ADD COLUMN measure_due VARCHAR(10)",
    "ALTER TABLE cases ADD COLUMN overdue_what VARCHAR(16) CHECK (overdue_what IN ('acknowledge', 'measure', 'rectify'))",
    "UPDATE cases SET overdue_what = overdue",
    "ALTER TABLE cases DROP COLUMN overdue",
    "ALTER TABLE cases RENAME COLUMN overdue_what TO overdue",
    "CREATE INDEX cases_without_measure ON cases (state, measure_due)",
];

#[async_trait::async_trait]
impl MigrationTrait for MeasureDue {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in UP {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use leitai_storage::testing::Backend::{self, Postgres, Sqlite};
    use rstest::rstest;

    use super::*;
    use crate::store::{Store, migrations::Migrator};

    #[rstest]
    #[tokio::test]
    async fn what_was_overdue_before_is_overdue(#[values(Sqlite, Postgres)] backend: Backend) {
        let Some(database) = backend.open().await else { return };
        let connection = database.database().connection().clone();
        let (before, _) = (0_u32..).zip(Migrator::migrations()).find(|(_, one)| one.name() == "m0014_measure_due").unwrap();
        let tx = database.database().begin().await.unwrap();
        Migrator::up(&tx, Some(before)).await.unwrap();
        tx.commit().await.unwrap();
        for (case, overdue) in [("a", "NULL"), ("b", "'acknowledge'"), ("c", "'rectify'")] {
            let insert = format!(
                "INSERT INTO cases (division_code, plan_id, indicator_id, case_id, indicator_name, division_name, state, opened_period, \
                 latest_period, periods_behind, agencies, simulated, overdue) \
                 VALUES ('{case}', 'p', 'gdp', '{case}', 'i', 'd', 'open', '2025-M02', '2025-M02', 1, '[]', FALSE, {overdue})"
            );
            connection.execute_unprepared(&insert).await.unwrap();
        }
        let store = Store::open(database.database()).await.unwrap();
        for (case, overdue) in [("a", None), ("b", Some("acknowledge")), ("c", Some("rectify"))] {
            let row = store.case(case).await.unwrap().unwrap();
            assert_eq!((row.overdue.as_deref(), row.measure_due), (overdue, None), "{case}");
        }
        let set = async |word: &str| connection.execute_unprepared(&format!("UPDATE cases SET overdue = '{word}'")).await;
        assert!(set("measure").await.is_ok() && set("later").await.is_err(), "the words are still checked");
    }
}
