//! A text file as one sheet: what a foreign workbook becomes when it is saved as CSV.

use leitai_domain::decimal;

use super::{Cell, Sheet, Workbook, WorkbookError, encoding::decode, sheet::Budget};
use crate::lines::{line_ends, start_of};

/// Name of the one sheet.
const NAME: &str = "CSV";

pub(super) fn read(content: &[u8]) -> Result<Workbook, WorkbookError> {
    let text = decode(content)?.text;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(&text)).from_reader(text.as_bytes());
    let (mut sheet, mut budget) = (Sheet { name: NAME.to_owned(), ..Sheet::default() }, Budget::default());
    // The reader passes over empty lines, which a sheet keeps as rows; a line break inside a field makes no row.
    let (mut row, mut byte, mut inside) = (0_usize, 0_usize, 0_usize);
    for record in reader.records() {
        let record = record?;
        let start = start_of(&text, record.position());
        row += line_ends(text.get(byte..start).unwrap_or_default()).saturating_sub(inside);
        (byte, inside) = (start, record.iter().map(line_ends).sum());
        for (column, field) in (0..).zip(&record) {
            if let Some(cell) = cell(field) {
                sheet.put((u32::try_from(row).unwrap_or(u32::MAX), column), cell, None, &mut budget)?;
            }
        }
    }
    Ok(Workbook { sheets: vec![sheet] })
}

/// Spreadsheets write "Unicode text" with tabs.
fn delimiter(text: &str) -> u8 {
    let head = text.get(..text.floor_char_boundary(4_096)).unwrap_or(text);
    if head.contains('\t') && !head.contains(',') { b'\t' } else { b',' }
}

fn cell(field: &str) -> Option<Cell> {
    let number = decimal::parse(field.trim()).is_ok();
    if number { Some(Cell::Number(field.trim().to_owned())) } else { Cell::text(field) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("地区生产总值\n\n地区,绝对额(万元)\n隆回县,12.5\n")]
    #[case("地区生产总值,\r\n,\r\n地区,绝对额(万元)\r\n隆回县,\" 12.5 \"\r\n")]
    #[case("\"地区生产总值\"\n\n地区,绝对额(万元)\n\"隆回县\",12.5,\"注\n注\"\n")]
    #[case("地区生产总值\n\"a\nb\"\n地区,绝对额(万元)\n隆回县,12.5\n")]
    #[case("地区生产总值\r\r地区,绝对额(万元)\r隆回县,12.5\r")]
    #[case("地区生产总值\r\"a\rb\"\r地区,绝对额(万元)\r隆回县,12.5,\"注\r注\"")]
    #[case("地区生产总值\n\n地区\t绝对额(万元)\n隆回县\t12.5")]
    fn lines_are_rows(#[case] text: &str) {
        let sheet = &read(text.as_bytes()).unwrap().sheets[0];
        let shown = |row, column| sheet.cells.get(&(row, column)).map(Cell::shown);
        assert_eq!([shown(0, 0), shown(2, 1), shown(3, 0)], [Some("地区生产总值"), Some("绝对额(万元)"), Some("隆回县")]);
        assert_eq!(sheet.cells.get(&(3, 1)), Some(&Cell::Number("12.5".to_owned())));
    }

    #[test]
    fn a_long_line_is_counted_and_not_kept() {
        let sheet = &read(vec![b"1,".as_slice(); 1_000_000].concat().as_slice()).unwrap().sheets[0];
        assert_eq!((sheet.cells.len(), sheet.beyond), (200, 999_800));
    }
}
