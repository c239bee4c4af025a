//! The rules of Leitai: periods, decimals, the target grammar, plan documents, pace, verdicts, projections, the provincial roll-up, ranking,
//! scores and integrity signals.
//!
//! Everything here is a pure function of its arguments: no I/O, no clock, no async, and no randomness but from a seed.

pub mod assessment;
pub mod calendar;
pub mod decimal;
pub mod division;
pub mod integrity;
pub mod ladder;
pub mod lint;
pub mod micros;
pub mod obligation;
pub mod pace;
pub mod period;
pub mod plan;
pub mod policy;
pub mod projection;
mod random;
pub mod ranking;
pub mod responsibility;
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
