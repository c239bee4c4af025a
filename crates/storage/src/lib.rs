//! What every service's store shares: the connection, write transactions, the change log, follower cursors and remembered requests.
//!
//! It owns no service's tables. It promises that the change log has no gaps and is read in commit order on SQLite and on PostgreSQL,
//! and that a cursor is stored in the transaction of its caller. It never keeps a transaction open across a network call.

pub mod change_log;
pub mod cursor;
mod database;
pub mod migrations;
pub mod requests;
#[cfg(feature = "testing")]
pub mod testing;

pub use database::{Database, StorageError, is_busy, or_roll_back};
