use leitai_domain::period::Period;
use leitai_proto::ingestion::v1::{Observation, ObservationRevision};

use super::*;
use crate::{
    service::AsOf,
    store::{observations::Filter, revisions::Since},
};

const ROW: &str = "隆回县,gdp_growth,2025年1-3月";

fn whose() -> Filter {
    let text = |text: &str| text.to_owned();
    Filter { plan_id: text(PLAN), division_code: text("430524"), indicator_id: text("gdp_growth"), period: text("2025-M03") }
}

/// A value, the round of it, then a correction by another agency.
async fn corrected(service: &Service) -> (i64, Vec<ObservationRevision>) {
    service.submit(csv("1", &format!("{ROW},6.9,%\n"))).await.unwrap();
    let frozen = service.freeze_round("freeze", PLAN, Period::new(2025, 3).unwrap()).await.unwrap().round.unwrap();
    service.submit(Submission { submitter: "隆回县统计局".to_owned(), ..csv("2", &format!("{ROW},7.10,%\n")) }).await.unwrap();
    (frozen.frozen_sequence, service.history(&whose(), None, 10).await.unwrap())
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_history_says_who_when_from_where_and_who_saw_it(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let (frozen, history) = corrected(&service).await;
    let [first, second] = history.as_slice() else { panic!("{history:?}") };
    let told = |one: &ObservationRevision| {
        let Observation { submitter, in_force_at, file_name, place, source_text, sequence, .. } = one.observation.clone().unwrap();
        (submitter, in_force_at, file_name, place, source_text, sequence)
    };
    let told_as = |submitter: &str, text: &str, sequence| {
        let line = [submitter, "2025-04-20T01:02:03Z", "a.csv", "line 2", text].map(str::to_owned);
        let [submitter, at, file, place, text] = line;
        (submitter, at, file, place, text, sequence)
    };
    // The plan is the log's first entry.
    assert_eq!((told(first), told(second)), (told_as("邵阳市统计局", "6.9", 2), told_as("隆回县统计局", "7.10", 4)));
    assert_eq!((first.previous_micros, second.previous_micros, frozen), (None, Some(6_900_000), 3));
    assert_eq!((first.frozen_rounds.clone(), second.frozen_rounds.clone()), (vec!["2025-M03".to_owned()], Vec::new()));
    assert_eq!((first.replaced_sequence, first.replaced_at.as_str(), second.replaced_sequence), (4, "2025-04-20T01:02:03Z", 0));

    let since = Since { filter: Filter { plan_id: PLAN.to_owned(), ..Filter::default() }, millis: 0, first_values: false };
    assert_eq!(service.revisions(&since, None, 10).await.unwrap(), std::slice::from_ref(second));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_a_round_saw_can_be_asked_for(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let (frozen, _) = corrected(&service).await;
    let value =
        async |as_of| service.observations(&whose(), as_of, None, 10).await.unwrap().iter().map(|one| one.value_micros).collect::<Vec<_>>();
    assert_eq!((value(AsOf::Sequence(frozen)).await, value(AsOf::Now).await), (vec![6_900_000], vec![7_100_000]));
    // The clock of this test stands still: at its time everything is in force, a millisecond before nothing was.
    let now = leitai_rpc::clock::millis(datetime!(2025-04-20 01:02:03 UTC));
    assert_eq!((value(AsOf::Time(now)).await, value(AsOf::Time(now - 1)).await), (vec![7_100_000], Vec::new()));
}
