//! Notification: findings become cases, cases become one letter for each agency, letters wait in an outbox for workers.
//!
//! It owns cases with a history that nobody edits, silences, reminders, letters and corrections with their bytes, and deliveries with every attempt
//! and bounce. Reminders follow ingestion's open rounds.
//!
//! It promises that each frozen round of evaluation's log is issued once: cases, letters, numbers, deliveries and the cursor are stored in one
//! transaction, so a crash repeats work and never loses or doubles it. A log that ends before the cursor, or has another round there, is not
//! followed: one of the two databases was put back. A letter is rendered once, numbered without gaps, and stays as it
//! is. A delivery is leased to one worker at a time, and is never dropped: what cannot be sent is set aside, visibly. Sending cannot be exactly
//! once: where a worker dies between the server's 250 and its record, the letter goes out again with the same Message-ID.
//!
//! It never sends mail, never asks anyone to raise a number, and closes no case on silence.

mod addresses;
mod answer;
mod bounce;
mod cases;
mod compose;
mod config;
mod convert;
mod corrections;
mod deadlines;
mod error;
mod follow;
mod grpc;
mod issue;
mod letter;
mod moves;
mod notification;
mod outbox_writer;
mod policy;
mod quiet;
mod reminders;
mod request;
mod retry;
mod round;
mod routing;
mod scenario;
mod seal;
mod service;
mod silences;
mod store;
#[cfg(test)]
mod testing;

pub use addresses::{AddressBookError, EXAMPLE as EXAMPLE_ADDRESSES_TOML};
pub use config::{ConfigError, NotificationConfig, Retry};
pub use error::NotificationError;
pub use letter::{SHIPPED as SHIPPED_TEMPLATES, SampleError, TemplateError};
pub use notification::{Notification, SERVICES};
pub use policy::{EXAMPLE as EXAMPLE_POLICY_TOML, Policy, PolicyError};
pub use scenario::{Outcome as ScenarioOutcome, ScenarioError, ScenarioFile};
