//! What came of attempts: the records of a transaction are read and stored together.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, Iterable, QueryFilter, QueryOrder,
    QuerySelect, sea_query::OnConflict,
};

use crate::{
    retry::{Next, Outcome},
    store::entities::{attempt, delivery, lease},
};

/// What came of an attempt, to be recorded.
pub struct Record {
    /// The delivery.
    pub delivery_id: String,
    /// The lease that it was sent under.
    pub token: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The server's answer or the error.
    pub answer: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// What follows from the attempts recorded since the letter was issued or sent again, this one included.
    pub next: Box<dyn Fn(i32) -> Next + Send + Sync>,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Recorded now or before.
    Done {
        /// True where it will be tried again.
        will_retry: bool,
    },
    /// There is no such delivery.
    NoDelivery,
    /// The lease was never given, or was given away since.
    LeaseLost,
}

/// A delivery's id and a lease's token.
type Key = (String, String);

/// What the database holds about deliveries whose attempts are recorded.
struct Known {
    deliveries: HashMap<String, delivery::Model>,
    given: HashSet<Key>,
    /// With whether it will be tried again.
    attempts: HashMap<Key, bool>,
}

/// Stores records; answers in their order. A record ends a bounce: the letter was out once more.
///
/// # Errors
/// The database's own.
pub(super) async fn record(tx: &DatabaseTransaction, records: &[Record]) -> Result<Vec<Recorded>, DbErr> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = known(tx, records).await?;
    let (mut changed, mut attempts) = (HashSet::new(), Vec::new());
    let mut recorded = Vec::with_capacity(records.len());
    for record in records {
        let (answer, attempt) = known.take(record);
        recorded.push(answer);
        if let Some(attempt) = attempt {
            changed.insert(attempt.delivery_id.clone());
            attempts.push(attempt.into_active_model());
        }
    }
    let rows = known.deliveries.into_values().filter(|row| changed.contains(&row.delivery_id));
    replace(tx, rows.collect()).await?;
    attempt::Entity::insert_many(attempts).exec_without_returning(tx).await?;
    Ok(recorded)
}

async fn known(tx: &DatabaseTransaction, records: &[Record]) -> Result<Known, DbErr> {
    let ids = || records.iter().map(|record| record.delivery_id.as_str());
    // Locked, in one order, so that two records of one delivery come one after the other and two writers cannot wait for each other; on SQLite
    // the transaction itself does that.
    let deliveries = delivery::Entity::find()
        .filter(delivery::Column::DeliveryId.is_in(ids()))
        .order_by_asc(delivery::Column::DeliveryId)
        .lock_exclusive()
        .all(tx)
        .await?;
    let leases = lease::Entity::find().filter(lease::Column::DeliveryId.is_in(ids())).all(tx).await?;
    let attempts = attempt::Entity::find().filter(attempt::Column::DeliveryId.is_in(ids())).all(tx).await?;
    Ok(Known {
        deliveries: deliveries.into_iter().map(|row| (row.delivery_id.clone(), row)).collect(),
        given: leases.into_iter().map(|row| (row.delivery_id, row.lease_token)).collect(),
        attempts: attempts.into_iter().map(|row| ((row.delivery_id, row.lease_token), row.will_retry)).collect(),
    })
}

impl Known {
    /// The answer, and the attempt where it is a new one; the delivery is then changed.
    fn take(&mut self, record: &Record) -> (Recorded, Option<attempt::Model>) {
        let Some(row) = self.deliveries.get_mut(&record.delivery_id) else { return (Recorded::NoDelivery, None) };
        let key = (record.delivery_id.clone(), record.token.clone());
        if let Some(will_retry) = self.attempts.get(&key) {
            return (Recorded::Done { will_retry: *will_retry }, None);
        }
        let held = row.lease_token.as_deref() == Some(&record.token);
        if !self.given.contains(&key) || (!held && record.outcome != Outcome::Sent) {
            return (Recorded::LeaseLost, None);
        }
        let next = (record.next)(row.attempts - row.attempts_before + 1);
        let will_retry = matches!(next, Next::At(_));
        *row = after(row.clone(), next, &record.answer, record.at_ms);
        self.attempts.insert(key, will_retry);
        let attempt = attempt::Model {
            delivery_id: record.delivery_id.clone(),
            lease_token: record.token.clone(),
            at_ms: record.at_ms,
            outcome: record.outcome.word().to_owned(),
            answer: record.answer.clone(),
            will_retry,
        };
        (Recorded::Done { will_retry }, Some(attempt))
    }
}

/// Stores rows that are there already, in one statement that both databases know.
async fn replace(tx: &DatabaseTransaction, rows: Vec<delivery::Model>) -> Result<(), DbErr> {
    use delivery::Column::{DeliveryId, LetterId, Recipient};
    if rows.is_empty() {
        return Ok(());
    }
    let changes = delivery::Column::iter().filter(|column| !matches!(column, DeliveryId | LetterId | Recipient));
    let replacing = OnConflict::column(DeliveryId).update_columns(changes).to_owned();
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    delivery::Entity::insert_many(rows).on_conflict(replacing).exec_without_returning(tx).await.map(|_| ())
}

fn after(row: delivery::Model, next: Next, answer: &str, now_ms: i64) -> delivery::Model {
    let (state, next_attempt_at_ms, finished_at_ms) = match next {
        Next::Sent => ("sent", None, Some(now_ms)),
        Next::Failed => ("failed", None, Some(now_ms)),
        Next::At(at_ms) => ("pending", Some(at_ms), None),
    };
    delivery::Model {
        state: state.to_owned(),
        attempts: row.attempts + 1,
        next_attempt_at_ms,
        lease_token: None,
        lease_until_ms: None,
        finished_at_ms,
        bounced_at_ms: None,
        last_answer: answer.to_owned(),
        ..row
    }
}
