use ::time::OffsetDateTime;
use std::{collections::BTreeSet, future, task::Poll};

use futures::TryStreamExt;
use leitai_domain::policy::Policy;
use leitai_proto::{
    evaluation::v1::{FrozenRound, WatchFindingsRequest, evaluation_service_client::EvaluationServiceClient},
    ingestion::v1::{MeasuresOverdue, OverdueMeasure, Round, change::Kind},
};
use leitai_rpc::{CancellationToken, client, clock::FixedClock};
use leitai_storage::{Database, testing::Backend};
use rstest::rstest;

use super::*;
use crate::{
    policies::Policies,
    testing::{COUNTIES, FakeIngestion, PLAN_ID, Running, TARGETS, frozen, observed, plan_applied},
};

/// A year's start with two corrections after a freeze; the fourth freeze is of another county set.
fn log() -> Vec<Kind> {
    vec![
        plan_applied(1, &COUNTIES),
        observed(COUNTIES[0], "industry_growth", "2025-M02", "4"),
        observed(COUNTIES[1], "industry_growth", "2025-M02", "7"),
        frozen("2025-M02"),
        observed(COUNTIES[0], "industry_growth", "2025-M02", "6.5"),
        observed(COUNTIES[0], "industry_growth", "2025-M03", "4.9"),
        frozen("2025-M03"),
        frozen("2025-M04"),
        observed(COUNTIES[0], "industry_growth", "2025-M05", "1"),
        plan_applied(2, &COUNTIES[..2]),
        frozen("2025-M05"),
        observed(COUNTIES[2], "industry_growth", "2025-M06", "1"),
    ]
}

const FREEZES: usize = 4;

/// Everything in the findings log, with its numbers.
async fn findings(running: &Running) -> Vec<(i64, FrozenRound)> {
    let mut client = EvaluationServiceClient::new(client::channel(&running.endpoint).unwrap());
    let stream = client.watch_findings(WatchFindingsRequest { after_sequence: 0 }).await.unwrap().into_inner();
    let mut found: Vec<_> = Vec::new();
    let mut stream = stream.map_ok(|finding| (finding.sequence, finding.head_sequence, finding.round.unwrap()));
    while let Some((sequence, head, round)) = stream.try_next().await.unwrap() {
        found.push((sequence, round));
        if sequence == head {
            break;
        }
    }
    found
}

async fn uninterrupted(log: Vec<Kind>) -> Vec<(i64, FrozenRound)> {
    let test = Backend::Sqlite.open().await.unwrap();
    let ingestion = FakeIngestion::start().await;
    ingestion.append(log);
    let running = Running::start(test.database(), &ingestion).await;
    running.state.caught_up().await;
    let found = findings(&running).await;
    running.stop().await;
    found
}

/// Runs until `first` entries are taken, is killed, and runs again on the same database with all entries.
async fn interrupted(database: Database, first: usize) -> Vec<(i64, FrozenRound)> {
    let ingestion = FakeIngestion::start().await;
    ingestion.append(log().into_iter().take(first));
    let running = Running::start(database.clone(), &ingestion).await;
    running.state.caught_up().await;
    running.kill().await;
    ingestion.append(log().into_iter().skip(first));
    let running = Running::start(database, &ingestion).await;
    running.state.caught_up().await;
    let found = findings(&running).await;
    running.stop().await;
    found
}

#[tokio::test]
async fn a_round_holds_every_county_and_target_as_known_at_its_freeze() {
    let found = uninterrupted(log()).await;
    assert_eq!(found.iter().map(|(sequence, _)| *sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let periods: Vec<_> = found.iter().map(|(_, round)| (round.period.as_str(), round.verdicts.len())).collect();
    let (three, two) = (TARGETS * 3, TARGETS * 2);
    assert_eq!(periods, [("2025-M02", three), ("2025-M03", three), ("2025-M04", three), ("2025-M05", two)]);
    let industry = |round: usize| {
        let verdict =
            found[round].1.verdicts.iter().find(|v| v.indicator_id == "industry_growth" && v.division_code == COUNTIES[0]).unwrap();
        (verdict.actual_micros, verdict.behind_since.as_str())
    };
    // February's finding keeps the value before its correction; the correction ends February's run for March.
    assert_eq!(industry(0), (Some(4_000_000), "2025-M02"));
    assert_eq!(industry(1), (Some(4_900_000), "2025-M03"));
    assert_eq!(industry(2), (None, ""));
    assert_eq!(industry(3), (Some(1_000_000), "2025-M05"));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_kill_anywhere_in_the_log_repeats_nothing_and_loses_nothing(#[case] backend: Backend) {
    let expected = uninterrupted(log()).await;
    assert_eq!(expected.len(), FREEZES);
    for first in 1..=log().len() {
        let Some(test) = backend.open().await else { return };
        assert_eq!(interrupted(test.database(), first).await, expected, "killed after {first} entries");
    }
}

#[tokio::test]
async fn new_entries_are_followed_as_they_come() {
    let test = Backend::Sqlite.open().await.unwrap();
    let ingestion = FakeIngestion::start().await;
    ingestion.append(log().into_iter().take(4));
    let running = Running::start(test.database(), &ingestion).await;
    let mut client = EvaluationServiceClient::new(client::channel(&running.endpoint).unwrap());
    let mut stream = client.watch_findings(WatchFindingsRequest { after_sequence: 0 }).await.unwrap().into_inner();
    let mut next = async || stream.message().await.unwrap().unwrap().round.unwrap().period;
    assert_eq!(next().await, "2025-M02");
    ingestion.append(log().into_iter().skip(4));
    assert_eq!([next().await, next().await, next().await], ["2025-M03", "2025-M04", "2025-M05"]);
    // A stop ends the open stream.
    running.stop().await;
    assert_eq!(stream.message().await.unwrap(), None);
}

/// Runs until its task has been polled so often, or has nothing left to do, and drops it there: while connecting, loading, or in the middle of a transaction.
async fn killed_after(polls: usize, database: Database, ingestion: &FakeIngestion) {
    let evaluation = ingestion.evaluation(database).await;
    let state = evaluation.state();
    let mut run = Box::pin(evaluation.run(CancellationToken::new()));
    let mut left = polls;
    let until_then = future::poll_fn(|context| {
        left = left.saturating_sub(1);
        if left == 0 { Poll::Ready(()) } else { run.as_mut().poll(context).map(|_| ()) }
    });
    tokio::select! {
        () = until_then => {}
        () = state.caught_up() => {}
    }
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_kill_at_every_await_repeats_nothing_and_loses_nothing(#[case] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let ingestion = FakeIngestion::start().await;
    let year = || log().into_iter().chain((6..=12).map(|month| frozen(&format!("2025-M{month:02}")))).collect::<Vec<_>>();
    let last = year().len() as i64;
    ingestion.append(year());
    let mut seen = BTreeSet::new();
    // Each life gets one poll further than the one before, until the last entry, a freeze, is done.
    for polls in 1.. {
        killed_after(polls, test.database(), &ingestion).await;
        seen.insert(leitai_storage::cursor::load(test.database().connection(), "ingestion").await.unwrap_or_default());
        if seen.contains(&last) {
            break;
        }
    }
    assert!(seen.len() > 2, "no life ended between two freezes: {seen:?}");
    let running = Running::start(test.database(), &ingestion).await;
    running.state.caught_up().await;
    assert_eq!(findings(&running).await, uninterrupted(year()).await);
    running.stop().await;
}

/// A follower on a store in which the whole log is evaluated, without an ingestion.
async fn after_the_whole_log(database: Database) -> Follower {
    let ingestion = FakeIngestion::start().await;
    ingestion.append(log());
    let running = Running::start(database.clone(), &ingestion).await;
    running.state.caught_up().await;
    running.stop().await;
    let store = Store::open(database).await.unwrap();
    let before = store.before().await.unwrap();
    let state = Arc::new(State::new(Policies::only(Policy::example().unwrap())));
    let clock = Arc::new(FixedClock(OffsetDateTime::UNIX_EPOCH));
    Follower::new(state, store, clock, client::channel("http://127.0.0.1:1").unwrap(), before)
}

fn message(log: Vec<Kind>) -> WatchChangesResponse {
    let head_sequence = log.len() as i64;
    let changes = (1..).zip(log).map(|(sequence, kind)| Change { sequence, recorded_at_ms: 0, kind: Some(kind) });
    WatchChangesResponse { changes: changes.collect(), head_sequence }
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_log_that_was_put_back_is_not_followed(#[case] backend: Backend) {
    let Some(test) = backend.open().await else { return };
    let mut follower = after_the_whole_log(test.database()).await;
    follower.take(message(log())).await.unwrap();

    let mut follower = after_the_whole_log(test.database()).await;
    let ended = follower.take(message(log().into_iter().take(6).collect())).await;
    assert!(matches!(ended, Err(FollowError::WentBack { derived: 11, head: 6 })), "{ended:?}");
    assert!(follower.state.cube().is_err(), "nobody is answered from it");
}

#[rstest]
#[case::a_value_in_place_of_a_freeze(6, observed(COUNTIES[0], "industry_growth", "2025-M03", "5"))]
#[case::a_freeze_in_place_of_a_value(5, frozen("2025-M06"))]
#[case::another_round(6, frozen("2025-M12"))]
#[tokio::test]
async fn a_log_that_was_put_back_and_has_grown_again_is_not_followed(#[case] place: usize, #[case] other: Kind) {
    let test = Backend::Sqlite.open().await.unwrap();
    let mut follower = after_the_whole_log(test.database()).await;
    let mut grown: Vec<Kind> = log().into_iter().chain(log()).collect();
    grown[place] = other;
    let (wanted, ended) = (place as i64 + 1, follower.take(message(grown.clone())).await);
    assert!(matches!(ended, Err(FollowError::OtherLog { sequence }) if sequence == wanted), "{ended:?}");
    // Asked again, it says so again.
    let ended = follower.take(message(grown)).await;
    assert!(matches!(ended, Err(FollowError::OtherLog { sequence }) if sequence == wanted), "{ended:?}");
    assert!(follower.state.cube().is_err(), "nobody is answered from it");
}

#[tokio::test]
async fn overdue_measures_go_with_their_round_alone() {
    let measure = OverdueMeasure { measure_id: "m-1".to_owned(), owner: "甲局".to_owned(), overdue_days: 3, ..Default::default() };
    let overdue =
        MeasuresOverdue { plan_id: PLAN_ID.to_owned(), period: "2025-M03".to_owned(), day: String::new(), measures: vec![measure] };
    let log = vec![
        plan_applied(1, &COUNTIES),
        Kind::MeasuresOverdue(overdue.clone()),
        frozen("2025-M02"),
        frozen("2025-M03"),
        frozen("2025-M04"),
    ];
    let found = uninterrupted(log).await;
    let told: Vec<_> =
        found.iter().map(|(_, round)| round.overdue_measures.iter().map(|one| one.owner.as_str()).collect::<Vec<_>>()).collect();
    assert_eq!(told, [vec![], vec!["甲局"], vec![]]);
}

#[tokio::test]
async fn a_skipped_number_stops_and_a_repeated_one_is_left_out() {
    let test = Backend::Sqlite.open().await.unwrap();
    let store = Store::open(test.database()).await.unwrap();
    let state = Arc::new(State::new(Policies::only(Policy::example().unwrap())));
    let clock = Arc::new(FixedClock(OffsetDateTime::UNIX_EPOCH));
    let mut follower = Follower::new(state, store, clock, client::channel("http://127.0.0.1:1").unwrap(), Before::default());
    let change = |sequence, kind| Change { sequence, recorded_at_ms: 0, kind: Some(kind) };
    assert!(matches!(follower.load(change(2, frozen("2025-M02"))), Err(FollowError::Gap { after: 0, found: 2 })));
    assert!(follower.load(change(1, plan_applied(1, &COUNTIES))).unwrap().is_none());
    assert!(follower.load(change(2, frozen("2025-M02"))).unwrap().is_some());
    assert!(follower.load(change(2, frozen("2025-M02"))).unwrap().is_none());
    // A kind of a newer ingestion, then an opened round: both are taken, and say nothing.
    assert!(follower.load(Change { sequence: 3, ..Change::default() }).unwrap().is_none());
    let opened = Round { plan_id: PLAN_ID.to_owned(), period: "2025-M03".to_owned(), ..Round::default() };
    assert!(follower.load(change(4, Kind::RoundOpened(opened))).unwrap().is_none());
    assert!(follower.load(change(5, frozen("2025-M03"))).unwrap().is_some());
}
