use ItemReason::{Accepted, Contradiction, Revised, Unchanged};

use super::*;
use crate::{error::Error, service::AsOf, store::observations::Filter};

fn all() -> Filter {
    Filter { plan_id: PLAN.to_owned(), ..Filter::default() }
}

async fn in_force(service: &Service, filter: &Filter, limit: u64) -> Vec<leitai_proto::ingestion::v1::Observation> {
    service.observations(filter, AsOf::Now, None, limit).await.unwrap()
}

/// Revision and value of one growth of Longhui, oldest first.
async fn history(service: &Service) -> Vec<(i32, i64)> {
    let filter =
        Filter { division_code: "430524".to_owned(), indicator_id: "gdp_growth".to_owned(), period: "2025-M03".to_owned(), ..all() };
    let history = service.history(&filter, None, 100).await.unwrap();
    history.into_iter().filter_map(|one| one.observation).map(|value| (value.revision, value.value_micros)).collect()
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn the_real_workbook_is_taken_once(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let Answer { report, items, .. } = service.submit(workbook("1")).await.unwrap();
    assert_eq!((count(&report, Accepted), report.periods.as_slice()), (189, ["2025-M03".to_owned()].as_slice()));
    assert_eq!(report.submitted_at, "2025-04-20T01:02:03Z");
    assert_eq!(items.iter().map(|item| item.position).collect::<Vec<_>>(), (1..=313).collect::<Vec<_>>());
    // The plan, then each value.
    assert_eq!(service.log.head(service.database.connection()).await.unwrap(), 190);

    let first = Answer { report: report.clone(), items, repeated_of: String::new(), findings: Vec::new() };
    assert_eq!(service.submit(workbook("1")).await.unwrap(), first, "a repeat gets its first answer");
    let again = service.submit(workbook("2")).await.unwrap();
    assert_eq!(again, Answer { repeated_of: report.report_id.clone(), ..first }, "the same content is one report");
    assert_eq!(service.log.head(service.database.connection()).await.unwrap(), 190);

    let filter = Filter { division_code: "430524".to_owned(), indicator_id: "gdp_growth".to_owned(), ..all() };
    let found = in_force(&service, &filter, 10).await;
    let [growth] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((growth.value_micros, growth.source_text.as_str(), growth.revision), (6_900_000, "6.9", 1));
    assert_eq!((growth.place.as_str(), growth.printed_rank, growth.report_id.clone()), ("23核算处1!C11", Some(1), report.report_id));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_correction_is_the_next_revision(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let submit = async |request: &str, value: &str| {
        let Answer { items, .. } = service.submit(csv(request, &format!("隆回县,gdp_growth,2025年1-3月,{value},%\n"))).await.unwrap();
        (items[0].reason(), items[0].message.clone())
    };
    assert_eq!(submit("1", "6.9").await, (Accepted, String::new()));
    assert_eq!(submit("2", "6.90").await, (Unchanged, String::new()));
    assert_eq!(submit("3", "7.1").await, (Revised, "原为6.9（第1版）".to_owned()));
    assert_eq!(submit("4", "6.9").await, (Revised, "原为7.1（第2版）".to_owned()));
    assert_eq!(history(&service).await, [(1, 6_900_000), (2, 7_100_000), (3, 6_900_000)]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_county_is_named_as_in_the_periods_year(#[case] backend: Backend) {
    let Some((_test, service)) = open(backend).await else { return };
    service.apply_plan(new_plan("plan", &plan_toml(), &[])).await.unwrap();
    let rows = "嫩江县,gdp_growth,2018-M06,6.9,%\n嫩江县,gdp_growth,2025-M06,6.9,%\n漠河市,gdp_growth,2025-M06,6.9,%\n";
    let items = service.submit(csv("1", rows)).await.unwrap().items;
    assert_eq!(reasons(&items), [Accepted, ItemReason::UnknownDivision, Accepted]);
    let ended = "“嫩江县”已于2019年变更，现为黑龙江省黑河市嫩江市（231183），2019年以后的数据请用现名或现代码";
    assert_eq!((items[0].division_code.as_str(), items[1].message.as_str(), items[2].division_code.as_str()), ("231183", ended, "232701"));
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_real_value_takes_the_place_of_a_simulated_one(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let row = "隆回县,gdp_growth,2025-M03,6.9,%\n";
    let Answer { report, .. } = service.submit(Submission { simulated: true, ..csv("1", row) }).await.unwrap();
    assert!(report.simulated && in_force(&service, &all(), 1).await[0].simulated);
    let Answer { items, .. } = service.submit(csv("2", row)).await.unwrap();
    assert_eq!(items[0].reason(), Revised);
    assert!(!in_force(&service, &all(), 1).await[0].simulated);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn each_row_has_its_reason(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let rows = [
        ("430524,gdp,2025-M03,70594,万元", Accepted),
        ("邵阳市,gdp,2025-M03,663.6,", Accepted),
        ("430502,gdp,2025-M03,1,亿元", Contradiction),
        ("双清,gdp,2025-M03,2,亿元", Contradiction),
        ("430503,gdp,2025-M03,1,亿元", Accepted),
        ("大祥区,gdp,2025-M03,10000,万元", Unchanged),
        ("某县,gdp,2025-M03,1,亿元", ItemReason::UnknownDivision),
        ("邵阳,gdp,2025-M03,1,亿元", ItemReason::AmbiguousDivision),
        ("430511,wishes,2025-M03,1,亿元", ItemReason::UnknownIndicator),
        ("430511,gdp,1-3月,1,亿元", ItemReason::BadPeriod),
        ("430511,gdp,2025-M03,many,亿元", ItemReason::BadValue),
        ("430511,gdp,2025-M03,9223372036855,亿元", ItemReason::BadValue),
        ("430511,gdp,2025-M03,1,%", ItemReason::BadUnit),
        ("430511,gdp,2025-M03,—,亿元", ItemReason::Empty),
        ("\0,gdp,2025-M03,1\0,亿元", ItemReason::UnknownDivision),
        ("430000,gdp,2025-M03,1,亿元", ItemReason::WrongScope),
        ("230000,province_gdp,2025-M03,7500,亿元", Accepted),
        ("430524,province_gdp,2025-M03,7500,亿元", ItemReason::WrongScope),
        ("430524,province_gdp,2025-M06,—,亿元", ItemReason::Empty),
    ];
    let text: String = rows.iter().map(|(row, _)| format!("{row}\n")).collect();
    let Answer { report, items, .. } = service.submit(csv("1", &text)).await.unwrap();
    assert_eq!(reasons(&items), rows.map(|(_, reason)| reason));
    assert_eq!((items[0].place.as_str(), items[0].value_micros), ("line 2", Some(7_059_400)));
    assert_eq!((count(&report, Contradiction), in_force(&service, &all(), 10).await.len()), (2, 4));
    assert_eq!(service.items(&report.report_id, 13, 10).await.unwrap(), items[13..]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_cannot_be_read_stores_nothing(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let workbook = |bytes: &[u8], layout_toml: &str, year| {
        submission("1", "a.xlsx", String::new(), Content::Workbook { bytes: bytes.to_vec(), layout_toml: layout_toml.to_owned(), year })
    };
    let refused = async |submission| service.submit(submission).await.unwrap_err();
    assert!(matches!(refused(workbook(b"no", SHAOYANG_LAYOUT, None)).await, Error::Workbook(_)));
    assert!(matches!(refused(workbook(SHAOYANG_WORKBOOK, "id = 1", None)).await, Error::Layout(_)));
    assert!(matches!(refused(workbook(SHAOYANG_WORKBOOK, SHAOYANG_LAYOUT, Some(2024))).await, Error::Year(_)));
    assert!(matches!(refused(submission("1", "a.csv", String::new(), Content::Csv(b"a,b".to_vec()))).await, Error::Csv(_)));
    assert!(matches!(refused(Submission { plan_id: "none".to_owned(), ..csv("1", "") }).await, Error::UnknownPlan(_)));
    assert!(matches!(service.report("none").await, Err(Error::UnknownReport(_))));
    assert_eq!(service.log.head(service.database.connection()).await.unwrap(), 1);
    assert!(service.submit(csv("1", "")).await.is_ok(), "a refused request may be mended under its id");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn reports_at_once_give_each_value_one_revision_after_another(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let submit = |request: String| {
        let service = service.clone();
        tokio::spawn(async move { service.submit(csv(&request, &format!("隆回县,gdp_growth,2025-M03,{request},%\n"))).await })
    };
    // The last two are one request sent twice.
    let running: Vec<_> = ["1", "2", "3", "4", "5", "5"].map(|request| submit(request.to_owned())).into_iter().collect();
    for answer in running {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(history(&service).await.iter().map(|(revision, _)| *revision).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(service.log.head(service.database.connection()).await.unwrap(), 6);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn many_rows_are_one_report(#[case] backend: Backend) {
    let Some((_test, service)) = open_with_plan(backend).await else { return };
    let row = |(number, code): (usize, &str)| rows::Row {
        place: format!("row {number}"),
        division: code.to_owned(),
        indicator: "gdp_growth".to_owned(),
        period: format!("{}-M{:02}", 2000 + number / 144, number / 12 % 12 + 1),
        value: "1.5".to_owned(),
        unit: "%".to_owned(),
    };
    let rows: Vec<_> = (0..2_400).zip(COUNTIES.into_iter().cycle()).map(row).collect();
    let Answer { report, .. } = service.submit(submission("1", "", String::new(), Content::Rows(rows))).await.unwrap();
    assert_eq!((count(&report, Accepted), report.periods.len()), (2_400, 200));
}
