//! Bringing tables up to date, on both databases.

use leitai_storage::{
    migrations,
    testing::{Agreement, Backend},
};
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

struct Shared;

impl MigratorTrait for Shared {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations::shared()
    }
}

#[rstest]
#[tokio::test]
async fn a_table_that_is_not_as_declared_is_found(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let database = test.database();
    database.migrate::<Shared>().await.unwrap();
    assert_eq!(Agreement::of(database.clone()).await.differences().await, Vec::<String>::new());
    let may_be_null = match backend {
        Backend::Sqlite => "ALTER TABLE change_log ADD COLUMN payload BLOB",
        Backend::Postgres => "ALTER TABLE change_log ADD COLUMN payload BYTEA",
    };
    let renamed = "ALTER TABLE cursor RENAME COLUMN sequence TO place";
    let tx = database.begin().await.unwrap();
    for change in ["ALTER TABLE change_log DROP COLUMN payload", may_be_null, renamed, "CREATE TABLE stray (id INTEGER)"] {
        tx.execute_unprepared(change).await.unwrap();
    }
    tx.commit().await.unwrap();
    let expected = [
        "change_log.payload may be null: declared false, found true",
        "cursor.sequence is declared and not in the database",
        "cursor.place is in the database and not declared",
        "stray has no entity",
    ];
    assert_eq!(Agreement::of(database).await.differences().await, expected);
}
