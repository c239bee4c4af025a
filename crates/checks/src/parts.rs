//! A report held in parts, with the findings that it has as a whole.
//!
//! A part holds one city's values, or those of a division that is in none: no rule looks further, but for those of whole tables, whose
//! [`Tables`] are gathered from all parts first. A part may also be some of a city's years, with [`REACH`] years beside them: then only what
//! is found at the years' own values counts.

use crate::{
    finding::{Checked, Incoming},
    known::Known,
    overlay::Overlay,
    reprinted::{self, Tables},
    rule_set::{Body, RuleSet},
};

/// Years before and after a value's own in which values bear on what is found at it: a rule looks one year back, and a value that it looks at
/// may be refused by a rule that looks from one year further.
pub const REACH: i32 = 2;

/// Which rules' tables are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Those whose severity is error.
    Errors,
    /// All others: what an error refuses is in none of their tables.
    Others,
}

impl RuleSet {
    /// How often all parts are gone through for their tables before they are held against the rules, in this order.
    pub fn passes(&self) -> impl Iterator<Item = Pass> {
        [Pass::Errors, Pass::Others].into_iter().filter(|pass| self.of_tables(*pass).next().is_some())
    }

    /// The tables of a part; `before` holds all parts' tables of the pass before.
    #[must_use]
    pub fn tables(&self, pass: Pass, incoming: &[Incoming<'_>], known: &dyn Known, before: &Tables) -> Tables {
        let mut overlay = Overlay::new(self, incoming, known);
        if pass == Pass::Others {
            self.refuse(&mut overlay, Some(before));
        }
        let mut tables = Tables::default();
        self.of_tables(pass).for_each(|rule| tables.add(reprinted::tables(self, &overlay, rule), |_| true));
        tables
    }

    /// Holds a part as [`Self::check`] holds a whole report; `tables` holds those of all parts and passes.
    #[must_use]
    pub fn check_part(&self, incoming: &[Incoming<'_>], known: &dyn Known, tables: &Tables) -> Checked {
        self.check_with(incoming, known, Some(tables))
    }

    fn of_tables(&self, pass: Pass) -> impl Iterator<Item = usize> {
        let rules = self.rules.iter().enumerate().filter(|(_, compiled)| matches!(compiled.body, Body::Reprinted));
        rules.filter(move |(_, compiled)| compiled.is_error() == (pass == Pass::Errors)).map(|(rule, _)| rule)
    }
}
