//! What the wire adds to the use cases: pages, reasons of failures, the end of streams.

mod streams;

use std::sync::Arc;

use leitai_proto::ingestion::v1::{
    ApplyPlanRequest, Completeness, FreezeRoundRequest, GetCompletenessRequest, GetReportRequest, GetRoundRequest, ListObligationsRequest,
    ListObservationsRequest, ListReportItemsRequest, ListRoundsRequest, OpenRoundRequest, ReportFile, ReportRow, ReportRows, RoundState,
    SubmitReportRequest, plan_service_server::PlanService, report_service_server::ReportService, round_service_server::RoundService,
    submit_report_request::Content,
};
use leitai_rpc::{clock::FixedClock, failure::explain};
use leitai_storage::testing::{self as databases, TestDatabase};
use time::macros::datetime;

use super::*;
use crate::{
    config::IngestionConfig,
    store::Migrator,
    testing::{calendar, plan_toml},
};

const PLAN: &str = "test-county-2025";

async fn api() -> (TestDatabase, Api) {
    let test = databases::sqlite().await;
    let api = api_on(&test).await;
    (test, api)
}

/// On an empty database, with the test plan.
async fn api_on(test: &TestDatabase) -> Api {
    test.database().migrate::<Migrator>().await.unwrap();
    let clock = Arc::new(FixedClock(datetime!(2025-04-20 01:02:03 UTC)));
    let registry = IngestionConfig::default().registry().unwrap();
    let api = Api { service: Service::new(test.database(), clock, registry, calendar()), shutdown: CancellationToken::new() };
    let request = ApplyPlanRequest { request_id: "plan".to_owned(), document_toml: plan_toml(), county_codes: Vec::new() };
    api.apply_plan(Request::new(request)).await.unwrap();
    api
}

fn report(content: Content) -> Request<SubmitReportRequest> {
    let text = |text: &str| text.to_owned();
    Request::new(SubmitReportRequest {
        request_id: text("report"),
        plan_id: text(PLAN),
        submitter: text("省统计局"),
        content: Some(content),
        ..SubmitReportRequest::default()
    })
}

fn rows(values: &[&str]) -> Request<SubmitReportRequest> {
    let row = |value: &&str| ReportRow {
        division: "呼兰区".to_owned(),
        indicator: "gdp_growth".to_owned(),
        period: format!("2025-M{:02}", value.len()),
        value: (*value).to_owned(),
        unit: String::new(),
    };
    report(Content::Rows(ReportRows { rows: values.iter().map(row).collect() }))
}

#[tokio::test]
async fn failures_say_their_reason() {
    let (_test, api) = api().await;
    let file = ReportFile { name: "a.xlsx".to_owned(), content: b"no".to_vec(), layout_toml: "x".to_owned(), year: 0 };
    let layout = api.submit_report(report(Content::File(file.clone()))).await.unwrap_err();
    assert!(explain(&layout).contains("[LAYOUT_INVALID]\n  file.layout_toml:"), "{}", explain(&layout));
    let shipped = ReportFile { layout_toml: leitai_workbook::shipped::SHAOYANG_LAYOUT.to_owned(), ..file };
    let workbook = api.submit_report(report(Content::File(shipped))).await.unwrap_err();
    assert!(explain(&workbook).contains("[WORKBOOK_UNREADABLE]\n  file.content:"), "{}", explain(&workbook));
    let unknown = api.get_report(Request::new(GetReportRequest { report_id: "none".to_owned() })).await.unwrap_err();
    assert_eq!((unknown.code(), explain(&unknown).as_str()), (tonic::Code::NotFound, "no report `none` was taken [UNKNOWN_REPORT]"));
    let request = FreezeRoundRequest { request_id: "f".to_owned(), plan_id: PLAN.to_owned(), period: "2025-M03".to_owned() };
    let empty = api.freeze_round(Request::new(request)).await.unwrap_err();
    assert!(empty.code() == tonic::Code::FailedPrecondition && explain(&empty).ends_with("[NO_VALUES]"));
}

#[tokio::test]
async fn pages_join_to_the_whole() {
    let (_test, api) = api().await;
    let answer = api.submit_report(rows(&["1", "22", "333", "-", "55555"])).await.unwrap().into_inner();
    let report_id = answer.report.unwrap().report_id;
    let (mut items, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListReportItemsRequest { report_id: report_id.clone(), page_size: 2, page_token: token };
        let page = api.list_report_items(Request::new(request)).await.unwrap().into_inner();
        items.extend(page.items);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(items, answer.items);

    let list = |page_token: String| ListObservationsRequest { plan_id: PLAN.to_owned(), page_size: 3, page_token, ..Default::default() };
    let first = api.list_observations(Request::new(list(String::new()))).await.unwrap().into_inner();
    let rest = api.list_observations(Request::new(list(first.next_page_token.clone()))).await.unwrap().into_inner();
    let periods: Vec<_> = first.observations.iter().chain(&rest.observations).map(|one| one.period.as_str()).collect();
    assert_eq!((periods, rest.next_page_token.as_str()), (vec!["2025-M01", "2025-M02", "2025-M03", "2025-M05"], ""));
    let foreign = ListReportItemsRequest { report_id, page_size: 2, page_token: first.next_page_token };
    assert!(explain(&api.list_report_items(Request::new(foreign)).await.unwrap_err()).contains("[PAGE_TOKEN]"));
}

#[tokio::test]
async fn a_stream_ends_at_shutdown() {
    let (_test, api) = api().await;
    let request = WatchChangesRequest { after_sequence: 0 };
    let mut stream = api.watch_changes(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(stream.next().await.unwrap().unwrap().head_sequence, 1);
    api.shutdown.cancel();
    assert!(stream.next().await.is_none());
    assert!(api.watch_changes(Request::new(WatchChangesRequest { after_sequence: -1 })).await.is_err());
}

#[tokio::test]
async fn a_follower_that_is_ahead_of_the_log_is_refused() {
    let (_test, api) = api().await;
    let mut stream = api.watch_changes(Request::new(WatchChangesRequest { after_sequence: 2 })).await.unwrap().into_inner();
    let ahead = stream.next().await.unwrap().unwrap_err();
    assert_eq!(ahead.code(), tonic::Code::FailedPrecondition);
    assert!(explain(&ahead).contains("ends at 1") && explain(&ahead).ends_with("[LOG_WENT_BACK]"), "{}", explain(&ahead));
}

#[tokio::test]
async fn rounds_are_asked_for_within_bounds() {
    let (_test, api) = api().await;
    let text = |text: &str| text.to_owned();
    let open = |request: &str, period: &str| OpenRoundRequest { request_id: text(request), plan_id: text(PLAN), period: text(period) };
    let opened = api.open_round(Request::new(open("o", "2025-M03"))).await.unwrap().into_inner().round.unwrap();
    assert_eq!((opened.state(), opened.plan_title.as_str()), (RoundState::Open, "测试方案"));
    let january = api.open_round(Request::new(open("p", "2025-M01"))).await.unwrap_err();
    assert!(january.code() == tonic::Code::FailedPrecondition && explain(&january).ends_with("[NOTHING_DUE]"), "{}", explain(&january));
    let get = |period: &str| GetRoundRequest { plan_id: text(PLAN), period: text(period) };
    assert_eq!(api.get_round(Request::new(get("2025-M03"))).await.unwrap().into_inner().round.unwrap(), opened);
    let unknown = api.get_round(Request::new(get("2025-M06"))).await.unwrap_err();
    assert!(unknown.code() == tonic::Code::NotFound && explain(&unknown).ends_with("[UNKNOWN_ROUND]"));

    let list = |as_of: &str, at_freeze, page_token: &str| ListObligationsRequest {
        plan_id: text(PLAN),
        period: text("2025-M03"),
        as_of: text(as_of),
        at_freeze,
        page_token: text(page_token),
        ..ListObligationsRequest::default()
    };
    let refused = async |request| explain(&api.list_obligations(Request::new(request)).await.unwrap_err());
    assert!(refused(list("", true, "")).await.ends_with("[ROUND_NOT_FROZEN]"));
    assert!(refused(list("yesterday", false, "")).await.contains("[MOMENT]\n  as_of: as_of is `yesterday`"));
    assert!(refused(list("", false, &leitai_rpc::paging::token(&["1"]))).await.contains("[PAGE_TOKEN]"));
    // The test plan names no agency: nobody owes anything.
    assert!(api.list_obligations(Request::new(list("", false, ""))).await.unwrap().into_inner().obligations.is_empty());
    let ask = |by: i32| GetCompletenessRequest { plan_id: text(PLAN), period: text("2025-M03"), by, ..GetCompletenessRequest::default() };
    let told = api.get_completeness(Request::new(ask(1))).await.unwrap().into_inner();
    assert_eq!((told.whole.unwrap(), told.rows.len(), told.as_of.as_str()), (Completeness::default(), 0, "2025-04-20T01:02:03Z"));
    assert!(explain(&api.get_completeness(Request::new(ask(9))).await.unwrap_err()).contains("[ENUM]"));
    let listed = ListRoundsRequest { states: vec![RoundState::Scheduled.into()], ..ListRoundsRequest::default() };
    assert!(api.list_rounds(Request::new(listed)).await.unwrap().into_inner().rounds.is_empty());
}
