//! Ingestion's tables and the queries on them. Observations are keyed by division first, so that they can be distributed on it.

pub mod awaiting;
pub(crate) mod entities;
pub mod events;
pub mod findings;
pub mod firsts;
pub mod found;
pub mod items;
mod migrations;
pub mod observations;
pub mod plans;
pub mod reports;
pub mod revisions;
pub mod rounds;

pub mod uploads;

#[cfg(test)]
mod tests;

pub use migrations::Migrator;

/// Rows in one insert or keys in one query, far below both databases' bind limits.
const CHUNK: usize = 500;
