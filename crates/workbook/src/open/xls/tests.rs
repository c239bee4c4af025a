//! Streams that no spreadsheet program writes.

use std::io::{Cursor, Write};

use super::*;

fn record(kind: u16, data: &[&[u8]]) -> Vec<u8> {
    let data = data.concat();
    [&kind.to_le_bytes()[..], &u16::try_from(data.len()).unwrap().to_le_bytes(), &data].concat()
}

/// Row, column A, style, and what follows them in a cell's record.
fn cell(kind: u16, row: u16, data: &[&[u8]]) -> Vec<u8> {
    record(kind, &[&row.to_le_bytes(), &[0; 4], &data.concat()])
}

/// A file of this many tabs, all of them of one sheet with these records.
fn read_file(tabs: usize, cells: &[Vec<u8>]) -> Workbook {
    let (bof, eof) = (record(record::BOF, &[&0x0600_u16.to_le_bytes()]), record(record::EOF, &[]));
    let tab = |start: usize| record(0x0085, &[&u32::try_from(start).unwrap().to_le_bytes(), &[0, 0, 1, 0, b'a']]);
    let start = bof.len() + tabs * tab(0).len() + eof.len();
    let stream = [bof.clone(), tab(start).repeat(tabs), eof.clone(), bof, cells.concat(), eof].concat();
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream("/Workbook").unwrap().write_all(&stream).unwrap();
    file.flush().unwrap();
    read(&file.into_inner().into_inner()).unwrap()
}

#[test]
fn records_that_many_sheets_name_are_read_once() {
    let cells: Vec<_> = (0..100).map(|row| cell(0x0203, row, &[&1_f64.to_le_bytes()])).collect();
    let book = read_file(3, &cells);
    let read: Vec<_> = book.sheets.iter().map(|sheet| (sheet.closed, sheet.cells.len())).collect();
    assert_eq!(read, [(None, 100), (Some("工作表已损坏，未读取"), 0), (Some("工作表已损坏，未读取"), 0)]);
}

#[test]
fn only_formulas_of_filled_cells_are_kept() {
    let empty_text = [3, 0, 0, 0, 0, 0, 0xff, 0xff];
    let formula = |row, result: &[u8]| cell(0x0006, row, &[result, &[0; 6]]);
    let book = read_file(1, &[formula(0, &empty_text), formula(1, &1.5_f64.to_le_bytes())]);
    let sheet = &book.sheets[0];
    assert_eq!(sheet.formulas.keys().collect::<Vec<_>>(), [&(1, 0)]);
    assert_eq!(sheet.formulas.keys().collect::<Vec<_>>(), sheet.cells.keys().collect::<Vec<_>>());
}
