use futures::StreamExt;
use leitai_domain::period::Period;
use leitai_proto::ingestion::v1::{Change, change::Kind};

use super::*;

/// The first changes after a number, at least `count` of them.
async fn follow(service: &Service, after: i64, count: usize) -> Vec<Change> {
    let mut stream = Box::pin(service.changes(after));
    let mut changes = Vec::new();
    while changes.len() < count {
        let batch = stream.next().await.unwrap().unwrap();
        let newest = batch.changes.last().map_or(after, |change| change.sequence);
        assert!(batch.changes.len() <= 1_000 && batch.head_sequence >= newest);
        changes.extend(batch.changes);
    }
    changes
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn followers_see_everything_in_order(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    service.submit(csv("1", "隆回县,gdp_growth,2025-M03,6.9,%\n")).await.unwrap();
    service.freeze_round("2", PLAN, Period::new(2025, 3).unwrap()).await.unwrap();
    let changes = follow(&service, 0, 3).await;
    assert_eq!(changes.iter().map(|change| change.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    let kinds: Vec<_> = changes.into_iter().map(|change| change.kind.unwrap()).collect();
    let [Kind::PlanApplied(plan), Kind::ObservationAccepted(value), Kind::RoundFrozen(round)] = kinds.as_slice() else {
        panic!("{kinds:?}")
    };
    assert_eq!((plan.counties.len(), value.plan_id.as_str(), round.frozen_sequence), (12, PLAN, 3));
    let observation = value.observation.as_ref().unwrap();
    assert_eq!((observation.division_code.as_str(), observation.value_micros), ("430524", 6_900_000));
}

#[tokio::test]
async fn a_follower_that_is_up_to_date_learns_so_at_once() {
    let Some((_test, service)) = open_with_plan(Backend::Sqlite).await else { return };
    let first = Box::pin(service.changes(1)).next().await.unwrap().unwrap();
    assert_eq!((first.changes.len(), first.head_sequence), (0, 1));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_follower_is_woken_by_the_next_commit(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let (changes, submitted) = tokio::join!(follow(&service, 1, 1), service.submit(csv("1", "隆回县,gdp_growth,2025-M03,6.9,%\n")));
    submitted.unwrap();
    assert_eq!(changes[0].sequence, 2);
}
