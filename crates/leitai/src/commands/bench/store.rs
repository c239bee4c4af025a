//! What became of the letters, read from the throwaway store of the measurement itself: asking the role would be work for it.

use std::path::Path;

use leitai_storage::Database;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

/// The store of a measurement.
pub struct Store(Database);

/// What the store holds when all is sent.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// Letters.
    pub letters: i64,
    /// Their bytes together.
    pub bytes: i64,
    /// Attempts recorded.
    pub attempts: i64,
    /// From the first lease to the last record, seconds, by the role's clock.
    pub seconds: f64,
}

impl Store {
    /// Opens a store that notification has made.
    pub async fn open(file: &Path) -> anyhow::Result<Self> {
        Ok(Self(Database::open(&format!("sqlite://{}?mode=rw", file.display())).await?))
    }

    /// Letters of the issued round; `None` before it is issued.
    pub async fn issued(&self) -> Result<Option<i64>, DbErr> {
        let rows = self.all("SELECT CAST(letter_count AS BIGINT) AS count FROM issued_rounds").await?;
        rows.first().map(|row| row.try_get("", "count")).transpose()
    }

    /// Deliveries that are neither sent nor set aside.
    pub async fn unfinished(&self) -> Result<i64, DbErr> {
        let rows = self.all("SELECT COUNT(*) AS count FROM deliveries WHERE finished_at_ms IS NULL").await?;
        rows.first().map_or(Ok(0), |row| row.try_get("", "count"))
    }

    /// What is there once all is sent; an error where anything was set aside.
    pub async fn sent(&self) -> anyhow::Result<Sent> {
        let sql = "SELECT (SELECT COUNT(*) FROM letters) AS letters, (SELECT SUM(size_bytes) FROM letters) AS bytes, \
                   (SELECT COUNT(*) FROM attempts) AS attempts, (SELECT COUNT(*) FROM deliveries WHERE state <> 'sent') AS others, \
                   (SELECT MAX(at_ms) FROM attempts) - (SELECT MIN(leased_at_ms) FROM leases) AS milliseconds";
        let rows = self.all(sql).await?;
        let row = rows.first().ok_or_else(|| anyhow::anyhow!("the store gave no row"))?;
        let number = |column: &str| row.try_get::<i64>("", column);
        let others = number("others")?;
        anyhow::ensure!(others == 0, "{others} deliveries were set aside");
        let milliseconds = u32::try_from(number("milliseconds")?)?;
        let (letters, bytes, attempts) = (number("letters")?, number("bytes")?, number("attempts")?);
        Ok(Sent { letters, bytes, attempts, seconds: f64::from(milliseconds) / 1_000.0 })
    }

    async fn all(&self, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
        let connection = self.0.connection();
        connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await
    }
}
