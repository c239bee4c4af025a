//! Rules at submission: what is held, refused and noted, and how it is explained.

use ItemReason::{Accepted, AwaitingApproval, Dropped, Held, RuleBroken, Unchanged};
use leitai_proto::ingestion::v1::{ExplainFindingResponse, FindingSeverity, ReportState};
use sea_orm::ConnectionTrait;

use super::{
    life::{act, in_force},
    *,
};
use crate::{
    error::Error,
    life::refusal::Refusal,
    service::{Act, FindingRefusal},
    store::findings::Filter,
};

const RULES: &str = "
[[rule]]
id = 'floor'
severity = 'error'
indicators = ['gdp_growth']
expression = 'value >= -100'
expected = '不低于-100%'
origin = '示例'
[[rule]]
id = 'jump'
severity = 'explain'
indicators = ['gdp_growth', 'loan_growth']
expression = 'abs(value - previous) <= 5'
expected = '与上期的{previous}相差不超过5'
origin = '示例'
[[rule]]
id = 'range'
severity = 'explain'
indicators = ['gdp_growth']
expression = 'value <= 20'
expected = '不高于20'
origin = '示例'
[[rule]]
id = 'large'
severity = 'note'
indicators = ['loan_growth']
expression = 'value <= 8'
expected = '不高于8'
origin = '示例'
[[rule]]
id = 'reprinted'
severity = 'explain'
kind = 'reprinted'
indicators = ['urban_income_growth']
expected = '本期的数值'
origin = '示例'
";

const SUBMITTER: &str = "邵阳市统计局";
const FEBRUARY: &str = "隆回县,gdp_growth,2025-M02,6.9,%\n隆回县,loan_growth,2025-M02,8.1,%\n";
/// Broken twice, refused, noted and held, right.
const MARCH: &str = "隆回县,gdp_growth,2025-M03,30,%\n武冈市,gdp_growth,2025-M03,-101,%\n隆回县,loan_growth,2025-M03,13.2,%\n\
                     隆回县,gdp,2025-M03,70594,万元\n";

async fn open_with_rules(backend: Backend, approval: &str) -> Option<(TestDatabase, Service)> {
    let (test, service) = open(backend).await?;
    let document = plan_toml().replace("[county_set]", &format!("{approval}[county_set]"));
    service.apply_plan(new_plan("plan", &format!("{document}{RULES}"), &COUNTIES)).await.unwrap();
    Some((test, service))
}

async fn explain(service: &Service, report: &Report, by: (&str, &str), numbers: &[i32]) -> Result<ExplainFindingResponse, Error> {
    let (request, agency) = by;
    let act = Act { reason: "上年同期有大项目".to_owned(), ..act(request, report, agency) };
    service.explain(&act, &numbers.iter().copied().collect()).await
}

async fn became(service: &Service, report: &Report) -> Vec<ItemReason> {
    reasons(&service.items(&report.report_id, 0, 100).await.unwrap())
}

async fn open_numbers(service: &Service) -> Vec<i32> {
    let filter = Filter { open_only: true, ..Filter::default() };
    service.findings(&filter, None, 100).await.unwrap().into_iter().map(|listed| listed.finding.number).collect()
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn each_value_is_held_refused_or_noted(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_rules(backend, "").await else { return };
    service.submit(csv("1", FEBRUARY)).await.unwrap();
    let Answer { report, items, findings, .. } = service.submit(csv("2", MARCH)).await.unwrap();
    assert_eq!((reasons(&items), report.state()), (vec![Held, RuleBroken, Held, Accepted], ReportState::Held));
    let found: Vec<_> = findings.iter().map(|one| (one.number, one.position, one.rule_id.as_str(), one.open)).collect();
    let expected = [(1, 1, "jump", true), (2, 1, "range", true), (3, 2, "floor", false), (4, 3, "jump", true), (5, 3, "large", false)];
    assert_eq!(found, expected);
    let first = &findings[0];
    assert_eq!((first.place.as_str(), first.severity(), first.source_text.as_str()), ("line 2", FindingSeverity::Explain, "30"));
    assert_eq!(first.found, "gdp_growth2025年1—3月为30%，gdp_growth2025年1—2月为6.9%");
    assert_eq!(first.expected, "与上期的6.9相差不超过5");
    let message = "gdp_growth2025年1—3月为-101%；要求：不低于-100%（规则floor）";
    assert_eq!(items[1].message, message);
    assert!(items[0].message.ends_with("（规则jump）；gdp_growth2025年1—3月为30%；要求：不高于20（规则range）"), "{}", items[0].message);
    assert_eq!(in_force(&service).await.len(), 3, "two of February, and the right one");
    let again = service.submit(csv("2", MARCH)).await.unwrap();
    assert_eq!((again.findings, again.items), (findings, items));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn an_explanation_releases_what_it_explains_whole(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_rules(backend, "").await else { return };
    service.submit(csv("1", FEBRUARY)).await.unwrap();
    let report = service.submit(csv("2", MARCH)).await.unwrap().report;
    assert_eq!(open_numbers(&service).await, [1, 2, 4]);
    let half = explain(&service, &report, ("a", SUBMITTER), &[1]).await.unwrap();
    assert_eq!((half.report.unwrap().state(), became(&service, &report).await[0]), (ReportState::Held, Held), "another finding waits");
    let whole = explain(&service, &report, ("b", SUBMITTER), &[2, 4]).await.unwrap();
    assert_eq!(whole.report.as_ref().unwrap().state(), ReportState::InForce);
    assert_eq!(became(&service, &report).await, [Accepted, RuleBroken, Accepted, Accepted]);
    assert_eq!((in_force(&service).await.len(), open_numbers(&service).await), (5, vec![]));
    let explanation = whole.findings[0].explanation.as_ref().unwrap();
    assert_eq!((explanation.words.as_str(), explanation.agency.as_str()), ("上年同期有大项目", SUBMITTER));
    assert_eq!((explanation.who.as_str(), explanation.at.as_str()), ("张三", "2025-04-20T01:02:03Z"));
    assert_eq!(explain(&service, &report, ("b", SUBMITTER), &[2, 4]).await.unwrap(), whole, "a repeat gets its first answer");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_takes_no_explanation_is_refused(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_rules(backend, "").await else { return };
    service.submit(csv("1", FEBRUARY)).await.unwrap();
    let report = service.submit(csv("2", MARCH)).await.unwrap().report;
    let refused = async |by: (&str, &str), numbers: &[i32]| explain(&service, &report, by, numbers).await.unwrap_err();
    assert!(matches!(refused(("x", "某局"), &[1]).await, Error::NotAllowed(Refusal::NotTheSubmitter { .. })));
    assert!(matches!(refused(("x", SUBMITTER), &[1, 9]).await, Error::Finding(FindingRefusal::Unknown(9))));
    assert!(matches!(refused(("x", SUBMITTER), &[1, 3]).await, Error::Finding(FindingRefusal::NotAsked(3))));
    assert!(matches!(refused(("x", SUBMITTER), &[5]).await, Error::Finding(FindingRefusal::NotAsked(5))));
    assert_eq!(open_numbers(&service).await, [1, 2, 4], "where one is refused none is stored");
    explain(&service, &report, ("a", SUBMITTER), &[1]).await.unwrap();
    assert!(matches!(refused(("x", SUBMITTER), &[1]).await, Error::Finding(FindingRefusal::Explained(1))));
    service.withdraw(&act("w", &report, SUBMITTER)).await.unwrap();
    assert_eq!((became(&service, &report).await[2], open_numbers(&service).await), (Dropped, vec![]));
    assert!(matches!(refused(("x", SUBMITTER), &[4]).await, Error::Finding(FindingRefusal::NotWaiting(4))));
    let unknown = Report { report_id: "none".to_owned(), ..report.clone() };
    assert!(matches!(explain(&service, &unknown, ("x", SUBMITTER), &[1]).await, Err(Error::UnknownReport(_))));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn two_explanations_at_once_are_one(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_rules(backend, "").await else { return };
    service.submit(csv("1", FEBRUARY)).await.unwrap();
    let report = service.submit(csv("2", MARCH)).await.unwrap().report;
    let answers = tokio::join!(
        explain(&service, &report, ("a", SUBMITTER), &[4]),
        explain(&service, &report, ("b", SUBMITTER), &[4]),
        explain(&service, &report, ("a", SUBMITTER), &[4])
    );
    let answers = [answers.0, answers.1, answers.2];
    assert!(answers.iter().any(Result::is_ok));
    let explained = |answer: &Result<ExplainFindingResponse, Error>| {
        answer.is_ok() || matches!(answer, Err(Error::Finding(FindingRefusal::Explained(4))))
    };
    assert!(answers.iter().all(explained), "{answers:?}");
    assert_eq!(in_force(&service).await.len(), 4);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn the_database_itself_keeps_what_was_said(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_rules(backend, "").await else { return };
    service.submit(csv("1", FEBRUARY)).await.unwrap();
    let report = service.submit(csv("2", MARCH)).await.unwrap().report;
    explain(&service, &report, ("a", SUBMITTER), &[4]).await.unwrap();
    let run = async |statement: &str| service.database.connection().execute_unprepared(statement).await;
    for statement in [
        "UPDATE finding_explanation SET words = 'x'",
        "DELETE FROM finding_explanation",
        "UPDATE finding SET found = 'x'",
        "DELETE FROM finding",
    ] {
        let error = run(statement).await.unwrap_err().to_string();
        assert!(error.contains("is never changed"), "{statement}: {error}");
    }
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_dry_run_tells_what_would_be_found(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_rules(backend, "").await else { return };
    service.submit(csv("1", FEBRUARY)).await.unwrap();
    let dry = service.submit(Submission { dry_run: true, ..csv("2", MARCH) }).await.unwrap();
    assert_eq!(reasons(&dry.items), [Held, RuleBroken, Held, Accepted]);
    assert!(dry.findings.len() == 5 && dry.findings.iter().all(|finding| finding.report_id.is_empty()));
    let stored = service.findings(&Filter::default(), None, 10).await.unwrap();
    assert_eq!(stored.len(), 1, "February's note");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_is_in_force_is_not_asked_for_again(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_rules(backend, "").await else { return };
    service.submit(csv("1", FEBRUARY)).await.unwrap();
    let report = service.submit(csv("2", MARCH)).await.unwrap().report;
    explain(&service, &report, ("a", SUBMITTER), &[1, 2, 4]).await.unwrap();
    let again = service.submit(csv("3", &format!("{MARCH}隆回县,gdp_growth,2025-M04,31,%\n"))).await.unwrap();
    assert_eq!(reasons(&again.items), [Unchanged, RuleBroken, Unchanged, Unchanged, Held]);
    let rules: Vec<&str> = again.findings.iter().map(|finding| finding.rule_id.as_str()).collect();
    assert_eq!(rules, ["floor", "range"]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn an_old_table_in_a_new_issue_is_held_until_it_is_confirmed(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_rules(backend, "").await else { return };
    // 城镇居民人均可支配收入增速 of the bureau's workbook.
    let growth = [("430502", "5.9"), ("430503", "5.8"), ("430511", "5.6"), ("430582", "6.2"), ("430522", "5.2")];
    let table = |period: &str| growth.map(|(code, value)| format!("{code},urban_income_growth,{period},{value},%\n")).concat();
    service.submit(csv("1", &table("2025-M03"))).await.unwrap();
    let reprinted = service.submit(csv("2", &table("2025-M05"))).await.unwrap();
    assert_eq!(reasons(&reprinted.items), [Held; 5]);
    assert!(
        reprinted.findings[0].found.ends_with("5个县（市、区）的数值都与2025年1—3月完全相同，疑为旧表重印"),
        "{:?}",
        reprinted.findings
    );
    let confirmed = explain(&service, &reprinted.report, ("a", SUBMITTER), &[1, 2, 3, 4, 5]).await.unwrap();
    assert_eq!((confirmed.report.unwrap().state(), in_force(&service).await.len()), (ReportState::InForce, 10));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn with_approval_an_explained_value_waits_for_it(#[case] backend: Backend) {
    let approval = "[approval]\nlevels = ['county']\norigin = '示例'\n";
    let Some((_test, service)) = open_with_rules(backend, approval).await else { return };
    let report = service.submit(csv("1", "隆回县,gdp_growth,2025-M03,30,%\n")).await.unwrap().report;
    explain(&service, &report, ("a", SUBMITTER), &[1]).await.unwrap();
    assert_eq!((became(&service, &report).await, in_force(&service).await.len()), (vec![AwaitingApproval], 0));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_an_agency_said_before_is_an_operand_while_it_waits(#[case] backend: Backend) {
    let approval = "[approval]\nlevels = ['county']\norigin = '示例'\n";
    let Some((_test, service)) = open_with_rules(backend, approval).await else { return };
    let february = service.submit(csv("1", "隆回县,gdp_growth,2025-M02,6.9,%\n")).await.unwrap().report;
    let march = "隆回县,gdp_growth,2025-M03,13,%\n";
    let others = service.submit(Submission { submitter: "隆回县统计局".to_owned(), ..csv("2", march) }).await.unwrap();
    assert_eq!(reasons(&others.items), [AwaitingApproval], "another agency's word is none until it is in force");
    let own = service.submit(csv("3", march)).await.unwrap();
    assert_eq!((reasons(&own.items), own.findings[0].rule_id.as_str()), (vec![Held], "jump"));
    assert_eq!(own.findings[0].found, "gdp_growth2025年1—3月为13%，gdp_growth2025年1—2月为6.9%");
    // The newest word counts, and so does a value that waits already: it is not in force.
    let corrected = "隆回县,gdp_growth,2025-M02,9.5,%\n";
    service.submit(Submission { replaces: february.report_id.clone(), ..csv("4", corrected) }).await.unwrap();
    let again = service.submit(csv("5", &format!("{march}{corrected}"))).await.unwrap();
    assert_eq!(reasons(&again.items), [AwaitingApproval, AwaitingApproval]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_replaced_report_is_no_operand(#[case] backend: Backend) {
    let approval = "[approval]\nlevels = ['county']\norigin = '示例'\n";
    let Some((_test, service)) = open_with_rules(backend, approval).await else { return };
    let wrong = service.submit(csv("1", "隆回县,gdp_growth,2025-M02,1.0,%\n")).await.unwrap().report;
    let right = Submission { replaces: wrong.report_id, ..csv("2", "隆回县,gdp_growth,2025-M03,13,%\n") };
    assert_eq!(reasons(&service.submit(right).await.unwrap().items), [AwaitingApproval]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn findings_are_listed_page_by_page(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_rules(backend, "").await else { return };
    service.submit(csv("1", FEBRUARY)).await.unwrap();
    let report = service.submit(csv("2", MARCH)).await.unwrap().report;
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let page = service.findings(&Filter::default(), after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.place.clone());
        seen.extend(page.into_iter().map(|listed| listed.finding));
    }
    let filter = |report_id: &str, plan_id: &str| Filter { report_id: report_id.to_owned(), plan_id: plan_id.to_owned(), open_only: false };
    let all = async |filter: Filter| -> Vec<_> {
        service.findings(&filter, None, 100).await.unwrap().into_iter().map(|listed| listed.finding).collect()
    };
    assert_eq!((seen.len(), all(filter("", PLAN)).await), (6, seen.clone()));
    assert_eq!(all(filter(&report.report_id, "")).await.len(), 5);
    assert!(all(filter("", "other")).await.is_empty());
}
