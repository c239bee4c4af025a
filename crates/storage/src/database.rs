//! Opening a database and beginning write transactions.

use std::{fmt, time::Duration};

use sea_orm::{
    ConnAcquireErr, ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use sea_orm_migration::MigratorTrait;

/// Longest wait for a connection from the pool, and for another writer's lock.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest statement: a report of 100,000 rows is written in pieces far below it.
const STATEMENT_DEADLINE: Duration = Duration::from_secs(60);

/// Held to the end of the transaction that brings the tables up to date; the number is ours alone. Who waits for it has the patience of a
/// statement: another process's tables may take longer than any other lock.
const ONE_AT_A_TIME: &str = "SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(7302114)";

/// SQLite's BUSY and what is left of it behind a crash or a snapshot, PostgreSQL's lock_not_available and deadlock_detected.
const BUSY: [&str; 5] = ["5", "261", "517", "55P03", "40P01"];

/// One service's database.
#[derive(Clone)]
pub struct Database {
    connection: DatabaseConnection,
    /// Makes the connection of a transaction; `None` where the pool of `connection` does.
    #[cfg(feature = "simulation")]
    transactions: Option<Transactions>,
}

/// Makes the connection of a transaction, which may have to wait for another.
#[cfg(feature = "simulation")]
pub type Transactions = std::sync::Arc<dyn Fn() -> futures::future::BoxFuture<'static, DatabaseConnection> + Send + Sync>;

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connection.fmt(formatter)
    }
}

/// Why a database could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The address is neither of the two kinds.
    #[error("database address must start with sqlite: or postgres:, found `{0}`")]
    UnknownKind(String),
    /// No connection.
    #[error("the database cannot be opened")]
    Open(#[source] DbErr),
    /// The tables could not be made.
    #[error("the database's tables cannot be brought up to date")]
    Migrate(#[source] DbErr),
}

impl Database {
    /// Opens `sqlite://FILE?mode=rwc`, or `postgres://USER:PASSWORD@HOST/DATABASE`.
    ///
    /// # Errors
    /// [`StorageError::UnknownKind`] names the scheme found, never the whole address, which may hold a password.
    pub async fn open(url: &str) -> Result<Self, StorageError> {
        Self::open_patient(url, PATIENCE).await
    }

    /// [`Self::open`], with another longest wait for a connection and for another writer's lock.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_patient(url: &str, patience: Duration) -> Result<Self, StorageError> {
        let scheme = url.split(':').next().unwrap_or_default();
        let most_connections = match scheme {
            "sqlite" => 4,
            "postgres" | "postgresql" => 16,
            other => return Err(StorageError::UnknownKind(other.to_owned())),
        };
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(most_connections)
            .acquire_timeout(patience)
            .connect_timeout(patience)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |sqlite| {
                // FULL: an accepted report must survive a power cut, not only a killed process.
                sqlite.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full).busy_timeout(patience)
            });
        if scheme != "sqlite" {
            options.statement_timeout(STATEMENT_DEADLINE);
            options.map_sqlx_postgres_opts(move |postgres| postgres.options([("lock_timeout", patience.as_millis().to_string())]));
        }
        let connection = sea_orm::Database::connect(options).await.map_err(StorageError::Open)?;
        Ok(Self {
            connection,
            #[cfg(feature = "simulation")]
            transactions: None,
        })
    }

    /// A database that a simulation answers for: reads on one connection, each transaction on one of its own.
    #[cfg(feature = "simulation")]
    #[must_use]
    pub fn simulated(connection: DatabaseConnection, transactions: Transactions) -> Self {
        Self { connection, transactions: Some(transactions) }
    }

    /// Brings the tables up to date, all in one transaction: a process that is killed half-way leaves the tables as they were, and of two that
    /// start at once one waits for the other.
    ///
    /// # Errors
    /// [`StorageError::Migrate`] with the database's own words as source.
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<(), StorageError> {
        let tx = self.begin().await.map_err(StorageError::Migrate)?;
        if self.backend() == DbBackend::Postgres {
            tx.execute_unprepared(ONE_AT_A_TIME).await.map_err(StorageError::Migrate)?;
        }
        M::up(&tx, None).await.map_err(StorageError::Migrate)?;
        tx.commit().await.map_err(StorageError::Migrate)
    }

    /// The connection, for reads outside a transaction.
    #[must_use]
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Which of the two kinds it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    /// Begins a write transaction: IMMEDIATE on SQLite, so that it waits for other writers at its start and never fails in the middle.
    ///
    /// # Errors
    /// The database's own, [`DbErr::ConnectionAcquire`] after 10 s without a connection.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options =
            TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..TransactionOptions::default() };
        #[cfg(feature = "simulation")]
        if let Some(connection) = &self.transactions {
            return connection().await.begin_with_options(options).await;
        }
        self.connection.begin_with_options(options).await
    }
}

/// True where nothing is wrong but that others write: no lock or no connection was free within 10 s, or two writers waited for each other.
#[must_use]
pub fn is_busy(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))) = error
    else {
        return matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
    };
    let code = inner.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| BUSY.contains(&code.as_ref()))
}

/// Hands a transaction on with what was found in it, or ends it where nothing is to be stored: an early answer must not leave its locks behind until
/// the connection is back in the pool.
///
/// # Errors
/// What the work answered with in place of something to store; the database's own where the transaction cannot be ended.
pub async fn or_roll_back<T, E: From<DbErr>>(tx: DatabaseTransaction, work: Result<T, E>) -> Result<(DatabaseTransaction, T), E> {
    match work {
        Ok(found) => Ok((tx, found)),
        Err(answered) => {
            tx.rollback().await?;
            Err(answered)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_only_the_scheme_of_a_wrong_address() {
        let error = Database::open("mysql://root:secret@db/x").await.unwrap_err().to_string();
        assert!(error.contains("`mysql`") && !error.contains("secret"), "{error}");
    }
}
