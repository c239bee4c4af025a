use leitai_domain::period::Period;
use leitai_proto::ingestion::v1::{MeasureState, change::Kind};
use rstest::rstest;
use time::macros::date;

use super::*;
use crate::service::{Content, Submission};

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn progress_is_reported_and_the_end_is_shown(#[case] backend: Backend) {
    let Some(ground) = open(backend).await else { return };
    let id = ground.one("9月底").await;
    let report = act("p1", &id, OWNER, "完成六成土方");
    let first = ground.duties.report_progress(&report, Some(date!(2025 - 09 - 05)), Some(60)).await.unwrap();
    assert_eq!(
        (first.entry, first.measure.as_ref().unwrap().state(), first.measure.as_ref().unwrap().percent),
        (2, MeasureState::UnderWay, Some(60))
    );
    assert_eq!(ground.duties.report_progress(&report, None, None).await.unwrap(), first, "a repeat has the first answer");
    ground.duties.report_progress(&act("p2", &id, "依兰县财政局", "资金到位"), None, None).await.unwrap();
    let done = act("d1", &id, OWNER, "验收单〔2025〕3号");
    let measure = ground.duties.finish_measure(&done, None).await.unwrap();
    assert_eq!((measure.state(), measure.done_on.as_str(), measure.percent), (MeasureState::Done, "2025-09-10", Some(100)));
    let refused = ground.duties.report_progress(&act("p3", &id, OWNER, "再报"), None, None).await.unwrap_err();
    assert_eq!(reason(refused), "MEASURE_DONE");
    let told = ground.told(&id).await;
    let words: Vec<_> = told.iter().map(|(change, words)| (*change, words.as_str())).collect();
    assert_eq!(
        words,
        [
            (DutyChange::Added, ""),
            (DutyChange::Progress, "完成六成土方"),
            (DutyChange::Progress, "资金到位"),
            (DutyChange::Done, "验收单〔2025〕3号"),
        ]
    );
}

#[rstest]
#[case::reported(Backend::Sqlite, Some(60), MeasureState::UnderWay)]
#[case::reported(Backend::Postgres, Some(60), MeasureState::UnderWay)]
#[case::never_reported(Backend::Sqlite, None, MeasureState::NotStarted)]
#[case::never_reported(Backend::Postgres, None, MeasureState::NotStarted)]
#[tokio::test]
async fn a_done_measure_restored_is_as_far_as_last_reported(
    #[case] backend: Backend,
    #[case] percent: Option<u8>,
    #[case] state: MeasureState,
) {
    let Some(ground) = open(backend).await else { return };
    let id = ground.one("9月底").await;
    if percent.is_some() {
        ground.duties.report_progress(&act("p", &id, OWNER, "完成六成土方"), None, percent).await.unwrap();
    }
    ground.duties.finish_measure(&act("d", &id, OWNER, "验收单"), None).await.unwrap();
    let without =
        NewList { cancel_missing_reason: "并入通路工程".to_owned(), ..list("without", rows(&[("通路", "Y-2", "年底")])) };
    ground.duties.apply_list(without).await.unwrap();
    let cancelled = ground.duties.measure(&id, None).await.unwrap();
    assert_eq!((cancelled.state(), cancelled.percent), (MeasureState::Cancelled, percent.map(i32::from)));
    ground.apply("again", &[("平整土地", "Y-1", "9月底")]).await;
    let restored = ground.duties.measure(&id, None).await.unwrap();
    assert_eq!((restored.state(), restored.percent, restored.done_on.as_str()), (state, percent.map(i32::from), ""));
}

#[tokio::test]
async fn refusals_are_named_and_leave_no_trace() {
    let ground = open(Backend::Sqlite).await.unwrap();
    let id = ground.one("9月底").await;
    let report = async |agency: &str, day| ground.duties.report_progress(&act("x", &id, agency, "y"), day, None).await.map_err(reason);
    assert_eq!(report("某局", None).await.unwrap_err(), "NOT_YOUR_MEASURE");
    assert_eq!(report(OWNER, Some(date!(2025 - 09 - 11))).await.unwrap_err(), "DAY_AHEAD");
    let elsewhere = ground.duties.finish_measure(&act("x", "m-0", OWNER, "y"), None).await.unwrap_err();
    assert_eq!(reason(elsewhere), "UNKNOWN_MEASURE");
    assert_eq!(ground.told(&id).await.len(), 1);
    assert!(report(OWNER, None).await.is_ok(), "a refused request may be sent again");
}

#[tokio::test]
async fn a_requests_id_stands_for_one_measure() {
    let ground = open(Backend::Sqlite).await.unwrap();
    let answer = ground.apply("list", &[("甲", "", "9月底"), ("乙", "", "9月底")]).await;
    let [one, other] = [0, 1].map(|at: usize| answer.items[at].measure_id.clone());
    ground.duties.report_progress(&act("same", &one, OWNER, "x"), None, None).await.unwrap();
    let reused = ground.duties.report_progress(&act("same", &other, OWNER, "x"), None, None).await.unwrap_err();
    assert_eq!(reason(reused), "REQUEST_ID");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn two_at_once_are_one_after_the_other(#[case] backend: Backend) {
    let Some(ground) = open(backend).await else { return };
    let id = ground.one("9月底").await;
    let done = |request: &'static str| {
        let (duties, act) = (ground.duties.clone(), act(request, &id, OWNER, "凭证"));
        async move { duties.finish_measure(&act, None).await }
    };
    let (one, two, three) = tokio::join!(done("a"), done("b"), done("a"));
    let done: Vec<bool> = vec![one.is_ok(), two.is_ok(), three.is_ok()];
    assert_eq!(done[0], done[2], "the same request has one answer");
    assert_ne!(done[0], done[1], "a measure is done once");
    assert_eq!(ground.told(&id).await.len(), 2);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn overdue_follows_from_the_day_asked_about(#[case] backend: Backend) {
    let Some(ground) = open(backend).await else { return };
    ground.apply("list", &[("甲", "", "8月底"), ("乙", "", "9月5日"), ("丙", "", "9月底")]).await;
    let all = ground.all().await;
    let overdue = async |on: Option<time::Date>| {
        let filter = Filter { plan_id: PLAN.to_owned(), ..Filter::default() };
        let rows = ground.duties.measures(filter, true, on, None, 100).await.unwrap();
        rows.into_iter().map(|(_, measure)| (measure.measure, measure.overdue_days)).collect::<Vec<_>>()
    };
    let told = |of: &[(&str, i32)]| of.iter().map(|(measure, days)| ((*measure).to_owned(), *days)).collect::<Vec<_>>();
    assert_eq!(overdue(None).await, told(&[("甲", 10), ("乙", 5)]));
    assert_eq!(overdue(Some(date!(2025 - 08 - 31))).await, []);
    assert_eq!(overdue(Some(date!(2025 - 09 - 01))).await, told(&[("甲", 1)]));
    ground.duties.finish_measure(&act("d", &all[0].measure_id, OWNER, "凭证"), Some(date!(2025 - 09 - 03))).await.unwrap();
    assert_eq!(overdue(None).await, told(&[("乙", 5)]));
    assert_eq!(overdue(Some(date!(2025 - 09 - 02))).await, told(&[("甲", 2)]), "it was overdue until it was done");
    let projects = crate::responsibility::store::projects::Filter { plan_id: PLAN.to_owned(), ..Default::default() };
    let project = ground.duties.projects(projects, None, None, 10).await.unwrap().remove(0);
    let counts = (project.measures, project.not_started, project.under_way, project.done, project.overdue);
    assert_eq!((project.project.as_str(), counts), ("园区", (3, 2, 0, 1, 1)));
    assert_eq!((project.next_due_on.as_str(), project.last_due_on.as_str()), ("2025-09-05", "2025-09-30"));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_is_overdue_at_a_freeze_goes_before_the_round(#[case] backend: Backend) {
    use futures::StreamExt;
    let Some(ground) = open(backend).await else { return };
    let rows: Vec<_> = (0..501).map(|number| format!("第{number}条")).collect();
    let mut list: Vec<_> = rows.iter().map(|measure| (measure.as_str(), "", "8月底")).collect();
    list.push(("还早", "", "年底"));
    ground.apply("list", &list).await;
    let csv = "division,indicator,period,value,unit\n依兰县,gdp_growth,2025-M08,6.9,%\n".as_bytes().to_vec();
    let (request_id, plan_id, submitter) = ("v".to_owned(), PLAN.to_owned(), "省统计局".to_owned());
    let (file_name, content_sha256, content) = ("a.csv".to_owned(), "0".repeat(64), Content::Csv(csv));
    ground
        .service
        .submit(Submission {
            request_id,
            plan_id,
            submitter,
            simulated: false,
            file_name,
            content_sha256,
            content,
            note: String::new(),
            replaces: String::new(),
            dry_run: false,
        })
        .await
        .unwrap();
    let round = ground.service.freeze_round("f", PLAN, Period::new(2025, 8).unwrap()).await.unwrap().round.unwrap();
    let changes = Box::pin(ground.service.changes(2)).next().await.unwrap().unwrap().changes;
    let kinds: Vec<_> = changes.into_iter().map(|change| change.kind.unwrap()).collect();
    let [Kind::MeasuresOverdue(first), Kind::MeasuresOverdue(second), Kind::RoundFrozen(frozen)] = &kinds[..] else { panic!("{kinds:?}") };
    assert_eq!(
        (first.measures.len(), second.measures.len(), first.day.as_str(), first.period.as_str()),
        (500, 1, "2025-09-10", "2025-M08")
    );
    assert_eq!((first.measures[0].overdue_days, first.measures[0].owner.as_str()), (10, OWNER));
    assert_eq!((frozen.frozen_sequence, round.frozen_sequence), (5, 5));
}
