//! The values as they would be: those in force, with the incoming ones laid over them.

use std::collections::{HashMap, HashSet};

use leitai_domain::period::Period;

use crate::{finding::Incoming, known::Known, rule_set::RuleSet};

/// Incoming values over known ones.
pub struct Overlay<'a> {
    pub known: &'a dyn Known,
    set: &'a RuleSet,
    incoming: &'a [Incoming<'a>],
    by_key: HashMap<(&'a str, usize, Period), usize>,
    refused: HashSet<usize>,
}

impl<'a> Overlay<'a> {
    /// Of the same division, indicator and period twice the later one counts.
    pub fn new(set: &'a RuleSet, incoming: &'a [Incoming<'a>], known: &'a dyn Known) -> Self {
        let keys = incoming.iter().enumerate();
        let keys = keys.filter_map(|(item, one)| Some(((one.division, set.position(one.indicator)?, one.period), item)));
        Self { known, set, incoming, by_key: keys.collect(), refused: HashSet::new() }
    }

    /// Incoming values that are not refused: position, value and position of the indicator.
    pub fn items(&self) -> impl Iterator<Item = (usize, &'a Incoming<'a>, usize)> {
        let items = self.incoming.iter().enumerate().filter(|(item, _)| !self.refused.contains(item));
        items.filter_map(|(item, one)| Some((item, one, self.set.position(one.indicator)?)))
    }

    /// From now on the value stands for nothing.
    pub fn refuse(&mut self, item: usize) {
        self.refused.insert(item);
    }

    /// The incoming value of a key.
    pub fn item(&self, division: &str, indicator: usize, period: Period) -> Option<usize> {
        self.by_key.get(&(division, indicator, period)).copied().filter(|item| !self.refused.contains(item))
    }

    /// An incoming value by its position.
    pub fn incoming(&self, item: usize) -> Option<&'a Incoming<'a>> {
        self.incoming.get(item)
    }

    /// The value of a key in millionths: incoming, or else in force.
    pub fn value(&self, division: &str, indicator: usize, period: Period) -> Option<i64> {
        let incoming = self.item(division, indicator, period).and_then(|item| self.incoming.get(item)).map(|one| one.micros);
        incoming.or_else(|| self.known.value(division, &self.set.measures.get(indicator)?.id, period))
    }
}
