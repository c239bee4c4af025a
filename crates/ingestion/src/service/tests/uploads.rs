//! Streamed reports: what a finish finds, and what a broken stream leaves.

use std::{pin::pin, time::Duration};

use ItemReason::{Accepted, AwaitingApproval, Contradiction, Revised, Unchanged, UnknownDivision};
use leitai_domain::plan::ApprovalLevel::{County, Evaluator};
use leitai_proto::ingestion::v1::ReportState;
use leitai_storage::Database;
use tokio::time::timeout;

use super::{
    life::{ROWS, approve, head, in_force, open_with},
    *,
};
use crate::{
    error::Error,
    service::{Begun, Upload},
    store::{items, plans, uploads},
};

pub fn header(request: &str) -> Submission {
    Submission { content_sha256: String::new(), file_name: String::new(), content: Content::Rows(Vec::new()), ..csv(request, "") }
}

pub fn rows(lines: &str, from: usize) -> Vec<rows::Row> {
    let row = |(number, line): (usize, &str)| {
        let fields: Vec<&str> = line.split(',').collect();
        let [division, indicator, period, value, unit] = [0, 1, 2, 3, 4].map(|at| fields[at].to_owned());
        rows::Row { place: format!("row {number}"), division, indicator, period, value, unit }
    };
    (from..).zip(lines.lines()).map(row).collect()
}

async fn begin(service: &Service, header: Submission) -> Upload {
    match service.begin_upload(header).await.unwrap() {
        Begun::New(upload) => *upload,
        Begun::Taken(report) => panic!("{report:?}"),
    }
}

pub async fn stream(service: &Service, header: Submission, parts: &[&str]) -> Result<Report, Error> {
    let request = header.request_id.clone();
    let mut upload = begin(service, header).await;
    for part in parts {
        let from = usize::try_from(upload.rows).unwrap() + 1;
        service.take_rows(&mut upload, rows(part, from)).await?;
    }
    let count = upload.rows;
    service.finish_upload(&request, upload, count).await
}

async fn left(service: &Service, report_id: &str) -> (usize, usize) {
    let conn = service.database.connection();
    let items = items::list(conn, report_id, 0, 10).await.unwrap().len();
    (items, uploads::left(conn, i64::MAX, 10).await.unwrap().len())
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_stream_is_judged_as_one_report(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "").await else { return };
    service.submit(csv("0", "430524,gdp_growth,2025-M03,6.0,%\n430581,gdp_growth,2025-M03,5.0,%\n")).await.unwrap();
    let first = "430524,gdp_growth,2025-M03,6.9,%\n430502,gdp,2025-M03,1,亿元\n430503,gdp,2025-M03,1,亿元\n某县,gdp,2025-M03,1,亿元\n";
    let second =
        "双清区,gdp,2025-M03,2,亿元\n大祥区,gdp,2025-M03,10000,万元\n430581,gdp_growth,2025-M03,5.0,%\n430511,gdp,2025-M03,3,亿元\n";
    let report = stream(&service, header("1"), &[first, second]).await.unwrap();
    let found = service.items(&report.report_id, 0, 10).await.unwrap();
    let reasons = reasons(&found);
    assert_eq!(
        reasons,
        [Revised, Contradiction, Accepted, UnknownDivision, Contradiction, Unchanged, Unchanged, Accepted],
        "the parts are one report"
    );
    let messages: Vec<&str> = found.iter().map(|item| item.message.as_str()).collect();
    let contradiction = "同一行政区划、指标和时期有不同的数值：row 2为1，row 5为2";
    assert_eq!(
        [messages[0], messages[1], messages[4], messages[5], messages[6]],
        ["原为6（第1版）", contradiction, contradiction, "与row 3相同", ""]
    );
    // What one call says of the same rows.
    let Some((_test, other)) = open_with(backend, "").await else { return };
    other.submit(csv("0", "430524,gdp_growth,2025-M03,6.0,%\n430581,gdp_growth,2025-M03,5.0,%\n")).await.unwrap();
    let content = Content::Rows(rows(&format!("{first}{second}"), 1));
    let whole = other.submit(Submission { content, ..header("1") }).await.unwrap();
    assert_eq!((whole.items, &whole.report.values_sha256), (found, &report.values_sha256));
    assert_eq!((whole.report.counts, whole.report.periods), (report.counts, report.periods));
    assert_eq!((head(&service).await, head(&other).await, in_force(&service).await), (1 + 2 + 3, 1 + 2 + 3, in_force(&other).await));
    let told = service.not_accepted(&report.report_id, 0, 10).await.unwrap();
    assert_eq!(told.iter().map(|item| item.position).collect::<Vec<_>>(), [1, 2, 4, 5, 6, 7]);
    assert_eq!(left(&service, "none").await, (0, 0), "no upload is left");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_streamed_report_waits_for_approval(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "'county'").await else { return };
    let report = stream(&service, header("1"), &[ROWS]).await.unwrap();
    assert_eq!((report.state(), count(&report, AwaitingApproval), report.waits.len()), (ReportState::AwaitingApproval, 3, 1));
    assert_eq!(in_force(&service).await, []);
    // The same rows in other parts are the same report.
    let (one, rest) = ROWS.split_at(ROWS.find('\n').unwrap() + 1);
    let again = stream(&service, header("2"), &[one, rest]).await.unwrap();
    assert_eq!((again.report_id.as_str(), left(&service, &sha256(b"2")[..32]).await), (report.report_id.as_str(), (0, 0)));
    let done = approve(&service, &report, County, "隆回县政府").await.unwrap();
    assert_eq!((done.state(), in_force(&service).await.len(), head(&service).await), (ReportState::InForce, 3, 4));
    let third = stream(&service, header("3"), &[ROWS]).await.unwrap();
    assert_eq!(third.report_id, report.report_id, "in force with nothing new to say");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn only_what_says_something_new_asks_for_approval(#[case] backend: Backend) {
    // Of the three indicators only growth has an evaluating agency.
    let before = "隆回县,gdp_growth,2025-M03,6.9,%\n隆回县,loan_balance,2025-M03,8,亿元\n";
    let rows_now = format!("{}隆回县,gdp,2025-M03,7,亿元\n", before.replace(",8,", ",9,"));
    let mut answers = Vec::new();
    for streamed in [true, false] {
        let Some((_test, service)) = open_with(backend, "'evaluator'").await else { return };
        let known = service.submit(csv("0", before)).await.unwrap().report;
        approve(&service, &known, Evaluator, "省统计局").await.unwrap();
        let report = if streamed {
            stream(&service, header("1"), &[&rows_now]).await.unwrap()
        } else {
            let content = Content::Rows(rows(&rows_now, 1));
            service.submit(Submission { content, ..header("1") }).await.unwrap().report
        };
        assert_eq!((report.state(), report.waits.len(), report.approval_levels.len()), (ReportState::InForce, 0, 0), "{streamed}");
        let found = service.items(&report.report_id, 0, 10).await.unwrap();
        assert_eq!(reasons(&found), [Unchanged, Revised, Accepted]);
        assert_eq!(in_force(&service).await.len(), 3);
        assert_eq!(head(&service).await, 1 + 2 + 2);
        answers.push((found, service.not_accepted(&report.report_id, 0, 10).await.unwrap(), report.values_sha256, report.counts));
    }
    let told: Vec<_> = answers[0].1.iter().map(|item| (item.reason(), item.message.as_str())).collect();
    assert_eq!(told, [(Unchanged, ""), (Revised, "原为8（第1版）")]);
    assert_eq!(answers[0], answers[1], "in a stream as in a call");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_broken_stream_leaves_nothing(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "").await else { return };
    let mut upload = begin(&service, header("1")).await;
    service.take_rows(&mut upload, rows(ROWS, 1)).await.unwrap();
    let id = sha256(b"1")[..32].to_owned();
    assert_eq!(left(&service, &id).await, (3, 1));
    assert!(matches!(service.report(&id).await, Err(Error::UnknownReport(_))), "nobody sees what is not finished");
    let wrong = service.finish_upload("1", upload, 4).await;
    assert!(matches!(wrong, Err(Error::WrongCount { given: 4, found: 3 })), "{wrong:?}");
    assert_eq!((left(&service, &id).await, head(&service).await), ((0, 0), 1));

    let mut cut = begin(&service, header("1")).await;
    service.take_rows(&mut cut, rows(ROWS, 1)).await.unwrap();
    service.abandon_upload(&cut).await.unwrap();
    assert_eq!(left(&service, &id).await, (0, 0));

    // A process that died: its rows are found by their age.
    let mut dead = begin(&service, header("1")).await;
    service.take_rows(&mut dead, rows(ROWS, 1)).await.unwrap();
    service.clear_uploads().await.unwrap();
    assert_eq!(left(&service, &id).await, (3, 1), "a stream that wrote lately is left alone");
    let later = Service { clock: Arc::new(FixedClock(datetime!(2025-04-20 01:12:04 UTC))), ..service.clone() };
    later.clear_uploads().await.unwrap();
    assert_eq!(left(&service, &id).await, (0, 0));
    assert!(matches!(service.take_rows(&mut dead, rows(ROWS, 4)).await, Err(Error::Superseded)));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_stream_that_lost_to_a_call_leaves_its_report_alone(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "").await else { return };
    let report = service.submit(csv("1", ROWS)).await.unwrap().report;
    // It began at the same moment and saw no report.
    let tx = service.database.begin().await.unwrap();
    let attempt = uploads::begin(&tx, &report.report_id, 0).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(left(&service, &report.report_id).await, (3, 1));
    let tx = service.database.begin().await.unwrap();
    assert!(!uploads::remove_piece(&tx, &report.report_id).await.unwrap());
    assert!(uploads::touch(&tx, &attempt, 0).await.unwrap());
    tx.commit().await.unwrap();
    service.clear_uploads().await.unwrap();
    assert_eq!(left(&service, &report.report_id).await, (3, 0), "forgotten for good, and the report is whole");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_request_sent_again_takes_over(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "").await else { return };
    let mut first = begin(&service, header("1")).await;
    service.take_rows(&mut first, rows(ROWS, 1)).await.unwrap();
    let report = stream(&service, header("1"), &[ROWS]).await.unwrap();
    assert!(matches!(service.take_rows(&mut first, rows(ROWS, 4)).await, Err(Error::Superseded)));
    assert!(matches!(service.finish_upload("1", first, 3).await, Err(Error::Superseded)));
    assert_eq!((count(&report, Accepted), in_force(&service).await.len()), (3, 3));
    let Begun::Taken(again) = service.begin_upload(header("1")).await.unwrap() else { panic!("taken anew") };
    assert_eq!(*again, report);
    // A call of the same request counts before a stream that is under way.
    let mut under_way = begin(&service, header("2")).await;
    service.take_rows(&mut under_way, rows(ROWS, 1)).await.unwrap();
    let edited = ROWS.replace("6.9", "7.0");
    let whole = service.submit(csv("2", &edited)).await.unwrap();
    assert_eq!(reasons(&whole.items), [Revised, Unchanged, Unchanged]);
    assert!(matches!(service.finish_upload("2", under_way, 3).await, Err(Error::Superseded)));
    assert_eq!(left(&service, &whole.report.report_id).await, (3, 0));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn pages_join_where_a_key_goes_over_them(#[case] backend: Backend) {
    let Some((_test, service)) = open_with(backend, "").await else { return };
    // One key 2,500 times around 2,500 others: more than a page of either.
    let line = |number: usize| format!("43050{},gdp_growth,{}-M{:02},1.5,%\n", 2 + number % 2, 1950 + number / 24, number / 2 % 12 + 1);
    let same = "430511,gdp_growth,2025-M03,2.5,%\n".repeat(2_500);
    let others: String = (0..2_500).filter(|number| 1950 + number / 24 < 2100).map(line).collect();
    let report = stream(&service, header("1"), &[&same, &others]).await.unwrap();
    assert_eq!((count(&report, Accepted), count(&report, Unchanged)), (2_501, 2_499));
    assert_eq!(head(&service).await, 1 + 2_501);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn the_end_of_a_stream_outwaits_another_writer(#[case] backend: Backend) {
    let Some((test, service)) = open_with(backend, "").await else { return };
    let hasty = Service { database: Database::open_patient(test.url(), Duration::from_millis(500)).await.unwrap(), ..service.clone() };
    let mut upload = begin(&hasty, header("1")).await;
    hasty.take_rows(&mut upload, rows(ROWS, 1)).await.unwrap();
    let other = service.database.begin().await.unwrap();
    plans::lock(&other, PLAN).await.unwrap();
    let mut end = pin!(hasty.finish_upload("1", upload, 3));
    // Longer than any other write waits.
    assert!(timeout(Duration::from_secs(1), &mut end).await.is_err());
    other.commit().await.unwrap();
    assert_eq!(count(&end.await.unwrap(), Accepted), 3);
}
