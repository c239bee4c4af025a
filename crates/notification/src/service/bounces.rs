//! Use cases of reports that mail systems return.

use leitai_proto::notification::v1::RecordBounceResponse;
use leitai_rpc::{clock::millis, failure::Failure, paging::Page};
use prost::Message;

use super::{Notifications, internal};
use crate::{
    answer,
    bounce::Report,
    store::{Kept, entities::bounce},
};

impl Notifications {
    /// Keeps a report and changes what it is about; a repeat of the request is answered with the first answer.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn record_bounce(&self, report: &Report) -> Result<RecordBounceResponse, Failure> {
        let now = self.clock.now();
        let encode = |rows: &[bounce::Model]| response(rows).encode_to_vec();
        match self.store.record_bounce(report, (millis(now), now), encode).await.map_err(internal)? {
            Kept::Now(rows) => Ok(response(&rows)),
            Kept::Before(answer) => RecordBounceResponse::decode(answer.as_slice()).map_err(|error| Failure::internal(&error)),
        }
    }

    /// A page of what was kept and the next page's token.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn bounces(&self, unmatched: bool, page: &Page) -> Result<(Vec<bounce::Model>, String), Failure> {
        self.store.bounces(unmatched, page).await.map_err(internal)
    }
}

fn response(rows: &[bounce::Model]) -> RecordBounceResponse {
    RecordBounceResponse { bounces: rows.iter().cloned().map(answer::bounce).collect() }
}
