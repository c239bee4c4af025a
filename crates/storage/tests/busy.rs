//! A writer that another one keeps waiting learns that, on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use leitai_storage::{
    Database,
    change_log::ChangeLog,
    is_busy, migrations,
    testing::{Backend, TestDatabase},
};
use rstest::rstest;
use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations::shared()
    }
}

async fn append(database: &Database) -> Result<(), DbErr> {
    let tx = database.begin().await?;
    ChangeLog::new().append(&tx, vec![vec![1]]).await?;
    tx.commit().await
}

async fn open(backend: Backend) -> Option<(TestDatabase, Database)> {
    let test = backend.open().await?;
    test.database().migrate::<Migrator>().await.unwrap();
    let hasty = Database::open_patient(test.url(), Duration::from_millis(50)).await.unwrap();
    Some((test, hasty))
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn another_writers_lock_is_told_from_a_fault(#[case] backend: Backend) {
    let Some((test, hasty)) = open(backend).await else { return };
    let writer = test.database().begin().await.unwrap();
    ChangeLog::new().append(&writer, vec![vec![1]]).await.unwrap();
    let late = append(&hasty).await.unwrap_err();
    assert!(is_busy(&late), "{late:?}");
    writer.commit().await.unwrap();
    append(&hasty).await.unwrap();
    let fault = hasty.connection().execute_unprepared("SELECT * FROM none").await.unwrap_err();
    assert!(!is_busy(&fault), "{fault:?}");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_pool_that_is_used_up_is_busy(#[case] backend: Backend) {
    let Some((_test, hasty)) = open(backend).await else { return };
    let mut taken = Vec::new();
    let error = loop {
        match hasty.connection().begin().await {
            Ok(tx) => taken.push(tx),
            Err(error) => break error,
        }
    };
    assert!(is_busy(&error), "{} taken: {error:?}", taken.len());
}
