//! Leases and records that are asked for together are stored in one transaction: each commit waits for the disk, some 5 ms, which would
//! otherwise hold all workers together to 200 letters a second.
//!
//! Nothing waits for company: what is there when the transaction before has ended goes in the next one, alone if it is alone. A caller is
//! answered when its own part is committed.

use sea_orm::DbErr;
use tokio::sync::{mpsc, oneshot};

use crate::store::{Ask, Leased, Record, Recorded, Store, entities::delivery};

/// Most leases and records in one transaction, and most that wait for it.
const MOST: usize = 100;

/// Why nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The database's own.
    #[error("the outbox was not written")]
    Database(#[from] DbErr),
    /// The process is ending.
    #[error("the outbox's writer has ended")]
    Ended,
}

/// Takes leases and records to the store; all copies share one queue.
#[derive(Clone)]
pub struct OutboxWriter {
    store: Store,
    queue: mpsc::Sender<Waiting>,
}

type Reply<T> = oneshot::Sender<Result<T, DbErr>>;

/// Something to store, and who waits for it.
enum Waiting {
    Lease(Ask, Reply<Vec<delivery::Model>>),
    Record(Record, Reply<Recorded>),
}

impl OutboxWriter {
    /// Starts the task that stores; it ends when the last copy is gone.
    #[must_use]
    pub fn start(store: Store) -> Self {
        let (queue, mut waiting) = mpsc::channel(MOST);
        let to = store.clone();
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(MOST);
            while waiting.recv_many(&mut batch, MOST).await > 0 {
                take(&to, std::mem::take(&mut batch)).await;
            }
        });
        Self { store, queue }
    }

    /// Leases what is due, and reads its letters.
    ///
    /// # Errors
    /// [`WriteError`]; what was leased then lapses.
    pub async fn lease(&self, ask: Ask) -> Result<Vec<Leased>, WriteError> {
        let taken = self.ask(|reply| Waiting::Lease(ask, reply)).await?;
        Ok(self.store.with_letters(taken).await?)
    }

    /// Stores a record.
    ///
    /// # Errors
    /// [`WriteError`]; then this record is not stored.
    pub async fn record(&self, record: Record) -> Result<Recorded, WriteError> {
        self.ask(|reply| Waiting::Record(record, reply)).await
    }

    async fn ask<T>(&self, waiting: impl FnOnce(Reply<T>) -> Waiting) -> Result<T, WriteError> {
        let (reply, replied) = oneshot::channel();
        self.queue.send(waiting(reply)).await.map_err(|_| WriteError::Ended)?;
        Ok(replied.await.map_err(|_| WriteError::Ended)??)
    }
}

/// Records before leases: what has just been sent is not to be leased again.
async fn take(store: &Store, batch: Vec<Waiting>) {
    let (mut asks, mut askers, mut records, mut recorders) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for waiting in batch {
        match waiting {
            Waiting::Lease(ask, reply) => (asks.push(ask), askers.push(reply)),
            Waiting::Record(record, reply) => (records.push(record), recorders.push(reply)),
        };
    }
    match store.write(&records, &asks).await {
        Ok((recorded, leased)) => {
            recorders.into_iter().zip(recorded).for_each(|(to, recorded)| answer(to, Ok(recorded)));
            askers.into_iter().zip(leased).for_each(|(to, leased)| answer(to, Ok(leased)));
        }
        Err(error) => {
            tracing::warn!(%error, records = records.len(), leases = asks.len(), "what came together is stored one by one");
            for (record, to) in records.iter().zip(recorders) {
                answer(to, store.write(std::slice::from_ref(record), &[]).await.and_then(|(recorded, _)| only(recorded)));
            }
            for (ask, to) in asks.iter().zip(askers) {
                answer(to, store.write(&[], std::slice::from_ref(ask)).await.and_then(|(_, leased)| only(leased)));
            }
        }
    }
}

fn only<T>(mut answers: Vec<T>) -> Result<T, DbErr> {
    answers.pop().ok_or_else(|| DbErr::RecordNotFound("an answer for what was stored".to_owned()))
}

/// A caller that has gone meanwhile asks again: a record gets the same answer, a lease lapses.
fn answer<T>(to: Reply<T>, result: Result<T, DbErr>) {
    let _ = to.send(result);
}
