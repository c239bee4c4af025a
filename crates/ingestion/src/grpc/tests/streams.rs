//! Streamed reports over the wire's messages: order, counts, cuts, repeats.

use std::time::Duration;

use futures::{Stream, stream};
use leitai_proto::ingestion::v1::{
    ItemReason, ListReportsRequest, StreamReportFinish, StreamReportHeader, StreamReportRequest, stream_report_request::Part,
    stream_report_response::Part as Told,
};
use leitai_storage::testing::Backend;
use rstest::rstest;
use tonic::Code;

use super::*;
use crate::grpc::stream::{IDLE, serve};

async fn open(backend: Backend) -> Option<(TestDatabase, Api)> {
    let test = backend.open().await?;
    let api = api_on(&test).await;
    Some((test, api))
}

fn header(request: &str) -> Part {
    let text = |text: &str| text.to_owned();
    Part::Header(StreamReportHeader {
        request_id: text(request),
        plan_id: text(PLAN),
        submitter: text("省统计局"),
        ..StreamReportHeader::default()
    })
}

fn some(values: &[&str]) -> Part {
    let Some(Content::Rows(rows)) = rows(values).into_inner().content else { panic!("rows") };
    Part::Rows(rows)
}

fn finish(rows: i32) -> Part {
    Part::Finish(StreamReportFinish { rows })
}

fn sent(parts: Vec<Part>) -> impl Stream<Item = Result<StreamReportRequest, Status>> + Unpin + Send {
    stream::iter(parts.into_iter().map(|part| Ok(StreamReportRequest { part: Some(part) })))
}

async fn answers(api: &Api, parts: Vec<Part>) -> Result<Vec<Told>, Status> {
    let answers: Vec<_> = serve(api.clone(), sent(parts), IDLE).collect().await;
    answers.into_iter().map(|answer| answer.map(|answer| answer.part.unwrap())).collect()
}

async fn refused(api: &Api, parts: Vec<Part>) -> (Code, String) {
    let status = answers(api, parts).await.unwrap_err();
    (status.code(), explain(&status))
}

async fn reports(api: &Api) -> usize {
    api.list_reports(Request::new(ListReportsRequest::default())).await.unwrap().into_inner().reports.len()
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_stream_is_answered_part_by_part(#[case] backend: Backend) {
    let Some((_test, api)) = open(backend).await else { return };
    let parts = vec![header("1"), some(&["1", "22"]), some(&["x33", "4444"]), finish(4)];
    let told = answers(&api, parts).await.unwrap();
    let [Told::Progress(first), Told::Progress(second), Told::Items(items), Told::Done(done)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(((first.rows, first.refused), (second.rows, second.refused)), ((2, 0), (4, 1)));
    let [item] = items.items.as_slice() else { panic!("{items:?}") };
    assert_eq!((item.position, item.place.as_str(), item.reason()), (3, "row 3", ItemReason::BadValue));
    // The same request again is answered at once, whatever follows its header.
    let again = answers(&api, vec![header("1")]).await.unwrap();
    assert_eq!(again, [Told::Items(items.clone()), Told::Done(done.clone())]);
    // The same rows under another request are one report.
    let other = answers(&api, vec![header("2"), some(&["1", "22"]), some(&["x33", "4444"]), finish(4)]).await.unwrap();
    let Some(Told::Done(repeated)) = other.last() else { panic!("{other:?}") };
    assert_eq!(repeated.repeated_of_report_id, done.report.as_ref().unwrap().report_id);
    assert_eq!(reports(&api).await, 1);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_is_no_whole_stream_leaves_nothing(#[case] backend: Backend) {
    let Some((_test, api)) = open(backend).await else { return };
    let cases = [
        (vec![header("1"), some(&["1"]), finish(2)], "[WRONG_COUNT]"),
        (vec![header("1"), some(&["1"])], "[STREAM_CUT]"),
        (vec![header("1"), some(&["1"]), header("1")], "[STREAM_ORDER]"),
        (vec![some(&["1"])], "[STREAM_ORDER]"),
        (vec![], "[STREAM_CUT]"),
        (vec![header("1"), some(&[])], "[CONTENT]"),
        (vec![header("1"), some(&["1"; 5_001])], "[TOO_LONG]"),
        (vec![header("")], "[REQUEST_ID]"),
    ];
    for (parts, reason) in cases {
        let (code, said) = refused(&api, parts).await;
        assert!(code == Code::InvalidArgument && said.contains(reason), "{reason}: {said}");
    }
    assert_eq!((reports(&api).await, api.service.uploads_under_way().await), (0, 0));
}

#[tokio::test]
async fn a_silent_stream_is_cut() {
    let Some((_test, api)) = open(Backend::Sqlite).await else { return };
    let silent = sent(vec![header("1"), some(&["1"])]).chain(stream::pending()).boxed();
    let answers: Vec<_> = serve(api.clone(), silent, Duration::from_millis(200)).collect().await;
    let status = answers.into_iter().last().unwrap().unwrap_err();
    assert!(status.code() == Code::DeadlineExceeded && explain(&status).contains("[STREAM_IDLE]"), "{status:?}");
    assert_eq!((reports(&api).await, api.service.uploads_under_way().await), (0, 0));
}
