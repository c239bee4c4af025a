//! Reads delivery status notifications (RFC 3464): which message a mail system returned, for whom, and why.
//!
//! Pure: bytes in, a report or a named reason out. It never guesses: a message that is no report, or one without its required fields, is refused.
//! Whether a report is about a letter of ours is not decided here, and nothing in it is proof of who sent it.

mod fields;
mod report;

pub use report::{Action, NotAReport, Recipient, Report, read};
