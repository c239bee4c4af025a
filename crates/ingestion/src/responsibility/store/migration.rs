//! The tables of responsibility lists. What happened to a measure or a problem, and every revision of its words, is never changed: the
//! database itself refuses it.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// m0006.
pub struct Responsibility;

impl MigrationName for Responsibility {
    fn name(&self) -> &'static str {
        "m0006_responsibility"
    }
}

/// Both databases read these words alike.
const TABLES: [&str; 10] = [
    "CREATE TABLE duty_list (
        plan_id VARCHAR(64) NOT NULL,
        list_id VARCHAR(64) NOT NULL,
        revision INTEGER NOT NULL CHECK (revision >= 1),
        agency TEXT NOT NULL,
        content_sha256 VARCHAR(64) NOT NULL,
        applied_by TEXT NOT NULL,
        applied_at BIGINT NOT NULL,
        PRIMARY KEY (plan_id, list_id)
    )",
    "CREATE TABLE duty_measure (
        division_code VARCHAR(6) NOT NULL,
        measure_id VARCHAR(16) NOT NULL UNIQUE,
        plan_id VARCHAR(64) NOT NULL,
        list_id VARCHAR(64) NOT NULL,
        indicator_id VARCHAR(64) NOT NULL,
        position INTEGER NOT NULL CHECK (position >= 1),
        revision INTEGER NOT NULL CHECK (revision >= 1),
        code TEXT NOT NULL,
        project TEXT NOT NULL,
        measure TEXT NOT NULL,
        owner TEXT NOT NULL,
        co_owners TEXT NOT NULL,
        leader TEXT NOT NULL,
        post TEXT NOT NULL,
        due_on VARCHAR(10) NOT NULL,
        note TEXT NOT NULL,
        place TEXT NOT NULL,
        state VARCHAR(16) NOT NULL CHECK (state IN ('not_started', 'under_way', 'done', 'cancelled')),
        percent INTEGER CHECK (percent BETWEEN 0 AND 100),
        reported_on VARCHAR(10),
        done_on VARCHAR(10),
        cancelled_on VARCHAR(10),
        entries INTEGER NOT NULL CHECK (entries >= 1),
        CHECK ((state = 'done') = (done_on IS NOT NULL)),
        CHECK ((state = 'cancelled') = (cancelled_on IS NOT NULL)),
        PRIMARY KEY (division_code, measure_id)
    )",
    "CREATE INDEX duty_measure_of_plan ON duty_measure (plan_id, division_code, indicator_id)",
    "CREATE INDEX duty_measure_of_list ON duty_measure (plan_id, list_id)",
    "CREATE INDEX duty_measure_due ON duty_measure (plan_id, state, due_on)",
    "CREATE TABLE duty_revision (
        measure_id VARCHAR(16) NOT NULL REFERENCES duty_measure (measure_id),
        revision INTEGER NOT NULL CHECK (revision >= 1),
        at_ms BIGINT NOT NULL,
        list_revision INTEGER NOT NULL CHECK (list_revision >= 1),
        project TEXT NOT NULL,
        measure TEXT NOT NULL,
        owner TEXT NOT NULL,
        co_owners TEXT NOT NULL,
        leader TEXT NOT NULL,
        post TEXT NOT NULL,
        due_on VARCHAR(10) NOT NULL,
        note TEXT NOT NULL,
        place TEXT NOT NULL,
        PRIMARY KEY (measure_id, revision)
    )",
    "CREATE TABLE duty_problem (
        division_code VARCHAR(6) NOT NULL,
        problem_id VARCHAR(16) NOT NULL UNIQUE,
        measure_id VARCHAR(16) NOT NULL REFERENCES duty_measure (measure_id),
        plan_id VARCHAR(64) NOT NULL,
        words TEXT NOT NULL,
        raised_by TEXT NOT NULL,
        raised_at VARCHAR(16) NOT NULL CHECK (raised_at IN ('county', 'city', 'province')),
        level VARCHAR(16) NOT NULL CHECK (level IN ('county', 'city', 'province')),
        state VARCHAR(16) NOT NULL CHECK (state IN ('open', 'resolved', 'returned', 'closed')),
        answer_due_on VARCHAR(10) CHECK (answer_due_on IS NULL OR state = 'open'),
        answer TEXT NOT NULL,
        progress_entry INTEGER NOT NULL CHECK (progress_entry >= 1),
        entries INTEGER NOT NULL CHECK (entries >= 1),
        PRIMARY KEY (division_code, problem_id)
    )",
    "CREATE INDEX duty_problem_of_measure ON duty_problem (measure_id)",
    "CREATE INDEX duty_problem_of_plan ON duty_problem (plan_id, problem_id)",
    "CREATE TABLE duty_event (
        subject_id VARCHAR(16) NOT NULL,
        entry INTEGER NOT NULL CHECK (entry >= 1),
        at_ms BIGINT NOT NULL,
        what INTEGER NOT NULL,
        agency TEXT NOT NULL,
        who TEXT NOT NULL,
        words TEXT NOT NULL,
        day VARCHAR(10),
        percent INTEGER,
        level VARCHAR(16),
        revision INTEGER,
        PRIMARY KEY (subject_id, entry)
    )",
];

/// Table, and what makes two of its rows the same.
const KEPT: [(&str, &str); 2] = [
    ("duty_event", "subject_id = NEW.subject_id AND entry = NEW.entry"),
    ("duty_revision", "measure_id = NEW.measure_id AND revision = NEW.revision"),
];

const SQLITE_GUARD: [&str; 3] = [
    // REPLACE would take a row's place without a DELETE.
    "CREATE TRIGGER {table}_once BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
        BEGIN SELECT RAISE(ABORT, 'the history of a measure or problem is never changed'); END",
    "CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, 'the history of a measure or problem is never changed'); END",
    "CREATE TRIGGER {table}_kept BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, 'the history of a measure or problem is never changed'); END",
];
const POSTGRES_FUNCTION: &str = "CREATE FUNCTION duty_history_guard() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the history of a measure or problem is never changed'; END $$";
const POSTGRES_GUARD: [&str; 1] = ["CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION duty_history_guard()"];

#[async_trait::async_trait]
impl MigrationTrait for Responsibility {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for table in TABLES {
            connection.execute_unprepared(table).await?;
        }
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        if postgres {
            connection.execute_unprepared(POSTGRES_FUNCTION).await?;
        }
        let guard: &[&str] = if postgres { &POSTGRES_GUARD } else { &SQLITE_GUARD };
        for (table, same) in KEPT {
            for statement in guard {
                connection.execute_unprepared(&statement.replace("{table}", table).replace("{same}", same)).await?;
            }
        }
        Ok(())
    }
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for table in ["duty_event", "duty_problem", "duty_revision", "duty_measure", "duty_list"] {
            connection.execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared("DROP FUNCTION duty_history_guard()").await?;
        }
        Ok(())
    }
}
