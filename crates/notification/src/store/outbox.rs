//! Leases, and what is written with them.

pub mod history;
pub mod records;
pub mod resend;

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter, Statement};

use self::records::{Record, Recorded};
use super::{
    Store,
    entities::{delivery, lease, letter, letter_message},
};

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

/// A worker's request for work.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Who asks.
    pub worker: String,
    /// Proves the lease.
    pub token: String,
    /// When, milliseconds since 1970.
    pub now_ms: i64,
    /// Until when the lease lasts.
    pub until_ms: i64,
    /// Its bounds.
    pub most: Most,
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
    /// Records what came of attempts, then leases what is due, all in one transaction; answers in the order of the questions. A lease that ended
    /// counts as due.
    ///
    /// # Errors
    /// The database's own; then nothing of it is stored.
    pub async fn write(&self, records: &[Record], asks: &[Ask]) -> Result<(Vec<Recorded>, Vec<Vec<delivery::Model>>), DbErr> {
        let tx = self.database.begin().await?;
        let recorded = records::record(&tx, records).await?;
        if tx.get_database_backend() == DbBackend::Postgres && asks.iter().any(|ask| ask.most.per_domain > 0) {
            // One process's leases after another's, or two at once would both see a domain's last free place. Before the first lease: a stricter
            // lock later could wait for a process that waits for this one. Records go on meanwhile.
            tx.execute_unprepared("LOCK TABLE leases IN SHARE ROW EXCLUSIVE MODE").await?;
        }
        let mut leased = Vec::with_capacity(asks.len());
        for ask in asks {
            leased.push(lease(&tx, ask).await?);
        }
        tx.commit().await?;
        Ok((recorded, leased))
    }

    /// Deliveries with their letters, by number.
    ///
    /// # Errors
    /// The database's own.
    pub async fn with_letters(&self, deliveries: Vec<delivery::Model>) -> Result<Vec<Leased>, DbErr> {
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

    /// Gives back what is still held under these leases; their letters were not begun.
    ///
    /// # Errors
    /// The database's own.
    pub async fn release(&self, leases: &[Released], now_ms: i64) -> Result<(), DbErr> {
        let mut leases: Vec<&Released> = leases.iter().collect();
        // In the order in which records lock them.
        leases.sort_by(|a, b| a.delivery_id.cmp(&b.delivery_id));
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

async fn lease(tx: &DatabaseTransaction, ask: &Ask) -> Result<Vec<delivery::Model>, DbErr> {
    let taken = take_due(tx, ask).await?;
    let leases = taken.iter().map(|delivery| lease::ActiveModel {
        delivery_id: Set(delivery.delivery_id.clone()),
        lease_token: Set(ask.token.clone()),
        worker_id: Set(ask.worker.clone()),
        leased_at_ms: Set(ask.now_ms),
        lease_until_ms: Set(ask.until_ms),
    });
    lease::Entity::insert_many(leases).exec_without_returning(tx).await?;
    Ok(taken)
}

/// One guarded statement: the outer condition is looked at again under the row's lock, so a delivery that another caller took meanwhile is
/// left alone even without SKIP LOCKED, which only spares the wait. ARRAY keeps PostgreSQL from running the inner query twice.
async fn take_due(tx: &DatabaseTransaction, ask: &Ask) -> Result<Vec<delivery::Model>, DbErr> {
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
         WHERE delivery_id {among} AND next_attempt_at_ms <= $1 RETURNING *"
    );
    let bounds = (i64::from(ask.most.deliveries), i64::from(ask.most.per_domain));
    let values = [ask.now_ms.into(), ask.token.as_str().into(), ask.until_ms.into(), bounds.0.into(), bounds.1.into()];
    delivery::Entity::find().from_raw_sql(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).all(tx).await
}

#[cfg(test)]
pub mod tests;
