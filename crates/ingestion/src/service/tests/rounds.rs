use leitai_domain::period::Period;
use leitai_proto::ingestion::v1::{RoundMover, RoundState};

use super::*;
use crate::{error::Error, store::rounds::Filter};

fn march() -> Period {
    month(3)
}

fn month(month: u8) -> Period {
    Period::new(2025, month).unwrap()
}

fn of(plan_id: &str) -> Filter {
    Filter { plan_id: plan_id.to_owned(), ..Filter::default() }
}

const ONE: &str = "隆回县,gdp_growth,2025-M03,6.9,%\n";

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_round_is_frozen_once_at_its_place_in_the_log(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    service.submit(csv("1", "隆回县,gdp_growth,2025-M03,6.9,%\n大祥区,gdp_growth,2025-M03,5.8,%\n")).await.unwrap();
    let round = service.freeze_round("f1", PLAN, march()).await.unwrap().round.unwrap();
    assert_eq!((round.period.as_str(), round.frozen_at.as_str(), round.frozen_sequence), ("2025-M03", "2025-04-20T01:02:03Z", 4));
    assert_eq!((round.state(), round.frozen_by(), round.opened_at.as_str()), (RoundState::Frozen, RoundMover::Hand, ""));
    service.submit(csv("2", "隆回县,gdp_growth,2025-M03,7.0,%\n")).await.unwrap();
    for request in ["f1", "f2"] {
        assert_eq!(service.freeze_round(request, PLAN, march()).await.unwrap().round.unwrap(), round);
    }
    assert_eq!(service.rounds(&of(PLAN), None, 10).await.unwrap(), [round]);
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
    assert!(matches!(service.open_round("3", "none", march()).await, Err(Error::UnknownPlan(_))));
    assert!(matches!(service.round(PLAN, march()).await, Err(Error::UnknownRound { .. })));
    service.submit(csv("3", ONE)).await.unwrap();
    assert!(service.freeze_round("1", PLAN, march()).await.is_ok(), "a refused request may be sent again");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_frozen_round_keeps_the_title_it_was_frozen_under(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    service.submit(csv("1", ONE)).await.unwrap();
    let round = service.freeze_round("f1", PLAN, march()).await.unwrap().round.unwrap();
    service.apply_plan(new_plan("again", &plan_toml().replace("测试方案", "新方案"), &COUNTIES)).await.unwrap();
    assert_eq!(round.plan_title, "测试方案");
    assert_eq!(service.freeze_round("f2", PLAN, march()).await.unwrap().round.unwrap(), round);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn freezes_at_once_are_one(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    service.submit(csv("1", ONE)).await.unwrap();
    let freeze = |request: &'static str| service.freeze_round(request, PLAN, march());
    let (one, two, three) = tokio::join!(freeze("a"), freeze("b"), freeze("b"));
    let sequences = [one, two, three].map(|answer| answer.unwrap().round.unwrap().frozen_sequence);
    assert_eq!(sequences, [3, 3, 3]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_round_is_opened_by_hand_once_and_never_again(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let (one, two) = tokio::join!(service.open_round("o1", PLAN, march()), service.open_round("o2", PLAN, march()));
    let round = one.unwrap().round.unwrap();
    assert_eq!(two.unwrap().round.unwrap(), round);
    assert_eq!((round.state(), round.opened_by(), round.opened_at.as_str()), (RoundState::Open, RoundMover::Hand, "2025-04-20T01:02:03Z"));
    assert_eq!((round.due_on.as_str(), round.plan_title.as_str()), ("", "测试方案"), "the plan has no days");
    assert_eq!(service.log.head(service.database.connection()).await.unwrap(), 2, "one entry");
    service.submit(csv("1", ONE)).await.unwrap();
    let frozen = service.freeze_round("f", PLAN, march()).await.unwrap().round.unwrap();
    assert_eq!((frozen.state(), frozen.opened_at), (RoundState::Frozen, round.opened_at.clone()));
    assert!(matches!(service.open_round("o3", PLAN, march()).await, Err(Error::Frozen { .. })));
    assert_eq!(service.open_round("o1", PLAN, march()).await.unwrap().round.unwrap(), round, "a repeat gets its first answer");
}

#[tokio::test]
async fn a_round_in_which_nothing_is_due_is_not_opened() {
    let (_test, service) = open_with_plan(Backend::Sqlite).await.unwrap();
    assert!(matches!(service.open_round("1", PLAN, month(1)).await, Err(Error::NothingDue { .. })));
    let last_year = Period::new(2024, 12).unwrap();
    assert!(matches!(service.open_round("2", PLAN, last_year).await, Err(Error::OtherYear { plan_year: 2025, .. })));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn an_early_freeze_with_gaps_is_made_and_said(#[case] backend: Backend) {
    let Some((_test, service)) = open(backend).await else { return };
    service.apply_plan(shipped("plan")).await.unwrap();
    service.submit(Submission { plan_id: SHIPPED.to_owned(), ..csv("1", ONE) }).await.unwrap();
    let frozen = service.freeze_round("f", SHIPPED, march()).await.unwrap();
    // 12 counties × 13 indicators, and the 14 provincial indicators of a quarter that is not the year's last: annex 1 without rows 2, 3, 6, 10,
    // 15, 16 and 17.
    assert_eq!(
        frozen.warnings,
        ["报送截止日为2025年4月22日，本期在截止前定稿，此后报来的数据不计入本期。", "定稿时应报170项，缺报169项，完整率0.6%。"]
    );
    let round = frozen.round.unwrap();
    let whole = round.at_freeze.clone().unwrap();
    assert_eq!((whole.owed, whole.on_time, whole.late, whole.missing, whole.not_yet_due), (170, 1, 0, 169, 0));
    assert!(round.frozen_early && service.round(SHIPPED, march()).await.unwrap() == round);
    let again = service.freeze_round("g", SHIPPED, march()).await.unwrap();
    assert_eq!(again.warnings, frozen.warnings);
}
