//! Charts come with the path, and go with the switch.

use leitai_proto::evaluation::v1::{Light, PathPoint, Verdict};
use leitai_rpc::clock::FixedClock;
use leitai_storage::testing::{Backend::Sqlite, TestDatabase};
use mail_parser::{MessageParser, MimeHeaders};
use rstest::rstest;

use super::*;
use crate::{
    config::NotificationConfig,
    convert,
    testing::{NOW, config, frozen, verdict},
};

async fn issuer(charts: bool) -> (TestDatabase, Issuer) {
    let database = Sqlite.open().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let settings = NotificationConfig { charts, ..config(directory.path()) }.load().unwrap();
    let store = Store::open(database.database()).await.unwrap();
    (database, Issuer::new(store, Arc::new(settings), Arc::new(FixedClock(NOW))))
}

#[rstest]
#[case::on(true, 2)]
#[case::off(false, 0)]
#[tokio::test]
async fn letters_about_a_path_have_a_picture_of_it(#[case] charts: bool, #[case] pictures: usize) {
    let (_database, issuer) = issuer(charts).await;
    let point = |period: &str| PathPoint { period: period.to_owned(), expected_micros: Some(5_500_000), actual_micros: Some(4_100_000) };
    let red = Verdict { path: ["2025-M02", "2025-M03"].map(point).to_vec(), ..verdict("gdp", "430582", Light::Red) };
    issuer.issue(1, &convert::round(frozen("2025-M03", vec![red])).unwrap()).await.unwrap();
    let page = leitai_rpc::paging::Page::parse(10, "").unwrap();
    let (letters, _) = issuer.store.letters(crate::store::LetterFilter::default(), &page).await.unwrap();
    let mut found = 0;
    for letter in &letters {
        let (_, message) = issuer.store.letter(&letter.letter_id).await.unwrap().unwrap();
        let read = MessageParser::default().parse(&message).unwrap();
        found += read.parts.iter().filter(|part| part.is_content_type("image", "png")).count();
    }
    assert_eq!((letters.len(), found), (2, pictures));
}
