//! The tables of responsibility lists and the queries on them.

pub mod entities;
pub mod events;
pub mod lists;
pub mod measures;
pub mod migration;
pub mod problems;
pub mod projects;

#[cfg(test)]
mod tests;

/// Rows in one insert, far below both databases' bind limits.
const CHUNK: usize = 500;
