//! Held values: what waits for an explanation, and what follows once it is there.

use ItemReason::{Accepted, AwaitingApproval, Dropped, Held, RuleBroken, Unchanged};
use leitai_domain::plan::ApprovalLevel::{City, County};
use leitai_proto::ingestion::v1::{ReportEventKind, ReportState, WaitKind};

use super::{
    life::{ROWS, act, approve, head, in_force, kinds, open_with, refused},
    *,
};
use crate::{error::Error, life::refusal::Refusal};

/// Submits with the first value held and the second refused, as a rule would.
async fn submit_held(service: &Service, request: &str, rows: &str) -> Report {
    let mut draft = service.draft(csv(request, rows)).await.unwrap();
    draft.items[0].hold("增速高于上期10个百分点".to_owned());
    draft.items[1].refuse("余额应大于零".to_owned());
    service.take_draft(request, draft).await.unwrap()
}

async fn explain(service: &Service, report: &Report, agency: &str, positions: &[i32]) -> Result<Report, Error> {
    let tx = service.database.begin().await.unwrap();
    let open = service.lock_report(&tx, &report.report_id).await?;
    let explained = service.explained(&tx, open, &act("e", report, agency), positions).await?;
    tx.commit().await.unwrap();
    Ok(explained)
}

async fn became(service: &Service, report: &Report) -> Vec<ItemReason> {
    reasons(&service.items(&report.report_id, 0, 10).await.unwrap())
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn without_approval_an_explained_value_comes_into_force(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "").await else { return };
    let report = submit_held(&service, "1", ROWS).await;
    assert_eq!((report.state(), became(&service, &report).await), (ReportState::Held, vec![Held, RuleBroken, Accepted]));
    assert_eq!(report.waits[0].kind(), WaitKind::Explanation);
    assert_eq!(in_force(&service).await, [("gdp".to_owned(), 7_059_400, 1)], "the others stand");
    assert!(matches!(refused(explain(&service, &report, "某局", &[1]).await), Refusal::NotTheSubmitter { .. }));
    assert!(matches!(refused(explain(&service, &report, "邵阳市统计局", &[2]).await), Refusal::NotHeld { .. }));
    let explained = explain(&service, &report, "邵阳市统计局", &[1]).await.unwrap();
    assert_eq!((explained.state(), explained.waits.len()), (ReportState::InForce, 0));
    assert_eq!((became(&service, &report).await, head(&service).await), (vec![Accepted, RuleBroken, Accepted], 3));
    assert_eq!(service.report(&report.report_id).await.unwrap(), explained);
    use ReportEventKind::{Explained, InForce, Submitted};
    assert_eq!(kinds(&service, &report).await, [Submitted, InForce, Explained, InForce]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn an_explained_value_joins_what_waits_for_approval(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county', 'city'").await else { return };
    let report = submit_held(&service, "1", ROWS).await;
    assert_eq!(report.waits.iter().map(|wait| wait.values).collect::<Vec<_>>(), [1, 2]);
    approve(&service, &report, County, "隆回县政府").await.unwrap();
    assert_eq!(refused(approve(&service, &report, City, "邵阳市政府").await), Refusal::ValuesHeld(1));
    let explained = explain(&service, &report, "邵阳市统计局", &[1]).await.unwrap();
    assert_eq!((explained.state(), &explained.values_sha256), (ReportState::AwaitingApproval, &report.values_sha256));
    assert_eq!(became(&service, &report).await, [AwaitingApproval, RuleBroken, AwaitingApproval]);
    let done = approve(&service, &report, City, "邵阳市政府").await.unwrap();
    assert_eq!((done.state(), in_force(&service).await.len()), (ReportState::InForce, 2));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_withdrawn_report_leaves_what_is_in_force(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "").await else { return };
    let report = submit_held(&service, "1", ROWS).await;
    service.withdraw(&act("w", &report, "邵阳市统计局")).await.unwrap();
    assert_eq!((became(&service, &report).await, in_force(&service).await.len()), (vec![Dropped, RuleBroken, Accepted], 1));
    assert_eq!(refused(explain(&service, &report, "邵阳市统计局", &[1]).await), Refusal::NotWaiting(ReportState::Withdrawn));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_is_in_force_already_needs_no_explanation(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "").await else { return };
    service.submit(csv("1", ROWS)).await.unwrap();
    let report = submit_held(&service, "2", &format!("{ROWS}大祥区,gdp_growth,2025-M03,5.0,%\n")).await;
    assert_eq!((report.state(), became(&service, &report).await), (ReportState::InForce, vec![Unchanged, RuleBroken, Unchanged, Accepted]));
}
