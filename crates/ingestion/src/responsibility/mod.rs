//! The responsibility list (责任清单): applying lists, progress, problems put before the task forces, and what is overdue as a round is frozen.
//!
//! It shares ingestion's database, change log and remembered requests. Every step is an event that is never changed; a row that leaves a
//! list is never cancelled unless whoever applies the list says so.

mod answer;
mod apply;
mod config;
mod convert;
mod freeze;
mod grpc;
mod lists;
mod measures;
mod problems;
pub mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use leitai_domain::plan::Plan as Document;
use leitai_rpc::clock::millis;
use time::Date;

pub use self::{config::ResponsibilityConfig, freeze::overdue_entries};
use crate::{calendar, error::Error, service::Service};

/// The use cases of responsibility lists; clones share everything.
#[derive(Clone)]
pub struct Responsibility {
    service: Service,
    config: Arc<ResponsibilityConfig>,
}

/// Who does something, and what they say.
#[derive(Debug, Clone)]
pub struct Act {
    /// Chosen by the caller.
    pub request_id: String,
    /// The measure or problem.
    pub subject_id: String,
    /// The agency.
    pub agency: String,
    /// The person or office.
    pub who: String,
    /// Progress, evidence, problem, reason or answer.
    pub words: String,
}

impl Responsibility {
    /// Beside ingestion's other use cases.
    #[must_use]
    pub fn new(service: Service, config: ResponsibilityConfig) -> Self {
        Self { service, config: Arc::new(config) }
    }

    /// Now, in milliseconds, and the day it is in Beijing.
    fn now(&self) -> (i64, Date) {
        let now = self.service.clock.now();
        (millis(now), calendar::beijing_day(now))
    }

    /// The newest document of a plan.
    async fn document(&self, plan_id: &str) -> Result<Document, Error> {
        Ok(Document::from_toml(&self.service.plan(plan_id).await?.document_toml)?)
    }
}

/// A stored day.
fn stored_day(text: &str) -> Result<Date, Error> {
    calendar::day(Some(text)).ok_or_else(|| Error::StoredText(text.to_owned()))
}

/// A named refusal.
fn refused(reason: &'static str, why: impl ToString) -> Error {
    Error::Refused { reason, why: why.to_string() }
}
