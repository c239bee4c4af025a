use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;

use super::*;
use crate::testing::dec;

fn simulated(seed: u64) -> Vec<SimulatedValue> {
    province(&Registry::shipped().unwrap(), seed).unwrap()
}

fn plan() -> Plan {
    Plan::from_toml(shipped::plan(PLAN).unwrap()).unwrap()
}

/// Values of one indicator by county and period.
fn of<'a>(values: &'a [SimulatedValue], indicator: &str) -> BTreeMap<(&'a str, Period), Decimal> {
    values.iter().filter(|value| value.indicator_id == indicator).map(|v| ((v.division_code.as_str(), v.period), v.value)).collect()
}

#[test]
fn one_seed_gives_one_year() {
    assert_eq!(simulated(7), simulated(7));
    assert_ne!(simulated(7), simulated(8));
    let whole = |seed| whole_year(&Registry::shipped().unwrap(), seed).unwrap();
    assert_eq!(whole(7), whole(7));
    assert_ne!(whole(7), whole(8));
}

#[test]
fn the_whole_year_has_each_value_once() {
    let registry = Registry::shipped().unwrap();
    let whole = whole_year(&registry, 7).unwrap();
    let keys: BTreeSet<_> = whole.iter().map(|one| (&one.division_code, &one.indicator_id, one.period)).collect();
    assert_eq!(keys.len(), whole.len());
    // The 67 counties and the province; what counties report and the two amounts behind it.
    assert_eq!(whole.iter().map(|one| &one.division_code).collect::<BTreeSet<_>>().len(), 68);
    assert!(simulated(7).iter().all(|one| whole.binary_search_by_key(&key(one), key).is_ok()));
    assert_eq!(of(&whole, "primary_value_added").keys().filter(|(_, period)| period.year() == 2024).count(), 67 * 4);
}

fn key(one: &SimulatedValue) -> (String, String, Period) {
    (one.division_code.clone(), one.indicator_id.clone(), one.period)
}

#[test]
fn every_county_and_target_is_there_at_due_periods_only() {
    let (values, plan) = (simulated(1), plan());
    let counties: BTreeSet<&str> = values.iter().map(|value| value.division_code.as_str()).collect();
    assert_eq!(counties.len(), 67);
    for value in &values {
        let indicator = plan.indicator(&value.indicator_id).unwrap();
        assert!(indicator.frequency.is_due(value.period), "{value:?}");
        assert!(value.period.year() == 2025 || indicator.target.is_none() && value.period.year() == 2024, "{value:?}");
        assert!(value.value.scale() <= indicator.decimals, "{value:?}");
    }
    // 4 quarters or 11 months for each of 67 counties, of which about 1 % is missing.
    for (indicator, _) in plan.county_targets() {
        let due = if indicator.frequency == crate::plan::Frequency::Quarterly { 67 * 4 } else { 67 * 11 };
        let there = of(&values, &indicator.id).len();
        assert!(there <= due && there * 100 >= due * 95, "{}: {there} of {due}", indicator.id);
    }
}

#[test]
fn one_value_in_a_hundred_is_missing() {
    let plan = plan();
    let there = |values: &[SimulatedValue]| plan.county_targets().map(|(indicator, _)| of(values, &indicator.id).len()).sum::<usize>();
    // 7 quarterly and 6 monthly targets.
    let due = 67 * (7 * 4 + 6 * 11);
    let missing: usize = (0..5).map(|seed| due - there(&simulated(seed))).sum();
    assert!((due * 5 / 200..due * 5 / 66).contains(&missing), "{missing} of {}", due * 5);
}

#[rstest]
#[case("gdp", "heilongjiang GDP of 2024 as the plan prints it", "7080.7", "1")]
#[case("budget_revenue", "in 万元", "3513000", "10000")]
fn years_add_up_to_what_the_plan_prints(#[case] id: &str, #[case] what: &str, #[case] total: &str, #[case] within: &str) {
    let values = simulated(3);
    let sum: Decimal = of(&values, id).iter().filter(|((_, p), _)| *p == Period::new(2024, 12).unwrap()).map(|(_, v)| *v).sum();
    assert!((sum - dec(total)).abs() < dec(within), "{what}: {sum}");
}

#[rstest]
#[case("230125", "1733319")] // 宾县, 万元, county yearbook of 2020
#[case("230184", "2832934")] // 五常市
#[case("230723", "151872")] // 汤旺县
fn size_is_that_of_2020(#[case] code: &str, #[case] gdp_2020: &str) {
    // All counties grow alike from 2020 to 2024: 7080.7 over the 6151.6943 亿元 that the 67 add up to in 2020.
    let expected = dec(gdp_2020) / dec("10000") * dec("7080.7") / dec("6151.6943");
    let values = simulated(3);
    let year = of(&values, "gdp")[&(code, Period::new(2024, 12).unwrap())];
    assert!((year - expected).abs() <= dec("0.01"), "{year} for {expected}");
}

#[rstest]
#[case("budget_revenue_growth", "budget_revenue")]
#[case("tax_revenue_growth", "tax_revenue")]
#[case("foreign_capital_growth", "foreign_capital")]
#[case("loan_growth", "loan_balance")]
fn growth_agrees_with_the_amounts(#[case] growth: &str, #[case] amount: &str) {
    let values = simulated(5);
    let amounts = of(&values, amount);
    for ((code, period), growth) in of(&values, growth) {
        let ratio = amounts[&(code, period)] / amounts[&(code, period.last_year())];
        assert_eq!(growth, decimal::round((ratio - Decimal::ONE) * dec("100"), 1), "{code} {period}");
    }
}

#[test]
fn gdp_grows_by_prices_too() {
    let values = simulated(5);
    let amounts = of(&values, "gdp");
    for ((code, period), growth) in of(&values, "gdp_growth") {
        let expected = amounts[&(code, period.last_year())] * (dec("1") + growth / dec("100")) * dec("1.004");
        assert!((amounts[&(code, period)] - expected).abs() <= dec("0.005"), "{code} {period}");
    }
}

#[rstest]
#[case("gdp")]
#[case("budget_revenue")]
#[case("tax_revenue")]
#[case("foreign_capital")]
#[case("tech_results")]
#[case("new_industrial_enterprises")]
fn cumulative_amounts_never_fall(#[case] id: &str) {
    let values = simulated(11);
    let all: Vec<_> = of(&values, id).into_iter().collect();
    for pair in all.windows(2) {
        let (((one, first), before), ((other, second), after)) = (&pair[0], &pair[1]);
        assert!(one != other || first.year() != second.year() || before <= after, "{one} {second}: {before} then {after}");
    }
}

/// Counties × targets behind: for each due period, and of those with a value in December.
fn behind(values: &[SimulatedValue]) -> BTreeMap<(String, Period, String), bool> {
    let mut found = BTreeMap::new();
    for (indicator, target) in plan().county_targets() {
        let bound = target.comparator().bound().unwrap();
        for ((code, period), value) in of(values, &indicator.id) {
            let expected = match indicator.id.as_str() {
                // Two results in a year come evenly; newcomers are judged in December.
                "tech_results" => dec("2") * Decimal::from(period.month()) / dec("12"),
                "new_industrial_enterprises" if period.month() < 12 => continue,
                _ => bound,
            };
            found.insert((code.to_owned(), period, indicator.id.clone()), value < expected);
        }
    }
    found
}

#[rstest]
fn a_minority_is_behind_at_any_time(#[values(1, 2025)] seed: u64) {
    let found = behind(&simulated(seed));
    for month in 2..=12 {
        let now: Vec<bool> = found.iter().filter(|((_, period, _), _)| period.month() == month).map(|(_, behind)| *behind).collect();
        let share = now.iter().filter(|behind| **behind).count() * 100 / now.len();
        assert!((4..=30).contains(&share), "{share} % in month {month}");
    }
}

#[rstest]
fn some_recover_and_a_few_stay_behind(#[values(1, 2025)] seed: u64) {
    let found = behind(&simulated(seed));
    let mut by_target: BTreeMap<(String, String), Vec<bool>> = BTreeMap::new();
    for ((code, _, indicator), behind) in found {
        by_target.entry((code, indicator)).or_default().push(behind);
    }
    let share = |test: fn(&Vec<bool>) -> bool| by_target.values().filter(|course| test(course)).count() * 1_000 / by_target.len();
    let recovered = share(|course| course.contains(&true) && course.last() == Some(&false));
    let stayed = share(|course| course.first() == Some(&true) && course.iter().all(|behind| *behind) || course.ends_with(&[true, true]));
    let never = share(|course| !course.contains(&true));
    assert!((80..=250).contains(&recovered) && (20..=150).contains(&stayed) && never > 500, "{recovered} {stayed} {never}");
}
