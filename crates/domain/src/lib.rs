//! The rules of Leitai: periods, decimals, the target grammar, plan documents, pace, verdicts, ranking and scores.
//!
//! Everything here is a pure function of its arguments: no I/O, no clock, no randomness, no async.

pub mod assessment;
pub mod decimal;
pub mod division;
pub mod integrity;
pub mod lint;
pub mod micros;
pub mod pace;
pub mod period;
pub mod plan;
pub mod policy;
pub mod projection;
mod random;
pub mod ranking;
pub mod rollup;
pub mod score;
pub mod shipped;
pub mod simulate;
pub mod still_needed;
pub mod target;
#[cfg(test)]
mod testing;
pub mod verdict;
pub mod yardstick;
