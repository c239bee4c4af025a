use leitai_storage::testing::{Agreement, Backend};
use rstest::rstest;
use sea_orm::PaginatorTrait;

use super::*;

fn finding(source_sequence: i64, period: &str) -> Finding {
    let round = FrozenRound { plan_id: "p".to_owned(), period: period.to_owned(), ..FrozenRound::default() };
    Finding { source_sequence, round }
}

async fn periods(store: &Store, count: usize) -> Vec<(i64, String)> {
    let batches = store.findings(0).map(Result::unwrap).flat_map(|batch| futures::stream::iter(batch.entries));
    let round = |payload: &[u8]| FrozenRound::decode(payload).unwrap().period;
    batches.take(count).map(|entry| (entry.sequence, round(&entry.payload))).collect().await
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn findings_and_cursor_are_stored_together_and_once(#[case] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let store = Store::open(test.database()).await.unwrap();
    let at = OffsetDateTime::UNIX_EPOCH;
    assert_eq!(store.cursor().await.unwrap(), 0);
    store.commit(5, &[finding(3, "2025-M02"), finding(5, "2025-M03")], at).await.unwrap();
    // The answer to the commit was lost: it is repeated, with one more.
    store.commit(9, &[finding(5, "2025-M03"), finding(9, "2025-M04")], at).await.unwrap();
    // A process that lags behind never moves the cursor back.
    store.commit(3, &[finding(3, "2025-M02")], at).await.unwrap();
    assert_eq!(store.cursor().await.unwrap(), 9);
    let expected = [(1, "2025-M02"), (2, "2025-M03"), (3, "2025-M04")].map(|(sequence, period)| (sequence, period.to_owned()));
    assert_eq!(periods(&store, 3).await, expected);
    assert_eq!(store.log.head(test.database().connection()).await.unwrap(), 3);
    assert_eq!(evaluated_round::Entity::find().count(test.database().connection()).await.unwrap(), 3);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn of_processes_that_store_the_same_round_one_does(#[case] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let store = Store::open(test.database()).await.unwrap();
    let contest = (0..4)
        .map(|_| store.clone())
        .map(|store| async move { store.commit(7, &[finding(7, "2025-M03")], OffsetDateTime::UNIX_EPOCH).await });
    let ended = futures::future::join_all(contest).await;
    assert!(ended.iter().any(Result::is_ok));
    assert_eq!(store.log.head(test.database().connection()).await.unwrap(), 1);
    assert_eq!(store.cursor().await.unwrap(), 7);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_policy_is_kept_once_for_each_change(#[case] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let store = Store::open(test.database()).await.unwrap();
    let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
    store.policies("first", at(1)).await.unwrap();
    store.policies("first", at(2)).await.unwrap();
    store.policies("second", at(3)).await.unwrap();
    let known = store.policies("first", at(4)).await.unwrap();
    assert_eq!(known, [(at(1), "first".to_owned()), (at(3), "second".to_owned()), (at(4), "first".to_owned())]);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn entities_and_tables_agree(#[case] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let store = Store::open(test.database()).await.unwrap();
    let agreement = Agreement::of(store.database).await.entity::<evaluated_round::Entity>().await.entity::<policy_version::Entity>().await;
    assert_eq!(agreement.differences().await, Vec::<String>::new());
}
