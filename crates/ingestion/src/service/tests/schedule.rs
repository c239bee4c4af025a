//! The schedule, with a clock that is set by hand.

use futures::StreamExt;
use leitai_domain::{calendar::Calendar, period::Period};
use leitai_proto::ingestion::v1::{Change, Round, RoundMover, RoundState, change::Kind};
use time::{OffsetDateTime, macros::date};

use super::*;
use crate::{store::rounds::Filter, testing::SetClock};

/// Ten in the morning in Beijing.
const MORNING: OffsetDateTime = datetime!(2025-04-20 02:00 UTC);

async fn rounds(service: &Service, states: &[RoundState]) -> Vec<Round> {
    let filter = Filter { plan_id: SHIPPED.to_owned(), states: states.to_vec() };
    service.rounds(&filter, None, 100).await.unwrap()
}

fn periods(rounds: &[Round]) -> Vec<&str> {
    rounds.iter().map(|round| round.period.as_str()).collect()
}

async fn head(service: &Service) -> i64 {
    service.log.head(service.database.connection()).await.unwrap()
}

/// The shipped plan with other days of its rounds; none: without.
fn with_rounds(request: &str, rounds: Option<&str>) -> NewPlan {
    let text = leitai_domain::shipped::plan(SHIPPED).unwrap();
    let (before, rest) = text.split_once("[rounds]").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let rounds = rounds.map(|rounds| format!("[rounds]\n{rounds}\norigin = \"示例\"\n\n")).unwrap_or_default();
    new_plan(request, &format!("{before}{rounds}{after}"), &COUNTIES)
}

const SHORT: &str =
    "open_working_days = 2\ndue_working_days = 4\nfreeze_working_days = 5\ncircular_working_days = 6\nfreeze = \"automatic\"";

// April 2025: 4 to 6 off, Sunday 27 worked; 1 to 5 May off. After Monday 31 March: 1 April, …, 22 (15), 25 (18), 28 (20).
#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_plan_schedules_a_round_for_each_period_with_something_due(#[case] backend: Backend) {
    let Some((_test, service)) = open(backend).await else { return };
    service.apply_plan(shipped("1")).await.unwrap();
    let scheduled = rounds(&service, &[RoundState::Scheduled]).await;
    assert_eq!(scheduled.len(), 11, "no January");
    let march = &scheduled[1];
    let days = [&march.opens_on, &march.due_on, &march.freezes_on, &march.circular_on];
    assert_eq!(
        (march.period.as_str(), days),
        ("2025-M03", ["2025-04-01", "2025-04-22", "2025-04-25", "2025-04-28"].map(str::to_owned).each_ref())
    );
    assert_eq!((march.unknown_year, march.plan_revision, march.freezes_by_schedule), (0, 1, false));
    assert!(rounds(&service, &[RoundState::Open, RoundState::Frozen]).await.is_empty());
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn rounds_open_on_their_day_and_a_stop_is_caught_up(#[case] backend: Backend) {
    let clock = SetClock::at(datetime!(2025-03-31 15:59:59 UTC));
    let Some((_test, service)) = open_at(backend, Arc::new(clock.clone())).await else { return };
    service.apply_plan(shipped("1")).await.unwrap();
    // February's circular appeared on 28 March: it is left alone, and March opens when the day begins in Beijing.
    assert_eq!(service.follow_schedule().await.unwrap(), Some(date!(2025 - 04 - 01)));
    assert!(rounds(&service, &[RoundState::Open]).await.is_empty());
    clock.set(datetime!(2025-03-31 16:00 UTC));
    assert_eq!(service.follow_schedule().await.unwrap(), Some(date!(2025 - 05 - 06)));
    let open = rounds(&service, &[RoundState::Open]).await;
    assert_eq!(
        (periods(&open), open[0].opened_by(), open[0].opened_at.as_str()),
        (vec!["2025-M03"], RoundMover::Schedule, "2025-03-31T16:00:00Z")
    );
    // Stopped until July: May's circular is on 27 June, June's day is 1 July.
    clock.set(datetime!(2025-07-02 02:00 UTC));
    service.follow_schedule().await.unwrap();
    assert_eq!(periods(&rounds(&service, &[RoundState::Open]).await), ["2025-M03", "2025-M06"]);
    assert_eq!(periods(&rounds(&service, &[RoundState::Scheduled]).await)[..3], ["2025-M02", "2025-M04", "2025-M05"]);
}

#[tokio::test]
async fn an_old_year_is_left_alone() {
    let clock = SetClock::at(datetime!(2026-11-24 02:00 UTC));
    let (_test, service) = open_at(Backend::Sqlite, Arc::new(clock)).await.unwrap();
    service.apply_plan(shipped("1")).await.unwrap();
    assert_eq!(service.follow_schedule().await.unwrap(), None);
    assert_eq!(rounds(&service, &[RoundState::Scheduled]).await.len(), 11);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn several_copies_open_a_round_once(#[case] backend: Backend) {
    let Some((test, service)) = open_at(backend, Arc::new(FixedClock(MORNING))).await else { return };
    service.apply_plan(shipped("1")).await.unwrap();
    let copy = || Service::new(test.database(), Arc::new(FixedClock(MORNING)), Registry::shipped().unwrap(), calendar());
    let copies = [copy(), copy(), copy(), copy()];
    let looks = copies.iter().map(Service::follow_schedule);
    for looked in futures::future::join_all(looks).await {
        looked.unwrap();
    }
    assert_eq!(periods(&rounds(&service, &[RoundState::Open]).await), ["2025-M03"]);
    assert_eq!(head(&service).await, 2, "the plan and one opening");
    service.follow_schedule().await.unwrap();
    assert_eq!(head(&service).await, 2);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn the_schedule_freezes_only_where_the_plan_says_so(#[case] backend: Backend) {
    let clock = SetClock::at(datetime!(2025-04-03 02:00 UTC));
    let Some((_test, service)) = open_at(backend, Arc::new(clock.clone())).await else { return };
    service.apply_plan(with_rounds("1", Some(SHORT))).await.unwrap();
    // Opened on 2 April, due on 7, frozen after 8, told of on 9.
    service.follow_schedule().await.unwrap();
    service.submit(Submission { plan_id: SHIPPED.to_owned(), ..csv("1", "隆回县,gdp_growth,2025-M03,6.9,%\n") }).await.unwrap();
    clock.set(datetime!(2025-04-08 15:59 UTC));
    assert_eq!(service.follow_schedule().await.unwrap(), Some(date!(2025 - 04 - 09)));
    assert!(rounds(&service, &[RoundState::Frozen]).await.is_empty());
    clock.set(datetime!(2025-04-08 16:00 UTC));
    service.follow_schedule().await.unwrap();
    let frozen = rounds(&service, &[RoundState::Frozen]).await;
    assert_eq!((periods(&frozen), frozen[0].frozen_by(), frozen[0].frozen_early), (vec!["2025-M03"], RoundMover::Schedule, false));
    // Without a value it stays open.
    clock.set(datetime!(2025-05-20 02:00 UTC));
    service.open_round("o", SHIPPED, Period::new(2025, 4).unwrap()).await.unwrap();
    service.follow_schedule().await.unwrap();
    assert_eq!(periods(&rounds(&service, &[RoundState::Open]).await), ["2025-M04"]);
}

#[tokio::test]
async fn somebody_freezes_the_shipped_plans_rounds() {
    let clock = SetClock::at(MORNING);
    let (_test, service) = open_at(Backend::Sqlite, Arc::new(clock.clone())).await.unwrap();
    service.apply_plan(shipped("1")).await.unwrap();
    service.follow_schedule().await.unwrap();
    service.submit(Submission { plan_id: SHIPPED.to_owned(), ..csv("1", "隆回县,gdp_growth,2025-M03,6.9,%\n") }).await.unwrap();
    clock.set(datetime!(2025-12-31 02:00 UTC));
    service.follow_schedule().await.unwrap();
    assert!(rounds(&service, &[RoundState::Frozen]).await.is_empty());
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_new_revision_moves_scheduled_rounds_and_no_open_one(#[case] backend: Backend) {
    let Some((_test, service)) = open(backend).await else { return };
    service.apply_plan(with_rounds("1", None)).await.unwrap();
    assert!(rounds(&service, &[]).await.is_empty(), "a plan without days schedules nothing");
    let period = |month| Period::new(2025, month).unwrap();
    service.open_round("2", SHIPPED, period(2)).await.unwrap();
    service.apply_plan(shipped("3")).await.unwrap();
    let opened = service.open_round("4", SHIPPED, period(3)).await.unwrap().round.unwrap();
    service.apply_plan(with_rounds("5", Some(SHORT))).await.unwrap();
    let all = rounds(&service, &[]).await;
    let days: Vec<_> =
        all.iter().take(3).map(|round| (round.period.as_str(), round.state(), round.due_on.as_str(), round.plan_revision)).collect();
    // February was opened without days and got the first there were: the fifteenth working day after 28 February.
    assert_eq!(
        days,
        [
            ("2025-M02", RoundState::Open, "2025-03-21", 3),
            ("2025-M03", RoundState::Open, opened.due_on.as_str(), 3),
            // The fourth working day after 30 April.
            ("2025-M04", RoundState::Scheduled, "2025-05-09", 3)
        ]
    );
    service.apply_plan(with_rounds("6", None)).await.unwrap();
    assert_eq!(periods(&rounds(&service, &[]).await), ["2025-M02", "2025-M03"]);
}

#[tokio::test]
async fn a_calendar_that_learned_of_a_year_moves_scheduled_rounds() {
    let (test, service) = open(Backend::Sqlite).await.unwrap();
    let blind = Calendar::from_toml("year = []").unwrap();
    let blind = Service::new(test.database(), Arc::new(FixedClock(MORNING)), Registry::shipped().unwrap(), blind);
    blind.apply_plan(shipped("1")).await.unwrap();
    let before = &rounds(&service, &[]).await[1];
    // Monday to Friday alone: 1 to 4, 7 to 11, 14 to 18, 21 April.
    assert_eq!((before.due_on.as_str(), before.unknown_year), ("2025-04-21", 2025));
    let keeping = tokio::spawn(service.clone().keep_schedule());
    opened(&service, 1).await;
    let after = &rounds(&service, &[]).await[1];
    assert_eq!((after.due_on.as_str(), after.unknown_year), ("2025-04-22", 0));
    keeping.abort();
}

/// Follows the log from a number until a round is opened.
async fn opened(service: &Service, after: i64) -> Round {
    let mut stream = Box::pin(service.changes(after));
    loop {
        for Change { kind, .. } in stream.next().await.unwrap().unwrap().changes {
            if let Some(Kind::RoundOpened(round)) = kind {
                return round;
            }
        }
    }
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn the_task_wakes_for_a_plan_that_is_applied(#[case] backend: Backend) {
    let Some((_test, service)) = open_at(backend, Arc::new(FixedClock(MORNING))).await else { return };
    let keeping = tokio::spawn(service.clone().keep_schedule());
    service.apply_plan(shipped("1")).await.unwrap();
    let round = opened(&service, 0).await;
    assert_eq!((round.period.as_str(), round.due_on.as_str(), round.state()), ("2025-M03", "2025-04-22", RoundState::Open));
    keeping.abort();
}
