//! Records of attempts that come in together are stored in one transaction: a disk that takes 5 ms for each commit would otherwise hold all
//! workers together to 200 letters a second.
//!
//! Nothing waits for company: what is there when the transaction before has ended goes in the next one, alone if it is alone. A caller is
//! answered when its record is stored.

use sea_orm::DbErr;
use tokio::sync::{mpsc, oneshot};

use crate::store::{Record, Recorded, Store};

/// Most records in one transaction, and most that wait for it.
const MOST: usize = 100;

/// Why a record is not stored.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The database's own.
    #[error("the record was not stored")]
    Database(#[from] DbErr),
    /// The process is ending.
    #[error("the recorder has ended")]
    Ended,
}

/// Takes records to the store; all copies share one queue.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Waiting>,
}

/// A record, and who waits for it.
struct Waiting {
    record: Record,
    answer: oneshot::Sender<Result<Recorded, DbErr>>,
}

impl Recorder {
    /// Starts the task that stores; it ends when the last copy is gone.
    #[must_use]
    pub fn start(store: Store) -> Self {
        let (queue, mut waiting) = mpsc::channel(MOST);
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(MOST);
            while waiting.recv_many(&mut batch, MOST).await > 0 {
                take(&store, std::mem::take(&mut batch)).await;
            }
        });
        Self { queue }
    }

    /// Stores a record, with others that come in meanwhile.
    ///
    /// # Errors
    /// [`RecordError`]; then this record is not stored.
    pub async fn record(&self, record: Record) -> Result<Recorded, RecordError> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Waiting { record, answer }).await.map_err(|_| RecordError::Ended)?;
        Ok(answered.await.map_err(|_| RecordError::Ended)??)
    }
}

async fn take(store: &Store, mut batch: Vec<Waiting>) {
    batch.sort_by(|a, b| a.record.delivery_id.cmp(&b.record.delivery_id));
    match store.record(batch.iter().map(|waiting| &waiting.record)).await {
        Ok(recorded) => batch.into_iter().zip(recorded).for_each(|(waiting, recorded)| answer(waiting.answer, Ok(recorded))),
        Err(error) => {
            tracing::warn!(%error, records = batch.len(), "records that came together are stored one by one");
            for Waiting { record, answer: to } in batch {
                answer(to, store.record([&record].into_iter()).await.and_then(one));
            }
        }
    }
}

fn one(mut recorded: Vec<Recorded>) -> Result<Recorded, DbErr> {
    recorded.pop().ok_or_else(|| DbErr::RecordNotFound("an answer for a record".to_owned()))
}

/// A caller that has gone meanwhile asks again, and gets the same answer.
fn answer(to: oneshot::Sender<Result<Recorded, DbErr>>, result: Result<Recorded, DbErr>) {
    let _ = to.send(result);
}
