//! The chart inside the message.

use leitai_domain::period::Period;
use mail_parser::{Message, MessageParser, MimeHeaders};

use super::{letter, message, three_counties};
use crate::round::{Finding, PathPoint, Round, testing::finding};

fn with_a_path() -> Round {
    let point = |month, actual| PathPoint { period: Period::new(2025, month).unwrap(), expected: Some(5_500_000), actual: Some(actual) };
    let path = vec![point(2, 4_600_000), point(3, 4_100_000)];
    Round { findings: vec![Finding { path, ..finding("gdp", "430582", "邵东市") }], ..three_counties() }
}

#[test]
fn the_html_body_names_the_picture_and_every_reader_has_the_same_in_words() {
    let rendered = letter(&with_a_path(), "省发展改革委");
    let bytes = message(&rendered, &[]);
    let read: Message<'_> = MessageParser::default().parse(&bytes).unwrap();
    let kinds: Vec<_> = read.parts.iter().map(|part| part.content_type().unwrap().subtype().unwrap().to_owned()).collect();
    let xlsx = "vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(kinds, ["mixed", "related", "alternative", "plain", "html", "png", xlsx]);
    assert_eq!(read.parts[1].content_type().unwrap().attribute("type"), Some("multipart/alternative"));
    let picture = &read.parts[5];
    let html = read.body_html(0).unwrap();
    assert!(html.contains(&format!("<img src=\"cid:{}\"", picture.content_id().unwrap())), "{html}");
    assert_eq!(picture.contents(), rendered.chart.unwrap().png);
    let words = "邵东市地区生产总值增速（%）：1—2月实际4.6、应达5.5，1—3月实际4.1、应达5.5";
    assert!(html.contains(&format!("alt=\"{words}\"")) && rendered.told.text.contains(words));
}

#[test]
fn without_a_path_there_is_no_picture() {
    let rendered = letter(&three_counties(), "省发展改革委");
    assert!(rendered.chart.is_none() && !rendered.told.html.contains("cid:") && !rendered.told.text.contains("走势"));
}
