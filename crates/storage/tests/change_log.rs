//! The change log's promises, on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use futures::{StreamExt, future::join_all};
use leitai_storage::{
    Database,
    change_log::{ChangeLog, Entry, TailError},
    cursor, migrations, requests,
    testing::{Backend, TestDatabase},
};
use rstest::rstest;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use time::OffsetDateTime;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations::shared()
    }
}

async fn open(backend: Backend) -> Option<TestDatabase> {
    let test = backend.open().await?;
    test.database().migrate::<Migrator>().await.unwrap();
    Some(test)
}

async fn append(database: &Database, log: &ChangeLog, payloads: &[&[u8]]) {
    let tx = database.begin().await.unwrap();
    log.append(&tx, payloads.iter().map(|payload| payload.to_vec()).collect()).await.unwrap();
    tx.commit().await.unwrap();
    log.poke();
}

fn entry(sequence: i64, payload: &[u8]) -> Entry {
    Entry { sequence, payload: payload.to_vec() }
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_later_writer_is_never_visible_before_an_earlier_one(#[case] backend: Backend) {
    let Some(test) = open(backend).await else { return };
    let (database, log) = (test.database(), ChangeLog::new());
    let first = database.begin().await.unwrap();
    log.append(&first, vec![b"first".to_vec()]).await.unwrap();

    let second = tokio::spawn({
        let (database, log) = (database.clone(), log.clone());
        async move { append(&database, &log, &[b"second"]).await }
    });
    // The second writer must wait: were its number visible now, a follower would pass the first one's.
    let mut tail = log.tail(database.clone(), 0, 10).boxed();
    assert_eq!(tail.next().await.unwrap().unwrap().entries, []);
    let early = tokio::time::timeout(Duration::from_millis(300), tail.next()).await;
    assert!(early.is_err(), "saw {early:?} before the first writer committed");
    assert!(!second.is_finished());

    first.commit().await.unwrap();
    second.await.unwrap();
    let entries = log.read_after(database.connection(), 0, 10).await.unwrap();
    assert_eq!(entries, [entry(1, b"first"), entry(2, b"second")]);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_rolled_back_writer_leaves_no_gap(#[case] backend: Backend) {
    let Some(test) = open(backend).await else { return };
    let (database, log) = (test.database(), ChangeLog::new());
    append(&database, &log, &[b"a"]).await;
    let abandoned = database.begin().await.unwrap();
    log.append(&abandoned, vec![b"lost".to_vec()]).await.unwrap();
    abandoned.rollback().await.unwrap();
    append(&database, &log, &[b"b", b"c"]).await;
    let entries = log.read_after(database.connection(), 0, 10).await.unwrap();
    assert_eq!(entries, [entry(1, b"a"), entry(2, b"b"), entry(3, b"c")]);
    assert_eq!(log.head(database.connection()).await.unwrap(), 3);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_follower_sees_every_entry_of_many_writers_once_and_in_order(#[case] backend: Backend) {
    const WRITERS: i64 = 20;
    const EACH: i64 = 5;
    let Some(test) = open(backend).await else { return };
    let (database, log) = (test.database(), ChangeLog::new());
    let follower = tokio::spawn({
        let mut tail = log.tail(database.clone(), 0, 7).boxed();
        async move {
            let mut seen = Vec::new();
            while seen.last() != Some(&(WRITERS * EACH)) {
                let batch = tail.next().await.unwrap().unwrap();
                assert!(batch.entries.last().is_none_or(|newest| batch.head >= newest.sequence));
                seen.extend(batch.entries.iter().map(|entry| entry.sequence));
            }
            seen
        }
    });
    join_all((0..WRITERS).map(|_| async {
        for _ in 0..EACH {
            append(&database, &log, &[b"x"]).await;
        }
    }))
    .await;
    let expected: Vec<i64> = (1..=WRITERS * EACH).collect();
    assert_eq!(follower.await.unwrap(), expected);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_follower_that_is_ahead_of_the_log_is_told_so(#[case] backend: Backend) {
    let Some(test) = open(backend).await else { return };
    let (database, log) = (test.database(), ChangeLog::new());
    append(&database, &log, &[b"a", b"b"]).await;
    let first = log.tail(database.clone(), 2, 10).boxed().next().await.unwrap().unwrap();
    assert_eq!((first.entries, first.head), (Vec::new(), 2));
    let refused = log.tail(database, 3, 10).boxed().next().await.unwrap();
    assert!(matches!(refused, Err(TailError::WentBack { after: 3, head: 2 })), "{refused:?}");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_batch_larger_than_one_insert_is_whole(#[case] backend: Backend) {
    let Some(test) = open(backend).await else { return };
    let (database, log) = (test.database(), ChangeLog::new());
    let payloads: Vec<Vec<u8>> = (0..1_203_u32).map(|n| n.to_be_bytes().to_vec()).collect();
    let tx = database.begin().await.unwrap();
    assert_eq!(log.append(&tx, payloads.clone()).await.unwrap(), 1..=1_203);
    tx.commit().await.unwrap();
    let read: Vec<Vec<u8>> =
        log.read_after(database.connection(), 0, 2_000).await.unwrap().into_iter().map(|entry| entry.payload).collect();
    assert_eq!(read, payloads);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn cursors_and_answers_live_and_fall_with_their_transaction(#[case] backend: Backend) {
    let Some(test) = open(backend).await else { return };
    let database = test.database();
    let conn = database.connection();
    for (sequence, commit) in [(5, true), (9, true), (12, false)] {
        let tx = database.begin().await.unwrap();
        cursor::store(&tx, "evaluation", sequence).await.unwrap();
        let id = format!("r{sequence}");
        requests::record(&tx, "SubmitReport", &id, vec![7], OffsetDateTime::UNIX_EPOCH).await.unwrap();
        if commit { tx.commit().await.unwrap() } else { tx.rollback().await.unwrap() }
    }
    assert_eq!(cursor::load(conn, "evaluation").await.unwrap(), 9);
    assert_eq!(cursor::load(conn, "notification").await.unwrap(), 0);
    assert_eq!(requests::find(conn, "SubmitReport", "r9").await.unwrap(), Some(vec![7]));
    assert_eq!(requests::find(conn, "SubmitReport", "r12").await.unwrap(), None);
}
