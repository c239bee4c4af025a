//! Ingestion: plans, the divisions they judge, reports and the observations accepted from them, rounds.
//!
//! It owns these tables and their change log, which is how every other service learns of them.
//!
//! It promises that every cell or row of a report gets an answer, that a report is stored whole or not at all, that a repeated request is
//! answered with its first answer, that a value that waits for an explanation or for approval is not in force, and that a value once
//! accepted is never overwritten: a correction is its next revision. Its change log has no gaps and is in commit order, so a frozen round holds
//! exactly the values with a smaller number.
//!
//! It never guesses: a name, period, unit or number that cannot be read is an item with a reason. It never computes a growth from
//! levels, never judges a value against a target, and takes no time or randomness from the machine.

mod calendar;
mod config;
mod convert;
mod error;
mod grpc;
mod ingestion;
mod life;
mod obligations;
mod report;
mod responsibility;
mod service;
mod store;
#[cfg(test)]
mod testing;

pub use config::{ConfigError, IngestionConfig};
pub use error::IngestionError;
pub use grpc::SERVICES;
pub use ingestion::Ingestion;
pub use responsibility::ResponsibilityConfig;
pub use store::Migrator;
