use leitai_domain::{division::Level, responsibility::problem::Deed};
use leitai_proto::ingestion::v1::{Problem, ProblemState, TaskForceLevel};
use rstest::rstest;
use time::macros::datetime;

use super::*;
use crate::error::Error;

/// A measure with a progress report, and a problem before the county's task force.
async fn raised(ground: &Ground) -> (String, Problem) {
    let id = ground.one("9月底").await;
    ground.duties.report_progress(&act("p", &id, OWNER, "用地手续未批"), None, None).await.unwrap();
    let problem = ground.duties.raise_problem(&act("raise", &id, OWNER, "缺用地指标"), None, None).await.unwrap();
    (id, problem)
}

impl Ground {
    async fn deed(&self, request: &str, problem: &Problem, deed: Deed, agency: &str) -> Result<Problem, Error> {
        self.duties.act_on_problem(&act(request, &problem.problem_id, agency, "因为"), deed).await
    }
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_problem_goes_up_is_answered_and_closed(#[case] backend: Backend) {
    let Some(ground) = open(backend).await else { return };
    let (measure, problem) = raised(&ground).await;
    assert_eq!((problem.state(), problem.level(), problem.task_force.as_str()), (ProblemState::Open, TaskForceLevel::County, COUNTY));
    // Ten working days after Wednesday 10 September: two weekends, and no day off before 24 September.
    assert_eq!((problem.answer_due_on.as_str(), problem.progress_entry), ("2025-09-24", 2));
    let city = ground.deed("1", &problem, Deed::Escalate, COUNTY).await.unwrap();
    assert_eq!((city.level(), city.task_force.as_str(), city.answer.as_str()), (TaskForceLevel::City, CITY, "因为"));
    assert_eq!(ground.deed("1", &problem, Deed::Escalate, COUNTY).await.unwrap(), city, "a repeat has the first answer");
    let province = ground.deed("2", &problem, Deed::Escalate, CITY).await.unwrap();
    assert_eq!(province.task_force, PROVINCE);
    assert_eq!(reason(ground.deed("3", &problem, Deed::Escalate, PROVINCE).await.unwrap_err()), "NO_LEVEL_ABOVE");
    let resolved = ground.deed("4", &problem, Deed::Resolve, PROVINCE).await.unwrap();
    assert_eq!((resolved.state(), resolved.answer_due_on.as_str()), (ProblemState::Resolved, ""));
    let closed = ground.deed("5", &problem, Deed::Close, OWNER).await.unwrap();
    assert_eq!((closed.state(), ground.duties.problem(&problem.problem_id).await.unwrap()), (ProblemState::Closed, closed));
    let told: Vec<_> = ground.told(&problem.problem_id).await.into_iter().map(|(change, _)| change).collect();
    assert_eq!(told, [DutyChange::Raised, DutyChange::Escalated, DutyChange::Escalated, DutyChange::Resolved, DutyChange::Closed]);
    let of_measure = ground.told(&measure).await;
    assert_eq!(of_measure[2], (DutyChange::ProblemRaised, format!("{} 缺用地指标", problem.problem_id)));
}

#[tokio::test]
async fn a_problem_belongs_to_a_progress_report_of_the_owner() {
    let ground = open(Backend::Sqlite).await.unwrap();
    let id = ground.one("9月底").await;
    let raise =
        async |agency: &str, level, entry| ground.duties.raise_problem(&act("r", &id, agency, "x"), level, entry).await.map_err(reason);
    assert_eq!(raise(OWNER, None, None).await.unwrap_err(), "NO_PROGRESS_REPORT");
    ground.duties.report_progress(&act("p", &id, OWNER, "x"), None, None).await.unwrap();
    assert_eq!(raise(OWNER, None, Some(1)).await.unwrap_err(), "NO_PROGRESS_REPORT");
    assert_eq!(raise("依兰县财政局", None, None).await.unwrap_err(), "NOT_YOUR_MEASURE");
    let problem = raise(OWNER, Some(Level::Province), Some(2)).await.unwrap();
    assert_eq!((problem.raised_at_level(), problem.task_force.as_str()), (TaskForceLevel::Province, PROVINCE));
    ground.duties.finish_measure(&act("d", &id, OWNER, "x"), None).await.unwrap();
    let late = ground.duties.raise_problem(&act("r2", &id, OWNER, "x"), None, None).await.unwrap_err();
    assert_eq!(reason(late), "MEASURE_DONE");
}

#[tokio::test]
async fn a_silent_task_force_is_passed_by_the_day_after_the_last() {
    let ground = open(Backend::Sqlite).await.unwrap();
    let (_, problem) = raised(&ground).await;
    assert_eq!(reason(ground.deed("1", &problem, Deed::Escalate, OWNER).await.unwrap_err()), "ANSWER_NOT_OVERDUE");
    // Midnight in Beijing ends 24 September.
    ground.clock.set(datetime!(2025-09-24 15:59 UTC));
    assert!(ground.deed("1", &problem, Deed::Escalate, OWNER).await.is_err());
    ground.clock.set(datetime!(2025-09-24 16:00 UTC));
    assert!(ground.duties.problem(&problem.problem_id).await.unwrap().answer_overdue);
    let city = ground.deed("1", &problem, Deed::Escalate, OWNER).await.unwrap();
    // After Thursday 25 September: 26, 28 to 30, 9 to 11 and 13 to 15 October; 1 to 8 October are off, 28 and 11 are worked (the notice for 2025).
    assert_eq!((city.level(), city.answer_due_on.as_str(), city.answer_overdue), (TaskForceLevel::City, "2025-10-15", false));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn of_two_deeds_at_once_one_is_refused(#[case] backend: Backend) {
    let Some(ground) = open(backend).await else { return };
    let (_, problem) = raised(&ground).await;
    let (up, answer) = tokio::join!(ground.deed("1", &problem, Deed::Escalate, COUNTY), ground.deed("2", &problem, Deed::Resolve, COUNTY));
    assert_ne!(up.is_ok(), answer.is_ok());
    assert_eq!(ground.told(&problem.problem_id).await.len(), 2);
}
