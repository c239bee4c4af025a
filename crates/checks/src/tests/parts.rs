//! A report held in parts is found what it is found as a whole.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::LazyLock};

use leitai_domain::period::Period;
use proptest::prelude::*;

use crate::{
    Pass, REACH, Tables,
    finding::{Finding, Incoming},
    known::{Known, Values},
    rule_set::RuleSet,
    testing::{compiled, registry, rule},
};

/// Two cities of four counties each, and a district that is in none.
const DIVISIONS: [&str; 11] =
    ["430800", "430802", "430811", "430821", "430822", "230900", "230902", "230903", "230904", "230921", "110101"];
const INDICATORS: [&str; 5] = ["gdp", "primary_value_added", "budget_revenue", "budget_revenue_growth", "gdp_growth"];

static RULES: LazyLock<RuleSet> = LazyLock::new(rules);

/// Every kind of rule and of operand.
fn rules() -> RuleSet {
    let with_id = |id: &str, rule: String| rule.replace("\"r\"", &format!("\"{id}\""));
    let expression = |id: &str, indicators: &str, text: &str, more: &str| with_id(id, rule(indicators, text, more));
    let (error, note) = ("severity = \"error\"\n", "severity = \"note\"\n");
    let waiver = "[[rule.waiver]]\ndivision = \"430821\"\nuntil = \"2025-M06\"\nreason = \"并入\"\n";
    let all = [
        expression("floor", "gdp budget_revenue", "value > 1", &format!("{error}{waiver}")),
        expression("base", "gdp", "value <= last_year * 3", error),
        expression("part", "budget_revenue", "value <= gdp", &format!("{error}expected = \"不高于{{gdp}}，上年{{last_year}}\"\n")),
        expression("jump", "gdp_growth", "abs(value - previous) <= 2", "expected = \"与{previous}和去年的{last_year}相近\"\n"),
        expression("identity", "gdp", "primary_value_added + previous_of.budget_revenue <= value", ""),
        expression("last-year", "gdp primary_value_added", "!has(row.last_year) || value <= last_year", ""),
        expression("sum", "gdp primary_value_added", "abs(county_sum - city) <= counties", waiver),
        expression("city", "gdp_growth", "value <= city + 1", ""),
        expression("level", "budget_revenue_growth", "abs(value - (level / level_last_year - 1) * 100) <= 50", note),
        with_id("beside", rule("gdp gdp_growth", "", "kind = \"required\"\n")),
        with_id("old", rule("gdp gdp_growth budget_revenue_growth", "", "kind = \"reprinted\"\n")),
        with_id("old-refused", rule("primary_value_added", "", &format!("kind = \"reprinted\"\n{error}"))),
    ];
    compiled(&all.concat()).unwrap()
}

/// Its own years, and rows with their positions in the report.
type Part = (RangeInclusive<i32>, Vec<(usize, Row)>);
type Row = (&'static str, &'static str, Period, i64);

/// The same value for every division but a few: tables that repeat each other and sums that are complete come up often.
fn table() -> impl Strategy<Value = Vec<Row>> {
    let period = (2023..=2026, prop::sample::select(vec![3_u8, 6, 9])).prop_map(|(year, month)| Period::new(year, month).unwrap());
    let values = prop::collection::vec(prop_oneof![6 => Just(None), 1 => (0_i64..6).prop_map(Some), 1 => Just(Some(-1))], DIVISIONS.len());
    (prop::sample::select(INDICATORS.to_vec()), period, 1_i64..5, values).prop_map(|(indicator, period, usual, values)| {
        let value = |(division, value): (&'static str, Option<i64>)| (division, indicator, period, value.unwrap_or(usual) * 1_000_000);
        DIVISIONS.into_iter().zip(values).map(value).filter(|(.., micros)| *micros >= 0).collect()
    })
}

/// In an order of their own; of one key once.
fn report() -> impl Strategy<Value = Vec<Row>> {
    let once = |tables: Vec<Vec<Row>>| {
        let rows: BTreeMap<_, i64> =
            tables.into_iter().flatten().map(|(division, indicator, period, micros)| ((division, indicator, period), micros)).collect();
        rows.into_iter().map(|((division, indicator, period), micros)| (division, indicator, period, micros)).collect::<Vec<Row>>()
    };
    prop::collection::vec(table(), 0..9).prop_map(once).prop_shuffle()
}

fn incoming(rows: &[(usize, Row)]) -> Vec<Incoming<'static>> {
    let one = |(_, (division, indicator, period, micros)): &(usize, Row)| Incoming {
        division,
        indicator,
        period: *period,
        micros: *micros,
        source_text: "1",
    };
    rows.iter().map(one).collect()
}

/// Only what a part needs of what is in force.
fn needed<'a>(set: &RuleSet, incoming: &[Incoming<'_>], in_force: &[Row]) -> Values<'a> {
    let mut values = Values::new(registry());
    let needs = set.needs(incoming, &values);
    for (division, indicator, period, micros) in in_force {
        if needs.divisions.contains(*division) && needs.indicators.contains(*indicator) && needs.periods.contains(period) {
            values.insert(division, indicator, *period, *micros);
        }
    }
    values
}

/// Each city's rows in runs of so many years, with the years beside them.
fn parts(rows: &[Row], years: usize) -> Vec<Part> {
    let values = Values::new(registry());
    let mut cities: BTreeMap<&str, Vec<(usize, Row)>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        cities.entry(values.city_of(row.0).unwrap_or(row.0)).or_default().push((at, *row));
    }
    let windows = (2023..=2026).step_by(years).map(|from| from..=from + i32::try_from(years).unwrap() - 1);
    let part = |rows: &Vec<(usize, Row)>, own: RangeInclusive<i32>| {
        let loaded = own.start() - REACH..=own.end() + REACH;
        (own, rows.iter().filter(|(_, row)| loaded.contains(&row.2.year())).copied().collect())
    };
    cities.values().flat_map(|rows| windows.clone().map(move |own| part(rows, own))).collect()
}

fn in_parts(set: &RuleSet, rows: &[Row], in_force: &[Row], years: usize) -> Vec<Finding> {
    let parts = parts(rows, years);
    let mut tables = Tables::default();
    for pass in set.passes() {
        let mut seen = Tables::default();
        for (own, rows) in &parts {
            let incoming = incoming(rows);
            seen.add(set.tables(pass, &incoming, &needed(set, &incoming, in_force), &tables), |period| own.contains(&period.year()));
        }
        tables.add(seen, |_| true);
    }
    let found = parts.iter().flat_map(|(own, rows)| {
        let incoming = incoming(rows);
        let findings = set.check_part(&incoming, &needed(set, &incoming, in_force), &tables).findings;
        let found = findings.into_iter().filter(|finding| own.contains(&rows[finding.item].1.2.year()));
        found.map(|finding| Finding { item: rows[finding.item].0, ..finding }).collect::<Vec<_>>()
    });
    let mut found: Vec<Finding> = found.collect();
    found.sort_by_key(|finding| finding.item);
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_parts_find_what_the_whole_does(rows in report(), in_force in report(), years in 1_usize..=4) {
        let set = &*RULES;
        let all: Vec<(usize, Row)> = rows.iter().copied().enumerate().collect();
        let all = incoming(&all);
        let whole = set.check(&all, &needed(set, &all, &in_force)).findings;
        prop_assert_eq!(in_parts(set, &rows, &in_force, years), whole);
    }
}

#[test]
fn a_value_is_held_against_one_that_a_year_before_it_refuses() {
    let row = |(year, micros): (i32, i64)| ("430802", "gdp", Period::new(year, 3).unwrap(), micros * 1_000_000);
    // The second is more than three times the first and refused: the third is held against nothing.
    let rows = [(2023, 2), (2024, 9), (2025, 5)].map(row);
    let all = [(0, rows[0]), (1, rows[1]), (2, rows[2])];
    let whole = RULES.check(&incoming(&all), &needed(&RULES, &incoming(&all), &[])).findings;
    let of = |findings: &[Finding]| findings.iter().map(|one| (one.item, one.rule_id.clone())).collect::<Vec<_>>();
    let expected = [(1, "base"), (2, "beside")];
    assert_eq!(of(&whole), expected.map(|(item, rule)| (item, rule.to_owned())));
    assert_eq!(in_parts(&RULES, &rows, &[], 1), whole);
}

#[test]
fn only_rules_of_whole_tables_need_a_pass_before() {
    let passes = |rules: &str| compiled(rules).unwrap().passes().collect::<Vec<_>>();
    let table = |severity: &str| rule("gdp", "", &format!("kind = \"reprinted\"\nseverity = \"{severity}\"\n"));
    assert_eq!(passes(""), []);
    assert_eq!(passes(&format!("{}{}", rule("gdp", "value <= city", ""), rule("gdp", "counties > 3", "").replace("\"r\"", "\"s\""))), []);
    assert_eq!(passes(&rule("gdp", "", "kind = \"required\"\n")), []);
    assert_eq!((passes(&table("note")), passes(&table("error"))), (vec![Pass::Others], vec![Pass::Errors]));
    assert_eq!(RULES.passes().collect::<Vec<_>>(), [Pass::Errors, Pass::Others]);
}
