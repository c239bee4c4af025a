//! From raw items to assessed ones: pure, no database and no clock. [`assess`] judges each item, [`scope`] whether its division can report
//! its indicator.

pub mod assess;
mod scope;

#[cfg(test)]
mod tests;
