use leitai_domain::{
    policy::Policy,
    projection::{Method, pool, project},
};
use leitai_proto::ingestion::v1::change::Kind as Change;

use super::*;
use crate::{
    cube::Cube,
    testing::{COUNTIES, PLAN_ID, cube, evaluated, observed, plan_applied},
};

type Series = [(u8, f64)];

/// The values of one county and indicator in one year.
fn series(county: usize, indicator: &str, year: i32, values: &Series) -> Vec<Change> {
    let value = |(month, value): &(u8, f64)| observed(COUNTIES[county], indicator, &format!("{year}-M{month:02}"), &value.to_string());
    values.iter().map(value).collect()
}

fn projected(cube: &Cube, indicator: &str, period: &str, county: usize) -> Result<Projection, NoProjection> {
    let round = evaluated(cube, period);
    let position = round.facts.plan.indicators.iter().position(|other| other.id == indicator).unwrap();
    round.projection(position, county).unwrap()
}

fn rules() -> ProjectionRules {
    Policy::example().unwrap().projection
}

const QUARTERS_2023: [&Series; 3] = [
    &[(3, 10.0), (6, 24.0), (9, 36.0), (12, 50.0)],
    &[(3, 8.0), (6, 20.0), (9, 31.0), (12, 42.0)],
    &[(3, 5.0), (6, 9.0), (9, 14.0), (12, 20.0)],
];
const QUARTERS_2024: [&Series; 3] = [
    &[(3, 11.0), (6, 25.0), (9, 38.0), (12, 53.0)],
    &[(3, 8.5), (6, 21.0), (9, 32.5), (12, 44.0)],
    &[(3, 5.1), (6, 9.4), (9, 14.6), (12, 21.0)],
];
const GROWTH_2024: [&Series; 3] =
    [&[(3, 5.0), (6, 5.4), (9, 5.1), (12, 5.6)], &[(3, 6.2), (6, 5.9), (9, 6.4), (12, 6.0)], &[(3, 4.1), (6, 4.9), (9, 4.4), (12, 5.2)]];
const GROWTH_2025: [&Series; 3] = [&[(3, 5.2), (6, 5.0)], &[(3, 6.1), (6, 6.6)], &[(3, 4.4), (6, 4.0)]];

fn two_years() -> Vec<Change> {
    let of = |county: usize| {
        [
            series(county, "gdp", 2023, QUARTERS_2023[county]),
            series(county, "gdp", 2024, QUARTERS_2024[county]),
            series(county, "gdp_growth", 2024, GROWTH_2024[county]),
            series(county, "gdp_growth", 2025, GROWTH_2025[county]),
        ]
        .concat()
    };
    (0..3).flat_map(of).collect()
}

#[test]
fn a_year_is_projected_from_its_due_months_last_years_amounts_and_all_earlier_years() {
    // A value of a month in which the quarterly indicator is not due says nothing.
    let known = cube(two_years().into_iter().chain([observed(COUNTIES[0], "gdp_growth", "2025-M05", "99")]));
    let history = |this_year, last_year| History { kind: Kind::Rate, this_year, last_year, base_share: None };
    let now = (0..3).map(|county| history(GROWTH_2025[county], QUARTERS_2024[county]));
    let before = (0..3).map(|county| history(GROWTH_2024[county], QUARTERS_2023[county]));
    let pool = pool(now.clone().chain(before), &rules());
    for (county, history) in now.enumerate() {
        let found = projected(&known, "gdp_growth", "2025-M06", county).unwrap();
        // 5.5左右 with 10 % is green from 4.95 on; 5.0 is the least printed value above, and everything from 4.95 is printed so.
        assert_eq!(Ok(found), project(&history, &pool, 4.95, &rules()));
        assert_eq!((found.method, found.sample, found.month), (Method::GrowthByProfile, 6, 6));
    }
    // 25 of 53
    assert_eq!(projected(&known, "gdp_growth", "2025-M06", 0).unwrap().base_share, Some(25.0 / 53.0));
}

#[test]
fn the_growth_of_a_stock_stays_where_it_stands() {
    let years = [[10.4, 10.1, 9.8, 10.9], [8.0, 8.4, 8.1, 8.8], [12.0, 11.5, 12.2, 12.9]];
    let values = |county: usize, values: [f64; 4]| {
        let months: Vec<(u8, f64)> = (2..).zip(values).collect();
        [series(county, "loan_growth", 2025, &months), series(county, "loan_growth", 2024, &months)].concat()
    };
    let stocks = series(0, "loan_balance", 2024, &[(5, 100.0), (12, 130.0)]);
    let known = cube((0..3).flat_map(|county| values(county, years[county])).chain(stocks));
    let found = projected(&known, "loan_growth", "2025-M05", 0).unwrap();
    assert_eq!((found.method, found.base_share, found.sample), (Method::ShareStays, None, 6));
}

#[test]
fn a_change_on_the_same_period_of_last_year_stays_where_it_stands() {
    let mut plan = plan_applied(2, &COUNTIES);
    let Change::PlanApplied(applied) = &mut plan else { unreachable!() };
    let document = &mut applied.plan.as_mut().unwrap().document_toml;
    assert!(document.contains("pace = \"year_end\""));
    *document = document.replacen("pace = \"year_end\"", "pace = \"constant\"", 1);
    let months =
        [[(2, 3.0), (3, 4.0), (4, 2.0), (5, 3.0)], [(2, 5.0), (3, 3.0), (4, 4.0), (5, 4.0)], [(2, 1.0), (3, 2.0), (4, 2.0), (5, 1.0)]];
    let of = |county: usize| [2024, 2025].map(|year| series(county, "new_enterprises", year, &months[county])).concat();
    let values: Vec<Change> = (0..3).flat_map(of).collect();
    let method = |cube: &Cube| projected(cube, "new_enterprises", "2025-M05", 0).unwrap().method;
    assert_eq!(method(&cube(std::iter::once(plan).chain(values.clone()))), Method::ShareStays);
    assert_eq!(method(&cube(values)), Method::ChangeByPace, "one since January goes on");
}

#[test]
fn too_little_is_said_to_be_too_little() {
    let known = cube(two_years());
    assert_eq!(projected(&known, "gdp_growth", "2025-M03", 0), Err(NoProjection::TooFewPeriods));
    assert_eq!(projected(&known, "foreign_capital_growth", "2025-M06", 0), Err(NoProjection::TooFewPeriods));
    // Three counties without an earlier year are fewer than the five that the policy asks for.
    let this_year = (0..3).flat_map(|county| series(county, "gdp_growth", 2025, GROWTH_2025[county]));
    assert_eq!(projected(&cube(this_year), "gdp_growth", "2025-M06", 0), Err(NoProjection::NoVolatility));
}

#[test]
fn a_finished_year_is_its_own_answer() {
    let december = cube(two_years().into_iter().chain(series(0, "gdp_growth", 2025, &[(9, 5.3), (12, 4.9)])));
    let found = projected(&december, "gdp_growth", "2025-M12", 0).unwrap();
    assert_eq!((found.central, found.low, found.high, found.probability, found.method), (4.9, 4.9, 4.9, 0.0, Method::YearOver));
}

#[test]
fn what_came_later_is_not_known_then() {
    let mut known = cube(two_years());
    let as_first_known = projected(&known, "gdp_growth", "2025-M06", 0).unwrap();
    let then = known.moment(time::OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(1)).unwrap();
    known.apply(observed(COUNTIES[1], "gdp_growth", "2025-M06", "9.9"), 2).unwrap();
    assert_ne!(projected(&known, "gdp_growth", "2025-M06", 0).unwrap(), as_first_known);
    let values = known.plan(PLAN_ID).unwrap().at(then).unwrap();
    let round = crate::round::evaluate(&values, "2025-M06".parse().unwrap(), &Arc::new(Policy::example().unwrap()));
    assert_eq!(round.projection(0, 0), Some(Ok(as_first_known)));
}
