//! How long 100,000 incoming values take against the shipped rules, with last year's and the periods before in force.
//! `cargo bench -p leitai-checks` prints the median of seven runs.

use std::time::{Duration, Instant};

use leitai_checks::{Incoming, Known, RuleSet, Values};
use leitai_domain::{
    division::{Level, Registry},
    period::Period,
    plan::{Plan, Scope},
    shipped, simulate,
};

const ROWS: usize = 100_000;
const RUNS: usize = 7;

type Rows = Vec<(String, String, Period, i64)>;

/// Every county indicator of every county of the country at these periods, up to as many rows.
fn rows(plan: &Plan, registry: &Registry, periods: &[Period], most: usize) -> Rows {
    let counties: Vec<&str> = registry.iter().filter(|one| one.level == Level::County).map(|one| one.code.as_str()).collect();
    let indicators: Vec<&str> = plan.indicators.iter().filter(|one| one.scope == Scope::County).map(|one| one.id.as_str()).collect();
    let mut rows = Rows::new();
    for period in periods {
        for (county, code) in counties.iter().enumerate() {
            for (indicator, id) in indicators.iter().enumerate() {
                let micros = ((county * 31 + indicator * 7 + usize::from(period.month())) % 50) as i64 * 1_000_000;
                rows.push(((*code).to_owned(), (*id).to_owned(), *period, micros));
            }
        }
    }
    rows.truncate(most);
    rows
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let registry = Registry::shipped()?;
    let plan = Plan::from_toml(shipped::plan(simulate::PLAN).ok_or("no plan")?)?;
    let set = RuleSet::compile(&plan)?;
    let mut known = Values::new(&registry);
    for (division, indicator, period, micros) in rows(&plan, &registry, &[Period::new(2024, 6)?, Period::new(2025, 3)?], usize::MAX) {
        known.insert(&division, &indicator, period, micros);
    }
    let rows = rows(&plan, &registry, &[Period::new(2025, 6)?, Period::new(2025, 9)?], ROWS);
    let incoming: Vec<Incoming<'_>> = rows
        .iter()
        .map(|(division, indicator, period, micros)| Incoming { division, indicator, period: *period, micros: *micros, source_text: "1.5" })
        .collect();
    report(&set, &incoming, &known);
    Ok(())
}

fn report(set: &RuleSet, incoming: &[Incoming<'_>], known: &dyn Known) {
    let mut times: Vec<Duration> = Vec::new();
    let (mut findings, mut evaluated) = (0, 0);
    for _ in 0..RUNS {
        let begun = Instant::now();
        let checked = set.check(incoming, known);
        times.push(begun.elapsed());
        findings = checked.findings.len();
        let skipped = |one: &leitai_checks::Applied| one.skipped.iter().map(|(_, count)| count).sum::<usize>();
        evaluated = checked.applied.iter().map(|one| one.held + one.broken + skipped(one)).sum();
    }
    times.sort_unstable();
    let median = times.get(RUNS / 2).copied().unwrap_or_default();
    println!("{} values, {evaluated} evaluations, {findings} findings: median {} ms", incoming.len(), median.as_millis());
}
