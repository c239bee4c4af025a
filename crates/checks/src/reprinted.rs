//! An old table in a new issue: the values of several divisions under a newer period are all those of an earlier one of the year.

use std::collections::BTreeMap;

use leitai_domain::period::Period;

use crate::{
    check::Broken,
    overlay::Overlay,
    rule_set::{Compiled, RuleSet},
    triggers::Subject,
};

/// Values that must be equal before a table is taken for an old one; zeros say nothing and are not counted.
const LEAST: usize = 5;

/// One finding for each value of a table that repeats an earlier one.
pub fn broken<'a>(set: &RuleSet, overlay: &Overlay<'a>, rule: usize, compiled: &Compiled) -> (usize, Vec<Broken<'a>>) {
    let mut tables: BTreeMap<(usize, Period), Vec<Subject<'a>>> = BTreeMap::new();
    for (item, incoming, indicator) in overlay.items() {
        if incoming.micros != 0 && compiled.subjects.contains(&indicator) && compiled.rule.is_held_at(incoming.period) {
            let subject = Subject { item, rule, division: incoming.division, indicator, period: incoming.period };
            tables.entry((indicator, incoming.period)).or_default().push(subject);
        }
    }
    let looked_at = tables.values().map(Vec::len).sum();
    let broken = tables.into_values().flat_map(|table| {
        let earlier = repeats(overlay, &table);
        let name = table.first().and_then(|one| set.measures.get(one.indicator)).map(|measure| measure.name.clone()).unwrap_or_default();
        let count = table.len();
        let message = move |earlier: Period| format!("{name}{count}个县（市、区）的数值都与{}完全相同，疑为旧表重印", earlier.chinese());
        table.into_iter().filter_map(move |subject| Some(Broken { subject, message: message(earlier?) }))
    });
    let broken = broken.collect();
    (looked_at, broken)
}

/// The newest earlier period of the year whose values the table repeats.
fn repeats(overlay: &Overlay<'_>, table: &[Subject<'_>]) -> Option<Period> {
    let period = table.first()?.period;
    period.earlier_this_year().find(|earlier| {
        let pairs = table.iter().filter_map(|one| {
            let now = overlay.value(one.division, one.indicator, one.period)?;
            Some((now, overlay.value(one.division, one.indicator, *earlier)?))
        });
        let pairs: Vec<(i64, i64)> = pairs.collect();
        pairs.len() >= LEAST && pairs.iter().all(|(now, before)| now == before)
    })
}
