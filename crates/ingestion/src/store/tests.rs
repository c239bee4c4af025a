//! The queries, on both databases.

use leitai_proto::ingestion::v1::{Observation, ObservationRevision, RoundState};
use leitai_storage::{
    Database,
    testing::{Agreement, Backend, TestDatabase},
};
use rstest::rstest;
use sea_orm::ConnectionTrait;
use sea_orm_migration::MigratorTrait;

use super::{
    Migrator,
    entities::{
        finding, finding_explanation, observation, observation_revision, plan, plan_county, plan_revision, report, report_event,
        report_item, round, upload, upload_finding,
    },
    observations::{self, Filter, Key},
    revisions::{self, NEWEST, Place, Since},
    rounds,
};
use crate::responsibility::store::entities as duties;

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

/// Puts values in force whose entries in the change log begin with a number and have that many seconds as time.
async fn put(database: &Database, plan: &str, first: i64, observations: &[Observation]) {
    let tx = database.begin().await.unwrap();
    observations::put(&tx, plan, observations).await.unwrap();
    observations::remember(&tx, plan, observations, first, first * 1_000).await.unwrap();
    tx.commit().await.unwrap();
}

async fn list(database: &Database, filter: &Filter, as_of: i64) -> Vec<Observation> {
    revisions::in_force(database.connection(), filter, as_of, None, 100).await.unwrap()
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
    put(&database, "甲", 1, &KEYS.map(|key| observation(key, 1, 5))).await;
    put(&database, "乙", 6, &[observation(KEYS[0], 1, 7)]).await;
    let filter = Filter { plan_id: "甲".to_owned(), ..Filter::default() };
    let (mut seen, mut after) = (Vec::<Key>::new(), None);
    loop {
        let page = revisions::in_force(database.connection(), &filter, NEWEST, after.as_ref(), 2).await.unwrap();
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
    put(&database, "甲", 1, &KEYS.map(|key| observation(key, 1, 5))).await;
    let count = async |division: &str, indicator: &str, period: &str| {
        let text = |text: &str| text.to_owned();
        let filter = Filter { plan_id: text("甲"), division_code: text(division), indicator_id: text(indicator), period: text(period) };
        list(&database, &filter, NEWEST).await.len()
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
    put(&database, "甲", 1, &[observation(KEYS[0], 1, 5)]).await;
    put(&database, "甲", 2, &[observation(KEYS[0], 2, 6)]).await;
    let key = observations::key(&observation(KEYS[0], 0, 0));
    let in_force = observations::in_force(database.connection(), "甲", std::slice::from_ref(&key)).await.unwrap();
    assert_eq!(in_force[&key], observation(KEYS[0], 2, 6));
    let tx = database.begin().await.unwrap();
    assert!(observations::remember(&tx, "甲", &[observation(KEYS[0], 2, 7)], 3, 3_000).await.is_err());
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn the_past_is_read_by_number_and_by_time(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    // 1 and 2; a correction at 3; a second one and another value's first at 5 and 6.
    put(&database, "甲", 1, &[observation(KEYS[0], 1, 10), observation(KEYS[2], 1, 20)]).await;
    put(&database, "甲", 3, &[observation(KEYS[0], 2, 11)]).await;
    put(&database, "乙", 4, &[observation(KEYS[0], 1, 70)]).await;
    put(&database, "甲", 5, &[observation(KEYS[0], 3, 12), observation(KEYS[3], 1, 30)]).await;
    let filter = Filter { plan_id: "甲".to_owned(), ..Filter::default() };
    let values = async |filter: &Filter, as_of| list(&database, filter, as_of).await.iter().map(|one| one.value_micros).collect::<Vec<_>>();
    let past =
        [(0, vec![]), (1, vec![10]), (2, vec![10, 20]), (3, vec![11, 20]), (4, vec![11, 20]), (5, vec![12, 20]), (6, vec![12, 20, 30])];
    for (as_of, expected) in past {
        assert_eq!(values(&filter, as_of).await, expected, "as of {as_of}");
    }
    assert_eq!(values(&filter, NEWEST).await, [12, 20, 30]);
    let march = Filter { division_code: "430502".to_owned(), period: "2025-M03".to_owned(), ..filter };
    assert_eq!((values(&march, 4).await, values(&march, NEWEST).await), (vec![11], vec![12]));

    let at = async |millis| revisions::sequence_at(database.connection(), "甲", millis).await.unwrap();
    assert_eq!((at(999).await, at(1_000).await, at(2_999).await, at(3_000).await, at(4_999).await), (0, 2, 2, 4, 4));
    assert!(at(5_000).await > 6 && at(9_000).await < NEWEST);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_value_that_a_wrong_clock_dated_later_hides_what_follows(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    let tx = database.begin().await.unwrap();
    observations::remember(&tx, "甲", &[observation(KEYS[0], 1, 10)], 1, 9_000).await.unwrap();
    observations::remember(&tx, "甲", &[observation(KEYS[0], 2, 11)], 2, 8_000).await.unwrap();
    tx.commit().await.unwrap();
    // Number 2 was recorded after number 1, whatever its clock said: at 8,500 ms neither had been.
    let at = async |millis| revisions::sequence_at(database.connection(), "甲", millis).await.unwrap();
    assert_eq!((at(8_500).await, at(9_000).await), (0, NEWEST - 1));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_history_tells_what_was_before_and_what_came_after(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    put(&database, "甲", 1, &[observation(KEYS[1], 1, 10), observation(KEYS[2], 1, 20)]).await;
    put(&database, "甲", 3, &[observation(KEYS[1], 2, 11)]).await;
    put(&database, "甲", 4, &[observation(KEYS[1], 3, 12)]).await;
    let filter =
        Filter {
            plan_id: "甲".to_owned(), division_code: "430502".to_owned(), indicator_id: "gdp_growth".to_owned(), ..Filter::default()
        };
    let history = async |after| revisions::history(database.connection(), &filter, after, 2).await.unwrap();
    let told = |page: &[ObservationRevision]| {
        let line = |one: &ObservationRevision| {
            let value = one.observation.as_ref().unwrap();
            (value.period.clone(), value.revision, value.value_micros, value.sequence, one.previous_micros, one.replaced_sequence)
        };
        page.iter().map(line).collect::<Vec<_>>()
    };
    let (march, june) = ("2025-M03".to_owned(), "2025-M06".to_owned());
    let first = history(None).await;
    assert_eq!(told(&first), [(march.clone(), 1, 10, 1, None, 3), (march.clone(), 2, 11, 3, Some(10), 4)]);
    assert_eq!(
        (first[0].replaced_at.as_str(), first[1].observation.as_ref().unwrap().in_force_at.as_str()),
        ("1970-01-01T00:00:03Z", "1970-01-01T00:00:03Z")
    );
    assert_eq!(told(&history(Some((&march, 2))).await), [(march.clone(), 3, 12, 4, Some(11), 0), (june, 1, 20, 2, None, 0)]);

    let since = |millis, first_values| Since { filter: Filter { plan_id: "甲".to_owned(), ..Filter::default() }, millis, first_values };
    let numbers = async |since: Since| {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = revisions::since(database.connection(), &since, after.as_ref(), 1).await.unwrap();
            let Some(value) = page.first().and_then(|one| one.observation.clone()) else { return seen };
            seen.push(value.sequence);
            after = Some(Place {
                millis: 1_000 * [0, 1, 1, 3, 4][value.sequence as usize],
                sequence: value.sequence,
                key: observations::key(&value),
                revision: value.revision,
            });
        }
    };
    assert_eq!((numbers(since(0, true)).await, numbers(since(0, false)).await), (vec![1, 2, 3, 4], vec![3, 4]));
    assert_eq!((numbers(since(3_000, false)).await, numbers(since(3_001, true)).await), (vec![3, 4], vec![4]));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn many_rows_are_put_and_found_in_pieces(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    let codes: Vec<String> = (0..1_200).map(|number| format!("{number:06}")).collect();
    let rows: Vec<Observation> = codes.iter().map(|code| observation((code, "gdp", "2025-M03"), 1, 5)).collect();
    put(&database, "甲", 1, &rows).await;
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
        let frozen =
            rounds::Row { frozen_at: Some(1_745_110_923_456), frozen_sequence: Some(sequence), ..rounds::Row::new(plan, period, 1) };
        rounds::put(&tx, frozen, false).await.unwrap();
    }
    tx.commit().await.unwrap();
    let list = async |plan: &str, after| {
        let filter = rounds::Filter { plan_id: plan.to_owned(), ..rounds::Filter::default() };
        let rounds = rounds::list(database.connection(), &filter, after, 2).await.unwrap();
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
async fn rounds_of_before_stay_frozen(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    let migrations = Migrator::migrations();
    let since = migrations.iter().position(|one| one.name() == "m0004_rounds").unwrap();
    let steps = u32::try_from(migrations.len() - since).unwrap();
    Migrator::down(database.connection(), Some(steps)).await.unwrap();
    let old = "INSERT INTO round (plan_id, period, frozen_at, frozen_sequence) VALUES ('a', '2025-M03', 1745110923456, 7)";
    database.connection().execute_unprepared(old).await.unwrap();
    database.migrate::<Migrator>().await.unwrap();
    let round = rounds::get(database.connection(), "a", "2025-M03").await.unwrap().unwrap();
    assert_eq!((round.state(), round.frozen_at.as_str(), round.frozen_sequence), (RoundState::Frozen, "2025-04-20T01:02:03.456Z", 7));
    assert_eq!((round.opened_at.as_str(), round.due_on.as_str(), round.at_freeze), ("", "", None));
    Migrator::down(database.connection(), Some(steps)).await.unwrap();
    database.migrate::<Migrator>().await.unwrap();
    assert_eq!(rounds::get(database.connection(), "a", "2025-M03").await.unwrap().unwrap().frozen_sequence, 7);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_round_has_all_its_days_or_none(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    for half in [
        rounds::Row { due_on: Some("2025-04-22".to_owned()), ..rounds::Row::new("a", "2025-M03", 1) },
        rounds::Row { frozen_at: Some(1), ..rounds::Row::new("a", "2025-M03", 1) },
    ] {
        let tx = database.begin().await.unwrap();
        assert!(rounds::put(&tx, half, false).await.is_err());
    }
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

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn entities_and_tables_agree(#[case] backend: Backend) {
    let Some((_test, database)) = open(backend).await else { return };
    let shared = Agreement::of(database).await;
    let plans = shared.entity::<plan::Entity>().await.entity::<plan_revision::Entity>().await.entity::<plan_county::Entity>().await;
    let reports = plans.entity::<report::Entity>().await.entity::<report_event::Entity>().await.entity::<report_item::Entity>().await;
    let reports = reports.entity::<upload::Entity>().await.entity::<finding::Entity>().await.entity::<finding_explanation::Entity>().await;
    let reports = reports.entity::<upload_finding::Entity>().await;
    let values = reports.entity::<observation::Entity>().await.entity::<observation_revision::Entity>().await;
    let duties = values.entity::<round::Entity>().await.entity::<duties::list::Entity>().await.entity::<duties::measure::Entity>().await;
    let duties = duties.entity::<duties::revision::Entity>().await.entity::<duties::problem::Entity>().await;
    assert_eq!(duties.entity::<duties::event::Entity>().await.differences().await, Vec::<String>::new());
}
