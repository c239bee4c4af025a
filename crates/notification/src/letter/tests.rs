//! What letters say, and that mail programs read it.

mod overdue;
mod picture;
mod templates;
mod thread;
mod tiers;
mod workbook;

use leitai_domain::{
    calendar::{CHINA_TOML, Calendar},
    ladder::Tier,
    period::Period,
};
use lettre::{Address, message::Mailbox};
use mail_parser::{HeaderValue, Message, MessageParser};
use rstest::rstest;
use time::{OffsetDateTime, macros::datetime};

use super::*;
use crate::{
    policy::{self, Policy},
    round::{
        Finding, Round, StillNeeded,
        testing::{finding, round},
    },
    routing::{Parcel, route},
};

const ISSUED: OffsetDateTime = datetime!(2025-04-18 17:00 UTC);

fn number() -> Number {
    Number { series: "县调督".to_owned(), year: 2025, ordinal: 12 }
}

/// The notice of the agency with this name.
fn letter(round: &Round, agency: &str) -> Rendered {
    letter_of(Tier::Notice, &Histories::default(), round, agency)
}

fn letter_of(tier: Tier, histories: &Histories, round: &Round, agency: &str) -> Rendered {
    letter_issued(tier, histories, round, agency, ISSUED)
}

fn letter_issued(tier: Tier, histories: &Histories, round: &Round, agency: &str, issued: OffsetDateTime) -> Rendered {
    let policy = Policy::from_toml(policy::EXAMPLE).unwrap();
    let behind: Vec<(&Finding, Tier)> = round.findings.iter().map(|finding| (finding, tier)).collect();
    let parcels = route(&behind, &policy);
    let parcel: &Parcel<'_> = parcels.iter().find(|parcel| parcel.addressee.name == agency).unwrap();
    let (number, calendar, pictures) = (number(), Calendar::from_toml(CHINA_TOML).unwrap(), Pictures::default());
    let issuer = "省县域经济发展专班";
    let draft = Draft {
        number: &number,
        tier,
        round,
        parcel,
        histories,
        policy: &policy,
        calendar: &calendar,
        issuer,
        issued,
        charts: Some(&pictures),
    };
    draft.render(&Templates::shipped().unwrap()).unwrap()
}

fn message(rendered: &Rendered, addresses: &[Address]) -> Vec<u8> {
    let (from, reply_to): (Mailbox, Mailbox) =
        ("县域经济发展专班 <a@leitai.example>".parse().unwrap(), "b@leitai.example".parse().unwrap());
    let message_id = number().message_id("county-economy-2025", Period::new(2025, 3).unwrap(), "leitai.example");
    let mail = Mail {
        from: &from,
        reply_to: &reply_to,
        agency: "省发展改革委",
        addresses,
        date: ISSUED,
        message_id: &message_id,
        references: &[],
        rendered,
    };
    build(&mail).unwrap()
}

fn three_counties() -> Round {
    let worse = Finding {
        actual: Some(-900_000),
        gap: Some(-6_400_000),
        rank: Some(12),
        note: "专项普查后修订。".to_owned(),
        ..finding("gdp", "430581", "武冈市")
    };
    let industry = Finding {
        indicator_name: "工业增加值增速".to_owned(),
        target_text: "6以上".to_owned(),
        proxy: "规模以上工业增加值增速".to_owned(),
        agencies: vec!["省工业和信息化厅".to_owned()],
        ..finding("industry", "430582", "邵东市")
    };
    let projects = Finding {
        indicator_name: "转化重大科技成果".to_owned(),
        unit: "项".to_owned(),
        still_needed: Some(StillNeeded { value: 222_222, unit: "项/月".to_owned(), share_assumed: false }),
        ..finding("results", "430582", "邵东市")
    };
    round(vec![finding("gdp", "430582", "邵东市"), worse, industry, projects])
}

#[test]
fn an_evaluating_agency_reads_who_is_behind_by_how_much_and_what_to_do_by_when() {
    let rendered = letter(&three_counties(), "省发展改革委");
    assert_eq!(rendered.told.subject, "县调督〔2025〕12号 关于2025年1—3月主要指标落后情况的提示函（3项）");
    // 17:00 UTC on Friday is Saturday in Beijing. Ten working days: five, Sunday 27 April to Wednesday 30 April, none from 1 to 5 May, 6 May.
    for body in [&rendered.told.html.replace("&#x2f;", "/"), &rendered.told.text] {
        for fact in [
            "2025年4月19日",
            "于2025年5月6日前报送整改措施。（自发函之日起10个工作日，已计法定节假日及调休。）",
            "2025年1—3月，贵单位评价的2项指标有2个县（市、区）低于序时进度要求并超出预警幅度，共3项次。",
            "地区生产总值增速（%），年度目标：5.5左右",
            "-1.4个百分点",
            "第11位/共12个",
            "后三季度需增长6.0%*",
            "每月需0.3项",
            "按各月均摊假定",
            "武冈市：专项普查后修订。",
            "武冈市、邵东市的县域经济发展专班（共2个）",
            "示例政策",
            "增速类指标的序时应达值即年度目标。",
        ] {
            assert!(body.contains(fact), "{fact}\n{body}");
        }
        assert!(!body.contains("省工业和信息化厅"), "it was told of none of these");
        assert!(body.find("武冈市").unwrap() < body.find("邵东市").unwrap(), "worst gap first");
    }
}

#[test]
fn a_letter_says_where_days_off_are_not_known() {
    let issued = datetime!(2026-12-25 01:00 UTC);
    let rendered = letter_issued(Tier::Notice, &Histories::default(), &three_counties(), "省发展改革委", issued);
    for body in [&rendered.told.html, &rendered.told.text] {
        // Friday; Monday 28 December is the last day that the notices tell of.
        assert!(body.contains("于2027年1月8日前报送整改措施。（自发函之日起10个工作日，其中2027年节假日安排尚未掌握，该年只扣除周六、周日，未计法定节假日及调休。）"), "{body}");
    }
}

#[test]
fn a_county_reads_one_table_over_its_indicators_and_every_proxy() {
    let rendered = letter(&three_counties(), "邵东市县域经济发展专班");
    assert_eq!(rendered.told.html.matches("class=\"r\"").count(), 1);
    for body in [&rendered.told.html, &rendered.told.text] {
        assert!(body.contains("贵县（市、区）有3项指标低于序时进度要求并超出预警幅度"));
        assert!(body.contains("工业增加值增速：以规模以上工业增加值增速代替工业增加值增速"));
        assert!(body.contains("省发展改革委、省工业和信息化厅"));
        assert!(!body.contains("会同有关县"));
    }
}

#[test]
fn an_ordinary_letter_is_small() {
    let finding = |n: u8| Finding {
        indicator_name: "规模以上工业增加值增速".to_owned(), ..finding(&format!("i{n}"), "430582", "邵东市")
    };
    let rendered = letter(&Round { simulated: true, ..round((0..13).map(finding).collect()) }, "邵东市县域经济发展专班");
    let sizes = (rendered.told.html.len(), rendered.workbook.bytes.len());
    assert!(rendered.told.html.matches("<tr><th align=").count() == 13 && sizes.0 < 11_000 && sizes.1 < 9_000, "{sizes:?}");
    // Gmail drops a longer style element.
    assert!(rendered.told.html.split("<style>").skip(1).all(|style| style.split("</style>").next().unwrap().len() < 2_000));
}

#[test]
fn simulated_figures_are_marked_everywhere() {
    let real = letter(&three_counties(), "省发展改革委");
    assert!(!format!("{real:?}").contains("模拟"));
    let simulated = letter(&Round { simulated: true, ..three_counties() }, "省发展改革委");
    assert!(simulated.told.subject.starts_with("【模拟数据】县调督"));
    assert!(simulated.told.text.starts_with("【模拟数据】") && simulated.told.html.contains("<p class=\"mark\""));
}

#[test]
fn values_are_escaped_in_html_and_plain_in_text() {
    let name = "<script>alert(1)</script>&\"";
    let rendered = letter(&round(vec![finding("gdp", "430582", name)]), "省发展改革委");
    assert!(!rendered.told.html.contains("<script>") && rendered.told.html.contains("&lt;script&gt;"));
    assert!(rendered.told.text.contains(name));
}

#[test]
fn mail_programs_read_the_message() {
    let rendered = letter(&Round { simulated: true, ..three_counties() }, "省发展改革委");
    let addresses = ["f@heilongjiang.example", "g@heilongjiang.example"].map(|text| text.parse().unwrap());
    let bytes = message(&rendered, &addresses);
    let read: Message<'_> = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(read.subject(), Some(rendered.told.subject.as_str()));
    assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n").trim(), rendered.told.text.trim());
    assert_eq!(read.body_html(0).unwrap().replace("\r\n", "\n").trim(), rendered.told.html.trim());
    assert_eq!(read.message_id(), Some("county-economy-2025.2025-M03.2025-12@leitai.example"));
    assert_eq!(read.date().unwrap().to_rfc3339(), "2025-04-18T17:00:00Z");
    let to = read.to().unwrap();
    assert_eq!(to.iter().filter_map(|to| to.address()).collect::<Vec<_>>(), ["f@heilongjiang.example", "g@heilongjiang.example"]);
    assert_eq!(to.first().unwrap().name(), Some("省发展改革委"));
    assert!(matches!(read.header("Auto-Submitted"), Some(HeaderValue::Text(text)) if text == "auto-generated"));
}

#[test]
fn lines_stay_short_and_ascii() {
    let many = (0..300).map(|n| finding("gdp", &format!("{}", 430_000 + n), "城步苗族自治县")).collect();
    let bytes = message(&letter(&round(many), "省发展改革委"), &[]);
    assert!(bytes.is_ascii());
    assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() < 998));
    assert!(bytes.windows(2).all(|pair| pair[1] != b'\n' || pair[0] == b'\r'), "every line ends with CRLF");
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    let build = || message(&letter(&three_counties(), "省发展改革委"), &["f@heilongjiang.example".parse().unwrap()]);
    assert_eq!(build(), build());
}

#[test]
fn without_an_address_the_message_is_whole_all_the_same() {
    let bytes = message(&letter(&three_counties(), "省发展改革委"), &[]);
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("To: undisclosed-recipients:;\r\n") && !text.contains("To: a@leitai.example"));
}

#[rstest]
#[case::line_feed("省发展改革委\nBcc: x@y.example")]
#[case::carriage_return("省发展改革委\r\nBcc: x@y.example")]
fn an_agency_name_adds_no_header(#[case] name: &str) {
    let rendered = letter(&three_counties(), "省发展改革委");
    let from: Mailbox = "a@leitai.example".parse().unwrap();
    let addresses = ["f@heilongjiang.example".parse().unwrap()];
    let mail = Mail {
        from: &from,
        reply_to: &from,
        agency: name,
        addresses: &addresses,
        date: ISSUED,
        message_id: "<1@leitai.example>",
        references: &[],
        rendered: &rendered,
    };
    assert!(matches!(build(&mail), Err(BuildError::ControlCharacter)));
}
