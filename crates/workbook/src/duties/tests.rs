use leitai_domain::{plan::Plan, responsibility::row::Column, shipped};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use super::*;

/// Headings in another order than the template's, under a title.
const HEADINGS: [&str; 10] =
    ["序号", "完成时限", "目标任务/指标", "县（市、区）", "项目名称", "具体 措施", "责任单位", "责任领导", "职务", "备注"];
const LINE: [&str; 10] = ["1", "9月底前", "地区生产总值增速", "依兰县", "园区", "平整土地", "甲局", "张某", "副县长", ""];

fn sheet<'a>(book: &'a mut Workbook, name: &str) -> &'a mut Worksheet {
    let sheet = book.add_worksheet().set_name(name).unwrap();
    sheet.write(0, 0, "依兰县2025年责任清单").unwrap();
    texts(sheet, 2, &HEADINGS);
    sheet
}

fn texts(sheet: &mut Worksheet, row: u32, texts: &[&str]) {
    for (column, text) in (0..).zip(texts).filter(|(_, text)| !text.is_empty()) {
        sheet.write(row, column, *text).unwrap();
    }
}

fn faults(read: &Read) -> Vec<(&str, &str)> {
    read.faults.iter().map(|fault| (fault.place.as_str(), fault.found.as_str())).collect()
}

#[test]
fn columns_are_found_by_name_and_dates_are_days() {
    let mut book = Workbook::new();
    let list = sheet(&mut book, "清单 ");
    texts(list, 3, &LINE);
    let day = ExcelDateTime::from_ymd(2025, 9, 30).unwrap();
    texts(list, 5, &LINE);
    list.write_datetime_with_format(5, 1, day, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
    list.write(5, 5, "一是平整\n二是通水").unwrap();
    let read = read(&book.save_to_buffer().unwrap(), "").unwrap();
    assert_eq!((faults(&read), read.no_table), (vec![], false));
    assert_eq!(read.rows.len(), 2, "a blank row is none");
    let [first, second] = &read.rows[..] else { panic!() };
    assert_eq!((first.text(Column::Due), first.text(Column::Division), first.place(Column::Due)), ("9月底前", "依兰县", "清单!B4"));
    assert_eq!((second.text(Column::Due), second.text(Column::Measure)), ("2025-09-30", "一是平整 二是通水"));
}

#[test]
fn a_blank_means_the_same_as_above_only_where_cells_are_merged() {
    let mut book = Workbook::new();
    let list = sheet(&mut book, "清单");
    texts(list, 3, &LINE);
    list.merge_range(3, 2, 4, 2, "地区生产总值增速", &Format::new()).unwrap();
    texts(list, 4, &["2", "年底", "", "依兰县", "", "通水", "甲局", "张某", "副县长"]);
    let read = read(&book.save_to_buffer().unwrap(), "").unwrap();
    let below = &read.rows[1];
    assert_eq!((below.text(Column::Target), below.place(Column::Target)), ("地区生产总值增速", "清单!C5"));
    assert_eq!((below.text(Column::Project), below.place(Column::Project)), ("", "清单!E5"));
}

#[test]
fn what_is_no_part_of_a_list_is_told() {
    let mut book = Workbook::new();
    let list = sheet(&mut book, "清单");
    texts(list, 3, &LINE);
    list.write(2, 10, "联系电话").unwrap().write(3, 10, "0451").unwrap().write(3, 12, "旁注").unwrap();
    list.write_formula(3, 9, Formula::new("=NA()").set_result("#N/A")).unwrap();
    let read = read(&book.save_to_buffer().unwrap(), "").unwrap();
    assert_eq!(faults(&read), [("清单!K3", "联系电话"), ("清单!K4", "0451"), ("清单!M4", "旁注"), ("清单!J4", "#N/A")]);
}

#[test]
fn a_list_needs_its_headings_once() {
    let mut book = Workbook::new();
    let list = book.add_worksheet().set_name("清单").unwrap();
    texts(list, 0, &["目标任务", "项目", "措施", "责任单位", "措施", "时限"]);
    let read = read(&book.save_to_buffer().unwrap(), "").unwrap();
    assert!(read.no_table);
    assert_eq!(faults(&read), [("清单!E1", "措施"), ("清单 第1行", "没有「牵头领导」列"), ("清单 第1行", "没有「职务」列")]);
}

#[test]
fn one_sheet_is_read_and_it_is_never_guessed_which() {
    let mut book = Workbook::new();
    texts(sheet(&mut book, "甲"), 3, &LINE);
    texts(sheet(&mut book, "乙"), 3, &LINE);
    book.add_worksheet().set_name("丙").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let found = |name: &str| read(&bytes, name).unwrap();
    assert!(found("").faults[0].found.contains("甲、乙"));
    assert_eq!((found("乙").rows.len(), found("乙").faults.len()), (1, 0));
    assert!(found("丙").no_table && found("丁").no_table);
    assert!(found("丁").faults[0].expected.contains("甲、乙、丙"));
    assert!(read(b"no workbook", "").is_err());
}

#[test]
fn the_template_is_read_back_and_so_are_the_example_rows() {
    let plan = Plan::from_toml(shipped::plan("heilongjiang-county-economy-2025").unwrap()).unwrap();
    let empty = read(&template::write(&plan, "清单", &[]).unwrap(), "").unwrap();
    assert_eq!((empty.rows.len(), faults(&empty)), (0, vec![]));
    let rows = template::example().unwrap();
    let bytes = template::write(&plan, "示例", &rows).unwrap();
    assert_eq!(bytes, template::write(&plan, "示例", &rows).unwrap());
    let filled = read(&bytes, "").unwrap();
    assert_eq!((filled.rows.len(), faults(&filled)), (rows.len(), vec![]));
    for (read, written) in filled.rows.iter().zip(&rows) {
        let texts: Vec<_> = Column::ALL.into_iter().map(|column| read.text(column).to_owned()).collect();
        assert_eq!(texts, *written);
    }
}
