//! The attached workbook, read by another library.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use leitai_domain::period::Period;
use mail_parser::{MessageParser, MimeHeaders};

use super::{letter, message, three_counties};
use crate::round::{Finding, Round, testing::finding};

fn rows(bytes: &[u8]) -> (Vec<String>, Vec<Vec<Data>>) {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let names = workbook.sheet_names();
    let range = workbook.worksheet_range(&names[0]).unwrap();
    (names, range.rows().map(<[Data]>::to_vec).collect())
}

#[test]
fn it_holds_every_row_with_numbers_as_numbers() {
    let rendered = letter(&three_counties(), "省发展改革委");
    assert_eq!(rendered.workbook.name, "县调督〔2025〕12号-明细.xlsx");
    let (names, rows) = rows(&rendered.workbook.bytes);
    assert_eq!((names, rows.len()), (vec!["明细".to_owned()], 4));
    let headings: Vec<_> = rows[0].iter().map(ToString::to_string).collect();
    assert_eq!(headings[..8], ["指标", "单位", "县（市、区）", "行政区划代码", "年度目标", "序时应达", "实际", "差距"]);
    // Worst gap first: -6.4 in 武冈市, then -1.4 in 邵东市.
    let text = |row: usize, column: usize| rows[row][column].to_string();
    assert_eq!([text(1, 0), text(1, 2), text(1, 3), text(1, 4)], ["地区生产总值增速", "武冈市", "430581", "5.5左右"]);
    assert_eq!(rows[1][5..9], [Data::Float(5.5), Data::Float(-0.9), Data::Float(-6.4), Data::Float(12.0)]);
    assert_eq!(rows[2][5..8], [Data::Float(5.5), Data::Float(4.1), Data::Float(-1.4)]);
    assert_eq!(
        (text(1, 10), text(1, 11), &rows[1][12], text(1, 13)),
        ("2025年1—3月".to_owned(), String::new(), &Data::Float(6.0), "%".to_owned())
    );
    assert_eq!(text(1, 14), "专项普查后修订。；后续需达按各月均摊假定推算");
    // 0.222222 a month, rounded up.
    assert_eq!((&rows[3][12], text(3, 13)), (&Data::Float(0.3), "项/月".to_owned()));
}

#[test]
fn it_is_marked_where_anything_is_simulated() {
    let simulated = Finding { simulated: true, ..finding("gdp", "430582", "邵东市") };
    let (names, rows) = rows(&letter(&Round { findings: vec![simulated], ..three_counties() }, "省发展改革委").workbook.bytes);
    assert_eq!(names, ["明细（模拟数据）"]);
    assert!(rows[1][14].to_string().ends_with("模拟数据"));
}

#[test]
fn it_has_the_rows_that_the_body_has_no_room_for() {
    let counties =
        |indicator: &str| (0..67).map(move |n| finding(indicator, &format!("{}", 230_000 + n), "城步苗族自治县")).collect::<Vec<_>>();
    let round = Round { findings: [counties("gdp"), counties("industry"), counties("loans")].concat(), ..three_counties() };
    let rendered = letter(&round, "省发展改革委");
    // 120 rows over three tables.
    assert_eq!(rendered.told.html.matches("<tr><th align=").count(), 120);
    for body in [&rendered.told.html, &rendered.told.text] {
        assert_eq!(body.matches("另有27项见附件。").count(), 3);
    }
    assert!(rendered.told.html.len() < 102_000, "{} bytes are cut by Gmail", rendered.told.html.len());
    assert_eq!(rows(&rendered.workbook.bytes).1.len(), 1 + 3 * 67);
}

#[test]
fn one_indicators_67_counties_are_all_in_the_body() {
    let counties = (0..67).map(|n| finding("gdp", &format!("{}", 230_000 + n), "杜尔伯特蒙古族自治县")).collect();
    let rendered = letter(&Round { findings: counties, ..three_counties() }, "省发展改革委");
    assert_eq!(rendered.told.html.matches("杜尔伯特蒙古族自治县</th>").count(), 67);
    assert!(!rendered.told.html.contains("另有") && rendered.told.html.len() < 40_000, "{}", rendered.told.html.len());
}

#[test]
fn december_needs_nothing_more() {
    let december = Round { period: Period::new(2025, 12).unwrap(), ..three_counties() };
    let (_, rows) = rows(&letter(&december, "省发展改革委").workbook.bytes);
    assert_eq!(rows[1][12], Data::Empty);
}

#[test]
fn mail_programs_read_its_name_and_bytes() {
    let rendered = letter(&three_counties(), "省发展改革委");
    let bytes = message(&rendered, &[]);
    let read = MessageParser::default().parse(&bytes).unwrap();
    let attachment = read.attachment(0).unwrap();
    assert_eq!(attachment.attachment_name(), Some("县调督〔2025〕12号-明细.xlsx"));
    assert_eq!(attachment.contents(), rendered.workbook.bytes);
    assert_eq!(read.attachment_count(), 1);
}
