//! What rules found, and how it was explained. Rows are only added, and the database itself keeps them from being edited.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// Findings and explanations.
pub struct Findings;

impl MigrationName for Findings {
    fn name(&self) -> &'static str {
        "m0005_findings"
    }
}

/// Both databases read these words alike.
const UP: [&str; 4] = [
    "CREATE TABLE finding (
        report_id VARCHAR(32) NOT NULL,
        number INTEGER NOT NULL CHECK (number >= 1),
        plan_id VARCHAR(64) NOT NULL,
        position INTEGER NOT NULL,
        rule_id VARCHAR(64) NOT NULL,
        severity INTEGER NOT NULL,
        place TEXT NOT NULL,
        division_code VARCHAR(6) NOT NULL,
        indicator_id TEXT NOT NULL,
        period VARCHAR(8) NOT NULL,
        source_text TEXT NOT NULL,
        found TEXT NOT NULL,
        expected TEXT NOT NULL,
        found_at BIGINT NOT NULL,
        PRIMARY KEY (report_id, number)
    )",
    "CREATE INDEX finding_by_plan ON finding (plan_id, found_at, report_id, number)",
    "CREATE INDEX finding_by_time ON finding (found_at, report_id, number)",
    "CREATE TABLE finding_explanation (
        report_id VARCHAR(32) NOT NULL,
        number INTEGER NOT NULL,
        words TEXT NOT NULL,
        agency TEXT NOT NULL,
        who TEXT NOT NULL,
        explained_at BIGINT NOT NULL,
        PRIMARY KEY (report_id, number)
    )",
];

const TABLES: [&str; 2] = ["finding_explanation", "finding"];

fn sqlite_guard(table: &str) -> [String; 3] {
    let refuse = "BEGIN SELECT RAISE(ABORT, 'what rules found and how it was explained is never changed'); END";
    [
        // REPLACE would take a row's place without a DELETE.
        format!(
            "CREATE TRIGGER {table}_once BEFORE INSERT ON {table}
                WHEN EXISTS (SELECT 1 FROM {table} WHERE report_id = NEW.report_id AND number = NEW.number)
                BEGIN SELECT RAISE(ABORT, 'what rules found and how it was explained is never changed'); END"
        ),
        format!("CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} {refuse}"),
        format!("CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {refuse}"),
    ]
}

fn postgres_guard(table: &str) -> [String; 1] {
    [format!(
        "CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION finding_guard()"
    )]
}

const POSTGRES_FUNCTION: &str = "CREATE FUNCTION finding_guard() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'what rules found and how it was explained is never changed'; END $$";

#[async_trait::async_trait]
impl MigrationTrait for Findings {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        let guards = TABLES.iter().flat_map(|table| if postgres { postgres_guard(table).to_vec() } else { sqlite_guard(table).to_vec() });
        let function = postgres.then(|| POSTGRES_FUNCTION.to_owned());
        for statement in UP.map(str::to_owned).into_iter().chain(function).chain(guards) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared("DROP FUNCTION finding_guard()").await?;
        }
        Ok(())
    }
}
