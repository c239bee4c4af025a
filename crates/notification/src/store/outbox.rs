//! Leases and attempts.

pub mod history;
pub mod resend;

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect, Statement,
};

use super::{
    Store,
    entities::{attempt, delivery, lease, letter, letter_message},
};
use crate::retry::{Next, Outcome};

/// A delivery that a worker may send now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The delivery.
    pub delivery: delivery::Model,
    /// Its letter.
    pub letter: letter::Model,
    /// The letter's bytes.
    pub message: Vec<u8>,
}

/// Bounds of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// Deliveries.
    pub deliveries: i32,
    /// Leases that hold deliveries to one domain at the same time, this one included; 0: no bound. One lease is sent over one connection.
    pub per_domain: i32,
}

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

/// A lease to give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The delivery.
    pub delivery_id: String,
    /// Its lease.
    pub token: String,
    /// Milliseconds until it is due again.
    pub wait_ms: i64,
}

impl Store {
    /// Leases due deliveries until `until_ms`, under one token. A lease that ended counts as due.
    ///
    /// # Errors
    /// The database's own.
    pub async fn lease(&self, worker: &str, token: &str, now_ms: i64, until_ms: i64, most: Most) -> Result<Vec<Leased>, DbErr> {
        let tx = self.database.begin().await?;
        if most.per_domain > 0 && tx.get_database_backend() == DbBackend::Postgres {
            // One lease after another, or two at once would both see a domain's last free place. Records go on meanwhile.
            tx.execute_unprepared("LOCK TABLE leases IN SHARE ROW EXCLUSIVE MODE").await?;
        }
        let taken = take_due(&tx, token, now_ms, until_ms, most).await?;
        let leases = taken.iter().map(|delivery_id| lease::ActiveModel {
            delivery_id: Set(delivery_id.clone()),
            lease_token: Set(token.to_owned()),
            worker_id: Set(worker.to_owned()),
            leased_at_ms: Set(now_ms),
            lease_until_ms: Set(until_ms),
        });
        lease::Entity::insert_many(leases).exec_without_returning(&tx).await?;
        let deliveries = delivery::Entity::find().filter(delivery::Column::DeliveryId.is_in(taken)).all(&tx).await?;
        tx.commit().await?;
        self.with_letters(deliveries).await
    }

    async fn with_letters(&self, deliveries: Vec<delivery::Model>) -> Result<Vec<Leased>, DbErr> {
        let connection = self.database.connection();
        let ids = || deliveries.iter().map(|delivery| delivery.letter_id.as_str());
        let letters = letter::Entity::find().filter(letter::Column::LetterId.is_in(ids())).all(connection).await?;
        let messages = letter_message::Entity::find().filter(letter_message::Column::LetterId.is_in(ids())).all(connection).await?;
        let letters: HashMap<String, letter::Model> = letters.into_iter().map(|row| (row.letter_id.clone(), row)).collect();
        let messages: HashMap<String, Vec<u8>> = messages.into_iter().map(|row| (row.letter_id, row.message)).collect();
        let mut leased = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            let (Some(letter), Some(message)) = (letters.get(&delivery.letter_id), messages.get(&delivery.letter_id)) else {
                return Err(DbErr::RecordNotFound(format!("letter {} of a delivery", delivery.letter_id)));
            };
            leased.push(Leased { delivery, letter: letter.clone(), message: message.clone() });
        }
        leased.sort_by_key(|leased| (leased.letter.year, leased.letter.ordinal));
        Ok(leased)
    }

    /// Records what came of attempts, in one transaction; answers in their order. Rows are locked in that order too: two processes that both
    /// sort by delivery cannot wait for each other. A record ends a bounce: the letter was out once more.
    ///
    /// # Errors
    /// The database's own; then none of them is stored.
    pub async fn record(&self, records: impl Iterator<Item = &Record>) -> Result<Vec<Recorded>, DbErr> {
        let tx = self.database.begin().await?;
        let mut recorded = Vec::new();
        for record in records {
            recorded.push(record_in(&tx, record).await?);
        }
        tx.commit().await?;
        Ok(recorded)
    }
}

impl Store {
    /// Gives back what is still held under these leases; their letters were not begun.
    ///
    /// # Errors
    /// The database's own.
    pub async fn release(&self, leases: &[Released], now_ms: i64) -> Result<(), DbErr> {
        let tx = self.database.begin().await?;
        for lease in leases {
            let free = delivery::ActiveModel {
                state: Set("pending".to_owned()),
                next_attempt_at_ms: Set(Some(now_ms + lease.wait_ms)),
                lease_token: Set(None),
                lease_until_ms: Set(None),
                ..Default::default()
            };
            let held = delivery::Column::LeaseToken.eq(lease.token.as_str());
            let one = delivery::Column::DeliveryId.eq(lease.delivery_id.as_str());
            delivery::Entity::update_many().set(free).filter(one).filter(held).exec(&tx).await?;
        }
        tx.commit().await
    }
}

async fn record_in(tx: &DatabaseTransaction, record: &Record) -> Result<Recorded, DbErr> {
    // Locked so that two records of one delivery come one after the other; on SQLite the transaction itself does that.
    let Some(row) = delivery::Entity::find_by_id(&record.delivery_id).lock_exclusive().one(tx).await? else {
        return Ok(Recorded::NoDelivery);
    };
    let key = || (record.delivery_id.clone(), record.token.clone());
    if let Some(before) = attempt::Entity::find_by_id(key()).one(tx).await? {
        return Ok(Recorded::Done { will_retry: before.will_retry });
    }
    let held = row.lease_token.as_deref() == Some(&record.token);
    let given = lease::Entity::find_by_id(key()).one(tx).await?.is_some();
    if !given || (!held && record.outcome != Outcome::Sent) {
        return Ok(Recorded::LeaseLost);
    }
    let next = (record.next)(row.attempts - row.attempts_before + 1);
    let will_retry = matches!(next, Next::At(_));
    let row = after(row, next, &record.answer, record.at_ms);
    delivery::Entity::update(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    let attempt = attempt::Model {
        delivery_id: record.delivery_id.clone(),
        lease_token: record.token.clone(),
        at_ms: record.at_ms,
        outcome: record.outcome.word().to_owned(),
        answer: record.answer.clone(),
        will_retry,
    };
    attempt::Entity::insert(attempt.into_active_model()).exec_without_returning(tx).await?;
    Ok(Recorded::Done { will_retry })
}

/// One guarded statement: the outer condition is looked at again under the row's lock, so a delivery that another caller took meanwhile is
/// left alone even without SKIP LOCKED, which only spares the wait. ARRAY keeps PostgreSQL from running the inner query twice.
async fn take_due(tx: &DatabaseTransaction, token: &str, now_ms: i64, until_ms: i64, most: Most) -> Result<Vec<String>, DbErr> {
    let busy = "SELECT domain FROM deliveries WHERE lease_until_ms > $1 GROUP BY domain HAVING COUNT(DISTINCT lease_token) >= $5";
    let free = format!("($5 = 0 OR domain NOT IN ({busy}))");
    let due = format!(
        "SELECT delivery_id FROM deliveries WHERE next_attempt_at_ms <= $1 AND {free} ORDER BY next_attempt_at_ms, delivery_id LIMIT $4"
    );
    let among = match tx.get_database_backend() {
        DbBackend::Postgres => format!("= ANY(ARRAY({due} FOR UPDATE SKIP LOCKED))"),
        _ => format!("IN ({due})"),
    };
    let sql = format!(
        "UPDATE deliveries SET state = 'leased', lease_token = $2, lease_until_ms = $3, next_attempt_at_ms = $3 \
         WHERE delivery_id {among} AND next_attempt_at_ms <= $1 RETURNING delivery_id"
    );
    let bounds = (i64::from(most.deliveries), i64::from(most.per_domain));
    let values = [now_ms.into(), token.into(), until_ms.into(), bounds.0.into(), bounds.1.into()];
    let rows = tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    rows.iter().map(|row| row.try_get::<String>("", "delivery_id")).collect()
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

#[cfg(test)]
pub mod tests;
