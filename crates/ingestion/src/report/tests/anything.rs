//! Whatever the cells hold, the reader answers.

use std::{collections::BTreeMap, sync::LazyLock};

use leitai_domain::division::Registry;
use leitai_workbook::open::{Cell, Sheet, Workbook};
use proptest::prelude::*;

use super::{Layout, SHAOYANG_LAYOUT, assess, read};
use crate::testing;

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::shipped().unwrap());

/// Texts that mean something to the reader, so that tables are found and then broken.
const WORDS: [&str; 22] = [
    "地区生产总值",
    "地  区",
    "2025年1-3月",
    "1-8月",
    "9月末",
    "4-6月",
    "单位：亿元",
    "绝对额(万元)",
    "增速（%）",
    "(亿元)",
    "排名",
    "全市",
    "双清",
    "邵阳",
    "邵阳县",
    "市辖区",
    "全省",
    "注：初步核算数",
    "—",
    "6.5%",
    ")(",
    "年月",
];

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        6 => prop::sample::select(WORDS.to_vec()).prop_map(|word| Cell::Text(word.to_owned())),
        3 => any::<f64>().prop_map(|number| Cell::Number(number.to_string())),
        1 => "\\PC{1,12}".prop_map(Cell::Text),
        1 => Just(Cell::Other("#N/A".to_owned())),
    ]
}

fn grid() -> impl Strategy<Value = BTreeMap<(u32, u32), Cell>> {
    prop::collection::btree_map((0_u32..14, 0_u32..6), cell(), 0..60)
}

/// A grid whose first cells are a table's.
fn table() -> impl Strategy<Value = BTreeMap<(u32, u32), Cell>> {
    grid().prop_map(|mut cells| {
        let texts = [((0, 0), "地区生产总值"), ((2, 0), "地区"), ((3, 1), "绝对额(万元)"), ((3, 2), "增速（%）")];
        cells.extend(texts.map(|(at, text)| (at, Cell::Text(text.to_owned()))));
        cells
    })
}

proptest! {
    #[test]
    fn every_grid_is_answered(grids in prop::collection::vec(prop_oneof![grid(), table()], 0..4)) {
        let sheet = |(number, cells)| Sheet { name: format!("{number}"), cells, ..Sheet::default() };
        let book = Workbook { sheets: grids.into_iter().enumerate().map(sheet).collect() };
        let layout = Layout::from_toml(SHAOYANG_LAYOUT).unwrap();
        let items = assess(read(&book, &layout, &REGISTRY, None).unwrap(), &testing::plan());
        for (number, sheet) in book.sheets.iter().enumerate() {
            let of_sheet = |place: &str| place.split('!').next() == Some(&sheet.name);
            prop_assert!(items.iter().any(|item| of_sheet(&item.place)), "sheet {number} was dropped in silence");
        }
    }
}
