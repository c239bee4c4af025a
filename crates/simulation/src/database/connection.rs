//! One connection to SQLite, used without waiting: its thread is waited for on the spot, so that no time passes.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    sync::Arc,
    time::Duration,
};

use futures_executor::block_on;
use sea_orm::{
    DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Value,
    sqlx::{
        self, Arguments, AssertSqlSafe, ConnectOptions, Connection as _, Sqlite, SqliteConnection,
        query::Query,
        sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous},
    },
};

/// A connection; `None` once it is closed.
pub struct Connection(Option<SqliteConnection>);

impl Connection {
    /// Opens a file, which is made where there is none. The simulated power fails, never the machine's, so that nothing need wait for its disk;
    /// and who may write is decided before SQLite is asked.
    pub fn open(path: &Path) -> Result<Self, DbErr> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off)
            .busy_timeout(Duration::ZERO)
            .disable_statement_logging();
        block_on(options.connect()).map(Some).map(Self).map_err(query_failed)
    }

    /// Does a statement and answers with its rows.
    pub fn query(&mut self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = block_on(bound(statement)?.fetch_all(self.open_one()?)).map_err(query_failed)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Does a statement and answers with what it changed.
    pub fn execute(&mut self, statement: &Statement) -> Result<ExecResult, DbErr> {
        let failed = |error| DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)));
        block_on(bound(statement)?.execute(self.open_one()?)).map(Into::into).map_err(failed)
    }

    /// Does a statement without values.
    pub fn does(&mut self, sql: &'static str) -> Result<(), DbErr> {
        block_on(sqlx::query(sql).execute(self.open_one()?)).map(drop).map_err(query_failed)
    }

    /// What a question of the simulation's own finds.
    pub fn look<T>(&mut self, sql: &str, take: impl Fn(&SqliteRow) -> Result<T, sqlx::Error>) -> Result<Vec<T>, DbErr> {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        let rows = block_on(query.fetch_all(self.open_one()?)).map_err(query_failed)?;
        rows.iter().map(take).collect::<Result<_, _>>().map_err(query_failed)
    }

    fn open_one(&mut self) -> Result<&mut SqliteConnection, DbErr> {
        self.0.as_mut().ok_or_else(|| DbErr::Custom("the connection is closed".to_owned()))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Waited for, so that the file is let go before another opens it.
        if let Some(open) = self.0.take() {
            let _ = block_on(open.close());
        }
    }
}

fn bound(statement: &Statement) -> Result<Query<'static, Sqlite, SqliteArguments>, DbErr> {
    let mut arguments = SqliteArguments::default();
    for value in statement.values.iter().flat_map(|values| values.0.clone()) {
        let added = match value {
            Value::Bool(value) => arguments.add(value),
            Value::Int(value) => arguments.add(value),
            Value::BigInt(value) => arguments.add(value),
            Value::BigUnsigned(value) => arguments.add(value.map(u64::cast_signed)),
            Value::String(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            other => return Err(DbErr::Custom(format!("no service is known to store {other:?}"))),
        };
        added.map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    Ok(sqlx::query_with(AssertSqlSafe(statement.sql.clone()), arguments))
}

/// A statement for the trace; of bytes only their count and hash.
pub fn shown(statement: &Statement) -> String {
    let shown = |value: &Value| match value {
        Value::Bytes(Some(bytes)) => {
            let mut hash = DefaultHasher::new();
            bytes.hash(&mut hash);
            format!("{} bytes {:016x}", bytes.len(), hash.finish())
        }
        other => other.to_string(),
    };
    let values: Vec<String> = statement.values.iter().flat_map(|values| values.0.iter()).map(shown).collect();
    format!("{} -- {}", statement.sql, values.join(", "))
}

fn query_failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}
