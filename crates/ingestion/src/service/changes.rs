//! Following the change log.

use futures::{Stream, StreamExt};
use leitai_proto::ingestion::v1::{Change, WatchChangesResponse, change::Kind};
use leitai_storage::change_log::{Batch, Entry};
use prost::Message;

use super::Service;
use crate::error::Error;

/// Changes in one message.
const BATCH: u64 = 1_000;

impl Service {
    /// Every change after a number, then each new one as it is committed. Ends only with an error.
    pub fn changes(&self, after: i64) -> impl Stream<Item = Result<WatchChangesResponse, Error>> + Send + 'static {
        self.log.tail(self.database.clone(), after, BATCH).map(|batch| response(batch?))
    }
}

fn response(batch: Batch) -> Result<WatchChangesResponse, Error> {
    let changes = batch.entries.into_iter().map(change).collect::<Result<_, _>>()?;
    Ok(WatchChangesResponse { changes, head_sequence: batch.head })
}

/// A stored entry with the number that it got.
fn change(entry: Entry) -> Result<Change, Error> {
    let mut change = Change::decode(entry.payload.as_slice())?;
    change.sequence = entry.sequence;
    if let Some(Kind::RoundFrozen(round)) = &mut change.kind {
        round.frozen_sequence = entry.sequence;
    }
    Ok(change)
}
