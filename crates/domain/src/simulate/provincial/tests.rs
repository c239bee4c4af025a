use rstest::rstest;

use super::*;
use crate::{
    rollup::{Agreement, Reconciliation, reconcile},
    simulate::{province, value_added},
    testing::{dec, month},
};

const SEED: u64 = 7;

/// The counties' values with their gaps, and the province's own.
fn world() -> Everything {
    let registry = Registry::shipped().unwrap();
    let mut values = province(&registry, SEED).unwrap();
    values.extend(value_added(&registry, SEED).unwrap());
    let own = provincial_reports(&registry, SEED).unwrap();
    Everything { province: own.into_iter().map(|one| ((one.indicator_id, one.period), one.value)).collect(), ..Everything::of(values) }
}

fn held(plan: &Plan, all: &Everything, id: &str, at: u8) -> Reconciliation {
    let indicator = plan.indicator(id).unwrap();
    reconcile(indicator, &roll_up(plan, indicator, month(at), all), all.province(id, month(at)))
}

#[test]
fn every_provincial_figure_is_there_when_due_and_only_then() {
    let (plan, reports) = (shipped_plan().unwrap(), provincial_reports(&Registry::shipped().unwrap(), SEED).unwrap());
    // 5 monthly indicators with 11 months; 9 quarterly ones and the whole province's industry with 4 quarters.
    assert_eq!(reports.len(), 5 * 11 + 10 * 4);
    for report in &reports {
        let indicator = plan.indicator(&report.indicator_id).unwrap();
        assert!(indicator.scope == Scope::Province && indicator.frequency.is_due(report.period), "{report:?}");
        assert!(report.value.scale() <= indicator.decimals && report.division_code == "230000", "{report:?}");
    }
    assert_eq!(reports, provincial_reports(&Registry::shipped().unwrap(), SEED).unwrap());
}

/// Ingestion takes a row's code as it stands.
#[test]
fn the_provinces_code_is_a_division() {
    let registry = Registry::shipped().unwrap();
    assert_eq!(registry.resolve("230000", Some("230000")).unwrap().code, "230000");
}

#[test]
fn only_what_is_meant_to_differ_differs() {
    let (plan, all) = (shipped_plan().unwrap(), world());
    let mut seen = BTreeSet::new();
    for (id, period) in all.province.keys() {
        let state = held(&plan, &all, id, period.month()).state;
        let meant = match id.as_str() {
            "province_tax_revenue" => vec![Agreement::Differs, Agreement::Incomplete],
            "province_tech_results" if period.month() >= 9 => vec![Agreement::Differs, Agreement::Incomplete],
            "province_industrial_enterprises" => vec![Agreement::UnderCeiling, Agreement::Incomplete],
            "whole_province_industry_value_added"
            | "province_project_investment"
            | "province_urban_income_growth"
            | "province_rural_income_growth" => vec![Agreement::OnlyReported],
            _ => vec![Agreement::Agrees, Agreement::Incomplete],
        };
        assert!(meant.contains(&state), "{id} {period}: {state:?}");
        seen.insert(format!("{state:?}"));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>().join(" "), "Agrees Differs Incomplete OnlyReported UnderCeiling");
}

#[rstest]
#[case("primary_value_added", "230125", "第一产业增加值")] // 宾县
#[case("primary_value_added", "230723", "第一产业增加值")] // 汤旺县
fn agriculture_is_that_of_2020(#[case] id: &str, #[case] code: &str, #[case] branch: &str) {
    let year = month(12).last_year();
    let all = world();
    let amount = |id: &str| all.counties[&(code.to_owned(), id.to_owned(), year)];
    let rows: Vec<Vec<&str>> =
        include_str!("../../../data/heilongjiang_county_2020.csv").lines().map(|line| line.split(',').collect()).collect();
    let of_2020 = |name: &str| dec(rows.iter().find(|row| row[0] == code && row[3] == name).unwrap()[4]);
    let expected = amount("gdp") * of_2020(branch) / of_2020("地区生产总值");
    assert!((amount(id) - expected).abs() <= dec("0.005"), "{} for {expected}", amount(id));
}

#[test]
fn industry_adds_up_to_the_printed_share_of_2024() {
    let (plan, all, year) = (shipped_plan().unwrap(), world(), month(12).last_year());
    let share = all.sum("industry_value_added", year) / all.sum("gdp", year) * dec("100");
    assert_eq!(decimal::round(share, 1), baseline(&plan, "province_industry_share").unwrap());
}
