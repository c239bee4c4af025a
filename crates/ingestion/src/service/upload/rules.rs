//! Holding a streamed report against the plan's rules: one city's values at a time, and of a city with very many some years' at a time. Findings
//! are those of the whole report: see `leitai_checks` on parts.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use leitai_checks::{REACH, RuleSet, Tables};
use leitai_domain::{
    period::Period,
    plan::{Plan as Document, Severity},
};
use leitai_rpc::blocking;
use sea_orm::DatabaseTransaction;

use crate::{
    error::Error,
    service::{
        Service,
        rules::{Found, Row, Scene, finding, mark},
    },
    store::{
        found,
        items::{self, Stored},
        reports::Head,
    },
};

/// Values of a city that are held at a time, with the years beside them; of a single year however many there are.
pub const HELD_AT_A_TIME: usize = 20_000;

/// Some years of a city, or of a division that is in none.
struct Part {
    divisions: Vec<String>,
    years: RangeInclusive<i32>,
}

impl Part {
    fn holds(&self, period: Period) -> bool {
        self.years.contains(&period.year())
    }
}

impl Service {
    /// Holds every accepted value that differs from the one in force against the plan's rules: marks those that are held or refused, and stores
    /// what was found. `rows` is how many the report has.
    ///
    /// # Errors
    /// The database's own; [`Error::Rule`] where the plan was applied before its rules were checked.
    pub(super) async fn hold_stream_against_rules(
        &self,
        tx: &DatabaseTransaction,
        head: &Head,
        document: &Document,
        rows: i32,
    ) -> Result<(), Error> {
        let set = self.rules.get(head.plan_revision, document)?;
        if set.is_empty() {
            return Ok(());
        }
        let parts = self.parts(tx, &head.report_id).await?;
        let tables = self.tables(tx, head, &set, &parts).await?;
        let mut any = false;
        for part in &parts {
            any |= self.hold_part(tx, head, &set, part, &tables).await?;
        }
        if any { Ok(found::number(tx, head, rows).await?) } else { Ok(()) }
    }

    /// The report's cities, each whole or in runs of years.
    async fn parts(&self, tx: &DatabaseTransaction, report_id: &str) -> Result<Vec<Part>, Error> {
        let mut cities: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for division in items::divisions(tx, report_id).await? {
            let city = self.registry.prefecture_of(&division).map_or_else(|| division.clone(), |city| city.code.clone());
            cities.entry(city).or_default().push(division);
        }
        let mut parts = Vec::new();
        for divisions in cities.into_values() {
            let values = items::years(tx, report_id, &divisions).await?;
            parts.extend(runs(&values, self.held_at_a_time).into_iter().map(|years| Part { divisions: divisions.clone(), years }));
        }
        Ok(parts)
    }

    /// The tables of the whole report.
    async fn tables(&self, tx: &DatabaseTransaction, head: &Head, set: &Arc<RuleSet>, parts: &[Part]) -> Result<Arc<Tables>, Error> {
        let mut before = Arc::new(Tables::default());
        for pass in set.passes() {
            let mut all = Tables::clone(&before);
            for part in parts {
                let (_, scene) = self.part_scene(tx, head, set, part).await?;
                let before = Arc::clone(&before);
                all.add(blocking::run(move || scene.tables(pass, &before)).await?, |period| part.holds(period));
            }
            before = Arc::new(all);
        }
        Ok(before)
    }

    /// A part's values and those of the years beside it, in the order of the source, with what rules look at beside them.
    async fn part_scene(
        &self,
        tx: &DatabaseTransaction,
        head: &Head,
        set: &Arc<RuleSet>,
        part: &Part,
    ) -> Result<(Vec<Stored>, Scene), Error> {
        let loaded = part.years.start() - REACH..=part.years.end() + REACH;
        let items = items::of_years(tx, &head.report_id, &part.divisions, &loaded).await?;
        let rows = items.iter().enumerate().filter_map(Row::of).collect();
        let scene = self.beside(tx, head, Arc::clone(set), rows).await?;
        Ok((items, scene))
    }

    /// True where something was found.
    async fn hold_part(
        &self,
        tx: &DatabaseTransaction,
        head: &Head,
        set: &Arc<RuleSet>,
        part: &Part,
        tables: &Arc<Tables>,
    ) -> Result<bool, Error> {
        let (mut items, scene) = self.part_scene(tx, head, set, part).await?;
        let tables = Arc::clone(tables);
        let mut found = blocking::run(move || scene.check_part(&tables)).await?;
        let period = |found: &Found| items.get(found.at).and_then(|stored| stored.item.period.parse().ok());
        found.retain(|found| period(found).is_some_and(|period| part.holds(period)));
        mark(&mut items, &found);
        items::change(tx, &head.report_id, &marked(&items, &found)).await?;
        let findings: Vec<_> = found.into_iter().filter_map(|found| finding(found, &items, head)).collect();
        found::add(tx, &findings).await?;
        Ok(!findings.is_empty())
    }
}

/// The items of which more was found than notes.
fn marked(items: &[Stored], found: &[Found]) -> Vec<Stored> {
    let mut marked: Vec<usize> = found.iter().filter(|found| found.finding.severity != Severity::Note).map(|found| found.at).collect();
    marked.dedup();
    marked.into_iter().filter_map(|at| items.get(at).cloned()).collect()
}

/// Years that are held at a time, by how many values each has: with the years beside them not more than `most`, at least one.
fn runs(values: &BTreeMap<i32, usize>, most: usize) -> Vec<RangeInclusive<i32>> {
    let loaded = |from: i32, to: i32| values.range(from - REACH..=to + REACH).map(|(_, count)| count).sum::<usize>();
    let mut runs: Vec<RangeInclusive<i32>> = Vec::new();
    for year in values.keys() {
        match runs.last_mut() {
            Some(run) if loaded(*run.start(), *year) <= most => *run = *run.start()..=*year,
            _ => runs.push(*year..=*year),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing(&[], 10, &[])]
    #[case::all_at_once(&[(2023, 4), (2024, 4), (2025, 2)], 10, &[(2023, 2025)])]
    #[case::a_year_alone_whatever_it_holds(&[(2024, 40), (2025, 40)], 10, &[(2024, 2024), (2025, 2025)])]
    // 2020 to 2022 and two years after them hold five, one more would be six.
    #[case::the_years_beside_count(&[(2020, 1), (2021, 1), (2022, 1), (2023, 1), (2024, 1), (2025, 1)], 5, &[(2020, 2022), (2023, 2025)])]
    #[case::far_years_do_not(&[(1999, 9), (2024, 9), (2025, 1)], 10, &[(1999, 1999), (2024, 2025)])]
    fn years_are_held_in_runs(#[case] values: &[(i32, usize)], #[case] most: usize, #[case] expected: &[(i32, i32)]) {
        let found = runs(&values.iter().copied().collect(), most);
        assert_eq!(found.iter().map(|run| (*run.start(), *run.end())).collect::<Vec<_>>(), expected);
    }
}
