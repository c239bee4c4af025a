use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{
    rollup::{
        roll_up,
        testing::{Known, of, plan},
    },
    testing::{dec, month},
};

fn reconciled(id: &str, known: &Known, reported: Option<Decimal>) -> Reconciliation {
    let rolled = roll_up(plan(), of(id), month(12), known);
    reconcile(of(id), &rolled, reported)
}

fn gdp(column: &[&str]) -> Known {
    Known::default().with("gdp", month(12), column)
}

/// 100.02 + 200.03 = 300.05 with 2 × 0.005 carried, and the province publishes one decimal: 0.05 more.
#[rstest]
#[case("300.1", "0.05", Agreement::Agrees)]
#[case("300.0", "-0.05", Agreement::Agrees)]
#[case("300.2", "0.15", Agreement::Differs)]
#[case("299.9", "-0.15", Agreement::Differs)]
fn a_difference_is_held_against_the_rounding(#[case] reported: &str, #[case] difference: &str, #[case] state: Agreement) {
    let found = reconciled("province_gdp", &gdp(&["100.02", "200.03"]), Some(dec(reported)));
    assert_eq!((found.difference, found.allowance, found.state), (Some(dec(difference)), Some(dec("0.06")), state));
    assert_eq!((found.judged.figure, found.judged.value), (JudgedFigure::Reported, Some(dec(reported))));
}

#[rstest]
#[case(&["1", "2"], None, Agreement::OnlyRolledUp, JudgedFigure::RolledUp)]
#[case(&["1", "—"], None, Agreement::OnlyRolledUp, JudgedFigure::Nothing)]
#[case(&["—", "—"], None, Agreement::Neither, JudgedFigure::Nothing)]
#[case(&["—", "—"], Some("3"), Agreement::OnlyReported, JudgedFigure::Reported)]
#[case(&["1", "—"], Some("3"), Agreement::Incomplete, JudgedFigure::Reported)]
fn what_is_there_decides(#[case] column: &[&str], #[case] reported: Option<&str>, #[case] state: Agreement, #[case] figure: JudgedFigure) {
    let found = reconciled("province_gdp", &gdp(column), reported.map(dec));
    assert_eq!((found.state, found.judged.figure), (state, figure));
    assert_eq!(found.difference.is_some(), state == Agreement::Incomplete);
    assert_eq!(found.judged.value.is_some(), figure != JudgedFigure::Nothing);
}

/// 2449 + 3 newcomers is the most there can be.
#[rstest]
#[case(Some("2452"), Agreement::Agrees, JudgedFigure::Reported)]
#[case(Some("2440"), Agreement::UnderCeiling, JudgedFigure::Reported)]
#[case(Some("2453"), Agreement::Differs, JudgedFigure::Reported)]
#[case(None, Agreement::OnlyRolledUp, JudgedFigure::Nothing)]
fn a_ceiling_is_no_figure(#[case] reported: Option<&str>, #[case] state: Agreement, #[case] figure: JudgedFigure) {
    let known = Known::default().with("new_industrial_enterprises", month(12), &["1", "2"]);
    let found = reconciled("province_industrial_enterprises", &known, reported.map(dec));
    assert_eq!((found.state, found.judged.figure), (state, figure));
}

#[rstest]
#[case("province_gdp", &["100.02", "200.03"], Some("300.1"), "按全省报送数评价：比各县汇总数多0.05亿元，在四舍五入允许的0.06亿元以内。")]
#[case("province_gdp", &["100.02", "200.03"], Some("305"), "按全省报送数评价：比各县汇总数多4.95亿元，超出四舍五入允许的0.06亿元，两数都列出，请核实。")]
#[case("province_gdp", &["100", "—"], Some("305"), "按全省报送数评价：2个县中有1个县的数可以汇总，比各县汇总数多205亿元，差额不作判断。")]
#[case("province_gdp", &["100", "—"], None, "全省没有报送，2个县中有1个县的数可以汇总，不评价。")]
#[case("province_gdp", &["100", "200"], None, "全省没有报送，2个县齐全，按汇总数评价。")]
#[case("province_processing_rate", &["1"], Some("70"), "按全省报送数评价：不能由各县数汇总（各县不报送农产品产量和加工量）。")]
fn the_sentence_says_which_and_why(#[case] id: &str, #[case] column: &[&str], #[case] reported: Option<&str>, #[case] why: &str) {
    assert_eq!(reconciled(id, &gdp(column), reported.map(dec)).judged.why, why);
}

/// A county as it truly is, in 10⁻⁴: growth, GDP, industry, and last year's of both.
type True = [i64; 5];

fn published(rows: &[True], at: usize, places: u32) -> Vec<String> {
    rows.iter().map(|row| decimal::round(Decimal::new(row[at], 4), places).to_string()).collect()
}

fn exact(rows: &[True], at: usize) -> Decimal {
    rows.iter().map(|row| Decimal::new(row[at], 4)).sum()
}

fn counties() -> impl Strategy<Value = Vec<True>> {
    let row = (-300_000_i64..300_000, 300_i64..400_000, 100_i64..50_000, 300_i64..400_000, 100_i64..50_000);
    proptest::collection::vec(row.prop_map(|(a, b, c, d, e)| [a, b, c, d, e]), 1..70)
}

proptest! {
    /// The province computes from what truly is and rounds; we compute from what the counties published. Only rounding lies between.
    #[test]
    fn rounding_alone_never_differs(rows in counties(), whole in 40_000_000_i64..60_000_000) {
        let (period, hundred) = (month(12), Decimal::ONE_HUNDRED);
        let column = |known: Known, id: &str, period, at, places| {
            let texts = published(&rows, at, places);
            known.with(id, period, &texts.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let whole = Decimal::new(whole, 4);
        let known = Known::default().province("whole_province_industry_value_added", period, &decimal::round(whole, 1).to_string());
        let known = column(known, "gdp_growth", period, 0, 1);
        let known = column(known, "gdp", period, 1, 2);
        let known = column(known, "loan_balance", period, 1, 2);
        let known = column(known, "industry_value_added", period, 2, 2);
        let known = column(known, "gdp", period.last_year(), 3, 2);
        let known = column(known, "loan_balance", period.last_year(), 3, 2);
        let products: Decimal = rows.iter().map(|row| Decimal::new(row[0], 4) * Decimal::new(row[3], 4)).sum();
        let over = rows.iter().filter(|row| row[1] > 100_0000).count();
        let truth = [
            ("province_gdp", exact(&rows, 1)),
            ("province_gdp_growth", products / exact(&rows, 3)),
            ("province_loan_growth", (exact(&rows, 1) / exact(&rows, 3) - Decimal::ONE) * hundred),
            ("province_industry_share", exact(&rows, 2) / exact(&rows, 1) * hundred),
            ("province_industry_share_of_province", exact(&rows, 2) / whole * hundred),
            ("province_counties_over_10_billion", Decimal::from(over)),
        ];
        for (id, truth) in truth {
            let reported = decimal::round(truth, of(id).decimals);
            let found = reconciled(id, &known, Some(reported));
            prop_assert_eq!(found.state, Agreement::Agrees, "{} {:?}", id, found);
        }
    }
}
