use calamine::{Data, Reader, Xlsx};
use std::{collections::HashMap, io::Cursor};
use time::macros::{date, datetime};

use super::*;
use crate::{
    corrections::{Known, differences},
    letter::words::FORBIDDEN,
    round::{
        Finding, Light,
        testing::{finding, round},
    },
};

/// 21 July 2025, 09:00 in Beijing.
const KNOWN: i64 = 1_753_059_600_000;

/// What differs between a letter and what is known now.
fn items(told: &[Finding], now: Vec<Finding>) -> Vec<Item> {
    let keys: Vec<_> = told.iter().map(|finding| (finding.indicator_id.clone(), finding.division_code.clone())).collect();
    let printed = keys.iter().cloned().zip(told).collect();
    let known = Known { round: round(now), since: keys.iter().cloned().map(|key| (key, KNOWN)).collect() };
    differences(&keys, &printed, &HashMap::new(), &known).items
}

fn made(items: &[Item], states: &[Option<State>], before: Option<&str>) -> Rendered {
    let number = Number { series: "县调督".to_owned(), year: 2025, ordinal: 24 };
    let entry = |(item, case): (_, &Option<State>)| Entry { item, case: *case, behind: behind(item) };
    let entries: Vec<Entry<'_>> = items.iter().zip(states).map(entry).collect();
    let original = Original {
        number: "县调督〔2025〕12号".to_owned(),
        form: "提示函",
        issued: date!(2025 - 04 - 18),
        reply_by: Some(date!(2025 - 05 - 06)),
    };
    let correction = Correction {
        number: &number,
        original: &original,
        before,
        plan: "某方案",
        period: "2025年1—3月",
        agency: "省发展改革委",
        entries: &entries,
        reason: "报送单位发现录入差错，已按程序更正。",
        issuer: "省县域经济发展专班",
        issued: datetime!(2025-07-22 01:00 UTC),
    };
    correction.render(&Templates::shipped().unwrap()).unwrap()
}

fn behind(item: &Item) -> bool {
    item.now.light == Light::Red
}

/// One on pace now, one a little better and still behind.
fn two() -> Vec<Item> {
    let told = [finding("gdp", "430582", "邵东市"), finding("gdp", "430581", "武冈市")];
    let [first, second] = told.clone();
    let cleared = Finding { actual: Some(5_800_000), gap: Some(300_000), light: Light::Green, rank: Some(5), behind_since: None, ..first };
    let still = Finding { actual: Some(4_300_000), gap: Some(-1_200_000), rank: Some(10), ..second };
    items(&told, vec![cleared, still])
}

#[test]
fn it_says_what_was_told_what_is_right_and_what_becomes_of_the_cases() {
    let told = made(&two(), &[Some(State::Rectifying), Some(State::Open)], None).told;
    assert_eq!(told.subject, "县调督〔2025〕24号 关于更正县调督〔2025〕12号提示函有关数据的函（2项）");
    for said in [
        "县调督〔2025〕24号    2025年7月22日",
        "我单位于2025年4月18日向贵单位发出县调督〔2025〕12号提示函，通报《某方案》2025年1—3月有关情况。",
        "现有关单位更正了所报数据，原函所列2项次的数字或评价相应变化，更正如下。",
        "    更正原因：报送单位发现录入差错，已按程序更正。",
        "- 邵东市，地区生产总值增速（%）：实际原列4.1，应为5.8；差距原列-1.4个百分点，应为+0.3个百分点；评价原列落后，应为达标；\
         位次原列第11位/共12个，应为第5位/共12个；连续落后原列2025年1—3月起，应为—。更正数据自2025年7月21日起生效，省统计局报送。督办件：整改中（评价部门：省发展改革委）。\n",
        "- 武冈市，地区生产总值增速（%）：实际原列4.1，应为4.3；差距原列-1.4个百分点，应为-1.2个百分点；位次原列第11位/共12个，应为第10位/共12个。\
         更正数据自2025年7月21日起生效，省统计局报送。督办件：待签收（评价部门：省发展改革委）。\n",
        "    更正后仍落后的1项次，原函提出的要求和答复期限（2025年5月6日前）不变。\n",
        "    更正后不再落后的1项次，督办件不因本次更正自行办结：以后期次数据冻结后仍未落后的，由评价部门核实后签销。",
        "附件：县调督〔2025〕24号-明细.xlsx（全部更正事项2项）",
    ] {
        assert!(told.text.contains(said), "{said} is not in\n{}", told.text);
    }
    assert!(FORBIDDEN.into_iter().all(|word| !told.text.contains(word) && !told.html.contains(word)));
    assert!(!told.text.contains("更正过") && !told.html.contains("更正过"));
}

#[test]
fn both_bodies_say_the_same() {
    let told = made(&two(), &[Some(State::Rectifying), Some(State::Open)], Some("县调督〔2025〕20号")).told;
    let figures = [
        "4.1",
        "5.8",
        "-1.4个百分点",
        "+0.3个百分点",
        "落后",
        "达标",
        "第5位/共12个",
        "2025年7月21日",
        "整改中",
        "待签收",
        "县调督〔2025〕20号函更正过",
    ];
    let html = told.html.replace("&#x2f;", "/");
    for said in figures {
        assert!(told.text.contains(said) && html.contains(said), "{said} is not in both");
    }
}

#[test]
fn a_place_that_moved_alone_is_no_correction_of_the_agencys_data() {
    let told = [finding("gdp", "430582", "邵东市")];
    let moved = items(&told, vec![Finding { rank: Some(10), ..told[0].clone() }]);
    let told = made(&moved, &[None], None).told;
    assert!(told.text.contains("现其他县（市、区）数据有变化") && !told.text.contains("有关单位更正了"), "{}", told.text);
    assert!(!told.text.contains("起生效") && !told.text.contains("报送。督办件") && !told.text.contains("督办件："));
}

#[test]
fn a_case_that_is_closed_is_not_spoken_of_as_open() {
    let told = made(&two(), &[Some(State::SignedOff), Some(State::Open)], None).told;
    assert!(told.text.contains("督办件：已核签办结") && !told.text.contains("不因本次更正自行办结"));
}

#[test]
fn the_workbook_has_every_figure() {
    let rendered = made(&two(), &[Some(State::Rectifying), None], None);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(rendered.workbook.bytes)).unwrap();
    let sheet = book.worksheet_range("更正").unwrap();
    let rows: Vec<Vec<String>> = sheet.rows().map(|row| row.iter().map(Data::to_string).collect()).collect();
    let line = ["地区生产总值增速", "%", "邵东市", "430582", "实际", "4.1", "5.8", "2025年7月21日", "省统计局", "整改中"];
    assert_eq!((rows.len(), rows[1].iter().map(String::as_str).collect::<Vec<_>>()), (1 + 5 + 3, line.to_vec()));
}
