//! The change log: what a service's followers read, numbered from 1 without gaps in commit order.
//!
//! Serial numbers become visible out of order on PostgreSQL: a transaction that took the smaller number may commit later, and a follower
//! that has passed it never sees it. Here the number comes from one counter row, updated in the writer's own transaction. Its row lock
//! lasts until commit, so numbers are given in commit order; a rollback gives its numbers back. Append last in a transaction to hold it shortly.

use std::{mem, ops::RangeInclusive, time::Duration};

use futures::{Stream, stream};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    entity::prelude::*,
};
use tokio::{sync::watch, time::timeout};

use crate::Database;

/// How long a follower waits for a local wake-up before it looks for other processes' entries.
const POLL: Duration = Duration::from_millis(200);
/// Rows in one insert, far below both databases' bind limits.
const CHUNK: usize = 500;

pub(crate) mod entry {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_log")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub sequence: i64,
        pub payload: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod head {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "change_log_head")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub last: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without gaps.
    pub sequence: i64,
    /// An encoded message of the service that owns the log.
    pub payload: Vec<u8>,
}

/// Some entries and the newest number at the time they were read.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Ascending; empty only in a tail's first batch.
    pub entries: Vec<Entry>,
    /// The log's newest number.
    pub head: i64,
}

/// Why a log cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum TailError {
    /// The follower has seen entries that the log does not have: one of the two databases was put back to an earlier day. To go on would pass over
    /// as many new entries.
    #[error("the log ends at {head} and the follower has stored {after}: one of their databases is older than the other")]
    WentBack {
        /// The last number that the follower has.
        after: i64,
        /// The log's newest number.
        head: i64,
    },
    /// The database's own.
    #[error("the log cannot be read")]
    Database(#[from] DbErr),
}

/// The handle of one service's log; clones share the wake-up.
#[derive(Debug, Clone)]
pub struct ChangeLog {
    appended: watch::Sender<()>,
}

impl Default for ChangeLog {
    fn default() -> Self {
        Self::new()
    }
}

impl ChangeLog {
    /// A handle; one for each service in a process.
    #[must_use]
    pub fn new() -> Self {
        Self { appended: watch::Sender::new(()) }
    }

    /// Appends entries; call it last in the transaction, and [`Self::poke`] after the commit. Answers with their numbers, empty for none.
    ///
    /// # Errors
    /// The database's own.
    pub async fn append(&self, tx: &DatabaseTransaction, payloads: Vec<Vec<u8>>) -> Result<RangeInclusive<i64>, DbErr> {
        let count = i64::try_from(payloads.len()).map_err(|_| DbErr::Custom("too many entries".to_owned()))?;
        let moved = head::Entity::update_many()
            .col_expr(head::Column::Last, Expr::col(head::Column::Last).add(count))
            .filter(head::Column::Id.eq(1))
            .exec_with_returning(tx)
            .await?;
        let last = moved.first().ok_or_else(|| DbErr::RecordNotFound("the change log has no head row".to_owned()))?.last;
        let first = last - count + 1;
        let mut rows =
            (first..).zip(payloads).map(|(sequence, payload)| entry::ActiveModel { sequence: Set(sequence), payload: Set(payload) });
        loop {
            let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return Ok(first..=last);
            }
            entry::Entity::insert_many(chunk).exec_without_returning(tx).await?;
        }
    }

    /// Up to `limit` entries after a number, ascending.
    ///
    /// # Errors
    /// The database's own.
    pub async fn read_after(&self, conn: &impl ConnectionTrait, after: i64, limit: u64) -> Result<Vec<Entry>, DbErr> {
        let rows = entry::Entity::find()
            .filter(entry::Column::Sequence.gt(after))
            .order_by_asc(entry::Column::Sequence)
            .limit(limit)
            .all(conn)
            .await?;
        Ok(rows.into_iter().map(|row| Entry { sequence: row.sequence, payload: row.payload }).collect())
    }

    /// The newest number, 0 for an empty log.
    ///
    /// # Errors
    /// The database's own.
    pub async fn head(&self, conn: &impl ConnectionTrait) -> Result<i64, DbErr> {
        Ok(head::Entity::find_by_id(1).one(conn).await?.map_or(0, |row| row.last))
    }

    /// Wakes this process's followers; other processes' look every 200 ms.
    pub fn poke(&self) {
        self.appended.send_replace(());
    }

    /// A first batch at once, empty where there is nothing after `after`, then each new one as it is committed. Ends only with an error, at once
    /// where the log does not reach `after`.
    pub fn tail(&self, database: Database, after: i64, limit: u64) -> impl Stream<Item = Result<Batch, TailError>> + Send + 'static {
        let tail = Tail { log: self.clone(), database, appended: self.appended.subscribe(), limit, after, begun: false };
        stream::try_unfold(tail, |mut tail| async move {
            let batch = tail.next().await?;
            Ok(Some((batch, tail)))
        })
    }
}

/// A follower's place in the log.
struct Tail {
    log: ChangeLog,
    database: Database,
    appended: watch::Receiver<()>,
    limit: u64,
    after: i64,
    begun: bool,
}

impl Tail {
    async fn next(&mut self) -> Result<Batch, TailError> {
        loop {
            self.appended.mark_unchanged();
            let entries = self.log.read_after(self.database.connection(), self.after, self.limit).await?;
            let first = !mem::replace(&mut self.begun, true);
            if first || !entries.is_empty() {
                self.after = entries.last().map_or(self.after, |entry| entry.sequence);
                let head = self.log.head(self.database.connection()).await?;
                return if head < self.after { Err(TailError::WentBack { after: self.after, head }) } else { Ok(Batch { entries, head }) };
            }
            // Either a local append or the poll interval: both mean to look again.
            let _ = timeout(POLL, self.appended.changed()).await;
        }
    }
}
