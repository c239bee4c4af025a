//! An old table in a new issue: the values of several divisions under a newer period are all those of an earlier one of the year.

use std::collections::BTreeMap;

use leitai_domain::period::Period;

use crate::{
    check::Broken,
    finding::Incoming,
    overlay::Overlay,
    rule_set::{Compiled, RuleSet},
    triggers::Subject,
};

/// Values that must be equal before a table is taken for an old one; zeros say nothing and are not counted.
const LEAST: usize = 5;

/// The values of one indicator and period that a rule is held against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Table {
    values: usize,
    /// By earlier period of the year: values that are known at both, and of them equal ones.
    earlier: BTreeMap<Period, (usize, usize)>,
}

impl Table {
    /// The newest earlier period whose values it repeats.
    fn repeats(&self) -> Option<Period> {
        self.earlier.iter().rev().find(|(_, (both, equal))| *both >= LEAST && both == equal).map(|(period, _)| *period)
    }
}

/// What is told of a report's tables: small, however many divisions they have. Those of its parts add up to those of the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables(BTreeMap<(usize, usize, Period), Table>);

impl Tables {
    /// Adds the tables of another part, or of other rules; of those of the part only periods that are its own.
    pub fn add(&mut self, part: Self, own: impl Fn(Period) -> bool) {
        for ((rule, indicator, period), table) in part.0.into_iter().filter(|((_, _, period), _)| own(*period)) {
            let known = self.0.entry((rule, indicator, period)).or_default();
            known.values += table.values;
            for (earlier, (both, equal)) in table.earlier {
                let pairs = known.earlier.entry(earlier).or_default();
                *pairs = (pairs.0 + both, pairs.1 + equal);
            }
        }
    }
}

/// The tables that a rule sees.
pub fn tables(set: &RuleSet, overlay: &Overlay<'_>, rule: usize) -> Tables {
    let mut tables = BTreeMap::new();
    for (_, incoming, indicator) in set.rules.get(rule).into_iter().flat_map(|compiled| held_against(overlay, compiled)) {
        let table: &mut Table = tables.entry((rule, indicator, incoming.period)).or_default();
        table.values += 1;
        for earlier in incoming.period.earlier_this_year() {
            if let Some(before) = overlay.value(incoming.division, indicator, earlier) {
                let pairs = table.earlier.entry(earlier).or_default();
                *pairs = (pairs.0 + 1, pairs.1 + usize::from(overlay.value(incoming.division, indicator, incoming.period) == Some(before)));
            }
        }
    }
    Tables(tables)
}

/// One finding for each value of a table that repeats an earlier one.
pub fn broken<'a>(set: &RuleSet, overlay: &Overlay<'a>, rule: usize, compiled: &Compiled, tables: &Tables) -> (usize, Vec<Broken<'a>>) {
    let old: BTreeMap<(usize, Period), String> = tables.0.iter().filter_map(|(key, table)| message(set, rule, key, table)).collect();
    let held_against = held_against(overlay, compiled);
    let broken = held_against.iter().filter_map(|(item, incoming, indicator)| {
        let message = old.get(&(*indicator, incoming.period))?.clone();
        let subject = Subject { item: *item, rule, division: incoming.division, indicator: *indicator, period: incoming.period };
        Some(Broken { subject, message })
    });
    (held_against.len(), broken.collect())
}

/// What is said of a rule's table that is an old one.
fn message(set: &RuleSet, rule: usize, key: &(usize, usize, Period), table: &Table) -> Option<((usize, Period), String)> {
    let (of, indicator, period) = *key;
    let earlier = table.repeats().filter(|_| of == rule)?.chinese();
    let name = set.measures.get(indicator).map(|measure| measure.name.as_str()).unwrap_or_default();
    Some(((indicator, period), format!("{name}{}个县（市、区）的数值都与{earlier}完全相同，疑为旧表重印", table.values)))
}

fn held_against<'a>(overlay: &Overlay<'a>, compiled: &Compiled) -> Vec<(usize, &'a Incoming<'a>, usize)> {
    let seen = |(_, incoming, indicator): &(usize, &Incoming<'_>, usize)| {
        incoming.micros != 0 && compiled.subjects.contains(indicator) && compiled.rule.is_held_at(incoming.period)
    };
    overlay.items().filter(|item| seen(item)).collect()
}
