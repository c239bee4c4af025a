//! What use cases outside this module share with those inside.

use std::sync::Arc;

use leitai_domain::{calendar::Calendar, division::Registry, plan::Plan as Document};
use leitai_rpc::clock::SharedClock;
use leitai_storage::Database;
use prost::Message;
use sea_orm::DatabaseTransaction;

use super::Service;
use crate::error::Error;

impl Service {
    /// The database.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// The clock.
    pub(crate) fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// Which days are worked.
    pub(crate) fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// All divisions.
    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Remembers the answer and commits; then followers are woken.
    pub(crate) async fn answer(&self, tx: DatabaseTransaction, method: &str, request_id: &str, answer: &impl Message) -> Result<(), Error> {
        self.finish(tx, method, request_id, answer).await
    }

    /// Where a name of the plan is looked for first.
    pub(crate) async fn home_of(&self, document: &Document, revision: i32) -> Result<Option<String>, Error> {
        self.home(document, revision).await
    }
}
