use leitai_domain::period::Period;

use super::*;
use crate::error::Error;

fn march() -> Period {
    Period::new(2025, 3).unwrap()
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_round_is_frozen_once_at_its_place_in_the_log(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    service.submit(csv("1", "隆回县,gdp_growth,2025-M03,6.9,%\n大祥区,gdp_growth,2025-M03,5.8,%\n")).await.unwrap();
    let round = service.freeze_round("f1", PLAN, march()).await.unwrap().round.unwrap();
    assert_eq!((round.period.as_str(), round.frozen_at.as_str(), round.frozen_sequence), ("2025-M03", "2025-04-20T01:02:03Z", 4));
    service.submit(csv("2", "隆回县,gdp_growth,2025-M03,7.0,%\n")).await.unwrap();
    for request in ["f1", "f2"] {
        assert_eq!(service.freeze_round(request, PLAN, march()).await.unwrap().round.unwrap(), round);
    }
    assert_eq!(service.rounds(PLAN, None, 10).await.unwrap(), [round]);
    assert_eq!(service.log.head(service.database.connection()).await.unwrap(), 5);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_round_needs_a_plan_and_a_value(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    assert!(matches!(service.freeze_round("1", PLAN, march()).await, Err(Error::NoValues { .. })));
    assert!(matches!(service.freeze_round("2", "none", march()).await, Err(Error::UnknownPlan(_))));
    service.submit(csv("3", "隆回县,gdp_growth,2025-M03,6.9,%\n")).await.unwrap();
    assert!(service.freeze_round("1", PLAN, march()).await.is_ok(), "a refused request may be sent again");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn freezes_at_once_are_one(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    service.submit(csv("1", "隆回县,gdp_growth,2025-M03,6.9,%\n")).await.unwrap();
    let freeze = |request: &'static str| service.freeze_round(request, PLAN, march());
    let (one, two, three) = tokio::join!(freeze("a"), freeze("b"), freeze("b"));
    let sequences = [one, two, three].map(|answer| answer.unwrap().round.unwrap().frozen_sequence);
    assert_eq!(sequences, [3, 3, 3]);
}
