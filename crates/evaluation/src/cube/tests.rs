use super::*;
use crate::testing::{COUNTIES, PLAN_ID, cube, frozen, observed, plan_applied};

fn values(cube: &Cube) -> &PlanValues {
    cube.plan(PLAN_ID).unwrap()
}

fn value(cube: &Cube, county: usize, indicator: &str, period: &str) -> Option<String> {
    let values = values(cube);
    let column = values.column(indicator, period.parse().unwrap())?;
    values.facts().counties[county].cell(column).map(|cell| cell.text)
}

#[test]
fn the_newest_value_is_in_force() {
    let cube = cube([
        observed(COUNTIES[1], "industry_growth", "2025-M03", "8.25"),
        observed(COUNTIES[1], "industry_growth", "2025-M02", "1"),
        observed(COUNTIES[1], "industry_growth", "2025-M03", "8.3"),
    ]);
    assert_eq!(value(&cube, 1, "industry_growth", "2025-M03").as_deref(), Some("8.3"));
    assert_eq!(value(&cube, 0, "industry_growth", "2025-M03"), None);
    assert_eq!(values(&cube).periods().iter().map(ToString::to_string).collect::<Vec<_>>(), ["2025-M02", "2025-M03"]);
}

#[test]
fn a_new_revision_judges_other_counties_on_the_same_values() {
    let mut cube =
        cube([observed(COUNTIES[0], "industry_growth", "2025-M03", "5"), observed(COUNTIES[2], "industry_growth", "2025-M03", "7")]);
    let before = values(&cube).version();
    cube.apply(plan_applied(2, &["230199", COUNTIES[2]]), 2).unwrap();
    assert_ne!(values(&cube).version(), before);
    assert_eq!(values(&cube).facts().revision, 2);
    // By code: 230104 first, then the newcomer without values.
    assert_eq!(value(&cube, 0, "industry_growth", "2025-M03").as_deref(), Some("7"));
    assert_eq!(value(&cube, 1, "industry_growth", "2025-M03"), None);
}

#[test]
fn a_frozen_round_is_remembered() {
    let mut cube = cube([observed(COUNTIES[0], "industry_growth", "2025-M03", "5")]);
    let march = "2025-M03".parse().unwrap();
    assert!(values(&cube).freeze_of(march).is_none());
    let frozen = cube.apply(frozen("2025-M03"), 2).unwrap().unwrap();
    assert_eq!((frozen.plan_id.as_str(), frozen.period), (PLAN_ID, march));
    assert!(values(&cube).freeze_of(march).is_some());
}

#[test]
fn what_contradicts_the_contract_is_refused() {
    let mut empty = Cube::default();
    assert!(matches!(empty.apply(observed(COUNTIES[0], "x", "2025-M03", "5"), 2), Err(CubeError::UnknownPlan(_))));
    assert!(matches!(empty.apply(frozen("2025-M03"), 2), Err(CubeError::UnknownPlan(_))));
    let mut known = cube([]);
    assert!(matches!(known.apply(observed(COUNTIES[0], "x", "March", "5"), 2), Err(CubeError::Period(_))));
    assert!(matches!(known.apply(wire::change::Kind::PlanApplied(wire::PlanApplied::default()), 2), Err(CubeError::Absent("plan"))));
}
