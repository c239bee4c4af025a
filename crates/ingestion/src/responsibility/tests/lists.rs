use leitai_workbook::duties::template;
use rstest::rstest;

use super::*;

const FIRST: [(&str, &str, &str); 2] = [("平整土地", "", "9月底前"), ("通水通电", "Y-2", "年底")];

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn the_same_list_again_changes_nothing(#[case] backend: Backend) {
    let Some(ground) = open(backend).await else { return };
    let first = ground.apply("1", &FIRST).await;
    assert_eq!((first.applied, first.revision), (true, 1));
    assert_eq!(changes(&first), [("平整土地", DutyChange::Added, false), ("通水通电", DutyChange::Added, false)]);
    let before = ground.all().await;
    assert_eq!(
        (before[0].due_on.as_str(), before[0].indicator_name.as_str(), before[0].division_name.as_str()),
        ("2025-09-30", "gdp_growth", "依兰县")
    );
    let again = ground.apply("2", &FIRST).await;
    assert_eq!((again.revision, changes(&again)[0].1), (1, DutyChange::Unspecified));
    assert_eq!(ground.all().await, before);
    assert_eq!(ground.apply("1", &FIRST).await, first, "a repeat has the first answer");
    assert_eq!(ground.told(&before[0].measure_id).await, [(DutyChange::Added, String::new())]);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn an_unchanged_measure_stands_where_the_newest_list_has_it(#[case] backend: Backend) {
    let Some(ground) = open(backend).await else { return };
    ground.apply("1", &FIRST).await;
    let places = |answer: &ApplyListResponse| answer.items.iter().map(|item| item.place.clone()).collect::<Vec<_>>();
    let turned = ground.apply("2", &[FIRST[1], FIRST[0]]).await;
    assert_eq!((turned.revision, places(&turned)), (1, vec!["第1行".to_owned(), "第2行".to_owned()]));
    let all = ground.all().await;
    assert_eq!((all[0].measure.as_str(), all[0].position, all[0].revision), (FIRST[1].0, 1, 1));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_changed_row_is_a_revision_and_a_missing_one_stays_until_cancelled(#[case] backend: Backend) {
    let Some(ground) = open(backend).await else { return };
    ground.apply("1", &FIRST).await;
    let second = ground.apply("2", &[("通水、通电、通路", "Y-2", "2026年3月底")]).await;
    assert_eq!(changes(&second), [("通水、通电、通路", DutyChange::Revised, false), ("平整土地", DutyChange::Unspecified, true)]);
    assert_eq!(second.items[0].changes, "措施：通水通电 → 通水、通电、通路；完成时限：2025-12-31 → 2026-03-31");
    let cancel = NewList {
        cancel_missing_reason: "并入通路工程".to_owned(),
        ..list("3", rows(&[("通水、通电、通路", "Y-2", "2026年3月底")]))
    };
    let third = ground.duties.apply_list(cancel).await.unwrap();
    assert_eq!(changes(&third)[1], ("平整土地", DutyChange::Cancelled, false));
    let cancelled = &third.items[1].measure_id;
    assert_eq!(ground.duties.measure(cancelled, None).await.unwrap().cancelled_on, "2025-09-10");
    let back = ground.apply("4", &[FIRST[0], ("通水、通电、通路", "Y-2", "2026年3月底")]).await;
    assert_eq!(changes(&back)[0].1, DutyChange::Restored);
    let told: Vec<_> = ground.told(cancelled).await;
    assert_eq!(
        told,
        [(DutyChange::Added, String::new()), (DutyChange::Cancelled, "并入通路工程".to_owned()), (DutyChange::Restored, String::new()),]
    );
    let measure = ground.duties.measure(cancelled, None).await.unwrap();
    assert_eq!((measure.revision, measure.cancelled_on.as_str(), measure.position), (2, "", 1));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_dry_run_and_a_faulty_list_store_nothing(#[case] backend: Backend) {
    let Some(ground) = open(backend).await else { return };
    let dry = ground.duties.apply_list(NewList { dry_run: true, ..list("1", rows(&FIRST)) }).await.unwrap();
    assert_eq!((dry.applied, dry.revision, dry.items.len()), (false, 1, 2));
    let faulty = ground.apply("1", &[FIRST[0], ("通水", "", "九月")]).await;
    assert_eq!((faulty.applied, faulty.faults.len(), faulty.items.len()), (false, 1, 0));
    assert_eq!(
        (faulty.faults[0].place.as_str(), faulty.faults[0].column.as_str(), faulty.faults[0].found.as_str()),
        ("第2行", "完成时限", "九月")
    );
    assert_eq!(ground.all().await, []);
    assert!(ground.apply("1", &FIRST).await.applied, "the request's id is still free");
}

#[tokio::test]
async fn a_list_is_its_agencys() {
    let ground = open(Backend::Sqlite).await.unwrap();
    ground.apply("1", &FIRST).await;
    let other = NewList { agency: CITY.to_owned(), ..list("2", rows(&FIRST)) };
    assert_eq!(reason(ground.duties.apply_list(other.clone()).await.unwrap_err()), "NOT_YOUR_LIST");
    let own = NewList { list_id: "harbin".to_owned(), ..other };
    assert!(ground.duties.apply_list(own).await.unwrap().applied, "the same measures in another list are others");
    assert_eq!(ground.all().await.len(), 4);
    let unknown = NewList { plan_id: "none".to_owned(), ..list("3", rows(&FIRST)) };
    assert_eq!(reason(ground.duties.apply_list(unknown).await.unwrap_err()), "UNKNOWN_PLAN");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn lists_applied_at_once_are_applied_one_after_another(#[case] backend: Backend) {
    let Some(ground) = open(backend).await else { return };
    let apply = |request: &'static str, due: &'static str| ground.duties.apply_list(list(request, rows(&[("平整土地", "Y-1", due)])));
    let (one, two, three) = tokio::join!(apply("a", "9月底"), apply("b", "10月底"), apply("b", "10月底"));
    let (one, two, three) = (one.unwrap(), two.unwrap(), three.unwrap());
    assert_eq!(two, three, "the same request has one answer");
    let mut revisions = [one.revision, two.revision];
    revisions.sort_unstable();
    assert_eq!(revisions, [1, 2]);
    let told: Vec<_> = ground.told(&one.items[0].measure_id).await.into_iter().map(|(change, _)| change).collect();
    assert_eq!(told, [DutyChange::Added, DutyChange::Revised]);
}

#[tokio::test]
async fn the_shipped_example_fits_the_shipped_plan() {
    use leitai_domain::{plan::Plan, shipped};
    let ground = open(Backend::Sqlite).await.unwrap();
    let toml = shipped::plan("heilongjiang-county-economy-2025").unwrap();
    let plan = NewPlan { request_id: "shipped".to_owned(), document_toml: toml.to_owned(), county_codes: Vec::new() };
    ground.service.apply_plan(plan).await.unwrap();
    let rows = template::example().unwrap();
    let bytes = template::write(&Plan::from_toml(toml).unwrap(), "示例", &rows).unwrap();
    let example = NewList { plan_id: "heilongjiang-county-economy-2025".to_owned(), ..list("e", ListContent::File(bytes, String::new())) };
    let answer = ground.duties.apply_list(example).await.unwrap();
    assert_eq!((answer.applied, answer.items.len()), (true, rows.len()), "{:?}", answer.faults);
    assert!(answer.items[0].place.starts_with("责任清单 第3行"), "{:?}", answer.items[0]);
}
