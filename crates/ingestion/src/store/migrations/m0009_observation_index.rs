//! The index of values by period holds the whole key: whichever index a planner takes for one value, it finds one row.
//!
//! A planner that knows nothing of a table that was filled a moment ago takes the index by period, and read a whole period for each value.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

/// The index, made anew.
pub struct ObservationIndex;

impl MigrationName for ObservationIndex {
    fn name(&self) -> &'static str {
        "m0009_observation_index"
    }
}

const UP: [&str; 2] = [
    "CREATE INDEX observation_by_period_and_key ON observation (plan_id, period, division_code, indicator_id)",
    "DROP INDEX observation_by_period",
];
const DOWN: [&str; 2] = ["CREATE INDEX observation_by_period ON observation (plan_id, period)", "DROP INDEX observation_by_period_and_key"];

async fn run(manager: &SchemaManager<'_>, statements: [&str; 2]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for ObservationIndex {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN).await
    }
}
