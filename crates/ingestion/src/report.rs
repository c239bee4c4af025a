//! From raw items to assessed ones: pure, no database and no clock. [`source`] reads what was submitted, [`assess`] judges each item, [`scope`]
//! whether its division can report its indicator, [`settle`] holds its value against the one in force.

pub mod assess;
mod scope;
pub mod settle;
pub mod source;

#[cfg(test)]
mod tests;
