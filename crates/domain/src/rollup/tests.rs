use proptest::prelude::*;
use rstest::rstest;

use super::{
    testing::{Known, of, plan},
    *,
};
use crate::{
    policy::Policy,
    testing::{dec, month},
    verdict::Reason,
};

fn rolled(id: &str, period: Period, known: &Known) -> RollUp {
    roll_up(plan(), of(id), period, known)
}

fn last(at: u8) -> Period {
    month(at).last_year()
}

/// Every formula on two or three counties, worked out by hand.
#[rstest]
// 12.34 + 200.00 + 100.01; three times 0.005
#[case("province_gdp", 3, Known::default().with("gdp", month(3), &["12.34", "200", "100.01"]), "312.35", "0.015")]
// (5000 + 7001) ÷ 10000; twice 0.5 ÷ 10000
#[case("province_tax_revenue", 2, Known::default().with("tax_revenue", month(2), &["5000", "7001"]), "1.2001", "0.0001")]
// counts are exact
#[case("province_tech_results", 6, Known::default().with("tech_results", month(6), &["1", "2", "0"]), "3", "0")]
// 100.00 is not above 100, but 100.004 would be; 100.01 and 350 are
#[case("province_counties_over_10_billion", 12, Known::default().with("gdp", month(12), &["100", "100.01", "350", "99.99"]), "2", "1")]
// 160 / 145 − 1 = 10.3448…; 160.01 / 144.99 − 1 = 10.3593…
#[case(
    "province_loan_growth", 2,
    Known::default().with("loan_balance", month(2), &["110", "50"]).with("loan_balance", last(2), &["100", "45"]),
    "10.344828", "0.014508"
)]
// (6 × 100 + 4 × 300) / 400; 0.05 + 0.005 × (1.5 + 0.5) / (400 − 0.01)
#[case(
    "province_gdp_growth", 3,
    Known::default().with("gdp_growth", month(3), &["6", "4"]).with("gdp", last(3), &["100", "300"]),
    "4.5", "0.050026"
)]
// (10 + 20) / (100 + 150) = 12 %; 30.01 / 249.99 = 12.00448…
#[case(
    "province_industry_share", 3,
    Known::default().with("industry_value_added", month(3), &["10", "20"]).with("gdp", month(3), &["100", "150"]),
    "12", "0.004481"
)]
// 30 / 120 = 25 %; 30.01 / 119.95 = 25.01876…
#[case(
    "province_industry_share_of_province", 3,
    Known::default().with("industry_value_added", month(3), &["10", "20"]).province("whole_province_industry_value_added", month(3), "120"),
    "25", "0.018758"
)]
// 2449 + 1 + 0 + 3
#[case("province_industrial_enterprises", 12, Known::default().with("new_industrial_enterprises", month(12), &["1", "0", "3"]), "2453", "0")]
fn each_formula_by_hand(#[case] id: &str, #[case] at: u8, #[case] known: Known, #[case] value: &str, #[case] carried: &str) {
    let found = rolled(id, month(at), &known);
    assert_eq!((found.value, found.carried), (Some(dec(value)), Some(dec(carried))), "{found:?}");
    assert_eq!((found.reason, found.counties_in, found.weight_coverage), {
        let covered = (id != "province_industrial_enterprises").then_some(Decimal::ONE);
        (RollUpReason::Computed, known.counties, covered)
    });
    assert_eq!(found.is_ceiling, id == "province_industrial_enterprises");
}

/// What a clerk reads to check the number.
#[test]
fn the_inputs_and_the_formula_are_enough_to_recompute_it() {
    let known = Known::default().with("gdp_growth", month(3), &["6", "4"]).with("gdp", last(3), &["100", "300"]);
    let found = rolled("province_gdp_growth", month(3), &known);
    let inputs: Vec<_> = found.inputs.iter().map(|one| format!("{} {}{}", one.name, one.value, one.unit)).collect();
    assert_eq!(inputs, ["2个县地区生产总值增速乘以上年同期地区生产总值的合计 1800%·亿元", "2个县上年同期地区生产总值合计 400亿元"]);
    assert_eq!(found.formula, "各县地区生产总值增速以上年同期地区生产总值为权数加权平均（权数按现价，与不变价权数略有出入）");
}

#[test]
fn some_counties_are_shown_as_some() {
    // The county that is out had 300 of last year's 400.
    let known = Known::default().with("gdp", month(3), &["110", "—"]).with("gdp", last(3), &["100", "300"]);
    let found = rolled("province_gdp", month(3), &known);
    assert_eq!((found.reason, found.value), (RollUpReason::Partial, Some(dec("110"))));
    assert_eq!((found.counties_in, found.counties_of, found.missing.as_slice()), (1, 2, [1].as_slice()));
    assert_eq!(found.weight_coverage, Some(dec("0.25")));
}

#[test]
fn an_unknown_weight_is_not_guessed() {
    let known = Known::default().with("gdp", month(3), &["110", "—"]).with("gdp", last(3), &["100", "—"]);
    assert_eq!(rolled("province_gdp", month(3), &known).weight_coverage, None);
}

#[rstest]
#[case("province_gdp", month(5), RollUpReason::NotDue)] // quarterly
#[case("province_gdp", month(3), RollUpReason::NothingReported)]
#[case("province_processing_rate", month(12), RollUpReason::NotRolledUp)]
#[case("whole_province_industry_value_added", month(3), RollUpReason::NotRolledUp)]
#[case("province_industry_share_of_province", month(6), RollUpReason::WholeNotReported)]
#[case("province_loan_growth", month(2), RollUpReason::ZeroBase)]
#[case("province_gdp_growth", month(6), RollUpReason::ZeroBase)] // a weight of 0.00 may be anything up to 0.005
fn no_value_has_its_reason(#[case] id: &str, #[case] period: Period, #[case] reason: RollUpReason) {
    let known = Known::default()
        .with("industry_value_added", month(6), &["1", "2"])
        .with("loan_balance", month(2), &["1", "2"])
        .with("loan_balance", last(2), &["1", "-1"])
        .with("gdp_growth", month(6), &["1", "2"])
        .with("gdp", last(6), &["0", "0"]);
    let found = rolled(id, period, &known);
    assert_eq!((found.value, found.carried, found.reason), (None, None, reason));
    assert!(!found.formula.is_empty());
}

#[test]
fn what_is_too_large_is_said() {
    let largest = Decimal::MAX.to_string();
    let known = Known::default().with("gdp", month(3), &[&largest, &largest]).with("gdp_growth", month(3), &["1", "1"]);
    assert_eq!(rolled("province_gdp", month(3), &known).reason, RollUpReason::OutOfRange);
}

#[test]
fn no_counties_give_nothing() {
    let found = rolled("province_gdp", month(3), &Known::default());
    assert_eq!((found.reason, found.counties_of, found.weight_coverage), (RollUpReason::NothingReported, 0, None));
}

#[test]
fn before_december_last_years_count_stands_beside() {
    let known = Known::default().with("gdp", last(12), &["100.01", "250", "20"]).with("gdp", month(9), &["300", "300", "300"]);
    let found = rolled("province_counties_over_20_billion", month(9), &known);
    assert_eq!((found.value, found.reason), (None, RollUpReason::NotDue));
    let beside = input("2024年3个县中全年地区生产总值超过界限的".to_owned(), Decimal::ONE, "个");
    assert_eq!(found.inputs, [beside]);
}

/// 附件1 prints for 2024: 7080.7 亿元, industry 11.7 % of it, which is 21.8 % of the whole province's. 7080.7 × 0.117 = 828.44, and
/// 828.44 / 0.218 = 3800.2.
#[rstest]
#[case("province_gdp", "7080.7")]
#[case("province_industry_share", "11.7")]
#[case("province_industry_share_of_province", "21.8")]
fn the_plans_own_year_agrees_with_itself(#[case] id: &str, #[case] printed: &str) {
    let year = last(12);
    let known = Known::default().with("gdp", year, &["7000.7", "80"]).with("industry_value_added", year, &["820.4", "8.04"]).province(
        "whole_province_industry_value_added",
        year,
        "3800.2",
    );
    assert_eq!(of(id).target.as_ref().unwrap().baseline_value(), Some(dec(printed)));
    let found = roll_up(plan(), of(id), year, &known);
    assert_eq!(reconcile(of(id), &found, Some(dec(printed))).state, Agreement::Agrees, "{found:?}");
}

/// The yearbook's 67 counties, 万元 as 亿元. Python's csv and decimal say of the same file: GDP 61516943 万元 in all, 26 counties above
/// 1000000, 3 above 2000000; revenue 2571365.
#[rstest]
#[case("province_gdp", "gdp", "地区生产总值", "0.0001", "6151.6943")]
#[case("province_counties_over_10_billion", "gdp", "地区生产总值", "0.0001", "26")]
#[case("province_counties_over_20_billion", "gdp", "地区生产总值", "0.0001", "3")]
#[case("province_budget_revenue", "budget_revenue", "一般公共预算收入", "1", "257.1365")]
fn the_counties_of_2020(#[case] id: &str, #[case] county: &str, #[case] name: &str, #[case] factor: &str, #[case] value: &str) {
    let mut reader = csv::Reader::from_reader(include_str!("../../data/heilongjiang_county_2020.csv").as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column: Vec<String> = rows.iter().filter(|row| &row[3] == name).map(|row| (dec(&row[4]) * dec(factor)).to_string()).collect();
    let column: Vec<&str> = column.iter().map(String::as_str).collect();
    let year = Period::new(2020, 12).unwrap();
    let found = rolled(id, year, &Known::default().with(county, year, &column));
    assert_eq!((found.value, found.counties_in, found.reason), (Some(dec(value)), 67, RollUpReason::Computed));
}

#[test]
fn the_provincial_target_is_judged_at_last_years_pace() {
    // 7500 × 3200 / 7080.7 (printed for 2024) = 3389.5: 3389.5 is met, the roll-up of last year is not looked at.
    let policy = Policy::example().unwrap();
    let indicator = of("province_gdp");
    let known = Known::default().province("province_gdp", last(6), "3200").with("gdp", last(6), &["1"]);
    let judge = |actual: &str| verdict(plan(), indicator, indicator.target.as_ref().unwrap(), month(6), Some(dec(actual)), &known, &policy);
    assert_eq!((judge("3389.5").expected, judge("3389.5").reason), (Some(dec("3389.5")), Reason::Met));
    assert_eq!(judge("3389.4").reason, Reason::WithinBand);
}

#[test]
fn without_reports_the_pace_is_that_of_the_counties() {
    // 2600 万元 of 10000 万元 by March: 380 × 0.26 = 98.8 亿元.
    let policy = Policy::example().unwrap();
    let indicator = of("province_budget_revenue");
    let known = Known::default().with("budget_revenue", last(3), &["1000", "1600"]).with("budget_revenue", last(12), &["4000", "6000"]);
    let found = verdict(plan(), indicator, indicator.target.as_ref().unwrap(), month(3), None, &known, &policy);
    assert_eq!((found.expected, found.reason), (Some(dec("98.8")), Reason::NotReported));
}

#[test]
fn growth_still_needed_takes_the_share_of_what_grows() {
    // 25 of 100 by March: ((1.055) − 0.25 × 1.05) / 0.75 − 1 = 5.6667 %.
    let policy = Policy::example().unwrap();
    let indicator = of("province_gdp_growth");
    let known = Known::default().with("gdp", last(3), &["10", "15"]).with("gdp", last(12), &["60", "40"]);
    let found = verdict(plan(), indicator, indicator.target.as_ref().unwrap(), month(3), Some(dec("5")), &known, &policy);
    assert_eq!(found.still_needed.map(|needed| needed.value), Some(dec("5.666667")));
}

const ROLLED: [&str; 6] = [
    "province_gdp",
    "province_gdp_growth",
    "province_counties_over_10_billion",
    "province_industry_share",
    "province_industry_growth",
    "province_industry_share_of_province",
];

/// Counties with growth, GDP, industry, and last year's of both.
fn known(rows: &[[i64; 5]]) -> Known {
    let columns = [("gdp_growth", month(12), 1), ("gdp", month(12), 2), ("industry_value_added", month(12), 2)];
    let columns =
        columns.into_iter().chain([("gdp", last(12), 2), ("industry_value_added", last(12), 2), ("industry_growth", month(12), 1)]);
    columns
        .enumerate()
        .fold(Known::default(), |known, (at, (id, period, places))| {
            let texts: Vec<String> = rows.iter().map(|row| Decimal::new(row[at % 5], places).to_string()).collect();
            known.with(id, period, &texts.iter().map(String::as_str).collect::<Vec<_>>())
        })
        .province("whole_province_industry_value_added", month(12), "99999.9")
}

fn rows() -> impl Strategy<Value = Vec<[i64; 5]>> {
    let row = (-200_i64..300, 5_000_i64..40_000, 100_i64..5_000, 5_000_i64..40_000, 100_i64..5_000);
    proptest::collection::vec(row.prop_map(|(a, b, c, d, e)| [a, b, c, d, e]), 1..12)
}

proptest! {
    #[test]
    fn the_order_of_counties_does_not_matter(rows in rows()) {
        let mut turned = rows.clone();
        turned.reverse();
        for id in ROLLED {
            let (one, other) = (rolled(id, month(12), &known(&rows)), rolled(id, month(12), &known(&turned)));
            prop_assert_eq!((one.value, one.carried, one.inputs), (other.value, other.carried, other.inputs));
        }
    }

    #[test]
    fn one_more_county_is_more_coverage(rows in rows(), county: prop::sample::Index) {
        let (all, out) = (known(&rows), county.index(rows.len()));
        let mut fewer = all.clone();
        fewer.values.retain(|(county, _, period), _| *county != Some(out) || *period != month(12));
        for id in ROLLED {
            let (all, fewer) = (rolled(id, month(12), &all), rolled(id, month(12), &fewer));
            prop_assert_eq!((all.counties_in, fewer.counties_in, fewer.missing), (rows.len(), rows.len() - 1, vec![out]));
            prop_assert!(fewer.weight_coverage.unwrap() < all.weight_coverage.unwrap(), "{}", id);
            prop_assert_eq!(fewer.value.is_some(), rows.len() > 1);
        }
    }
}
