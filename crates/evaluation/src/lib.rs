//! Evaluation: every county held against every target at the pace the year should have reached, ranked and scored.
//!
//! It owns the findings log and the list of evaluated rounds. Values it only mirrors: they come from ingestion's change log, live in
//! memory as columns, and are replayed from the log's start when the process starts.
//!
//! It promises that each frozen round becomes exactly one entry of the findings log, evaluated from the values known at the round's own place
//! in ingestion's log, however often the process is stopped or killed. A log that ends before what was evaluated from it, or has another freeze
//! there, is not followed: one of the two databases was put back. Queries answer from the newest values, and `UNAVAILABLE` with
//! the reason `CATCHING_UP` until the first replay has reached the head that it saw at its start.
//!
//! It never edits a value and never judges by anything but the plan, the values and the policy.

mod analysis;
mod config;
mod convert;
mod cube;
mod error;
mod evaluation;
mod follower;
mod group;
mod grpc;
mod method;
mod outlook;
mod paths;
mod policies;
mod round;
mod row;
mod service;
mod signals;
mod standings;
mod state;
mod store;
mod target_round;
mod targets;
#[cfg(test)]
mod testing;

pub use config::{ConfigError, EvaluationConfig};
pub use error::EvaluationError;
pub use evaluation::{Evaluation, SERVICES};
