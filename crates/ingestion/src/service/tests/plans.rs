use super::*;
use crate::error::Error;

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn a_changed_text_or_county_set_is_a_new_revision(#[case] backend: Backend) {
    let Some((_test, service)) = open(backend).await else { return };
    let apply = async |request: &str, text: &str, codes: &[&str]| {
        let answer = service.apply_plan(new_plan(request, text, codes)).await.unwrap();
        (answer.plan.unwrap().revision, answer.changed)
    };
    let (first, second) = (plan_toml(), plan_toml().replace("测试方案", "测试方案（修订）"));
    assert_eq!(apply("1", &first, &[]).await, (1, true));
    assert_eq!(apply("2", &first, &[]).await, (1, false));
    assert_eq!(apply("3", &second, &[]).await, (2, true));
    assert_eq!(apply("4", &second, &COUNTIES).await, (3, true));
    assert_eq!(apply("1", &second, &[]).await, (1, true), "a repeat gets its first answer");
    assert_eq!(service.plan(PLAN).await.unwrap().title, "测试方案（修订）");
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn the_county_set_is_the_plans_own_unless_given(#[case] backend: Backend) {
    let Some((_test, service)) = open(backend).await else { return };
    service.apply_plan(new_plan("1", &plan_toml(), &[])).await.unwrap();
    let counties = crate::store::plans::counties(service.database.connection(), PLAN, 1).await.unwrap();
    // Heilongjiang has had 67 counties since 2019.
    assert_eq!(counties.len(), 67);
    service.apply_plan(new_plan("2", &plan_toml(), &["430523", "430502", "430523"])).await.unwrap();
    let counties = crate::store::plans::counties(service.database.connection(), PLAN, 2).await.unwrap();
    let shown: Vec<_> =
        counties.iter().map(|one| format!("{} {} {} {}", one.code, one.name, one.prefecture_code, one.prefecture_name)).collect();
    assert_eq!(shown, ["430502 双清区 430500 邵阳市", "430523 邵阳县 430500 邵阳市"]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn what_is_no_plan_is_refused(#[case] backend: Backend) {
    let Some((_test, service)) = open(backend).await else { return };
    assert!(matches!(service.apply_plan(new_plan("1", "id = 1", &[])).await, Err(Error::Plan(_))));
    let rule = "[[rule]]\nid = 'r'\nseverity = 'note'\nindicators = ['gdp']\nexpression = 'valu > 0'\nexpected = '正'\norigin = '示例'\n";
    assert!(matches!(service.apply_plan(new_plan("1", &format!("{}\n{rule}", plan_toml()), &[])).await, Err(Error::Rule(_))));
    assert!(matches!(service.apply_plan(new_plan("2", &plan_toml(), &["430500"])).await, Err(Error::County(code)) if code == "430500"));
    assert!(matches!(service.plan(PLAN).await, Err(Error::UnknownPlan(_))));
    assert!(service.plans(None, 10).await.unwrap().is_empty());
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn plans_are_listed_by_id(#[case] backend: Backend) {
    let Some((_test, service)) = open(backend).await else { return };
    for id in ["b-plan", "a-plan", "c-plan"] {
        service.apply_plan(new_plan(id, &plan_toml().replace(PLAN, id), &[])).await.unwrap();
    }
    let ids = |plans: Vec<leitai_proto::ingestion::v1::Plan>| plans.into_iter().map(|plan| plan.plan_id).collect::<Vec<_>>();
    assert_eq!(ids(service.plans(None, 2).await.unwrap()), ["a-plan", "b-plan"]);
    assert_eq!(ids(service.plans(Some("b-plan"), 2).await.unwrap()), ["c-plan"]);
}

#[rstest::rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test]
async fn at_once_one_revision_comes_of_one_text(#[case] backend: Backend) {
    let Some((_test, service)) = open(backend).await else { return };
    let text = plan_toml();
    let apply = |request: &'static str| service.apply_plan(new_plan(request, &text, &COUNTIES));
    let answers = tokio::join!(apply("1"), apply("2"), apply("3"), apply("3"));
    let answers = [answers.0, answers.1, answers.2, answers.3].map(Result::unwrap);
    assert!(answers.iter().all(|answer| answer.plan.as_ref().unwrap().revision == 1));
    assert_eq!(service.log.head(service.database.connection()).await.unwrap(), 1);
}
