//! Whoever reports one of a rule's indicators for a division and period of the plan's year reports all that are due.

use std::collections::BTreeMap;

use leitai_domain::period::Period;

use crate::{
    check::Broken,
    overlay::Overlay,
    rule_set::{Compiled, RuleSet},
    triggers::Subject,
};

/// One finding for each division and period that lacks an indicator, at its first value.
pub fn broken<'a>(set: &RuleSet, overlay: &Overlay<'a>, rule: usize, compiled: &Compiled) -> (usize, Vec<Broken<'a>>) {
    let mut first: BTreeMap<(&'a str, Period), (usize, usize)> = BTreeMap::new();
    for (item, incoming, indicator) in overlay.items() {
        // Of other years only bases are reported.
        let asked = incoming.period.year() == set.year && compiled.rule.is_held_at(incoming.period);
        if asked && compiled.subjects.contains(&indicator) {
            first.entry((incoming.division, incoming.period)).or_insert((item, indicator));
        }
    }
    let looked_at = first.len();
    let broken = first.into_iter().filter_map(|((division, period), (item, indicator))| {
        let absent = |at: &usize| {
            let measure = set.measures.get(*at).filter(|measure| measure.is_due(period))?;
            overlay.value(division, *at, period).is_none().then_some(measure.name.as_str())
        };
        let absent: Vec<&str> = compiled.subjects.iter().filter_map(absent).collect();
        let message = format!("{}缺少：{}", period.chinese(), absent.join("、"));
        let subject = Subject { item, rule, division, indicator, period };
        (!absent.is_empty()).then_some(Broken { subject, message })
    });
    (looked_at, broken.collect())
}
