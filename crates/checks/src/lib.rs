//! The rules of a plan held against reported values: what is wrong with a value before anyone judges it against a target.
//!
//! Rules are written in the Common Expression Language (CEL), parsed and evaluated by the `cel` crate; a rule that needs several rows at
//! once is of a kind of its own. A [`RuleSet`] is compiled once for a plan revision; [`RuleSet::check`] holds incoming values against it
//! together with those in force, and gives findings; a report that is too large for that is held in parts.
//!
//! It promises that every number is an exact decimal, that a rule whose operands are not known does not apply (never a guess), that an
//! expression has no loops, so that its cost is bounded by its length, and that the same values give the same findings in the same order.
//! Pure: no I/O, no clock, no randomness.

mod check;
mod compile;
mod environment;
mod expression;
mod finding;
mod known;
mod message;
mod number;
mod overlay;
mod parts;
mod reprinted;
mod required;
mod rule_set;
mod template;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod triggers;
mod variable;
mod view;

pub use self::{
    finding::{Applied, Checked, Finding, Incoming, Reason},
    known::{Known, Needs, Values},
    parts::{Pass, REACH},
    reprinted::Tables,
    rule_set::{RuleError, RuleSet},
};
