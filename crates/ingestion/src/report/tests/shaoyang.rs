//! The real workbook. Expectations were read off the sheets with another program.

use std::collections::BTreeMap;

use leitai_workbook::shipped::SHAOYANG_WORKBOOK;
use rstest::rstest;

use super::{Reason, at, items, value};

#[rstest]
#[case("430524", "gdp_growth", 6_900_000)]
#[case("430500", "gdp_growth", 6_305_000)]
// 485745.614399879 万元 and 6636061 万元.
#[case("430502", "gdp", 48_574_561)]
#[case("430500", "gdp", 663_606_100)]
#[case("430523", "primary_growth", 4_300_000)]
#[case("430502", "industry_growth", 8_250_000)]
#[case("430511", "project_investment_growth", -64_400_000)]
#[case("430523", "project_investment_growth", 94_500_000)]
#[case("430525", "fixed_asset_investment_growth", 20_100_000)]
#[case("430511", "foreign_capital", 0)]
#[case("430529", "foreign_capital", 100_000_000)]
#[case("430529", "loan_balance", 87_691_511)]
#[case("430582", "loan_change_since_january", 40_182_235)]
#[case("430500", "budget_revenue_growth", -8_245_400)]
#[case("430528", "budget_revenue_growth", 13_258_529)]
#[case("430581", "budget_revenue", 32_268_000_000)]
#[case("430500", "urban_income", 10_277_140_000)]
#[case("430582", "urban_income_growth", 6_200_000)]
#[case("430529", "rural_income_growth", 8_000_000)]
fn values_are_those_printed(#[case] division: &str, #[case] indicator: &str, #[case] micros: i64) {
    assert_eq!(value(&items(SHAOYANG_WORKBOOK, None), division, indicator), Some(micros));
}

#[test]
fn each_indicator_has_the_rows_it_has() {
    let mut accepted = BTreeMap::<String, usize>::new();
    for item in items(SHAOYANG_WORKBOOK, None).into_iter().filter(|item| item.reason == Reason::Accepted) {
        *accepted.entry(item.indicator.unwrap()).or_default() += 1;
        assert_eq!(item.period.unwrap().to_string(), "2025-M03", "{}", item.place);
    }
    // Twelve counties and the city; loans have the three districts as one row.
    let expected = [
        ("budget_revenue", 13),
        ("budget_revenue_growth", 13),
        ("fixed_asset_investment_growth", 13),
        ("foreign_capital", 13),
        ("gdp", 13),
        ("gdp_growth", 13),
        ("industry_growth", 13),
        ("loan_balance", 10),
        ("loan_change_since_january", 10),
        ("primary_growth", 13),
        ("project_investment_growth", 13),
        ("rural_income", 13),
        ("rural_income_growth", 13),
        ("urban_income", 13),
        ("urban_income_growth", 13),
    ];
    assert_eq!(accepted, expected.map(|(id, count)| (id.to_owned(), count)).into());
}

#[test]
fn nothing_else_is_taken() {
    let mut reasons = BTreeMap::<&str, usize>::new();
    for item in items(SHAOYANG_WORKBOOK, None) {
        *reasons.entry(item.reason.as_str_name()).or_default() += 1;
    }
    // Ranks of 12 counties in 7 tables. 市辖区 in two columns, a development zone and five areas in the table of foreign capital.
    // 29 sheets of 39 hold no county table of the layout. Helper numbers: beside the areas, beside the revenue table and below it.
    let expected = [
        ("ITEM_REASON_ACCEPTED", 189),
        ("ITEM_REASON_NOT_A_COUNTY", 8),
        ("ITEM_REASON_OUTSIDE_TABLE", 3),
        ("ITEM_REASON_PRINTED_RANK", 84),
        ("ITEM_REASON_SHEET_NOT_READ", 29),
    ];
    assert_eq!(reasons, expected.into());
}

#[rstest]
#[case("30工业处2", Reason::SheetNotRead, "工作表已隐藏")]
#[case("81图5公共财政收入", Reason::SheetNotRead, "工作表已隐藏")]
#[case("核算5", Reason::SheetNotRead, "不是分县市区表")]
#[case("目录", Reason::SheetNotRead, "目录")]
#[case("53综研室2!B6", Reason::NotACounty, "双清区、大祥区、北塔区")]
#[case("43贸外处2!B18", Reason::NotACounty, "开发区")]
#[case("43贸外处2!B19", Reason::NotACounty, "片区")]
#[case("43贸外处2!C19:C23", Reason::OutsideTable, "5个单元格在表格旁")]
#[case("54综研室3!E5:E17", Reason::OutsideTable, "13个单元格在表格旁")]
#[case("54综研室3!B22:B24", Reason::OutsideTable, "3个单元格在表格下方")]
#[case("30工业处1 !C6", Reason::PrintedRank, "")]
fn what_is_not_used_is_said(#[case] place: &str, #[case] reason: Reason, #[case] words: &str) {
    let items = items(SHAOYANG_WORKBOOK, None);
    let item = at(&items, place);
    assert_eq!(item.reason, reason);
    assert!(item.message.contains(words), "{}", item.message);
}

#[test]
fn ranks_proxies_and_source_texts_are_kept() {
    let items = items(SHAOYANG_WORKBOOK, None);
    let industry = at(&items, "30工业处1 !B6");
    assert_eq!((industry.rank, industry.proxy.as_str()), (Some(8), "规模以上工业增加值增速"));
    let investment = at(&items, "36投资处5!B10");
    assert_eq!((investment.rank, investment.proxy.as_str()), (Some(1), "工业投资增速"));
    let city = at(&items, "54综研室3!C5");
    assert_eq!((city.rank, city.source_text.as_str()), (None, "-8.24540010452036"));
    let districts = at(&items, "53综研室2!B6");
    assert_eq!((&districts.division, districts.micros), (&None, Some(1_054_243_317)));
}

#[test]
fn a_year_given_must_be_the_files() {
    use super::{Layout, Registry, SHAOYANG_LAYOUT, open, read};
    let (book, layout) = (open(SHAOYANG_WORKBOOK).unwrap(), Layout::from_toml(SHAOYANG_LAYOUT).unwrap());
    let read = |year| read(&book, &layout, &Registry::shipped().unwrap(), Some(year));
    assert!(read(2025).is_ok());
    assert_eq!(read(2024).unwrap_err().to_string(), "the year given is 2024, but the newest label of the file is of 2025-M03");
}

#[test]
fn the_shipped_plan_has_every_indicator_of_the_layout() {
    use super::{Layout, Registry, SHAOYANG_LAYOUT, assess, open, read};
    use leitai_domain::{plan::Plan, shipped};
    let plan = Plan::from_toml(shipped::plan("heilongjiang-county-economy-2025").unwrap()).unwrap();
    let layout = Layout::from_toml(SHAOYANG_LAYOUT).unwrap();
    let indicators = layout.tables.iter().flat_map(|table| &table.columns).filter_map(|column| column.indicator.as_deref());
    assert_eq!(indicators.filter(|id| plan.indicator(id).is_none()).collect::<Vec<_>>(), Vec::<&str>::new());
    let raw = read(&open(SHAOYANG_WORKBOOK).unwrap(), &layout, &Registry::shipped().unwrap(), None).unwrap();
    assert_eq!(assess(raw, &plan).iter().filter(|item| item.reason == Reason::Accepted).count(), 189);
}
