//! The tables. Times are milliseconds since 1970, UTC.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

/// All migrations of notification's database.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = leitai_storage::migrations::shared();
        migrations.push(Box::new(Notification));
        migrations.push(Box::new(LetterFindings));
        migrations.push(Box::new(super::m0004_case_life::CaseLife));
        migrations.push(Box::new(super::m0010_deliveries::Deliveries));
        migrations.push(Box::new(super::m0011_reminders::Reminders));
        migrations.push(Box::new(super::m0012_missed_again::MissedAgain));
        migrations.push(Box::new(super::m0013_corrections::Corrections));
        migrations.push(Box::new(super::m0014_measure_due::MeasureDue));
        migrations
    }
}

struct Notification;

impl MigrationName for Notification {
    fn name(&self) -> &'static str {
        "m0002_notification"
    }
}

/// Both databases read these words alike, but for the type of bytes.
const TABLES: [&str; 14] = [
    "CREATE TABLE cases (
        division_code VARCHAR(64) NOT NULL,
        plan_id VARCHAR(64) NOT NULL,
        indicator_id VARCHAR(64) NOT NULL,
        case_id VARCHAR(40) NOT NULL UNIQUE,
        indicator_name TEXT NOT NULL,
        division_name TEXT NOT NULL,
        state VARCHAR(16) NOT NULL CHECK (state IN ('open', 'recovered')),
        opened_period VARCHAR(8) NOT NULL,
        latest_period VARCHAR(8) NOT NULL,
        periods_behind INTEGER NOT NULL CHECK (periods_behind >= 1),
        agencies TEXT NOT NULL,
        simulated BOOLEAN NOT NULL,
        PRIMARY KEY (division_code, plan_id, indicator_id)
    )",
    "CREATE INDEX cases_listed ON cases (plan_id, indicator_id, division_code)",
    "CREATE TABLE case_events (
        case_id VARCHAR(40) NOT NULL REFERENCES cases (case_id),
        period VARCHAR(8) NOT NULL,
        who VARCHAR(100) NOT NULL,
        at_ms BIGINT NOT NULL,
        what VARCHAR(40) NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (case_id, period)
    )",
    "CREATE TABLE letters (
        letter_id VARCHAR(40) NOT NULL PRIMARY KEY,
        year INTEGER NOT NULL,
        ordinal INTEGER NOT NULL CHECK (ordinal >= 1),
        number TEXT NOT NULL,
        plan_id VARCHAR(64) NOT NULL,
        period VARCHAR(8) NOT NULL,
        agency TEXT NOT NULL,
        division_code VARCHAR(64),
        subject TEXT NOT NULL,
        message_id TEXT NOT NULL UNIQUE,
        mail_from TEXT NOT NULL,
        sha256 VARCHAR(64) NOT NULL,
        size_bytes BIGINT NOT NULL,
        rendered_at_ms BIGINT NOT NULL,
        case_count INTEGER NOT NULL CHECK (case_count >= 1),
        simulated BOOLEAN NOT NULL,
        UNIQUE (year, ordinal)
    )",
    "CREATE INDEX letters_of_round ON letters (plan_id, period)",
    "CREATE TABLE letter_messages (
        letter_id VARCHAR(40) NOT NULL PRIMARY KEY REFERENCES letters (letter_id),
        message {bytes} NOT NULL
    )",
    "CREATE TABLE letter_counters (
        year INTEGER NOT NULL PRIMARY KEY,
        last INTEGER NOT NULL
    )",
    // A leased delivery is due again when its lease ends, so one index finds all work.
    "CREATE TABLE deliveries (
        delivery_id VARCHAR(40) NOT NULL PRIMARY KEY,
        letter_id VARCHAR(40) NOT NULL REFERENCES letters (letter_id),
        recipient TEXT NOT NULL,
        state VARCHAR(16) NOT NULL,
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        next_attempt_at_ms BIGINT,
        lease_token VARCHAR(40),
        lease_until_ms BIGINT,
        finished_at_ms BIGINT,
        last_answer TEXT NOT NULL,
        UNIQUE (letter_id, recipient),
        CHECK (
            (state = 'pending' AND next_attempt_at_ms IS NOT NULL
                AND lease_token IS NULL AND lease_until_ms IS NULL AND finished_at_ms IS NULL)
            OR (state = 'leased' AND next_attempt_at_ms = lease_until_ms
                AND lease_token IS NOT NULL AND lease_until_ms IS NOT NULL AND finished_at_ms IS NULL)
            OR (state IN ('sent', 'failed') AND next_attempt_at_ms IS NULL
                AND lease_token IS NULL AND lease_until_ms IS NULL AND finished_at_ms IS NOT NULL)
        )
    )",
    "CREATE INDEX deliveries_due ON deliveries (next_attempt_at_ms, delivery_id)",
    "CREATE TABLE leases (
        delivery_id VARCHAR(40) NOT NULL REFERENCES deliveries (delivery_id),
        lease_token VARCHAR(40) NOT NULL,
        worker_id TEXT NOT NULL,
        leased_at_ms BIGINT NOT NULL,
        lease_until_ms BIGINT NOT NULL,
        PRIMARY KEY (delivery_id, lease_token)
    )",
    "CREATE TABLE attempts (
        delivery_id VARCHAR(40) NOT NULL,
        lease_token VARCHAR(40) NOT NULL,
        at_ms BIGINT NOT NULL,
        outcome VARCHAR(16) NOT NULL CHECK (outcome IN ('sent', 'temporary', 'permanent')),
        answer TEXT NOT NULL,
        will_retry BOOLEAN NOT NULL,
        PRIMARY KEY (delivery_id, lease_token),
        FOREIGN KEY (delivery_id, lease_token) REFERENCES leases (delivery_id, lease_token)
    )",
    "CREATE TABLE issued_rounds (
        plan_id VARCHAR(64) NOT NULL,
        period VARCHAR(8) NOT NULL,
        sequence BIGINT NOT NULL,
        issued_at_ms BIGINT NOT NULL,
        letter_count INTEGER NOT NULL,
        PRIMARY KEY (plan_id, period)
    )",
    "CREATE INDEX letters_of_agency ON letters (agency)",
    "CREATE INDEX cases_of_division ON cases (division_code, state)",
];

#[async_trait::async_trait]
impl MigrationTrait for Notification {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bytes = if manager.get_database_backend() == sea_orm::DbBackend::Postgres { "BYTEA" } else { "BLOB" };
        for table in TABLES {
            manager.get_connection().execute_unprepared(&table.replace("{bytes}", bytes)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let newest_first = "attempts leases deliveries letter_counters letter_messages letters case_events cases issued_rounds";
        for table in newest_first.split(' ') {
            manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        Ok(())
    }
}

/// Which findings a letter holds. Letters made before have none.
struct LetterFindings;

impl MigrationName for LetterFindings {
    fn name(&self) -> &'static str {
        "m0003_letter_findings"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for LetterFindings {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = "CREATE TABLE letter_findings (
            letter_id VARCHAR(40) NOT NULL REFERENCES letters (letter_id),
            indicator_id VARCHAR(64) NOT NULL,
            division_code VARCHAR(64) NOT NULL,
            PRIMARY KEY (letter_id, indicator_id, division_code)
        )";
        manager.get_connection().execute_unprepared(table).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE letter_findings").await.map(drop)
    }
}
