use calamine::{Data, Reader, Xlsx};
use leitai_domain::period::Period;
use rstest::rstest;
use std::io::Cursor;
use time::macros::{date, datetime};

use super::*;
use crate::{
    letter::words::FORBIDDEN,
    round::{Light, testing::finding},
};

fn made(stage: Stage, missing: &[Finding], first: Option<&First>) -> Rendered {
    let number = Number { series: "县调督".to_owned(), year: 2025, ordinal: 7 };
    let round = crate::round::testing::round(missing.to_vec());
    let day = |date| Due { date, unknown_year: None };
    let asked_by = if stage == Stage::Before { date!(2025 - 04 - 15) } else { date!(2025 - 04 - 23) };
    let reminder = Reminder {
        number: &number,
        stage,
        round: &round,
        agency: "省发展改革委",
        missing: &round.findings.iter().collect::<Vec<_>>(),
        due: day(date!(2025 - 04 - 15)),
        asked_by: day(asked_by),
        working_days: if stage == Stage::Before { 10 } else { 3 },
        days_origin: None,
        first,
        policy: "示例政策",
        issuer: "省县域经济发展专班",
        issued: datetime!(2025-04-18 01:00 UTC),
    };
    reminder.render(&Templates::shipped().unwrap()).unwrap()
}

fn missing(indicator: &str, code: &str, name: &str) -> Finding {
    Finding { light: Light::Missing, actual: None, gap: None, rank: None, ..finding(indicator, code, name) }
}

fn two_indicators() -> Vec<Finding> {
    let loans = |code, name| Finding { indicator_name: "贷款余额增速".to_owned(), ..missing("loans", code, name) };
    vec![missing("gdp", "430522", "新邵县"), missing("gdp", "430582", "邵东市"), loans("430582", "邵东市")]
}

#[test]
fn the_first_asks_by_the_due_day() {
    let told = made(Stage::Before, &two_indicators(), None).told;
    assert_eq!(told.subject, "县调督〔2025〕7号 关于报送2025年1—3月指标数据的催报函（3项）");
    for said in [
        "县调督〔2025〕7号    2025年4月18日",
        "应于2025年4月15日前报送。截至发函时，贵单位评价的2项指标尚有2个县（市、区）未报，共3项次",
        "- 地区生产总值增速（%）：缺报2个县（市、区）：新邵县、邵东市\n",
        "- 贷款余额增速（%）：缺报1个县（市、区）：邵东市\n",
        "    请于2025年4月15日前据实报送；确有原因不能报送的，请说明原因和预计报送时间。（期末后10个工作日，已计法定节假日及调休。）",
        "附件：县调督〔2025〕7号-明细.xlsx（全部缺报事项3项）",
        "依据示例政策确定；方案原文未作规定",
    ] {
        assert!(told.text.contains(said), "{said} is not in\n{}", told.text);
    }
    assert!(!told.text.contains("逾期") && !told.html.contains("逾期"));
}

#[test]
fn the_second_names_the_first_and_asks_by_a_day_to_come() {
    let first = First { number: "县调督〔2025〕2号".to_owned(), issued: date!(2025 - 04 - 10), message_id: "<2@x>".to_owned() };
    let told = made(Stage::After, &two_indicators(), Some(&first)).told;
    assert!(told.subject.contains("关于逾期未报2025年1—3月指标数据的催报函"));
    for said in ["现已逾期（此前已发县调督〔2025〕2号催报函，2025年4月10日）", "请于2025年4月23日前据实报送", "（自发函之日起3个工作日"]
    {
        assert!(told.text.contains(said) && told.html.contains(said), "{said}");
    }
    assert!(!made(Stage::After, &two_indicators(), None).told.text.contains("此前"), "nothing is said of a letter that there was not");
}

#[rstest]
#[case::all_named(30, false)]
#[case::cut(31, true)]
fn long_lists_are_cut_and_say_how_long_they_are(#[case] counties: usize, #[case] cut: bool) {
    let many: Vec<Finding> = (0..counties).map(|county| missing("gdp", &county.to_string(), &format!("第{county}县"))).collect();
    let rendered = made(Stage::Before, &many, None);
    for body in [&rendered.told.text, &rendered.told.html] {
        assert!(body.contains("第29县") && !body.contains("第30县"));
        assert_eq!(body.contains(&format!("等{counties}个")), cut);
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(rendered.workbook.bytes)).unwrap();
    let sheet = book.worksheet_range("缺报").unwrap();
    assert_eq!(sheet.rows().count(), counties + 1);
    let last: Vec<String> = sheet.rows().next_back().unwrap().iter().map(Data::to_string).collect();
    assert_eq!(last, ["地区生产总值增速", "%", "邵阳市", &format!("第{}县", counties - 1), &(counties - 1).to_string(), ""]);
}

#[test]
fn who_reported_another_measure_is_told_apart() {
    let note = "仅报送贷款余额比年初增减52.75亿元，不能换算为贷款余额增速";
    let [first, second, third] = two_indicators().try_into().unwrap();
    let rendered = made(Stage::Before, &[first, second, Finding { note: note.to_owned(), ..third }], None);
    for body in [&rendered.told.text, &rendered.told.html] {
        assert!(body.contains("邵东市（其中1个仅报送其他口径数据，不能换算，见附件）") && !body.contains("52.75"));
        assert_eq!(body.matches("其他口径").count(), 1);
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(rendered.workbook.bytes)).unwrap();
    let notes: Vec<String> = book.worksheet_range("缺报").unwrap().rows().map(|row| row[5].to_string()).collect();
    assert_eq!(notes, ["注", "", "", note]);
}

#[test]
fn a_full_body_stays_below_what_gmail_cuts() {
    let name = "双江拉祜族佤族布朗族傣族自治县";
    let noted = |index: usize, county: i32| Finding { note: "注".to_owned(), ..missing(&format!("i{index}"), &county.to_string(), name) };
    let indicator = |index: usize| (0..50).map(move |county| noted(index, county));
    let html = made(Stage::Before, &(0..60).flat_map(indicator).collect::<Vec<_>>(), None).told.html;
    assert!(html.len() < 102_000, "{}", html.len());
    assert!(html.contains("另有20项指标见附件"));
}

#[test]
fn no_reminder_asks_for_a_number() {
    for stage in [Stage::Before, Stage::After] {
        let told = made(stage, &two_indicators(), None).told;
        for word in FORBIDDEN.into_iter().chain(["达标", "目标值", "应达", "落后", "5.5"]) {
            assert!(!told.text.contains(word) && !told.html.contains(word), "{word}");
        }
        assert!(told.text.contains("请勿估报、代报"));
    }
}

#[test]
fn names_are_escaped_and_the_same_facts_give_the_same_bytes() {
    let odd = [Finding { division_name: "<b>县</b>".to_owned(), ..missing("gdp", "1", "") }];
    let rendered = made(Stage::Before, &odd, None);
    assert!(!rendered.told.html.contains("<b>县") && rendered.told.html.contains("&lt;b&gt;县"));
    assert_eq!(rendered, made(Stage::Before, &odd, None));
    assert_eq!(Period::new(2025, 3).unwrap().chinese(), "2025年1—3月");
}
