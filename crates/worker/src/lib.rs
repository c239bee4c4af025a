//! The worker: leases letters from notification, sends them, and records every attempt.
//!
//! It has no database and is the only role that holds mail credentials and the signing key. It sends the stored bytes, where it signs them after
//! their DKIM signature, and nothing else.
//!
//! It promises that every lease ends in a recorded attempt, is given back, or lapses, so that no letter is lost. A letter can be sent twice only when the
//! worker or the connection dies between the server's 250 and the record; both copies then carry the same Message-ID.

mod config;
mod dkim;
mod lane;
mod mask;
mod pace;
mod reach;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;
mod worker;

pub use config::{ConfigError, Limits, TransportConfig, TransportKind, WorkerConfig};
pub use dkim::{DkimConfig, DkimError, record as dkim_record};
pub use worker::{Worker, WorkerError};
