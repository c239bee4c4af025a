use proptest::prelude::*;
use rstest::rstest;
use time::macros::date;

use super::*;
use crate::{responsibility::row::Text, shipped};

fn plan() -> Plan {
    Plan::from_toml(shipped::plan("heilongjiang-county-economy-2025").unwrap()).unwrap()
}

/// A row of texts by heading; the place of a cell is its heading.
pub fn row(place: &str, cells: &[(Column, &str)]) -> Row {
    let text =
        |(column, text): &(Column, &str)| (*column, Text { place: format!("{place}/{}", column.heading()), text: (*text).to_owned() });
    Row { place: place.to_owned(), cells: cells.iter().map(text).collect() }
}

/// A right row, with some cells replaced.
fn with(place: &str, changed: &[(Column, &str)]) -> Row {
    let mut cells = vec![
        (Column::Target, "地区生产总值增速"),
        (Column::Division, "依兰县"),
        (Column::Project, "煤化工园区扩能"),
        (Column::Measure, "完成二期土地平整"),
        (Column::Owner, "依兰县发展和改革局"),
        (Column::Leader, "张某"),
        (Column::Post, "副县长"),
        (Column::Due, "9月底前"),
    ];
    for (column, text) in changed {
        cells.retain(|(other, _)| other != column);
        cells.push((*column, text));
    }
    row(place, &cells)
}

fn read_all(rows: &[Row]) -> Result<Vec<Duty>, Vec<Fault>> {
    let (plan, registry) = (plan(), Registry::shipped().unwrap());
    let set = registry.county_set(plan.county_set.as_ref().unwrap()).unwrap();
    let counties = set.iter().map(|county| county.code.clone()).collect();
    read(rows, Ground { plan: &plan, counties: &counties, registry: &registry, home: Some("230000") })
}

#[test]
fn a_right_row_is_a_duty() {
    let co_owners = with("r", &[(Column::CoOwners, "依兰县财政局、 依兰县自然资源局"), (Column::Code, "Y-1")]);
    let duty = read_all(&[co_owners]).unwrap().remove(0);
    assert_eq!((duty.indicator_id.as_str(), duty.division_code.as_str()), ("gdp_growth", "230123"));
    assert_eq!(
        (duty.due, duty.co_owners.as_slice()),
        (date!(2025 - 09 - 30), ["依兰县财政局".to_owned(), "依兰县自然资源局".to_owned()].as_slice())
    );
    assert_eq!(duty.key(), Key::Code("Y-1".to_owned()));
}

#[rstest]
#[case::county(&[], Some(("gdp_growth", "230123")))]
#[case::by_id(&[(Column::Target, "gdp_growth")], Some(("gdp_growth", "230123")))]
#[case::blanks(&[(Column::Target, "地区生产 总值增速")], Some(("gdp_growth", "230123")))]
#[case::city(&[(Column::Division, "哈尔滨市")], Some(("gdp_growth", "230100")))]
#[case::province(&[(Column::Division, ""), (Column::Target, "县域地区生产总值")], Some(("province_gdp", "230000")))]
#[case::province_named(&[(Column::Division, "黑龙江省"), (Column::Target, "县域地区生产总值")], Some(("province_gdp", "230000")))]
#[case::provincial_of_a_county(&[(Column::Target, "县域地区生产总值")], None)]
#[case::county_of_the_province(&[(Column::Division, "")], None)]
#[case::district(&[(Column::Division, "道里区")], None)]
#[case::elsewhere(&[(Column::Division, "430522")], None)]
#[case::no_indicator(&[(Column::Target, "营商环境")], None)]
fn a_target_is_the_plans_indicator_and_its_division(#[case] changed: &[(Column, &str)], #[case] target: Option<(&str, &str)>) {
    let read = read_all(&[with("r", changed)]);
    let found = read.as_ref().ok().map(|duties| (duties[0].indicator_id.as_str(), duties[0].division_code.as_str()));
    assert_eq!(found, target, "{read:?}");
}

#[rstest]
#[case(Column::Measure, "", "不能为空")]
#[case(Column::Leader, "", "不能为空")]
#[case(Column::Due, "九月", "9月末前")]
#[case(Column::Due, "2025年9月31日", "日历上有的一天")]
#[case(Column::Leader, "张某 1380000 0000", "不写电话")]
#[case(Column::Post, "副县长（0451-8888888）", "不写电话")]
#[case(Column::Division, "某县", "六位代码")]
#[case(Column::Target, "GDP", "地区生产总值增速")]
#[case(Column::Measure, "第一步\n第二步", "一行文字")]
fn a_bad_cell_is_named_with_what_would_be_right(#[case] column: Column, #[case] text: &str, #[case] expected: &str) {
    let faults = read_all(&[with("r", &[]), with("s", &[(column, text)])]);
    let faults = faults.unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(
        (faults[0].place.as_str(), faults[0].column.as_str(), faults[0].found.as_str()),
        (format!("s/{}", column.heading()).as_str(), column.heading(), text)
    );
    assert!(faults[0].expected.contains(expected), "{faults:?}");
}

#[rstest]
#[case("", "地区生产总值增速", "是县级指标")]
#[case("依兰县", "县域地区生产总值", "是省级指标")]
fn an_indicator_of_the_other_level_blames_the_division(#[case] division: &str, #[case] target: &str, #[case] expected: &str) {
    let faults = read_all(&[with("r", &[(Column::Division, division), (Column::Target, target)])]).unwrap_err();
    assert_eq!((faults.len(), faults[0].column.as_str()), (1, "县(市、区)"));
    assert!(faults[0].expected.contains(expected), "{faults:?}");
}

#[test]
fn all_faults_of_all_rows_are_told_at_once() {
    let rows = [with("1", &[(Column::Due, "?"), (Column::Target, "?")]), with("2", &[(Column::Owner, "")]), with("3", &[])];
    let places: Vec<_> = read_all(&rows).unwrap_err().into_iter().map(|fault| fault.place).collect();
    assert_eq!(places, ["1/目标任务", "1/完成时限", "2/责任单位"]);
}

#[test]
fn a_measure_stands_once() {
    let twice = read_all(&[with("1", &[]), with("2", &[(Column::Due, "年底前")])]).unwrap_err();
    assert_eq!((twice[0].place.as_str(), twice[0].expected.as_str()), ("2", "与1重复：同一措施只列一次"));
    assert!(read_all(&[with("1", &[]), with("2", &[(Column::Division, "方正县")])]).is_ok());
    let code = |place, project| with(place, &[(Column::Code, "A"), (Column::Project, project)]);
    assert!(read_all(&[code("1", "甲"), code("2", "乙")]).is_err());
    assert!(read_all(&[]).is_err());
}

#[rstest]
#[case("张某", false)]
#[case("2025年专项（第123456号）", false)]
#[case("13800000000", true)]
#[case("138 0000 0000", true)]
#[case("２３０１２３４", true)]
fn private_numbers_are_known(#[case] text: &str, #[case] private: bool) {
    assert_eq!(has_private_number(text), private);
}

proptest! {
    #[test]
    fn any_text_ends_in_duties_or_faults(texts in prop::collection::vec("\\PC{0,8}", 12)) {
        let cells: Vec<_> = Column::ALL.into_iter().zip(texts.iter().map(String::as_str)).collect();
        match read_all(&[row("r", &cells)]) {
            Ok(duties) => prop_assert_eq!(duties.len(), 1),
            Err(faults) => prop_assert!(!faults.is_empty() && faults.iter().all(|fault| !fault.expected.is_empty())),
        }
    }
}
