//! The life of a case: more states than behind and recovered, the ladder, deadlines, and a history that the database itself keeps from being
//! edited. The table of cases is made anew: SQLite cannot widen a check.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

pub struct CaseLife;

impl MigrationName for CaseLife {
    fn name(&self) -> &'static str {
        "m0004_case_life"
    }
}

const UP: [&str; 15] = [
    "CREATE TABLE new_cases (
        division_code VARCHAR(64) NOT NULL,
        plan_id VARCHAR(64) NOT NULL,
        indicator_id VARCHAR(64) NOT NULL,
        case_id VARCHAR(40) NOT NULL UNIQUE,
        indicator_name TEXT NOT NULL,
        division_name TEXT NOT NULL,
        state VARCHAR(16) NOT NULL CHECK (state IN ('open', 'acknowledged', 'rectifying', 'recovered', 'signed_off')),
        opened_period VARCHAR(8) NOT NULL,
        latest_period VARCHAR(8) NOT NULL,
        periods_behind INTEGER NOT NULL CHECK (periods_behind >= 1),
        agencies TEXT NOT NULL,
        simulated BOOLEAN NOT NULL,
        run INTEGER NOT NULL DEFAULT 0 CHECK (run >= 0),
        tier VARCHAR(16) CHECK (tier IN ('notice', 'warning', 'supervision', 'interview')),
        rounds_since_told INTEGER NOT NULL DEFAULT 0 CHECK (rounds_since_told >= 0),
        acknowledged_by TEXT NOT NULL DEFAULT '[]',
        acknowledge_due VARCHAR(10),
        measure TEXT NOT NULL DEFAULT '',
        measure_owner TEXT NOT NULL DEFAULT '',
        rectify_due VARCHAR(10) CHECK (rectify_due IS NULL OR measure <> ''),
        overdue VARCHAR(16) CHECK (overdue IN ('acknowledge', 'rectify')),
        missed_deadlines INTEGER NOT NULL DEFAULT 0 CHECK (missed_deadlines >= 0),
        suspended_until VARCHAR(10),
        recovered_by TEXT NOT NULL DEFAULT '',
        entries INTEGER NOT NULL DEFAULT 0 CHECK (entries >= 0),
        PRIMARY KEY (division_code, plan_id, indicator_id)
    )",
    // Every letter before was a 提示函. A run is what was recorded since the case was opened or reopened; what was yellow in between was not.
    "INSERT INTO new_cases (division_code, plan_id, indicator_id, case_id, indicator_name, division_name, state, opened_period, latest_period,
            periods_behind, agencies, simulated, run, tier, entries)
        SELECT division_code, plan_id, indicator_id, case_id, indicator_name, division_name, state, opened_period, latest_period,
            periods_behind, agencies, simulated, CASE WHEN state <> 'open' THEN 0 ELSE (
                SELECT COUNT(*) FROM case_events run
                WHERE run.case_id = cases.case_id AND run.what IN ('opened', 'still_behind', 'reopened') AND run.at_ms >= (
                    SELECT MAX(begun.at_ms) FROM case_events begun WHERE begun.case_id = run.case_id AND begun.what IN ('opened', 'reopened')
                )
            ) END, 'notice',
            (SELECT COUNT(*) FROM case_events WHERE case_events.case_id = cases.case_id)
        FROM cases",
    "CREATE TABLE old_events AS SELECT * FROM case_events",
    "DROP TABLE case_events",
    "DROP TABLE cases",
    "ALTER TABLE new_cases RENAME TO cases",
    "CREATE INDEX cases_listed ON cases (plan_id, indicator_id, division_code)",
    "CREATE INDEX cases_of_division ON cases (division_code, state)",
    "CREATE INDEX cases_with_deadlines ON cases (state, acknowledge_due, rectify_due)",
    "CREATE TABLE case_history (
        case_id VARCHAR(40) NOT NULL REFERENCES cases (case_id),
        entry INTEGER NOT NULL CHECK (entry >= 1),
        at_ms BIGINT NOT NULL,
        what VARCHAR(40) NOT NULL,
        agency TEXT NOT NULL,
        who TEXT NOT NULL,
        reason TEXT NOT NULL,
        period VARCHAR(8),
        sequence BIGINT,
        tier VARCHAR(16),
        hold VARCHAR(40),
        PRIMARY KEY (case_id, entry)
    )",
    "INSERT INTO case_history (case_id, entry, at_ms, what, agency, who, reason, period)
        SELECT case_id, ROW_NUMBER() OVER (PARTITION BY case_id ORDER BY at_ms, period), at_ms, what, '', who, reason, period FROM old_events",
    "DROP TABLE old_events",
    "ALTER TABLE letters ADD COLUMN tier VARCHAR(16) NOT NULL DEFAULT 'notice'",
    "ALTER TABLE letters ADD COLUMN reply_by VARCHAR(10) NOT NULL DEFAULT ''",
    "CREATE TABLE silences (
        silence_id VARCHAR(40) NOT NULL PRIMARY KEY,
        plan_id VARCHAR(64),
        indicator_id VARCHAR(64),
        division_code VARCHAR(64),
        reason TEXT NOT NULL,
        who TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        until_day VARCHAR(10) NOT NULL,
        ended_at_ms BIGINT,
        ended_by TEXT NOT NULL DEFAULT ''
    )",
];

/// Nothing edits the history, whoever is connected.
const SQLITE_GUARD: [&str; 3] = [
    // REPLACE would take a row's place without a DELETE.
    "CREATE TRIGGER case_history_once BEFORE INSERT ON case_history
        WHEN EXISTS (SELECT 1 FROM case_history WHERE case_id = NEW.case_id AND entry = NEW.entry)
        BEGIN SELECT RAISE(ABORT, 'the history of a case is never changed'); END",
    "CREATE TRIGGER case_history_unchanged BEFORE UPDATE ON case_history
        BEGIN SELECT RAISE(ABORT, 'the history of a case is never changed'); END",
    "CREATE TRIGGER case_history_kept BEFORE DELETE ON case_history
        BEGIN SELECT RAISE(ABORT, 'the history of a case is never changed'); END",
];
const POSTGRES_GUARD: [&str; 2] = [
    "CREATE FUNCTION case_history_guard() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the history of a case is never changed'; END $$",
    "CREATE TRIGGER case_history_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON case_history
        FOR EACH STATEMENT EXECUTE FUNCTION case_history_guard()",
];

#[async_trait::async_trait]
impl MigrationTrait for CaseLife {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let guard: &[&str] = if manager.get_database_backend() == DbBackend::Postgres { &POSTGRES_GUARD } else { &SQLITE_GUARD };
        for statement in UP.iter().chain(guard) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use leitai_rpc::paging::Page;
    use leitai_storage::testing::Backend::{self, Postgres, Sqlite};
    use rstest::rstest;

    use super::*;
    use crate::store::{Store, migrations::Migrator};

    /// A case that was opened, recovered, reopened, and found behind in an older period since.
    const BEFORE: [&str; 5] = [
        "INSERT INTO cases VALUES ('230123', 'p', 'gdp', 'c1', '地区生产总值增速', '依兰县', 'open', '2025-M02', '2025-M06', 4, '[\"甲\"]', {false})",
        "INSERT INTO case_events VALUES ('c1', '2025-M02', 'system', 10, 'opened', 'r')",
        "INSERT INTO case_events VALUES ('c1', '2025-M04', 'system', 20, 'recovered', 'r')",
        "INSERT INTO case_events VALUES ('c1', '2025-M06', 'system', 30, 'reopened', 'r')",
        "INSERT INTO case_events VALUES ('c1', '2025-M03', 'system', 40, 'behind_in_earlier_period', 'r')",
    ];

    #[rstest]
    #[tokio::test]
    async fn cases_and_events_of_before_live_on(#[values(Sqlite, Postgres)] backend: Backend) {
        let Some(database) = backend.open().await else { return };
        let connection = database.database().connection().clone();
        let (before, _) = (0_u32..).zip(Migrator::migrations()).find(|(_, one)| one.name() == "m0004_case_life").unwrap();
        let tx = database.database().begin().await.unwrap();
        Migrator::up(&tx, Some(before)).await.unwrap();
        tx.commit().await.unwrap();
        let wrong = if matches!(backend, Sqlite) { "0" } else { "FALSE" };
        for statement in BEFORE {
            connection.execute_unprepared(&statement.replace("{false}", wrong)).await.unwrap();
        }
        let store = Store::open(database.database()).await.unwrap();
        let case = store.case("c1").await.unwrap().unwrap();
        assert_eq!((case.run, case.periods_behind, case.tier.as_deref(), case.entries), (1, 4, Some("notice"), 4));
        let history = store.history("c1", &Page::parse(10, "").unwrap()).await.unwrap().0;
        let told: Vec<_> = history.iter().map(|entry| (entry.entry, entry.what.as_str(), entry.period.as_deref().unwrap())).collect();
        let expected = [
            (1, "opened", "2025-M02"),
            (2, "recovered", "2025-M04"),
            (3, "reopened", "2025-M06"),
            (4, "behind_in_earlier_period", "2025-M03"),
        ];
        assert_eq!(told, expected);
    }
}
