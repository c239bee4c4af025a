//! The rules in a stream: the same rows in one call and in a stream are found, held and explained alike.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

use leitai_domain::plan::ApprovalLevel::County;
use leitai_proto::ingestion::v1::{Finding, Observation, ReportState};
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use sea_orm::EntityTrait;
use tokio::runtime::Runtime;

use super::{
    life::{act, approve, plan_with},
    uploads::{header, rows, stream},
    *,
};
use crate::{
    service::{Act, AsOf},
    store::{entities::upload_finding, findings, observations::Filter},
};

/// Every kind of rule, of operand and of severity.
const RULES: &str = "
[[rule]]
id = 'floor'
severity = 'error'
indicators = ['gdp', 'budget_revenue']
expression = 'value > 1'
expected = '大于1'
origin = '示例'
[[rule.waiver]]
division = '430821'
until = '2024-M12'
reason = '并入'
[[rule]]
id = 'part'
severity = 'error'
indicators = ['tax_revenue']
expression = 'value <= budget_revenue'
expected = '不高于{budget_revenue}；上年{last_year}'
origin = '示例'
[[rule]]
id = 'jump'
severity = 'explain'
indicators = ['gdp_growth']
expression = 'abs(value - previous) <= 2'
expected = '与上期{previous}、上年{last_year}相近'
origin = '示例'
[[rule]]
id = 'identity'
severity = 'explain'
indicators = ['gdp']
expression = 'tax_revenue + previous_of.budget_revenue <= value * 2'
expected = '不小于{tax_revenue}与{previous_of.budget_revenue}之和的一半'
origin = '示例'
[[rule]]
id = 'base'
severity = 'explain'
indicators = ['tax_revenue']
expression = '!has(row.last_year) || value >= last_year'
expected = '不低于上年'
origin = '示例'
[[rule]]
id = 'sum'
severity = 'explain'
indicators = ['gdp']
expression = 'abs(county_sum - city * 4) <= counties'
expected = '各县合计'
origin = '示例'
[[rule]]
id = 'city'
severity = 'explain'
indicators = ['gdp_growth']
expression = 'value <= city + 1'
expected = '不超过全市的{city}'
origin = '示例'
[[rule]]
id = 'level'
severity = 'note'
indicators = ['loan_growth']
expression = 'abs(value - (level / level_last_year - 1) * 100) <= 50'
expected = '与{level}和{level_last_year}相称'
origin = '示例'
[[rule]]
id = 'beside'
severity = 'explain'
kind = 'required'
indicators = ['gdp', 'gdp_growth']
expected = '一并报送'
origin = '示例'
[[rule]]
id = 'reprinted'
severity = 'explain'
kind = 'reprinted'
indicators = ['gdp_growth', 'loan_growth']
expected = '本期的数值'
origin = '示例'
[[rule]]
id = 'reprinted-refused'
severity = 'error'
kind = 'reprinted'
indicators = ['tax_revenue']
expected = '本期的数值'
origin = '示例'
";

/// Two cities of four counties each, a district that is in none, and a name that is nobody's.
const DIVISIONS: [&str; 12] =
    ["430800", "430802", "430811", "430821", "430822", "230900", "230902", "230903", "230904", "230921", "110101", "某县"];
const INDICATORS: [(&str, &str); 6] = [
    ("gdp", "亿元"),
    ("gdp_growth", "%"),
    ("tax_revenue", "万元"),
    ("budget_revenue", "万元"),
    ("loan_growth", "%"),
    ("loan_balance", "亿元"),
];

/// The same value for every division but a few: tables that repeat each other, and sums that are complete, come up often.
fn table() -> impl Strategy<Value = String> {
    let value = prop_oneof![9 => Just(None), 1 => (0..6).prop_map(Some), 1 => Just(Some(-1))];
    let values = prop::collection::vec(value, DIVISIONS.len());
    (prop::sample::select(INDICATORS.to_vec()), 2022..=2025, 2..=4, 1..5, values).prop_map(
        |((indicator, unit), year, month, usual, values)| {
            let value = |(division, value): (&str, Option<i32>)| match value.unwrap_or(usual) {
                -1 => String::new(),
                value => format!("{division},{indicator},{year}-M{month:02},{value},{unit}\n"),
            };
            DIVISIONS.into_iter().zip(values).map(value).collect()
        },
    )
}

/// Rows in an order of their own; some contradict each other or come twice.
fn report() -> impl Strategy<Value = Vec<String>> {
    let lines = |tables: Vec<String>| tables.concat().lines().map(|line| format!("{line}\n")).collect::<Vec<_>>();
    prop::collection::vec(table(), 1..8).prop_map(lines).prop_shuffle()
}

#[derive(Debug, Clone)]
struct Case {
    in_force: Vec<String>,
    /// Of an earlier report under the same rules: held, waiting for approval or in force.
    earlier: Vec<String>,
    lines: Vec<String>,
    part: usize,
    held_at_a_time: usize,
    levels: &'static str,
}

fn case() -> impl Strategy<Value = Case> {
    let levels = prop::sample::select(vec!["", "'county'", "'evaluator'", "'county', 'evaluator'"]);
    (report(), report(), report(), 1_usize..60, 1_usize..80, levels).prop_map(|(in_force, earlier, lines, part, held_at_a_time, levels)| {
        Case { in_force, earlier, lines, part, held_at_a_time, levels }
    })
}

/// All that is told of a report, but for the ids of it and of its plan.
#[derive(Debug, PartialEq)]
struct Told {
    report: Report,
    items: Vec<ReportItem>,
    findings: Vec<Finding>,
    in_force: Vec<Observation>,
}

fn without_ids(report: Report) -> Report {
    Report { report_id: String::new(), plan_id: String::new(), content_sha256: String::new(), ..report }
}

async fn told(service: &Service, report: &Report) -> Told {
    let filter = findings::Filter { report_id: report.report_id.clone(), ..findings::Filter::default() };
    let found = service.findings(&filter, None, 1_000).await.unwrap().into_iter();
    let findings = found.map(|listed| Finding { report_id: String::new(), plan_id: String::new(), ..listed.finding });
    let of_plan = Filter { plan_id: report.plan_id.clone(), ..Filter::default() };
    let values = service.observations(&of_plan, AsOf::Now, None, 1_000).await.unwrap().into_iter();
    let of_report = |id: String| if id == report.report_id { "this".to_owned() } else { "other".to_owned() };
    Told {
        report: without_ids(service.report(&report.report_id).await.unwrap()),
        items: service.items(&report.report_id, 0, 1_000).await.unwrap(),
        findings: findings.collect(),
        in_force: values.map(|value| Observation { sequence: 0, report_id: of_report(value.report_id), ..value }).collect(),
    }
}

/// The plan under an id of its own, with values in force that no rule was asked about.
async fn begin(service: &Service, plan_id: &str, case: &Case) {
    let document = |levels: &str, rules: &str| {
        let text = plan_with(levels).replace(PLAN, plan_id).replace("id = 'loan_growth'", "level = 'loan_balance'\nid = 'loan_growth'");
        new_plan(&format!("{plan_id}{}", rules.len()), &format!("{text}{rules}"), &COUNTIES)
    };
    service.apply_plan(document("", "")).await.unwrap();
    let known = Submission { plan_id: plan_id.to_owned(), ..csv(&format!("{plan_id}-known"), &case.in_force.concat()) };
    service.submit(known).await.unwrap();
    service.apply_plan(document(case.levels, RULES)).await.unwrap();
    if !case.earlier.is_empty() {
        let earlier = Submission { plan_id: plan_id.to_owned(), ..csv(&format!("{plan_id}-earlier"), &case.earlier.concat()) };
        service.submit(earlier).await.unwrap();
    }
}

async fn explain_all(service: &Service, report: &Report, told: &Told) {
    let open: BTreeSet<i32> = told.findings.iter().filter(|finding| finding.open).map(|finding| finding.number).collect();
    if !open.is_empty() {
        let act = Act { reason: "属实".to_owned(), ..act(&format!("{}-e", report.report_id), report, &report.submitter) };
        service.explain(&act, &open).await.unwrap();
    }
}

async fn told_alike(service: &Service, case: &Case, number: u32) -> Result<(), TestCaseError> {
    let service = Service { held_at_a_time: case.held_at_a_time, ..service.clone() };
    let mut both = Vec::new();
    for (way, streamed) in [("call", false), ("stream", true)] {
        let plan_id = format!("{way}-{number}");
        begin(&service, &plan_id, case).await;
        let head = Submission { plan_id: plan_id.clone(), ..header(&plan_id) };
        let report = if streamed {
            let parts: Vec<String> = case.lines.chunks(case.part).map(|lines| lines.concat()).collect();
            stream(&service, head, &parts.iter().map(String::as_str).collect::<Vec<_>>()).await.unwrap()
        } else {
            let content = Content::Rows(rows(&case.lines.concat(), 1));
            service.submit(Submission { content, ..head }).await.unwrap().report
        };
        let first = told(&service, &report).await;
        explain_all(&service, &report, &first).await;
        both.push((without_ids(report.clone()), first, told(&service, &report).await));
    }
    let streamed = both.pop();
    prop_assert_eq!(streamed, both.pop());
    Ok(())
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_stream_is_found_what_a_call_is(#[case] backend: Backend) {
    let runtime = Runtime::new().unwrap();
    let Some((_test, service)) = runtime.block_on(open(backend)) else { return };
    let number = AtomicU32::new(0);
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let done = runner.run(&case(), |case| runtime.block_on(told_alike(&service, &case, number.fetch_add(1, Ordering::Relaxed))));
    done.unwrap();
}

/// Values of 张家界: its counties' first quarter is the second's, but for one in the second part.
const TABLE: &str = "430802,gdp_growth,2025-M04,3,%\n430811,gdp_growth,2025-M04,3,%\n430821,gdp_growth,2025-M04,3,%\n";
const REST: &str = "430822,gdp_growth,2025-M04,3,%\n230902,gdp_growth,2025-M04,3,%\n230902,tax_revenue,2025-M04,9,万元\n\
                    230902,budget_revenue,2025-M04,8,万元\n";

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn held_values_of_a_stream_wait_for_explanations_and_approval(#[case] backend: Backend) {
    let Some((_test, service)) = open(backend).await else { return };
    let in_force: Vec<String> = format!("{TABLE}{REST}").replace("M04", "M03").lines().take(5).map(|line| format!("{line}\n")).collect();
    let (earlier, lines) = (Vec::new(), Vec::new());
    begin(&service, "plan", &Case { in_force, earlier, lines, part: 1, held_at_a_time: 1, levels: "'county'" }).await;
    let plan_id = || "plan".to_owned();
    let report = stream(&service, Submission { plan_id: plan_id(), ..header("1") }, &[TABLE, REST]).await.unwrap();
    assert_eq!((report.state(), report.waits.len(), report.approval_levels.join(",")), (ReportState::Held, 2, "county".to_owned()));
    let items = service.items(&report.report_id, 0, 10).await.unwrap();
    use ItemReason::{AwaitingApproval, Held, RuleBroken};
    assert_eq!(reasons(&items), [Held, Held, Held, Held, Held, RuleBroken, AwaitingApproval]);
    let findings = service.first_findings(&report.report_id).await.unwrap();
    let of: Vec<_> = findings.iter().map(|finding| (finding.number, finding.position, finding.rule_id.as_str(), finding.open)).collect();
    let twice = |position: i32| [(2 * position - 1, position, "beside", true), (2 * position, position, "reprinted", true)];
    let expected: Vec<_> = (1..=5).flat_map(twice).chain([(11, 6, "part", false)]).collect();
    assert_eq!(of, expected);
    assert_eq!(findings[10].expected, "不高于8；上年（无）");
    explain_all(&service, &report, &told(&service, &report).await).await;
    let done = approve(&service, &report, County, "桑植县政府").await.unwrap();
    assert_eq!((done.state(), count(&done, ItemReason::Accepted), count(&done, RuleBroken)), (ReportState::InForce, 6, 1));
    let again = stream(&service, Submission { plan_id: plan_id(), ..header("2") }, &[TABLE, REST]).await.unwrap();
    assert_eq!(again.report_id, report.report_id, "in force with nothing new to say");
    assert_eq!(service.findings(&findings::Filter::default(), None, 100).await.unwrap().len(), 11);
    let kept = upload_finding::Entity::find().all(service.database.connection()).await.unwrap();
    assert_eq!(kept, [], "nothing is left of the numbering");
}
