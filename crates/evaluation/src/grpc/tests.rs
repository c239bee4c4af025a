use leitai_proto::evaluation::v1::{Light, Verdict, VerdictReason, evaluation_service_client::EvaluationServiceClient};
use leitai_rpc::{
    client::{self, Channel},
    failure::explain,
};
use leitai_storage::testing::{Backend, TestDatabase};
use tonic::Code;

use super::*;
use crate::testing::{COUNTIES, FakeIngestion, PLAN_ID, Running, TARGETS, frozen, observed, plan_applied};

struct Fixture {
    client: EvaluationServiceClient<Channel>,
    ingestion: FakeIngestion,
    running: Running,
    _test: TestDatabase,
}

async fn fixture() -> Fixture {
    let test = Backend::Sqlite.open().await.unwrap();
    let ingestion = FakeIngestion::start().await;
    let running = Running::start(test.database(), &ingestion).await;
    let client = EvaluationServiceClient::new(client::channel(&running.endpoint).unwrap());
    Fixture { client, ingestion, running, _test: test }
}

async fn with_values() -> Fixture {
    let fixture = fixture().await;
    fixture.ingestion.append([
        plan_applied(1, &COUNTIES),
        observed(COUNTIES[0], "industry_growth", "2025-M03", "8.25"),
        observed(COUNTIES[1], "industry_growth", "2025-M03", "4.1"),
        observed(COUNTIES[0], "loan_growth", "2025-M03", "11"),
        observed(COUNTIES[0], "gdp_growth", "2025-M03", "5.4"),
        frozen("2025-M03"),
        observed(COUNTIES[0], "industry_growth", "2025-M04", "6"),
    ]);
    fixture.running.state.caught_up().await;
    fixture
}

fn march() -> ListVerdictsRequest {
    ListVerdictsRequest { plan_id: PLAN_ID.to_owned(), period: "2025-M03".to_owned(), ..ListVerdictsRequest::default() }
}

fn keys(verdicts: &[Verdict]) -> Vec<(&str, &str)> {
    verdicts.iter().map(|verdict| (verdict.indicator_id.as_str(), verdict.division_code.as_str())).collect()
}

#[tokio::test]
async fn queries_wait_for_the_first_replay() {
    let mut fixture = fixture().await;
    let early = fixture.client.list_verdicts(march()).await.unwrap_err();
    assert_eq!((early.code(), explain(&early).as_str()), (Code::Unavailable, "values are still being loaded [CATCHING_UP]"));
    fixture.ingestion.append([plan_applied(1, &COUNTIES)]);
    fixture.running.state.caught_up().await;
    assert_eq!(fixture.client.list_verdicts(march()).await.unwrap().into_inner().verdicts.len(), TARGETS * COUNTIES.len());
}

#[tokio::test]
async fn a_verdict_says_everything() {
    let mut fixture = with_values().await;
    let request = GetVerdictRequest {
        plan_id: PLAN_ID.to_owned(),
        period: "2025-M03".to_owned(),
        indicator_id: "gdp_growth".to_owned(),
        division_code: COUNTIES[0].to_owned(),
        as_of: String::new(),
    };
    let verdict = fixture.client.get_verdict(request).await.unwrap().into_inner().verdict.unwrap();
    assert_eq!((verdict.indicator_name.as_str(), verdict.target_text.as_str()), ("地区生产总值增速", "5.5左右"));
    assert_eq!((verdict.division_name.as_str(), verdict.prefecture_name.as_str()), ("230102县", "哈尔滨市"));
    assert_eq!((verdict.expected_micros, verdict.actual_micros, verdict.gap_micros), (Some(5_500_000), Some(5_400_000), Some(-100_000)));
    assert_eq!((verdict.light(), verdict.reason()), (Light::Green, VerdictReason::WithinBand));
    assert_eq!((verdict.rank, verdict.ranked_count, verdict.evaluating_agencies), (Some(1), 1, vec!["省发展改革委".to_owned()]));
    let needed = verdict.still_needed.unwrap();
    assert_eq!(needed.working, "[(1+5.5%)-25%×(1+5.4%)]÷(1-25%)-1=5.5333%");
    // (1.055 − 0.25 × 1.054) / 0.75 − 1 with an even share
    assert_eq!((needed.value_micros, needed.base_share_micros, needed.share_assumed), (5_533_333, Some(250_000), true));
}

#[tokio::test]
async fn filters_and_pages_keep_the_order() {
    let mut fixture = with_values().await;
    let red = ListVerdictsRequest { lights: vec![Light::Red.into()], ..march() };
    let found = fixture.client.list_verdicts(red).await.unwrap().into_inner().verdicts;
    assert_eq!(keys(&found), [("industry_growth", COUNTIES[1])]);
    let agency =
        ListVerdictsRequest { evaluating_agency: "省地方金融管理局".to_owned(), division_code: COUNTIES[2].to_owned(), ..march() };
    let found = fixture.client.list_verdicts(agency).await.unwrap().into_inner().verdicts;
    assert_eq!(keys(&found), [("loan_growth", COUNTIES[2])]);
    let all = fixture.client.list_verdicts(march()).await.unwrap().into_inner().verdicts;
    let mut paged = Vec::new();
    let mut request = ListVerdictsRequest { page_size: 4, ..march() };
    loop {
        let page = fixture.client.list_verdicts(request.clone()).await.unwrap().into_inner();
        paged.extend(page.verdicts);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn standings_and_rounds_are_listed() {
    let mut fixture = with_values().await;
    let request = ListStandingsRequest {
        plan_id: PLAN_ID.to_owned(),
        period: "2025-M03".to_owned(),
        page_size: 2,
        ..ListStandingsRequest::default()
    };
    let page = fixture.client.list_standings(request.clone()).await.unwrap().into_inner();
    assert!(page.method.contains("示例政策"));
    // Three of four due indicators for the first county; one of four is too few for the second.
    let found: Vec<_> =
        page.standings.iter().map(|s| (s.division_code.as_str(), s.score, s.rank, s.indicators_counted, s.indicators_due)).collect();
    assert_eq!(found, [(COUNTIES[0], Some(100.0), Some(1), 3, 4), (COUNTIES[1], None, None, 1, 4)]);
    let rest =
        fixture.client.list_standings(ListStandingsRequest { page_token: page.next_page_token, ..request }).await.unwrap().into_inner();
    assert_eq!((rest.standings.len(), rest.next_page_token.as_str()), (1, ""));
    let rounds = fixture.client.list_evaluated_rounds(ListEvaluatedRoundsRequest::default()).await.unwrap().into_inner().rounds;
    let found: Vec<_> = rounds.iter().map(|round| (round.period.as_str(), round.frozen, round.lights.unwrap().green)).collect();
    assert_eq!(found, [("2025-M03", true, 3), ("2025-M04", false, 1)]);
}

/// The fake records its n-th entry n seconds after the epoch.
#[tokio::test]
async fn answers_as_it_was_known_then() {
    let mut fixture = with_values().await;
    fixture.ingestion.append([observed(COUNTIES[1], "industry_growth", "2025-M03", "7")]);
    let second_county = |as_of: &str| GetVerdictRequest {
        plan_id: PLAN_ID.to_owned(),
        period: "2025-M03".to_owned(),
        indicator_id: "industry_growth".to_owned(),
        division_code: COUNTIES[1].to_owned(),
        as_of: as_of.to_owned(),
    };
    while fixture.client.get_verdict(second_county("")).await.unwrap().into_inner().verdict.unwrap().actual_micros != Some(7_000_000) {
        tokio::task::yield_now().await;
    }
    let mut then = Vec::new();
    for as_of in ["1970-01-01T00:00:02Z", "1970-01-01T00:00:03Z", "1970-01-01T00:00:07.999Z", "1970-01-01T00:00:08Z"] {
        let verdict = fixture.client.get_verdict(second_county(as_of)).await.unwrap().into_inner().verdict.unwrap();
        then.push((verdict.light(), verdict.actual_micros, verdict.rank));
    }
    let red = (Light::Red, Some(4_100_000), Some(2));
    assert_eq!(then, [(Light::Missing, None, None), red, red, (Light::Green, Some(7_000_000), Some(2))]);
    let before_the_plan = fixture.client.get_verdict(second_county("1970-01-01T00:00:00Z")).await.unwrap_err();
    assert_eq!(before_the_plan.code(), Code::NotFound);
    let no_moment = fixture.client.get_verdict(second_county("yesterday")).await.unwrap_err();
    assert_eq!((no_moment.code(), explain(&no_moment).contains("MOMENT")), (Code::InvalidArgument, true));
}

#[tokio::test]
async fn wrong_questions_are_answered_with_a_reason() {
    let mut fixture = with_values().await;
    for (request, code, reason) in [
        (ListVerdictsRequest { plan_id: "other".to_owned(), ..march() }, Code::NotFound, "PLAN_NOT_FOUND"),
        (ListVerdictsRequest { plan_id: String::new(), ..march() }, Code::InvalidArgument, "REQUIRED"),
        (ListVerdictsRequest { period: "2024-M03".to_owned(), ..march() }, Code::NotFound, "ROUND_NOT_FOUND"),
        (ListVerdictsRequest { period: "March".to_owned(), ..march() }, Code::InvalidArgument, "PERIOD"),
        (ListVerdictsRequest { indicator_id: "gdp".to_owned(), ..march() }, Code::NotFound, "INDICATOR_NOT_FOUND"),
        (ListVerdictsRequest { division_code: "110101".to_owned(), ..march() }, Code::NotFound, "DIVISION_NOT_FOUND"),
        (ListVerdictsRequest { lights: vec![9], ..march() }, Code::InvalidArgument, "LIGHT"),
        (ListVerdictsRequest { page_size: 1_001, ..march() }, Code::InvalidArgument, "PAGE_SIZE"),
    ] {
        let status = fixture.client.list_verdicts(request).await.unwrap_err();
        assert_eq!(status.code(), code, "{status:?}");
        assert!(explain(&status).contains(reason), "{status:?}");
    }
    let negative = fixture.client.watch_findings(WatchFindingsRequest { after_sequence: -1 }).await.unwrap_err();
    assert_eq!(negative.code(), Code::InvalidArgument);
    let mut ahead = fixture.client.watch_findings(WatchFindingsRequest { after_sequence: 2 }).await.unwrap().into_inner();
    let ahead = ahead.message().await.unwrap_err();
    assert_eq!(ahead.code(), Code::FailedPrecondition);
    assert!(explain(&ahead).contains("ends at 1") && explain(&ahead).ends_with("[LOG_WENT_BACK]"), "{}", explain(&ahead));
}
