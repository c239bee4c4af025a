//! Held against the layout that a person wrote, and against a workbook of another shape.

use leitai_domain::shipped as plans;
use rust_xlsxwriter::Workbook as Writer;

use super::*;
use crate::{
    open::open,
    shipped::{SHAOYANG_LAYOUT, SHAOYANG_WORKBOOK},
    table,
};

fn plan() -> Plan {
    Plan::from_toml(plans::plan("heilongjiang-county-economy-2025").unwrap()).unwrap()
}

/// What a layout reads of each sheet: sheet and column, and what stands there.
fn reads(book: &Workbook, layout: &Layout) -> BTreeMap<(String, u32), Content> {
    let mut reads = BTreeMap::new();
    for sheet in book.sheets.iter().filter(|sheet| sheet.closed.is_none()) {
        let Ok(found) = table::find(sheet, layout) else { continue };
        reads.extend(contents(&found).into_iter().map(|(column, content)| ((sheet.name.clone(), column), content)));
    }
    reads
}

#[test]
fn the_draft_agrees_with_the_layout_that_a_person_wrote() {
    let book = open(SHAOYANG_WORKBOOK).unwrap();
    let draft = suggest(&book, &Registry::shipped().unwrap(), &plan(), None).unwrap();
    let truth = reads(&book, &Layout::from_toml(SHAOYANG_LAYOUT).unwrap());
    let drafted = reads(&book, &Layout::from_toml(&draft.toml).unwrap());
    let wrong: Vec<_> = drafted.iter().filter(|(at, content)| truth.get(*at) != Some(*content)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let columns = || draft.tables.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column)));
    let unsure: BTreeMap<_, _> = columns()
        .filter_map(|(table, column)| match &column.claim {
            Claim::Unsure(content, _) => Some(((table.sheet.clone(), column.index), content.clone())),
            _ => None,
        })
        .collect();
    let misled = unsure.iter().filter(|(at, content)| truth.get(*at) != Some(*content)).count();
    let missed = truth.keys().filter(|at| !drafted.contains_key(*at) && !unsure.contains_key(*at)).count();
    let clear = draft.tables.iter().filter(|table| table.is_clear()).count();
    let sheets = |at: &mut dyn Iterator<Item = &(String, u32)>| at.map(|(sheet, _)| sheet.clone()).collect::<BTreeSet<_>>();
    let (all, right) = (sheets(&mut truth.keys()), sheets(&mut drafted.keys()));
    let asked = sheets(&mut unsure.keys()).difference(&right).count();
    assert_eq!((all.len(), right.len(), asked), (10, 5, 3));
    assert_eq!(draft.under, "430500");
    assert_eq!((truth.len(), drafted.len(), unsure.len(), misled, missed, clear), (22, 11, 8, 0, 3, 5));
}

#[test]
fn a_wide_table_is_read_by_its_headings() {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    let head = ["县（市）", "地区生产总值（亿元）", "地区生产总值增速（%）", "税收收入（吨）", "工业", "增速（%）"];
    sheet.write(0, 0, "主要经济指标").unwrap();
    sheet.write(1, 3, "2025年1-6月").unwrap();
    sheet.write_row(2, 0, head).unwrap();
    for (row, name) in (3..).zip(["尚志市", "五常市", "方正县", "宾县", "全市", "某某新城"]) {
        sheet.write(row, 0, name).unwrap();
        for column in 1..6 {
            sheet.write(row, column, row * u32::from(column)).unwrap();
        }
    }
    let book = open(&writer.save_to_buffer().unwrap()).unwrap();
    let draft = suggest(&book, &Registry::shipped().unwrap(), &plan(), None).unwrap();
    assert_eq!(draft.under, "230100");
    let drafted: Vec<_> = reads(&book, &Layout::from_toml(&draft.toml).unwrap()).into_values().collect();
    assert_eq!(drafted, [Content::Indicator("gdp".into()), Content::Indicator("gdp_growth".into())], "{}", draft.toml);
    assert!(draft.toml.contains("单位“吨”不能换算成“万元”"), "{}", draft.toml);
    assert!(draft.toml.contains("不确定：行名“某某新城”"), "{}", draft.toml);
}

#[test]
fn without_counties_there_is_no_draft() {
    let mut writer = Writer::new();
    writer.add_worksheet().write(0, 0, "地区生产总值").unwrap();
    let book = open(&writer.save_to_buffer().unwrap()).unwrap();
    let draft = |under| suggest(&book, &Registry::shipped().unwrap(), &plan(), under).unwrap_err().to_string();
    assert!(draft(None).contains("--under CODE"));
    assert!(draft(Some("430500")).contains("no visible sheet has a table by county under 湖南省邵阳市"));
}

#[test]
fn a_table_of_another_level_under_the_same_title_is_not_read() {
    let mut writer = Writer::new();
    for names in [["双清区", "大祥区", "隆回县", "洞口县"], ["长沙市", "株洲市", "湘潭市", "衡阳市"]] {
        let sheet = writer.add_worksheet();
        sheet.write(0, 0, "地区生产总值").unwrap();
        sheet.write(1, 0, "地区").unwrap();
        sheet.write(1, 1, "2025年1-6月").unwrap();
        sheet.write(2, 1, "增速（%）").unwrap();
        for (row, name) in (3..).zip(names) {
            sheet.write(row, 0, name).unwrap();
            sheet.write(row, 1, row).unwrap();
        }
    }
    let book = open(&writer.save_to_buffer().unwrap()).unwrap();
    let draft = suggest(&book, &Registry::shipped().unwrap(), &plan(), Some("430500")).unwrap();
    assert!(Layout::from_toml(&draft.toml).unwrap().tables.is_empty(), "{}", draft.toml);
    assert!(draft.toml.contains("没有一张表能够确定") && draft.toml.contains("会读成别的"), "{}", draft.toml);
}
