//! The tables' own guards, on both databases.

use leitai_storage::testing::Backend;
use rstest::rstest;
use sea_orm::EntityTrait;
use sea_orm::{ConnectionTrait, IntoActiveModel, sea_query::OnConflict};

use super::{entities::event, events};
use crate::Migrator;

fn entry(entry: i32, words: &str) -> event::Model {
    event::Model {
        subject_id: "m-1".to_owned(),
        entry,
        at_ms: 1,
        what: 1,
        agency: "甲局".to_owned(),
        who: "某".to_owned(),
        words: words.to_owned(),
        day: None,
        percent: None,
        level: None,
        revision: None,
    }
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_happened_is_never_changed(#[case] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let database = test.database();
    database.migrate::<Migrator>().await.unwrap();
    let tx = database.begin().await.unwrap();
    events::add(&tx, vec![entry(1, "甲"), entry(2, "乙")]).await.unwrap();
    tx.commit().await.unwrap();
    let connection = database.connection();
    for forbidden in ["UPDATE duty_event SET words = 'x'", "DELETE FROM duty_event", "DELETE FROM duty_event WHERE entry = 1"] {
        let error = connection.execute_unprepared(forbidden).await.unwrap_err().to_string();
        assert!(error.contains("never changed"), "{forbidden}: {error}");
    }
    let replace = OnConflict::columns([event::Column::SubjectId, event::Column::Entry]).update_column(event::Column::Words).to_owned();
    let replaced = event::Entity::insert(entry(1, "改").into_active_model()).on_conflict(replace).exec_without_returning(connection).await;
    assert!(replaced.is_err());
    let words: Vec<_> = events::list(connection, "m-1", 0, 10).await.unwrap().into_iter().map(|event| event.words).collect();
    assert_eq!(words, ["甲", "乙"]);
    assert_eq!(events::newest(connection, "m-1", 1).await.unwrap().unwrap().entry, 2);
    assert!(events::get(connection, "m-1", 3).await.unwrap().is_none());
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_state_and_its_day_belong_together(#[case] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    test.database().migrate::<Migrator>().await.unwrap();
    let insert = |state: &str, done: &str| {
        format!(
            "INSERT INTO duty_measure VALUES ('230123', 'm-{state}', 'p', 'l', 'i', 1, 1, '', 'p', 'm', 'o', '', 'l', 'p', '2025-09-30', '', \
             'x', '{state}', NULL, NULL, {done}, NULL, 1)"
        )
    };
    let connection = test.database().connection().clone();
    for (state, done, fits) in
        [("done", "NULL", false), ("not_started", "'2025-09-01'", false), ("late", "NULL", false), ("done", "'2025-09-01'", true)]
    {
        assert_eq!(connection.execute_unprepared(&insert(state, done)).await.is_ok(), fits, "{state} {done}");
    }
}
