//! Two steps at once: one is first, and the other is judged after it.

use std::time::Duration;

use leitai_domain::plan::ApprovalLevel::{City, County};
use leitai_proto::ingestion::v1::{ReportEventKind, ReportState};
use leitai_rpc::failure::Failure;
use leitai_storage::Database;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::sync::Barrier;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::{
    life::{self, ROWS, act, approve, head, in_force, kinds, open_with},
    *,
};
use crate::{error::Error, life::refusal::Refusal, store::plans};

/// Runs two calls from a common start.
async fn at_once<A: Send + 'static, B: Send + 'static>(
    one: impl Future<Output = A> + Send + 'static,
    other: impl Future<Output = B> + Send + 'static,
) -> (A, B) {
    let start = Arc::new(Barrier::new(2));
    let same = Arc::clone(&start);
    let one = tokio::spawn(async move {
        start.wait().await;
        one.await
    });
    let other = tokio::spawn(async move {
        same.wait().await;
        other.await
    });
    (one.await.unwrap(), other.await.unwrap())
}

fn is_refused(result: &Result<Report, Error>) -> bool {
    matches!(result, Err(Error::NotAllowed(_)))
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_approvals_of_the_last_level_one_counts(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county', 'city'").await else { return };
    let Answer { report, .. } = service.submit(csv("1", ROWS)).await.unwrap();
    approve(&service, &report, County, "隆回县政府").await.unwrap();
    let approve = |agency: &'static str| {
        let (service, report) = (service.clone(), report.clone());
        async move { approve(&service, &report, City, agency).await }
    };
    let (one, other) = at_once(approve("市甲局"), approve("市乙局")).await;
    assert!(one.is_ok() != other.is_ok() && (is_refused(&one) || is_refused(&other)), "{one:?} {other:?}");
    assert_eq!((in_force(&service).await.len(), head(&service).await), (3, 4), "in force once");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn one_approval_sent_twice_at_once_is_one(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county'").await else { return };
    let Answer { report, .. } = service.submit(csv("1", ROWS)).await.unwrap();
    let approve = || {
        let (service, report) = (service.clone(), report.clone());
        async move { approve(&service, &report, County, "隆回县政府").await }
    };
    let (one, other) = at_once(approve(), approve()).await;
    assert_eq!(one.unwrap(), other.unwrap());
    use ReportEventKind::{Approved, InForce, Submitted};
    assert_eq!(kinds(&service, &report).await, [Submitted, Approved, InForce]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn approved_or_withdrawn_never_both(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county'").await else { return };
    let Answer { report, .. } = service.submit(csv("1", ROWS)).await.unwrap();
    let (first, second) = (service.clone(), service.clone());
    let (to_approve, to_withdraw) = (report.clone(), report.clone());
    let (approved, withdrawn) = at_once(async move { approve(&first, &to_approve, County, "隆回县政府").await }, async move {
        second.withdraw(&act("w", &to_withdraw, "邵阳市统计局")).await
    })
    .await;
    let state = service.report(&report.report_id).await.unwrap().state();
    match (approved, withdrawn) {
        (Ok(_), Err(Error::NotAllowed(Refusal::NotWaiting(ReportState::InForce)))) => {
            assert_eq!((state, in_force(&service).await.len()), (ReportState::InForce, 3));
        }
        (Err(Error::NotAllowed(Refusal::NotWaiting(ReportState::Withdrawn))), Ok(_)) => {
            assert_eq!((state, in_force(&service).await.len()), (ReportState::Withdrawn, 0));
        }
        other => panic!("{other:?}"),
    }
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn approved_before_it_is_replaced_or_not_at_all(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county'").await else { return };
    let Answer { report, .. } = service.submit(csv("1", ROWS)).await.unwrap();
    let (first, second) = (service.clone(), service.clone());
    let to_approve = report.clone();
    let edit = Submission { replaces: report.report_id.clone(), ..csv("2", &ROWS.replace("6.9", "6.8")) };
    let (approved, edited) =
        at_once(async move { approve(&first, &to_approve, County, "隆回县政府").await }, async move { second.submit(edit).await }).await;
    let edited = edited.unwrap().report;
    let old = service.report(&report.report_id).await.unwrap();
    assert_eq!(old.replaced_by_report_id, edited.report_id);
    match approved {
        Ok(_) => assert_eq!((old.state(), in_force(&service).await.len()), (ReportState::InForce, 3)),
        Err(Error::NotAllowed(Refusal::NotWaiting(ReportState::Replaced))) => {
            assert_eq!((old.state(), in_force(&service).await.len()), (ReportState::Replaced, 0));
        }
        other => panic!("{other:?}"),
    }
    let done = service.approve(&act("2", &edited, "隆回县政府"), &life::at(County)).await.unwrap();
    assert_eq!(done.state(), ReportState::InForce);
    assert!(in_force(&service).await.iter().any(|(_, micros, _)| *micros == 6_800_000));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_at_once_is_one_report(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county'").await else { return };
    let submit = |request: &'static str| {
        let service = service.clone();
        async move { service.submit(csv(request, ROWS)).await.unwrap() }
    };
    let (one, other) = at_once(submit("1"), submit("2")).await;
    assert_eq!(one.report.report_id, other.report.report_id);
    assert_eq!(usize::from(one.repeated_of.is_empty()) + usize::from(other.repeated_of.is_empty()), 1);
}

/// True once a transaction of the test's database waits for another's lock; with it, whether that one has written reports.
async fn waits(service: &Service) -> Option<bool> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM pg_locks l WHERE l.pid = a.pid AND l.relation = 'report'::regclass AND l.mode = 'RowExclusiveLock')
        AS written FROM pg_stat_activity a WHERE a.datname = current_database() AND a.wait_event_type = 'Lock'";
    let asked = Statement::from_string(DbBackend::Postgres, sql);
    let found = service.database.connection().query_one_raw(asked).await.unwrap();
    found.map(|row| row.try_get("", "written").unwrap())
}

/// SQLite has one lock for all.
#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_the_log_is_locked_last() {
    let Some((_test, service)) = open_with(Backend::Postgres, "'county'").await else { return };
    let Answer { report, .. } = service.submit(csv("1", ROWS)).await.unwrap();
    let other = service.database.begin().await.unwrap();
    service.log.append(&other, vec![Vec::new()]).await.unwrap();
    let approved = tokio::spawn({
        let (service, report) = (service.clone(), report.clone());
        async move { approve(&service, &report, County, "隆回县政府").await }
    });
    let written = loop {
        match waits(&service).await {
            Some(written) => break written,
            None => tokio::task::yield_now().await,
        }
    };
    other.commit().await.unwrap();
    assert_eq!(approved.await.unwrap().unwrap().state(), ReportState::InForce);
    assert!(written, "the report was counted and stored before");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn who_finds_another_write_under_way_is_told_to_come_again(#[case] backend: Backend) {
    let Some((test, service)) = open_with(backend, "").await else { return };
    let hasty = Service { database: Database::open_patient(test.url(), Duration::from_millis(50)).await.unwrap(), ..service.clone() };
    let other = service.database.begin().await.unwrap();
    plans::lock(&other, PLAN).await.unwrap();
    let status = Status::from(Failure::from(hasty.submit(csv("1", ROWS)).await.unwrap_err()));
    let details = status.get_error_details();
    assert_eq!((status.code(), details.error_info().unwrap().reason.as_str()), (Code::Unavailable, "BUSY"));
    assert_eq!(details.retry_info().unwrap().retry_delay, Some(Duration::from_secs(5)));
    other.commit().await.unwrap();
    assert_eq!(hasty.submit(csv("1", ROWS)).await.unwrap().report.state(), ReportState::InForce);
}
