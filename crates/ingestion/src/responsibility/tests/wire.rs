//! What the wire adds: pages, filters, and reasons of failures.

use leitai_proto::ingestion::v1::{
    ApplyListRequest, DutyFile, GetMeasureRequest, ListEventsRequest, ListMeasuresRequest, ListProblemsRequest, ListProjectsRequest,
    MeasureState, apply_list_request::Content, responsibility_service_server::ResponsibilityService,
};
use leitai_rpc::failure::explain;
use tonic::{Code, Request};

use super::*;

const LIST: [(&str, &str, &str); 5] =
    [("甲", "", "8月底"), ("乙", "", "9月底"), ("丙", "", "9月底"), ("丁", "", "年底"), ("戊", "", "年底")];

#[tokio::test]
async fn pages_join_to_the_whole() {
    let ground = open(Backend::Sqlite).await.unwrap();
    ground.apply("list", &LIST).await;
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListMeasuresRequest { plan_id: PLAN.to_owned(), page_size: 2, page_token: token, ..Default::default() };
        let page = ground.duties.list_measures(Request::new(request)).await.unwrap().into_inner();
        seen.extend(page.measures.into_iter().map(|measure| measure.measure));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["甲", "乙", "丙", "丁", "戊"]);
    let foreign =
        ListProblemsRequest { plan_id: PLAN.to_owned(), page_token: leitai_rpc::paging::token(&["a", "b"]), ..Default::default() };
    assert!(explain(&ground.duties.list_problems(Request::new(foreign)).await.unwrap_err()).contains("[PAGE_TOKEN]"));
}

#[tokio::test]
async fn filters_narrow() {
    let ground = open(Backend::Sqlite).await.unwrap();
    ground.apply("list", &LIST).await;
    let base = ListMeasuresRequest { plan_id: PLAN.to_owned(), ..Default::default() };
    let count =
        async |request: ListMeasuresRequest| ground.duties.list_measures(Request::new(request)).await.unwrap().into_inner().measures.len();
    assert_eq!(count(ListMeasuresRequest { overdue: true, ..base.clone() }).await, 1);
    assert_eq!(count(ListMeasuresRequest { overdue: true, on_day: "2025-10-01".to_owned(), ..base.clone() }).await, 3);
    assert_eq!(count(ListMeasuresRequest { owner: OWNER.to_owned(), division_code: "230123".to_owned(), ..base.clone() }).await, 5);
    assert_eq!(count(ListMeasuresRequest { owner: "某局".to_owned(), ..base.clone() }).await, 0);
    assert_eq!(count(ListMeasuresRequest { indicator_id: "gdp".to_owned(), ..base.clone() }).await, 0);
    assert_eq!(count(ListMeasuresRequest { list_id: "yilan".to_owned(), state: MeasureState::NotStarted.into(), ..base.clone() }).await, 5);
    assert_eq!(count(ListMeasuresRequest { state: MeasureState::Done.into(), ..base }).await, 0);
    let projects = ListProjectsRequest { plan_id: PLAN.to_owned(), page_size: 1, ..Default::default() };
    let page = ground.duties.list_projects(Request::new(projects)).await.unwrap().into_inner();
    assert_eq!((page.projects.len(), page.projects[0].measures, page.next_page_token.as_str()), (1, 5, ""));
}

#[tokio::test]
async fn failures_say_their_reason() {
    let ground = open(Backend::Sqlite).await.unwrap();
    let unknown = GetMeasureRequest { measure_id: "m-0".to_owned(), on_day: String::new() };
    let unknown = ground.duties.get_measure(Request::new(unknown)).await.unwrap_err();
    assert_eq!((unknown.code(), explain(&unknown).as_str()), (Code::NotFound, "no list holds a measure `m-0` [UNKNOWN_MEASURE]"));
    let day = GetMeasureRequest { measure_id: "m-0".to_owned(), on_day: "下周".to_owned() };
    assert!(explain(&ground.duties.get_measure(Request::new(day)).await.unwrap_err()).contains("[DAY]\n  on_day:"));
    let events = ListEventsRequest { subject_id: "p-0".to_owned(), ..Default::default() };
    assert!(explain(&ground.duties.list_events(Request::new(events)).await.unwrap_err()).contains("[UNKNOWN_PROBLEM]"));
    let text = |text: &str| text.to_owned();
    let request = ApplyListRequest {
        request_id: text("r"),
        plan_id: text(PLAN),
        list_id: text("l"),
        agency: text("a"),
        who: text("w"),
        content: Some(Content::File(DutyFile { name: text("a.xlsx"), content: vec![1], sheet: String::new() })),
        ..Default::default()
    };
    let workbook = ResponsibilityService::apply_list(&ground.duties, Request::new(request)).await.unwrap_err();
    assert!(explain(&workbook).contains("[WORKBOOK_UNREADABLE]\n  file.content:"), "{}", explain(&workbook));
}
