//! Letters: numbered, rendered once from a round's findings, built as one message. Pure: the same input gives the same bytes.

mod figures;
mod mime;
mod number;
mod page;

#[cfg(test)]
mod tests;

pub use mime::{BuildError, Mail, build};
pub use number::{Number, hex, stable_id};
pub use page::{Draft, Rendered};

/// The offset that dates in letters are printed with: Beijing time.
pub const BEIJING: time::UtcOffset = time::macros::offset!(+8);
