//! The example rules that ship, on a whole simulated year.

use std::collections::BTreeMap;

use leitai_domain::{decimal, plan::Plan, shipped, simulate};

use crate::{
    finding::{Applied, Incoming},
    known::Values,
    rule_set::RuleSet,
    testing::registry,
};

#[test]
fn every_shipped_plan_compiles() {
    for (id, text) in shipped::plans() {
        let compiled = RuleSet::compile(&Plan::from_toml(text).unwrap());
        assert!(compiled.is_ok(), "{id}: {compiled:?}");
    }
}

/// Each period's report after those before it, as the demo submits them; every value comes into force.
fn year(seed: u64) -> Vec<Applied> {
    let set = RuleSet::compile(&Plan::from_toml(shipped::plan(simulate::PLAN).unwrap()).unwrap()).unwrap();
    let values = simulate::whole_year(registry(), seed).unwrap();
    let mut periods: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for one in &values {
        periods.entry(one.period).or_default().push((one, decimal::to_micros(one.value).unwrap(), one.value.to_string()));
    }
    let mut known = Values::new(registry());
    let mut all: Vec<Applied> = Vec::new();
    for (period, report) in periods {
        let incoming: Vec<Incoming<'_>> = report
            .iter()
            .map(|(one, micros, text)| Incoming {
                division: &one.division_code,
                indicator: &one.indicator_id,
                period,
                micros: *micros,
                source_text: text,
            })
            .collect();
        let checked = set.check(&incoming, &known);
        all = if all.is_empty() { checked.applied } else { add(all, checked.applied) };
        for one in incoming {
            known.insert(one.division, one.indicator, one.period, one.micros);
        }
    }
    all
}

fn add(all: Vec<Applied>, more: Vec<Applied>) -> Vec<Applied> {
    let sum = |(mut one, other): (Applied, Applied)| {
        (one.held, one.broken) = (one.held + other.held, one.broken + other.broken);
        one
    };
    all.into_iter().zip(more).map(sum).collect()
}

/// The simulator draws the change of share on its own; of the rest one jump of growth is held in a year of 13,789 values.
#[test]
fn a_simulated_year_is_held_rarely() {
    assert_eq!(simulate::whole_year(registry(), 2025).unwrap().len(), 13_789);
    let year = year(2025);
    let broken: Vec<(&str, usize)> = year.iter().filter(|one| one.broken > 0).map(|one| (one.rule_id.as_str(), one.broken)).collect();
    assert_eq!(broken, [("growth-jump", 1), ("industry-share-change", 239)]);
    let held = |id: &str| year.iter().find(|one| one.rule_id == id).map(|one| one.held);
    assert_eq!((held("growth-range"), held("cumulative"), held("level-beside-growth")), (Some(3737), Some(6060), Some(268)));
}
