//! What is written is read back; what a clerk may do to it is survived, and what must not be done is named.

use std::{collections::BTreeSet, sync::LazyLock};

use leitai_domain::{decimal::Decimal, division::Registry, plan::Plan, shipped, simulate};
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{
    open::{self, Cell, Sheet, Workbook},
    raw::{RawContent, RawItem, RawNumber},
};

const AGENCY: &str = "省发展改革委";

/// Two counties of 哈尔滨市, one of 齐齐哈尔市.
const COUNTIES: [&str; 3] = ["230123", "230124", "230221"];
const COUNTY_INDICATORS: [&str; 2] = ["gdp_growth", "urban_income_growth"];

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn plan() -> Plan {
    Plan::from_toml(shipped::plan(simulate::PLAN).unwrap()).unwrap()
}

fn form() -> Form {
    let owed = COUNTIES.iter().flat_map(|code| COUNTY_INDICATORS.map(|id| ((*code).to_owned(), id.to_owned())));
    let province = ["province_gdp", "province_urban_income_growth"].map(|id| ("230000".to_owned(), id.to_owned()));
    // Nobody asks 龙江县 for its incomes.
    let owed: BTreeSet<Key> = owed.chain(province).filter(|(code, id)| !(code == "230221" && id == "urban_income_growth")).collect();
    let known = |period: &str, value: &str| Known {
        key: ("230123".to_owned(), "gdp".to_owned()),
        period: period.parse().unwrap(),
        value: dec(value),
    };
    let (plan, period) = (plan(), "2025-M06".parse().unwrap());
    let form = Form::new(&plan, 3, period, AGENCY, &Asking::of(&plan, period, owed), &Registry::shipped().unwrap());
    form.with_known(&[known("2024-M06", "30"), known("2025-M03", "20.55"), known("2025-M06", "41")], false)
}

fn opened() -> Workbook {
    open::open(&write::write(&form()).unwrap()).unwrap()
}

fn sheet(book: &mut Workbook) -> &mut Sheet {
    &mut book.sheets[0]
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn read_back(book: &Workbook) -> Result<Vec<RawItem>, String> {
    let meta = Meta::find(book).unwrap().expect("a template");
    read::read(book, &meta).map_err(|error| error.to_string())
}

/// Division, indicator and number of every value that is not empty.
fn values(items: &[RawItem]) -> Vec<(String, String, String)> {
    let value = |item: &RawItem| match &item.content {
        RawContent::Value(value) if value.number != RawNumber::Empty => {
            let crate::subject::Subject::Division(code) = &value.subject else { panic!("{item:?}") };
            Some((code.clone(), value.indicator.clone(), item.source_text.clone()))
        }
        _ => None,
    };
    items.iter().filter_map(value).collect()
}

fn owned(rows: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    rows.iter().map(|(one, two, three)| ((*one).to_owned(), (*two).to_owned(), (*three).to_owned())).collect()
}

#[test]
fn the_same_form_gives_the_same_bytes() {
    assert_eq!(write::write(&form()).unwrap(), write::write(&form()).unwrap());
}

#[test]
fn an_unfilled_template_asks_for_every_cell_and_holds_none() {
    let items = read_back(&opened()).unwrap();
    assert_eq!(items.len(), (3 + 2) * 2 + 2);
    assert_eq!(values(&items), []);
    assert!(items.iter().all(|item| matches!(&item.content, RawContent::Value(value) if value.period == Ok("2025-M06".parse().unwrap()))));
}

#[test]
fn the_newest_earlier_value_stands_beside_the_cell() {
    let mut book = opened();
    let cells = &sheet(&mut book).cells;
    // Each indicator has two columns from D on, an amount after its growth.
    let at = *cells.iter().find(|(_, cell)| **cell == text("gdp")).unwrap().0;
    assert_eq!((at, &cells[&(at.0 - 1, at.1 - 1)]), ((5, 6), &text("上期\n2025年1—3月")));
    assert_eq!(cells[&(6, 5)], Cell::Number("20.55".to_owned()));
    assert!(!cells.contains_key(&(6, 6)), "the cell to fill is empty");
}

#[test]
fn a_value_in_force_fills_its_cell_where_that_is_wanted() {
    let known = Known { key: ("230123".to_owned(), "gdp".to_owned()), period: "2025-M06".parse().unwrap(), value: dec("41.5") };
    let book = open::open(&write::write(&form().with_known(&[known], true)).unwrap()).unwrap();
    assert_eq!(values(&read_back(&book).unwrap()), owned(&[("230123", "gdp", "41.5")]));
}

#[test]
fn what_was_found_is_a_comment_on_its_cell_and_changes_nothing_else() {
    let key = |code: &str, id: &str| (code.to_owned(), id.to_owned());
    // The last is asked of nobody.
    let cells = [key("230124", "gdp_growth"), key("230000", "province_gdp"), key("230221", "urban_income_growth")];
    let found = cells.map(|key| (key, "上次报“130”，待说明：超出范围".to_owned()));
    let marked = write::write(&form().with_findings(found.into())).unwrap();
    let part = |name: &str| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&marked)).unwrap();
        std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
    };
    let (first, second) = (part("xl/comments1.xml"), part("xl/comments2.xml"));
    let told = |xml: &str| (xml.matches("<comment ref=").count(), xml.contains(">上次报“130”，待说明：超出范围</t>"));
    assert_eq!((told(&first), told(&second)), ((1, true), (1, true)));
    assert!(first.contains("ref=\"E8\"") && second.contains("ref=\"H7\""), "{first}\n{second}");
    assert!(part("xl/sharedStrings.xml").contains("橙色格有批注"));
    assert_eq!(read_back(&open::open(&marked).unwrap()), read_back(&opened()));
}

#[test]
fn cells_are_taken_exactly_and_notes_are_kept() {
    let mut book = opened();
    sheet(&mut book).cells.extend([
        ((6, 4), Cell::Number("5.6".to_owned())),
        ((7, 4), text("—")),
        ((8, 4), text("约6")),
        ((6, 11), text("一户企业搬迁")),
        ((20, 1), text("合计")),
        // Where 龙江县 is not asked.
        ((8, 8), Cell::Number("1".to_owned())),
    ]);
    book.sheets[1].cells.extend([((6, 7), Cell::Number("3500.1".to_owned())), ((6, 8), text("初步核算"))]);
    let items = read_back(&book).unwrap();
    let filled = [("230123", "gdp_growth", "5.6"), ("230221", "gdp_growth", "约6"), ("230000", "province_gdp", "3500.1")];
    assert_eq!(values(&items), owned(&filled));
    let told = |content: fn(&RawContent) -> bool| {
        let found = items.iter().filter(|item| content(&item.content));
        found.map(|item| (item.place.as_str(), item.source_text.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(told(|content| matches!(content, RawContent::Note(_))), [("各县指标!L7", "一户企业搬迁"), ("黑龙江省!I7", "初步核算")]);
    assert_eq!(told(|content| matches!(content, RawContent::Outside(_))), [("各县指标!I9", "1"), ("各县指标!B21", "合计")]);
    assert!(items.iter().any(|item| item.place == "各县指标!E8" && item.source_text == "—"));
}

/// Moves cells of the first sheet.
fn moved(book: &mut Workbook, to: impl Fn((u32, u32)) -> (u32, u32)) {
    let sheet = sheet(book);
    sheet.cells = std::mem::take(&mut sheet.cells).into_iter().map(|(at, cell)| (to(at), cell)).collect();
}

#[rstest]
#[case::sorted_downwards(|(row, column)| (if row >= 6 { 14 - row } else { row }, column))]
#[case::a_row_inserted(|(row, column)| (if row >= 7 { row + 1 } else { row }, column))]
#[case::a_row_inserted_above(|(row, column)| (row + 1, column))]
#[case::a_column_inserted(|(row, column)| (row, if column >= 2 { column + 1 } else { column }))]
#[case::a_column_inserted_within_a_heading(|(row, column)| (row, if column >= 4 { column + 1 } else { column }))]
fn whole_rows_and_columns_may_move(#[case] to: fn((u32, u32)) -> (u32, u32)) {
    let mut book = opened();
    sheet(&mut book).cells.extend([((6, 4), text("1")), ((8, 4), text("3")), ((7, 6), text("7"))]);
    moved(&mut book, to);
    sheet(&mut book).name = "改了名".to_owned();
    let mut found = values(&read_back(&book).unwrap());
    found.sort();
    assert_eq!(found, owned(&[("230123", "gdp_growth", "1"), ("230124", "gdp", "7"), ("230221", "gdp_growth", "3")]));
}

#[rstest]
#[case::an_edited_code((6, 0), Some("230129"), "工作表“各县指标”缺少代码“230123”（依兰县）的行")]
#[case::a_doubled_code((7, 0), Some("230123"), "代码“230123”（依兰县）有2行")]
#[case::a_deleted_column_code((5, 4), None, "缺少代码“gdp_growth”（地区生产总值增速）的列")]
#[case::names_sorted_without_codes((6, 2), Some("方正县"), "各县指标!C7是“方正县”，同行的代码230123是“依兰县”；排序须整行一起")]
#[case::another_unit((3, 5), Some("地区生产总值（万元，2位小数）"), "各县指标!G6的表头应为“地区生产总值（亿元）”")]
#[case::another_period((4, 4), Some("本期\n2025年1—7月"), "各县指标!E5是“本期\n2025年1—7月”，本模板的时期是2025年1—6月")]
#[case::two_columns_of_notes((5, 12), Some("说明"), "代码“说明”（说明文字）有2列")]
#[case::no_corner((5, 0), None, "没有左上角写有“模板#1”的工作表")]
fn what_must_not_change_is_named(#[case] at: (u32, u32), #[case] to: Option<&str>, #[case] problem: &str) {
    let mut book = opened();
    match to {
        Some(to) => sheet(&mut book).cells.insert(at, text(to)),
        None => sheet(&mut book).cells.remove(&at),
    };
    let error = read_back(&book).unwrap_err();
    assert!(error.contains(problem), "{error}");
}

#[rstest]
#[case::a_unit((6, 2), "万元", "黑龙江省!C7是“万元”，应为“亿元”")]
#[case::a_period((7, 4), "2025年1—7月", "黑龙江省!E8是“2025年1—7月”，本模板的时期是2025年1—6月")]
#[case::a_name((7, 1), "其他", "黑龙江省!B8是“其他”")]
fn what_must_not_change_in_a_list_is_named(#[case] at: (u32, u32), #[case] to: &str, #[case] problem: &str) {
    let mut book = opened();
    book.sheets[1].cells.insert(at, text(to));
    let error = read_back(&book).unwrap_err();
    assert!(error.contains(problem), "{error}");
}

/// A template whose every cell to fill of the first two sheets holds its own number.
static NUMBERED: LazyLock<Workbook> = LazyLock::new(|| {
    let mut book = opened();
    for (sheet, rows, columns) in [(0, 6..9, vec![4, 6, 8, 10]), (1, 6..8, vec![7])] {
        let cells = rows.flat_map(|row| columns.iter().map(move |column| (row, *column)));
        for at in cells.filter(|at| *at != (8, 8) && *at != (8, 10)) {
            book.sheets[sheet].cells.insert(at, Cell::Number(format!("{}", (at.0 * 100 + at.1) * (sheet as u32 + 1))));
        }
    }
    book
});

proptest! {
    /// Whatever one edit outside the cells to fill does, no value becomes another's.
    #[test]
    fn no_edit_moves_a_value(which in 0_usize..2, row in 0_u32..12, column in 0_u32..14, from in 0_usize..200, erase: bool) {
        let filled = |at: &(u32, u32)| at.0 >= 6 && if which == 0 { [4, 6, 8, 10].contains(&at.1) } else { at.1 == 7 };
        prop_assume!(!filled(&(row, column)));
        let mut book = NUMBERED.clone();
        let before = values(&read_back(&book).unwrap());
        let cells = &mut book.sheets[which].cells;
        let texts: Vec<Cell> = cells.values().cloned().collect();
        if erase {
            cells.remove(&(row, column));
        } else {
            cells.insert((row, column), texts[from % texts.len()].clone());
        }
        if let Ok(items) = read_back(&book) {
            prop_assert_eq!(values(&items), before);
        }
    }

    /// Rows of codes in any order, with their values, are the same values.
    #[test]
    fn any_order_of_rows_is_the_same(order in Just(vec![6_u32, 7, 8]).prop_shuffle()) {
        let mut book = NUMBERED.clone();
        let mut before = values(&read_back(&book).unwrap());
        moved(&mut book, |(row, column)| (order.get(row.wrapping_sub(6) as usize).copied().unwrap_or(row), column));
        let mut after = values(&read_back(&book).unwrap());
        before.sort();
        after.sort();
        prop_assert_eq!(after, before);
    }
}

#[test]
fn a_copied_sheet_is_refused() {
    let mut book = opened();
    let copy = Sheet { name: "各县指标 (2)".to_owned(), ..book.sheets[0].clone() };
    book.sheets.push(copy);
    assert!(read_back(&book).unwrap_err().contains("在工作表“各县指标”和“各县指标 (2)”中各有一处"));
}

/// Each sheet is read once, so that a file of many marks takes no longer than one of few.
#[test]
fn two_tables_on_one_sheet_are_refused() {
    let mut book = opened();
    let other = book.sheets.remove(1);
    sheet(&mut book).cells.extend(other.cells.into_iter().map(|((row, column), cell)| ((row + 20, column + 20), cell)));
    assert!(read_back(&book).unwrap_err().contains("工作表“各县指标”中有“模板#1”和“模板#2”，每个工作表只应有一处"));
}

#[test]
fn many_problems_are_told_in_part() {
    let mut book = opened();
    sheet(&mut book).cells.retain(|at, _| at.0 < 5 || *at == (5, 0));
    let error = read_back(&book).unwrap_err();
    assert!(error.contains("另有") && error.chars().count() < 600, "{error}");
}

#[test]
fn an_edited_or_missing_hidden_sheet_is_refused() {
    let mut book = opened();
    let hidden = book.sheets.iter().position(|sheet| sheet.name == SHEET).unwrap();
    book.sheets[hidden].cells.insert((4, 1), text("2025-M07"));
    assert!(matches!(Meta::find(&book), Err(TemplateError::Damaged(what)) if what == "was edited"));
    book.sheets.remove(hidden);
    assert!(matches!(Meta::find(&book), Err(TemplateError::Damaged(what)) if what == "is missing"));
    book.sheets.clear();
    assert!(matches!(Meta::find(&book), Ok(None)));
}

#[test]
fn it_is_held_against_what_it_is_submitted_as() {
    let (meta, plan) = (Meta::find(&opened()).unwrap().unwrap(), plan());
    let check = |plan: &Plan, revision, submitter| meta.check(&Expected { plan, revision, submitter }).map_err(|error| error.to_string());
    assert_eq!(check(&plan, 3, AGENCY), Ok(()));
    assert_eq!(check(&plan, 4, AGENCY), Ok(()), "nothing that it asks has changed");
    assert!(check(&plan, 2, AGENCY).unwrap_err().contains("no such revision"));
    assert!(check(&plan, 3, "省商务厅").unwrap_err().contains("made for `省发展改革委`, and `省商务厅` submits"));
    let text = shipped::plan(simulate::PLAN).unwrap();
    let other = Plan::from_toml(&text.replace("id = \"heilongjiang-county-economy-2025\"", "id = \"another\"")).unwrap();
    assert!(check(&other, 3, AGENCY).unwrap_err().contains("of plan `heilongjiang-county-economy-2025`"));
    let mut changed = plan.clone();
    changed.indicators.iter_mut().find(|one| one.id == "gdp").unwrap().unit = "万元".to_owned();
    assert!(check(&changed, 4, AGENCY).unwrap_err().contains("indicator `gdp` is in 万元, no longer in 亿元"));
}
