//! An issue as the same bureau prints in another month: every quirk that its other workbooks have, under the same layout.

use std::collections::BTreeMap;

use rstest::rstest;
use rust_xlsxwriter::{Format, Workbook, Worksheet};

use super::{Item, Reason, at, items, value};

/// Rows of cells; a number where the text is one, nothing where it is empty.
fn sheet(book: &mut Workbook, name: &str, rows: &[&[&str]]) {
    let sheet = book.add_worksheet();
    sheet.set_name(name).unwrap();
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(*cells) {
            write(sheet, row, column, text);
        }
    }
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, text: &str) {
    match text.parse::<f64>() {
        _ if text.is_empty() => return,
        Ok(number) => sheet.write(row, column, number).unwrap(),
        Err(_) => sheet.write(row, column, text).unwrap(),
    };
}

/// The issue. `label` is the period of the one table that prints a year.
fn issue(label: &str) -> Vec<u8> {
    let mut book = Workbook::new();
    // Yearless label in row 2, no second heading row, a trailing blank in the title, another order, full names, text for a number.
    sheet(
        &mut book,
        "30工业处1",
        &[
            &["规模工业增加值 "],
            &["", "1-9月"],
            &["地\u{3000}区", "增长（％）", "排名"],
            &["全 市", "8.1"],
            &["邵 阳 县", "7.55", "2"],
            &["邵东市", "8.85", "1"],
            &["城步苗族自治县", "—"],
            &["双清区", "6.5%", "3"],
            &["注：本表为快报数"],
        ],
    );
    // The label of a quarterly table reprinted unchanged; yuan where millions stood before.
    sheet(
        &mut book,
        "23核算处1",
        &[
            &["地区生产总值"],
            &[],
            &["地  区", label],
            &["", "绝对额（亿元）", "增速（%）", "排名"],
            &["全市", "1300.5", "6.1"],
            &["双清", "95.5", "5.4", "1"],
        ],
    );
    // One month behind, the unit beside the title, an unlisted column, helper numbers beside and below.
    sheet(
        &mut book,
        "54综研室3",
        &[
            &["地方一般公共预算收入"],
            &["", "", "", "单位：亿元"],
            &["地区", "1-8月"],
            &["", "绝对额", "增减(%)", "排名", "占比(%)"],
            &["全市", "80.123456", "-3.2", "", "100"],
            &["市本级", "20", "1"],
            &["双清", "1.5", "2.5", "1", "2", "999.5"],
            &["邵东", "#", "bad", "x"],
            &[],
            &["", "12.6777"],
            &["", "5.8354"],
        ],
    );
    // A stock under its own label.
    sheet(
        &mut book,
        "53综研室2",
        &[
            &["金融机构本外币贷款余额"],
            &[],
            &["地  区", "9月末", "比年初增减数"],
            &["", "（亿元）", "（亿元）"],
            &["市辖区", "1000", "50"],
            &["邵东市", "570.5", "43.25"],
        ],
    );
    // Never filled since February.
    sheet(
        &mut book,
        "36投资处5",
        &[&["工业投资"], &[], &["地区", "1-2月"], &["", "增速（%）", "排名"], &["全市"], &["双清"], &["大祥", "-"]],
    );
    // A unit that cannot be converted; a name of nobody; a name of two; a period that is not cumulative.
    sheet(
        &mut book,
        "43贸外处2",
        &[&["外商直接投资"], &[], &["地区", "1-9月"], &["", "绝对额（亿元）"], &["双清", "1.3"], &["某某县", "2"], &["邵阳", "3"]],
    );
    sheet(&mut book, "城镇", &[&["城镇居民人均可支配收入"], &[], &["地区", "7-9月"], &["", "绝对额(元)"], &["双清", "30000"]]);
    // The same title for the cities of the province.
    sheet(&mut book, "分市州", &[&["工业投资"], &[], &["地区", "1-9月"], &["", "增速（%）"], &["全省", "5"], &["长沙市", "6"]]);
    odd_cells(&mut book);
    sheet(&mut book, "空", &[]);
    book.save_to_buffer().unwrap()
}

/// Cells that are neither text nor plain numbers.
fn odd_cells(book: &mut Workbook) {
    sheet(book, "33投资处1", &[&["固定资产投资"], &[], &["地区", "1-9月"], &["", "增速"], &["双清"], &["大祥"], &["北塔"], &["新邵"]]);
    let sheet = book.worksheet_from_name("33投资处1").unwrap();
    sheet.write_with_format(4, 1, 0.065, &Format::new().set_num_format("0.0%")).unwrap();
    sheet.write(5, 1, true).unwrap();
    sheet.write_with_format(6, 1, 45_000, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
    sheet.write(7, 1, rust_xlsxwriter::Formula::new("NA()").set_result("#N/A")).unwrap();
}

fn september() -> Vec<Item> {
    items(&issue("2025年1-6月"), None)
}

#[rstest]
#[case("430500", "industry_growth", 8_100_000, "2025-M09")]
#[case("430523", "industry_growth", 7_550_000, "2025-M09")]
#[case("430582", "industry_growth", 8_850_000, "2025-M09")]
#[case("430502", "industry_growth", 6_500_000, "2025-M09")]
#[case("430502", "gdp", 95_500_000, "2025-M06")]
#[case("430502", "gdp_growth", 5_400_000, "2025-M06")]
// 80.123456 亿元 in 万元.
#[case("430500", "budget_revenue", 801_234_560_000, "2025-M08")]
#[case("430502", "budget_revenue_growth", 2_500_000, "2025-M08")]
#[case("430582", "loan_balance", 570_500_000, "2025-M09")]
#[case("430582", "loan_change_since_january", 43_250_000, "2025-M09")]
#[case("430502", "fixed_asset_investment_growth", 6_500_000, "2025-M09")]
fn values_land_in_their_own_period(#[case] division: &str, #[case] indicator: &str, #[case] micros: i64, #[case] period: &str) {
    let items = september();
    assert_eq!(value(&items, division, indicator), Some(micros));
    let fits = |item: &&Item| item.division.as_deref() == Some(division) && item.indicator.as_deref() == Some(indicator);
    let item = items.iter().filter(|item| item.reason == Reason::Accepted).find(fits).unwrap();
    assert_eq!(item.period.unwrap().to_string(), period);
}

#[rstest]
#[case("30工业处1!B7", Reason::Empty, "")]
#[case("30工业处1!A9", Reason::OutsideTable, "表格下方")]
#[case("54综研室3!B6", Reason::NotACounty, "市本级")]
#[case("54综研室3!B8", Reason::BadValue, "“#”不是数值")]
#[case("54综研室3!C8", Reason::BadValue, "“bad”不是数值")]
#[case("54综研室3!D8", Reason::BadValue, "“x”不是名次")]
#[case("54综研室3!E5:E7", Reason::OutsideTable, "栏目“占比(%)”")]
#[case("54综研室3!F7", Reason::OutsideTable, "表格旁")]
#[case("54综研室3!B10:B11", Reason::OutsideTable, "2个单元格在表格下方")]
#[case("53综研室2!B5", Reason::NotACounty, "三区合计")]
#[case("36投资处5!B5", Reason::Empty, "")]
#[case("36投资处5!B7", Reason::Empty, "")]
#[case("43贸外处2!B5", Reason::BadUnit, "“亿元”不能换算为")]
#[case("43贸外处2!B6", Reason::UnknownDivision, "某某县")]
#[case("43贸外处2!B7", Reason::AmbiguousDivision, "430523")]
#[case("城镇!B5", Reason::BadPeriod, "不是从1月起的累计数")]
#[case("分市州", Reason::SheetNotRead, "全省")]
#[case("33投资处1!B6", Reason::BadValue, "TRUE")]
#[case("33投资处1!B7", Reason::BadValue, "日期")]
#[case("33投资处1!B8", Reason::BadValue, "#N/A")]
#[case("空", Reason::SheetNotRead, "为空")]
fn every_quirk_has_its_reason(#[case] place: &str, #[case] reason: Reason, #[case] words: &str) {
    let items = september();
    let item = at(&items, place);
    assert_eq!(item.reason, reason, "{}", item.message);
    assert!(item.message.contains(words), "{}", item.message);
}

#[test]
fn without_any_year_each_value_asks_for_it() {
    let mut counts = BTreeMap::<&str, usize>::new();
    let file = issue("1-6月");
    for item in items(&file, None) {
        *counts.entry(item.reason.as_str_name()).or_default() += 1;
        assert!(item.reason != Reason::BadPeriod || item.message.contains("请在报送时注明年份") || item.place == "城镇!B5");
    }
    assert!(!counts.contains_key("ITEM_REASON_ACCEPTED") && counts.contains_key("ITEM_REASON_BAD_PERIOD"));
    let dated = items(&file, Some(2024));
    assert_eq!(at(&dated, "23核算处1!B6").period.unwrap().to_string(), "2024-M06");
}

#[test]
fn the_same_value_twice_counts_once_and_two_values_never() {
    let mut book = Workbook::new();
    for (name, city, county) in [("一", "5.1", "5.0"), ("二", "5.1", "5.2")] {
        sheet(&mut book, name, &[&["工业投资"], &["", "2025年1-9月"], &["地区", "增速（%）"], &["全市", city], &["双清", county]]);
    }
    let items = items(&book.save_to_buffer().unwrap(), None);
    assert_eq!((at(&items, "一!B4").reason, at(&items, "二!B4").reason), (Reason::Accepted, Reason::Unchanged));
    for place in ["一!B5", "二!B5"] {
        let item = at(&items, place);
        assert_eq!(
            (item.reason, item.message.as_str()),
            (Reason::Contradiction, "同一行政区划、指标和时期有不同的数值：一!B5为5，二!B5为5.2")
        );
    }
}
