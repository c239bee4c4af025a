//! The queries, on both databases.

use leitai_proto::ingestion::v1::Observation;
use leitai_storage::{
    Database,
    testing::{Backend, TestDatabase},
};
use rstest::rstest;
use sea_orm_migration::MigratorTrait;

use super::{
    Migrator,
    observations::{self, Filter, Key},
    rounds,
};

async fn open(backend: Backend) -> Option<(TestDatabase, Database)> {
    let test = backend.open().await?;
    let database = test.database();
    database.migrate::<Migrator>().await.unwrap();
    Some((test, database))
}

fn observation((division, indicator, period): (&str, &str, &str), revision: i32, value_micros: i64) -> Observation {
    let text = |text: &str| text.to_owned();
    let (division_code, indicator_id, period) = (text(division), text(indicator), text(period));
    Observation { division_code, indicator_id, period, revision, value_micros, printed_rank: Some(3), ..Observation::default() }
}

async fn put(database: &Database, plan: &str, observations: &[Observation]) {
    let tx = database.begin().await.unwrap();
    observations::put(&tx, plan, observations).await.unwrap();
    tx.commit().await.unwrap();
}

const KEYS: [(&str, &str, &str); 5] = [
    ("430502", "gdp", "2025-M03"),
    ("430502", "gdp_growth", "2025-M03"),
    ("430502", "gdp_growth", "2025-M06"),
    ("430503", "gdp", "2025-M03"),
    ("430581", "gdp", "2025-M06"),
];

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn pages_go_on_after_the_last_key(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    put(&database, "甲", &KEYS.map(|key| observation(key, 1, 5))).await;
    put(&database, "乙", &[observation(KEYS[0], 1, 7)]).await;
    let filter = Filter { plan_id: "甲".to_owned(), ..Filter::default() };
    let (mut seen, mut after) = (Vec::<Key>::new(), None);
    loop {
        let page = observations::list(database.connection(), &filter, after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(observations::key(last));
        seen.extend(page.iter().map(observations::key));
    }
    assert_eq!(seen, KEYS.map(|(division, indicator, period)| (division.to_owned(), indicator.to_owned(), period.to_owned())));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn filters_narrow_each_column(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    put(&database, "甲", &KEYS.map(|key| observation(key, 1, 5))).await;
    let count = async |division: &str, indicator: &str, period: &str| {
        let text = |text: &str| text.to_owned();
        let filter = Filter { plan_id: text("甲"), division_code: text(division), indicator_id: text(indicator), period: text(period) };
        observations::list(database.connection(), &filter, None, 100).await.unwrap().len()
    };
    assert_eq!((count("430502", "", "").await, count("", "gdp", "").await, count("", "", "2025-M06").await), (3, 3, 2));
    assert_eq!((count("430502", "gdp_growth", "2025-M06").await, count("430599", "", "").await), (1, 0));
    assert!(observations::any(database.connection(), "甲", "2025-M06").await.unwrap());
    assert!(!observations::any(database.connection(), "乙", "2025-M06").await.unwrap());
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_revision_is_never_overwritten(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    put(&database, "甲", &[observation(KEYS[0], 1, 5)]).await;
    put(&database, "甲", &[observation(KEYS[0], 2, 6)]).await;
    let key = observations::key(&observation(KEYS[0], 0, 0));
    let in_force = observations::in_force(database.connection(), "甲", std::slice::from_ref(&key)).await.unwrap();
    assert_eq!(in_force[&key], observation(KEYS[0], 2, 6));
    assert_eq!(observations::history(database.connection(), "甲", &key).await.unwrap(), [(1, 5), (2, 6)]);
    let tx = database.begin().await.unwrap();
    assert!(observations::put(&tx, "甲", &[observation(KEYS[0], 2, 7)]).await.is_err());
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn many_rows_are_put_and_found_in_pieces(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    let codes: Vec<String> = (0..1_200).map(|number| format!("{number:06}")).collect();
    let rows: Vec<Observation> = codes.iter().map(|code| observation((code, "gdp", "2025-M03"), 1, 5)).collect();
    put(&database, "甲", &rows).await;
    let keys: Vec<Key> = rows.iter().map(observations::key).collect();
    assert_eq!(observations::in_force(database.connection(), "甲", &keys).await.unwrap().len(), 1_200);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn rounds_are_listed_by_plan_and_period(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    let tx = database.begin().await.unwrap();
    for (sequence, (plan, period)) in (1..).zip([("b", "2025-M03"), ("a", "2025-M06"), ("a", "2025-M03")]) {
        rounds::add(&tx, plan, period, 1_745_110_923_456, sequence).await.unwrap();
    }
    tx.commit().await.unwrap();
    let list = async |plan: &str, after| {
        let rounds = rounds::list(database.connection(), plan, after, 2).await.unwrap();
        rounds.into_iter().map(|round| (round.plan_id, round.period)).collect::<Vec<_>>()
    };
    let pair = |plan: &str, period: &str| (plan.to_owned(), period.to_owned());
    assert_eq!(list("", None).await, [pair("a", "2025-M03"), pair("a", "2025-M06")]);
    assert_eq!(list("", Some(("a", "2025-M06"))).await, [pair("b", "2025-M03")]);
    assert_eq!(list("b", None).await, [pair("b", "2025-M03")]);
    let round = rounds::get(database.connection(), "a", "2025-M06").await.unwrap().unwrap();
    assert_eq!((round.frozen_at.as_str(), round.frozen_sequence), ("2025-04-20T01:02:03.456Z", 2));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn migrations_go_down_and_up_again(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    Migrator::down(database.connection(), None).await.unwrap();
    database.migrate::<Migrator>().await.unwrap();
}
