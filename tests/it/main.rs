//! Tests over the wire: every role in this process on port 0, on SQLite and on PostgreSQL, with a real SMTP server.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod copies;
mod corrections;
mod flow;
mod measures;
mod provincial;
mod system;
mod wire;
