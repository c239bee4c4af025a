//! A report's life in the database: every state, return, withdrawal, replacement, races.

use leitai_domain::plan::ApprovalLevel::{self, City, County, Evaluator};
use leitai_proto::ingestion::v1::{ReportEventKind, ReportState, WaitKind};

use super::*;
use crate::{
    error::Error,
    life::refusal::Refusal,
    service::{Act, Approval, AsOf},
    store::{observations::Filter, reports},
};

/// The test plan with owners for two indicators.
pub fn plan_with(levels: &str) -> String {
    let target = |owner: &str| {
        format!("[indicator.target]\ntext = '5以上'\nowners = ['{owner}']\n[[indicator.target.source]]\nplace = '表'\ntext = '5以上'\n")
    };
    let mut text = String::new();
    for part in plan_toml().split_inclusive("[[indicator]]\n") {
        text.push_str(part);
    }
    for (id, owner) in [("gdp_growth", "省统计局"), ("loan_growth", "人民银行")] {
        let head = format!("id = '{id}'\nname = '{id}'\nunit = '%'\nkind = 'rate'\nscope = 'county'\nfrequency = 'monthly'\n");
        text = text.replace(&head, &format!("{head}{}", target(owner)));
    }
    let (top, rest) = text.split_once("[county_set]").unwrap();
    let approval = if levels.is_empty() { String::new() } else { format!("[approval]\nlevels = [{levels}]\norigin = '示例'\n") };
    format!("{top}{approval}[county_set]{rest}")
}

pub async fn open_with(backend: Backend, levels: &str) -> Option<(TestDatabase, Service)> {
    let (test, service) = open(backend).await?;
    service.apply_plan(new_plan("plan", &plan_with(levels), &COUNTIES)).await.unwrap();
    Some((test, service))
}

const ALL: &str = "'county', 'city', 'evaluator'";
pub const ROWS: &str = "隆回县,gdp_growth,2025-M03,6.9,%\n隆回县,loan_growth,2025-M03,8.1,%\n隆回县,gdp,2025-M03,70594,万元\n";

pub fn act(request: &str, report: &Report, agency: &str) -> Act {
    let text = |text: &str| text.to_owned();
    Act {
        request_id: text(request), report_id: report.report_id.clone(), agency: text(agency), who: text("张三"), reason: text("核对")
    }
}

pub fn at(level: ApprovalLevel) -> Approval {
    Approval { level, indicators: Vec::new(), values_sha256: String::new() }
}

pub async fn approve(service: &Service, report: &Report, level: ApprovalLevel, agency: &str) -> Result<Report, Error> {
    service.approve(&act(agency, report, agency), &at(level)).await
}

pub async fn in_force(service: &Service) -> Vec<(String, i64, i32)> {
    let filter = Filter { plan_id: PLAN.to_owned(), ..Filter::default() };
    let found = service.observations(&filter, AsOf::Now, None, 100).await.unwrap();
    found.into_iter().map(|value| (value.indicator_id, value.value_micros, value.revision)).collect()
}

pub async fn head(service: &Service) -> i64 {
    service.log.head(service.database.connection()).await.unwrap()
}

pub async fn kinds(service: &Service, report: &Report) -> Vec<ReportEventKind> {
    service.events(&report.report_id, 0, 100).await.unwrap().iter().map(|event| event.kind()).collect()
}

pub fn refused(result: Result<Report, Error>) -> Refusal {
    match result {
        Err(Error::NotAllowed(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn values_wait_for_every_level(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, ALL).await else { return };
    let Answer { report, items, .. } = service.submit(csv("1", ROWS)).await.unwrap();
    assert_eq!(reasons(&items), [ItemReason::AwaitingApproval; 3]);
    assert_eq!((report.state(), report.approval_levels.join(",")), (ReportState::AwaitingApproval, "county,city,evaluator".to_owned()));
    assert_eq!((in_force(&service).await, head(&service).await), (vec![], 1), "the plan is all that followers heard of");
    assert_eq!(refused(approve(&service, &report, County, "邵阳市统计局").await), Refusal::SelfApproval("邵阳市统计局".to_owned()));
    let county = approve(&service, &report, County, "隆回县政府").await.unwrap();
    assert_eq!((county.waits[0].level.as_str(), county.waits[0].kind()), ("city", WaitKind::Approval));
    assert_eq!(approve(&service, &report, County, "隆回县政府").await.unwrap(), county, "a repeat gets its first answer");
    let city = approve(&service, &report, City, "邵阳市政府").await.unwrap();
    assert_eq!(city.waits[0].agencies, ["人民银行", "省统计局"]);
    approve(&service, &report, Evaluator, "省统计局").await.unwrap();
    assert_eq!(in_force(&service).await, []);
    let done = approve(&service, &report, Evaluator, "人民银行").await.unwrap();
    assert_eq!((done.state(), count(&done, ItemReason::Accepted), done.waits.len()), (ReportState::InForce, 3, 0));
    let values = [("gdp", 7_059_400), ("gdp_growth", 6_900_000), ("loan_growth", 8_100_000)];
    assert_eq!(in_force(&service).await, values.map(|(id, micros)| (id.to_owned(), micros, 1)));
    assert_eq!((head(&service).await, service.report(&report.report_id).await.unwrap()), (4, done));
    let first = service.submit(csv("1", ROWS)).await.unwrap();
    assert_eq!((first.report, first.items), (report.clone(), items), "the first answer, whatever came after");
    use ReportEventKind::{Approved, InForce, Submitted};
    assert_eq!(kinds(&service, &report).await, [Submitted, Approved, Approved, Approved, Approved, InForce]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn approved_values_are_held_against_what_is_in_force_by_then(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county'").await else { return };
    let rows = "隆回县,gdp_growth,2025-M03,6.9,%\n大祥区,gdp_growth,2025-M03,5.0,%\n双清区,gdp_growth,2025-M03,4.0,%\n";
    let Answer { report: first, .. } = service.submit(csv("1", rows)).await.unwrap();
    let rows = "隆回县,gdp_growth,2025-M03,7.0,%\n大祥区,gdp_growth,2025-M03,5.0,%\n";
    let Answer { report: second, .. } = service.submit(csv("2", rows)).await.unwrap();
    approve(&service, &second, County, "某县政府").await.unwrap();
    let done = service.approve(&act("late", &first, "某县政府"), &at(County)).await.unwrap();
    assert_eq!(done.state(), ReportState::InForce);
    let items = service.items(&first.report_id, 0, 10).await.unwrap();
    let became: Vec<_> = items.iter().map(|item| (item.reason(), item.message.as_str())).collect();
    use ItemReason::{Accepted, Revised, Unchanged};
    assert_eq!(became, [(Revised, "原为7（第1版）"), (Unchanged, ""), (Accepted, "")]);
    assert_eq!(head(&service).await, 1 + 2 + 2);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_returned_report_is_sent_again(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, ALL).await else { return };
    let Answer { report, .. } = service.submit(csv("1", ROWS)).await.unwrap();
    approve(&service, &report, County, "隆回县政府").await.unwrap();
    let returned = service.return_report(&act("r", &report, "邵阳市政府")).await.unwrap();
    assert_eq!((returned.state(), count(&returned, ItemReason::Dropped)), (ReportState::Returned, 3));
    assert_eq!(refused(approve(&service, &report, City, "邵阳市政府").await), Refusal::NotWaiting(ReportState::Returned));
    let items = service.items(&report.report_id, 0, 10).await.unwrap();
    assert_eq!(items[0].message, "报告已退回，数值未生效");
    // The same content again is a new report, and it replaces this one.
    let again = service.submit(Submission { replaces: report.report_id.clone(), ..csv("2", ROWS) }).await.unwrap();
    assert_eq!((again.report.state(), again.repeated_of.as_str()), (ReportState::AwaitingApproval, ""));
    let replaced = service.report(&report.report_id).await.unwrap();
    assert_eq!((replaced.state(), replaced.replaced_by_report_id), (ReportState::Replaced, again.report.report_id));
    use ReportEventKind::{Approved, Replaced, Returned, Submitted};
    assert_eq!(kinds(&service, &report).await, [Submitted, Approved, Returned, Replaced]);
    let events = service.events(&report.report_id, 2, 1).await.unwrap();
    let event = (events[0].agency.as_str(), events[0].who.as_str(), events[0].reason.as_str(), &events[0].values_sha256);
    assert_eq!(event, ("邵阳市政府", "张三", "核对", &report.values_sha256));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn only_the_submitter_withdraws(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county'").await else { return };
    let Answer { report, .. } = service.submit(csv("1", ROWS)).await.unwrap();
    assert!(matches!(refused(service.withdraw(&act("w", &report, "某局")).await), Refusal::NotTheSubmitter { .. }));
    let withdrawn = service.withdraw(&act("w", &report, "邵阳市统计局")).await.unwrap();
    assert_eq!((withdrawn.state(), in_force(&service).await), (ReportState::Withdrawn, vec![]));
    assert!(service.submit(csv("2", ROWS)).await.unwrap().repeated_of.is_empty(), "what was withdrawn may be sent again");
    assert!(matches!(
        service.withdraw(&Act { report_id: "none".to_owned(), ..act("x", &report, "某局") }).await,
        Err(Error::UnknownReport(_))
    ));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn approvals_fall_with_an_edit(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county', 'city'").await else { return };
    let Answer { report, .. } = service.submit(csv("1", ROWS)).await.unwrap();
    approve(&service, &report, County, "隆回县政府").await.unwrap();
    let edited = ROWS.replace("6.9", "6.8");
    let replacing = |request: &str| Submission { replaces: report.report_id.clone(), ..csv(request, &edited) };
    let Answer { report: second, .. } = service.submit(replacing("2")).await.unwrap();
    assert_eq!((second.waits[0].level.as_str(), second.replaces_report_id.as_str()), ("county", report.report_id.as_str()));
    assert_ne!(second.values_sha256, report.values_sha256);
    let stale = Approval { values_sha256: report.values_sha256.clone(), ..at(County) };
    assert!(matches!(refused(service.approve(&act("s", &second, "隆回县政府"), &stale).await), Refusal::OtherValues { .. }));
    assert_eq!(refused(approve(&service, &report, City, "邵阳市政府").await), Refusal::NotWaiting(ReportState::Replaced));
    // Under another request the same edit is one report; another edit must name the newer report.
    assert_eq!(service.submit(replacing("3")).await.unwrap().repeated_of, second.report_id);
    let other = Submission { replaces: report.report_id.clone(), ..csv("4", &ROWS.replace("6.9", "6.7")) };
    assert!(matches!(service.submit(other).await, Err(Error::NotAllowed(Refusal::AlreadyReplaced(by))) if by == second.report_id));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn the_same_content_is_one_report(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "").await else { return };
    let first = service.submit(csv("1", ROWS)).await.unwrap();
    let again = service.submit(csv("2", ROWS)).await.unwrap();
    assert_eq!((&again.repeated_of, &again.report), (&first.report.report_id, &first.report));
    assert_eq!(service.submit(csv("2", ROWS)).await.unwrap(), again, "and its repeat");
    assert!(matches!(service.report(&sha256(b"2")[..32]).await, Err(Error::UnknownReport(_))));
    // Another agency's is its own; so is the same content once something of it was revised.
    let other = Submission { submitter: "某局".to_owned(), ..csv("3", ROWS) };
    assert_eq!(service.submit(other).await.unwrap().repeated_of, "");
    service.submit(csv("4", &ROWS.replace("6.9", "7.0"))).await.unwrap();
    let back = service.submit(csv("5", ROWS)).await.unwrap();
    assert_eq!((back.repeated_of.as_str(), count(&back.report, ItemReason::Revised)), ("", 1));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_dry_run_leaves_no_trace(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county'").await else { return };
    let dry = service.submit(Submission { dry_run: true, note: "试".to_owned(), ..csv("1", ROWS) }).await.unwrap();
    assert!(dry.report.dry_run && dry.report.report_id.is_empty() && dry.report.state() == ReportState::AwaitingApproval);
    assert_eq!(reasons(&dry.items), [ItemReason::AwaitingApproval; 3]);
    assert_eq!(service.reports(&reports::Filter::default(), None, 10).await.unwrap(), []);
    // The request was not remembered either: it is taken now.
    let real = service.submit(csv("1", ROWS)).await.unwrap();
    assert_eq!((dry.items, dry.report.values_sha256), (real.items, real.report.values_sha256));
    let again = service.submit(Submission { dry_run: true, ..csv("9", ROWS) }).await.unwrap();
    assert_eq!(again.repeated_of, real.report.report_id);
    let unknown = Submission { dry_run: true, replaces: "none".to_owned(), ..csv("9", ROWS) };
    assert!(matches!(service.submit(unknown).await, Err(Error::UnknownReport(_))));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn levels_stay_as_they_were_at_submission(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, ALL).await else { return };
    let Answer { report, .. } = service.submit(csv("1", ROWS)).await.unwrap();
    service.apply_plan(new_plan("plan2", &plan_with("'county'").replace("人民银行", "金融局"), &COUNTIES)).await.unwrap();
    let Answer { report: later, .. } = service.submit(csv("2", "大祥区,gdp_growth,2025-M03,5.0,%\n")).await.unwrap();
    assert_eq!((later.approval_levels, later.plan_revision), (vec!["county".to_owned()], 2));
    for (level, agency) in [(County, "隆回县政府"), (City, "邵阳市政府"), (Evaluator, "省统计局"), (Evaluator, "人民银行")]
    {
        approve(&service, &report, level, agency).await.unwrap();
    }
    assert_eq!(service.report(&report.report_id).await.unwrap().state(), ReportState::InForce);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn nobody_approves_what_only_its_submitter_evaluates(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'evaluator'").await else { return };
    let own = Submission { submitter: "人民银行".to_owned(), ..csv("1", ROWS) };
    assert!(
        matches!(service.submit(own).await, Err(Error::NotAllowed(Refusal::NoApprover { indicator, .. })) if indicator == "loan_growth")
    );
    // An indicator without owners needs no evaluator.
    let Answer { report, .. } = service.submit(csv("2", "隆回县,gdp,2025-M03,7,亿元\n")).await.unwrap();
    assert_eq!((report.state(), report.approval_levels.len()), (ReportState::InForce, 0));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn reports_are_listed_newest_first(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county'").await else { return };
    let mut ids = Vec::new();
    for request in ["1", "2", "3"] {
        let rows = format!("隆回县,gdp_growth,2025-M03,{request},%\n");
        ids.push(service.submit(csv(request, &rows)).await.unwrap().report.report_id);
    }
    service.withdraw(&act("w", &service.report(&ids[1]).await.unwrap(), "邵阳市统计局")).await.unwrap();
    ids.sort_by(|one, other| other.cmp(one));
    let list = async |filter: reports::Filter, after| {
        let found = service.reports(&filter, after, 2).await.unwrap();
        found.into_iter().map(|report| report.report_id).collect::<Vec<_>>()
    };
    let all = || reports::Filter { plan_id: PLAN.to_owned(), ..reports::Filter::default() };
    assert_eq!(list(all(), None).await, ids[..2]);
    let place = (1_745_110_923_000, ids[1].clone());
    assert_eq!(list(all(), Some(&place)).await, ids[2..]);
    let state = ReportState::Withdrawn;
    assert_eq!(list(reports::Filter { state, ..all() }, None).await.len(), 1);
    assert_eq!(list(reports::Filter { submitter: "某局".to_owned(), ..all() }, None).await.len(), 0);
    assert_eq!(list(reports::Filter { plan_id: "other".to_owned(), ..all() }, None).await.len(), 0);
}
