//! Made `content.xml`s: what office programs write beside cells, and what only an attacker writes.

use std::io::{Cursor, Write};

use rstest::rstest;

use crate::open::{Cell, Formula, MAX_CELLS, Workbook, WorkbookError, open};

fn ods(table: &str) -> Result<Workbook, WorkbookError> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet>{table}</office:spreadsheet></office:body></office:document-content>"
    );
    for (name, text) in [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content.as_str())] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    open(&writer.finish().unwrap().into_inner())
}

fn cells(row: &str) -> Vec<((u32, u32), Cell)> {
    let book = ods(&format!("<table:table table:name='a'><table:table-row>{row}</table:table-row></table:table>")).unwrap();
    book.sheets[0].cells.clone().into_iter().collect()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[rstest]
#[case(
    "<table:table-cell office:value-type='string'><text:p>地<text:s text:c='2'/>区 &amp; &#20; &#x56de;</text:p><text:p>二</text:p></table:table-cell>",
    "地 区 & \u{14} 回\n二"
)]
#[case("<table:table-cell office:value-type='string' office:string-value='隆&quot;回'/>", "隆\"回")]
#[case(
    "<table:table-cell office:value-type='string'><office:annotation><text:p>批注</text:p></office:annotation><text:p>值</text:p></table:table-cell>",
    "值"
)]
#[case(
    "<table:table-cell><draw:frame><draw:text-box><text:p>图</text:p></draw:text-box></draw:frame><text:p>值</text:p></table:table-cell>",
    "值"
)]
#[case("<table:table-cell><text:p><text:span>隆</text:span><text:a>回</text:a></text:p></table:table-cell>", "隆回")]
fn texts_are_those_that_a_reader_sees(#[case] cell: &str, #[case] shown: &str) {
    assert_eq!(cells(cell), [((0, 0), text(shown))]);
}

#[test]
fn a_value_is_taken_and_not_its_rounded_text() {
    let cell = "<table:table-cell office:value-type='float' office:value='485745.614399879'><text:p>485746</text:p></table:table-cell>";
    assert_eq!(cells(cell), [((0, 0), Cell::Number("485745.614399879".to_owned()))]);
}

#[test]
fn repeated_cells_stand_where_they_stand() {
    let row = "<table:table-cell table:number-columns-repeated='3'/><table:table-cell table:number-columns-repeated='2'><text:p>甲</text:p></table:table-cell>
        <table:table-cell table:number-columns-repeated='16000'/>";
    assert_eq!(cells(row), [((0, 3), text("甲")), ((0, 4), text("甲"))]);
}

#[test]
fn far_cells_are_counted() {
    let book = ods("<table:table><table:table-row table:number-rows-repeated='1000000'/><table:table-row table:number-rows-repeated='7'>
        <table:table-cell table:number-columns-repeated='3'><text:p>远</text:p></table:table-cell></table:table-row></table:table>");
    assert_eq!(book.unwrap().sheets[0].beyond, 21);
}

#[test]
fn repeated_cells_are_counted_before_they_are_kept() {
    let row = "<table:table-row table:number-rows-repeated='4294967295'>
        <table:table-cell table:number-columns-repeated='4294967295'><text:p>弹</text:p></table:table-cell></table:table-row>";
    let bomb = ods(&format!("<table:table>{row}</table:table>"));
    assert!(matches!(bomb, Err(WorkbookError::TooLarge(message)) if message.contains(&MAX_CELLS.to_string())));
}

#[test]
fn what_stands_aside_is_no_table() {
    let book = ods("<table:tracked-changes><table:table-cell><text:p>删</text:p></table:table-cell></table:tracked-changes>
        <table:table table:name='a'><table:shapes><table:table><table:table-row/></table:table></table:shapes>
        <table:table-row><table:table-cell><text:p>甲</text:p><table:table><table:table-row/></table:table></table:table-cell></table:table-row>
        <table:table-row><table:table-cell><text:p>乙</text:p></table:table-cell></table:table-row></table:table><table:table table:name='b'/>");
    let sheets: Vec<_> = book.unwrap().sheets.into_iter().map(|sheet| (sheet.name, sheet.cells.len())).collect();
    assert_eq!(sheets, [("a".to_owned(), 2), ("b".to_owned(), 0)]);
}

#[rstest]
#[case("<table:table><table:table-row><table:table-cell><text:p>甲")]
#[case("<table:table></table:table-row>")]
#[case("<table:table><table:table-row><table:table-cell>&#xffffffff;</table:table-cell></table:table-row></table:table>")]
fn broken_xml_is_an_error_or_a_workbook(#[case] table: &str) {
    assert!(!matches!(ods(table), Err(WorkbookError::Broke)));
}

#[test]
fn a_formula_keeps_what_it_looks_at() {
    let book =
        ods("<table:table><table:table-row><table:table-cell table:formula=\"of:=['file:///a.ods'#$b.A1]\" office:value-type='float'
        office:value='1'/></table:table-row></table:table>");
    assert_eq!(book.unwrap().sheets[0].formulas.get(&(0, 0)), Some(&Formula::OtherFile));
}
