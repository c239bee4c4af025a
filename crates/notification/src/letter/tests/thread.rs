//! Letters about the same cases stand in one thread.

use mail_parser::{HeaderValue, Message, MessageParser};
use rstest::rstest;

use super::{ISSUED, letter, three_counties};
use crate::letter::{BuildError, Mail, build};

fn built(references: &[String]) -> Result<Vec<u8>, BuildError> {
    let rendered = letter(&three_counties(), "省发展改革委");
    let from = "a@leitai.example".parse().unwrap();
    build(&Mail {
        from: &from,
        reply_to: &from,
        agency: "省发展改革委",
        addresses: &[],
        date: ISSUED,
        message_id: "<12@leitai.example>",
        references,
        rendered: &rendered,
    })
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(one) => vec![one.to_string()],
        HeaderValue::TextList(many) => many.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn id(n: usize) -> String {
    format!("heilongjiang-county-economy-2025.2025-M{n:02}.2025-{n}@leitai.example")
}

#[rstest]
#[case(0, vec![])]
#[case(1, vec![0])]
#[case(3, vec![0, 1, 2])]
#[case(20, (0..20).collect())]
#[case(30, [0].into_iter().chain(11..30).collect())]
fn earlier_letters_are_referred_to_oldest_first(#[case] earlier: usize, #[case] referred: Vec<usize>) {
    let references: Vec<String> = (0..earlier).map(|n| format!("<{}>", id(n))).collect();
    let bytes = built(&references).unwrap();
    let read: Message<'_> = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(ids(read.references()), referred.iter().map(|n| id(*n)).collect::<Vec<_>>());
    assert_eq!(ids(read.in_reply_to()), referred.last().map(|n| id(*n)).into_iter().collect::<Vec<_>>());
    assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() < 998));
}

#[test]
fn a_message_id_adds_no_header() {
    assert!(matches!(built(&["<1@x.example>\r\nBcc: y@z.example".to_owned()]), Err(BuildError::ControlCharacter)));
}
