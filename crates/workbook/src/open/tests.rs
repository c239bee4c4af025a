//! Every reader against other programs (`tests/outside/workbooks.py`), and against files that are none.

use std::{collections::BTreeMap, fs, path::Path};

use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[test]
fn a_panic_of_a_reader_is_an_error() {
    let broke: Result<(), _> = guarded(|| std::panic::resume_unwind(Box::new("broke")));
    assert!(matches!(broke, Err(WorkbookError::Broke)));
}

#[test]
fn what_is_too_large_is_not_looked_at() {
    assert!(matches!(open(&vec![0; MAX_FILE + 1]), Err(WorkbookError::TooLarge(_))));
}

proptest! {
    #[test]
    fn never_panics_on_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = open(&bytes);
    }

    #[test]
    fn never_panics_on_a_damaged_workbook(at in 0_usize..9_000, byte: u8, cut in 0_usize..9_000) {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().write(0, 0, "地区生产总值").unwrap();
        let mut bytes = book.save_to_buffer().unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        prop_assert!(!matches!(open(&bytes), Err(WorkbookError::Broke)));
        bytes.truncate(cut % bytes.len());
        prop_assert!(!matches!(open(&bytes), Err(WorkbookError::Broke)));
    }
}

fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)).unwrap()
}

/// Sheet, row and column of a filled cell.
type Place = (String, u32, u32);

/// What other programs read in a file; long sheets are told in part.
fn told(name: &str) -> BTreeMap<Place, String> {
    let rows = csv_of(&file("cells.csv"));
    let of_file = rows.into_iter().filter(|row| row[0] == name);
    of_file.map(|row| ((row[1].clone(), row[2].parse().unwrap(), row[3].parse().unwrap()), row[4].clone())).collect()
}

fn csv_of(content: &[u8]) -> Vec<Vec<String>> {
    let records = ::csv::Reader::from_reader(content).into_records();
    records.map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// How a cell is told: a number written out, a date and a formula without a result by their first word.
fn tell(cell: &Cell) -> String {
    match cell {
        Cell::Number(text) => leitai_domain::decimal::parse(text).unwrap().normalize().to_string(),
        Cell::Other(text) if text.starts_with("日期") => "日期".to_owned(),
        Cell::Other(text) if text.starts_with("没有结果的公式") => "没有结果的公式".to_owned(),
        cell => cell.shown().to_owned(),
    }
}

#[rstest]
#[case("openpyxl.xlsx")]
#[case("libreoffice.xlsx")]
#[case("xlwt.xls")]
#[case("libreoffice.xls")]
#[case("odfpy.ods")]
#[case("libreoffice.ods")]
fn every_cell_is_what_other_programs_read(#[case] name: &str) {
    let book = open_named(name, &file(name)).unwrap();
    let told = told(name);
    assert!(told.len() > 20, "{name} is not told");
    let mut read = BTreeMap::new();
    for sheet in book.sheets.iter().filter(|sheet| sheet.closed.is_none()) {
        let long = sheet.name == "长";
        let near = sheet.cells.iter().filter(|(at, _)| !long || at.0 < 3 || at.0 > 296);
        read.extend(near.map(|(at, cell)| ((sheet.name.clone(), at.0, at.1), tell(cell))));
    }
    assert_eq!(read, told);
}

#[rstest]
#[case("openpyxl.xlsx")]
#[case("xlwt.xls")]
#[case("odfpy.ods")]
#[case("libreoffice.xls")]
#[case("libreoffice.ods")]
fn sheets_keep_their_order_and_hidden_ones_are_closed(#[case] name: &str) {
    let book = open(&file(name)).unwrap();
    let tabs: Vec<_> = book.sheets.iter().take(3).map(|sheet| (sheet.name.as_str(), sheet.closed.is_some())).collect();
    assert_eq!(tabs, [("23核算处1 ", false), ("隐藏", true), ("空", false)]);
}

#[rstest]
#[case("utf8.csv", "UTF-8")]
#[case("utf8_mark.csv", "UTF-8")]
#[case("gb18030.csv", "gb18030")]
#[case("utf16.csv", "UTF-16LE")]
fn every_encoding_gives_the_same_sheet(#[case] name: &str, #[case] encoding: &str) {
    assert_eq!(kind::describe(&file(name)).unwrap(), format!("CSV in {encoding}"));
    let sheet = &open_named(name, &file(name)).unwrap().sheets[0];
    let shown = |row, column| sheet.cells.get(&(row, column)).map(Cell::shown);
    assert_eq!([shown(0, 0), shown(2, 1), shown(5, 1)], [Some("地区生产总值"), Some("2025年1-3月"), Some("485745.614399879")]);
    assert_eq!([shown(6, 0), shown(6, 2), shown(8, 3)], [Some("邵 阳 县"), Some("6.5%"), Some("30")]);
}

#[test]
fn formulas_of_an_ods_are_told() {
    let book = open(&file("odfpy.ods")).unwrap();
    let formula = |column| book.sheets[0].formulas.get(&(9, column)).copied();
    assert_eq!([formula(0), formula(1), formula(2)], [None, Some(Formula::Own), Some(Formula::OtherFile)]);
}

#[rstest]
#[case("xlwt.xls")]
#[case("libreoffice.xls")]
#[case("libreoffice.ods")]
#[case("openpyxl.xlsx")]
fn a_file_that_was_cut_off_is_refused(#[case] name: &str) {
    let content = file(name);
    for part in 1..8 {
        let cut = &content[..content.len() * part / 8];
        let opened = open(cut);
        let whole_sheets =
            opened.as_ref().is_ok_and(|book| book.sheets.iter().any(|sheet| sheet.closed.is_none() && !sheet.cells.is_empty()));
        assert!(!whole_sheets && !matches!(opened, Err(WorkbookError::Broke)), "{part}/8 of {name}: {opened:?}");
    }
}
