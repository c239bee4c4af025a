//! Throwaway databases for tests, one for each test.
//!
//! `LEITAI_TEST_POSTGRES` holds the address of a PostgreSQL server where databases may be made (`tests/run` starts one), or `none`.
#![expect(clippy::expect_used, clippy::panic, reason = "a test without its database must fail loudly")]

mod agreement;

use std::{
    env, process,
    sync::atomic::{AtomicU32, Ordering},
};

use sea_orm::ConnectionTrait;
use tempfile::TempDir;

pub use self::agreement::Agreement;
use crate::Database;

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// Which kind of database a test runs on.
#[derive(Debug, Clone, Copy)]
pub enum Backend {
    /// A file in a temporary directory.
    Sqlite,
    /// A new database on the server that `LEITAI_TEST_POSTGRES` names.
    Postgres,
}

/// A database that lasts as long as the test.
#[derive(Debug)]
pub struct TestDatabase {
    database: Database,
    url: String,
    _directory: Option<TempDir>,
}

impl TestDatabase {
    /// The database.
    #[must_use]
    pub fn database(&self) -> Database {
        self.database.clone()
    }

    /// Its address, to open it once more.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Backend {
    /// Opens an empty database; `None` only for PostgreSQL where `LEITAI_TEST_POSTGRES` is `none`.
    pub async fn open(self) -> Option<TestDatabase> {
        match self {
            Self::Sqlite => Some(sqlite().await),
            Self::Postgres => postgres().await,
        }
    }
}

/// An empty SQLite file.
pub async fn sqlite() -> TestDatabase {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let url = format!("sqlite://{}?mode=rwc", directory.path().join("test.sqlite").display());
    let database = Database::open(&url).await.expect("an SQLite file");
    TestDatabase { database, url, _directory: Some(directory) }
}

/// An empty PostgreSQL database; `None` only where `LEITAI_TEST_POSTGRES` is `none`.
pub async fn postgres() -> Option<TestDatabase> {
    let server = match env::var("LEITAI_TEST_POSTGRES") {
        Ok(none) if none == "none" => return None,
        Ok(server) => server,
        Err(_) => {
            panic!("LEITAI_TEST_POSTGRES is not set: run tests/run, or set it to a server's address, or to `none` to leave PostgreSQL out")
        }
    };
    let name = format!("leitai_test_{}_{}", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let maintenance = Database::open(&server).await.expect("the PostgreSQL server of LEITAI_TEST_POSTGRES");
    for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        maintenance.connection().execute_unprepared(&statement).await.expect("a new database");
    }
    maintenance.connection().clone().close().await.expect("closed");
    let base = server.rsplit_once('/').map_or(server.as_str(), |(base, _)| base);
    let url = format!("{base}/{name}");
    let database = Database::open(&url).await.expect("the new database");
    Some(TestDatabase { database, url, _directory: None })
}
