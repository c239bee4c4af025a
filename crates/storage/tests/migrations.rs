//! Bringing tables up to date, on both databases.

use leitai_storage::testing::Backend;
use rstest::rstest;
use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

/// Makes two tables; where it breaks, it breaks between them.
struct Tables {
    breaks: bool,
}

impl MigrationName for Tables {
    fn name(&self) -> &'static str {
        "m0001_tables"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("CREATE TABLE one (id INTEGER PRIMARY KEY)").await?;
        if self.breaks {
            return Err(DbErr::Custom("killed half-way".to_owned()));
        }
        manager.get_connection().execute_unprepared("CREATE TABLE two (id INTEGER PRIMARY KEY)").await.map(drop)
    }
}

struct Breaking;

impl MigratorTrait for Breaking {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Tables { breaks: true })]
    }
}

struct Whole;

impl MigratorTrait for Whole {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Tables { breaks: false })]
    }
}

#[rstest]
#[tokio::test]
async fn tables_made_half_way_are_none(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let database = test.database();
    database.migrate::<Breaking>().await.unwrap_err();
    database.migrate::<Whole>().await.unwrap();
    database.connection().execute_unprepared("INSERT INTO two VALUES (1)").await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_processes_that_start_at_once_each_finds_the_tables(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let starts: Vec<_> =
        (0..4).map(|_| test.database()).map(|database| tokio::spawn(async move { database.migrate::<Whole>().await })).collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
}
