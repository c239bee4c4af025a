//! The worker between a notification service and a mail server, both real sockets.
#![expect(clippy::unwrap_used, reason = "tests")]

mod encrypted;
mod faults;
mod limits;
mod outbox;
mod reports;
mod sending;
