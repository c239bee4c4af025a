use leitai_proto::evaluation::v1::{Light, analysis_service_client::AnalysisServiceClient};
use leitai_rpc::{
    client::{self, Channel},
    failure::explain,
};
use leitai_storage::testing::{Backend, TestDatabase};
use tonic::Code;

use super::*;
use crate::testing::{COUNTIES, FakeIngestion, PLAN_ID, Running, frozen, observed, plan_applied};

struct Fixture {
    client: AnalysisServiceClient<Channel>,
    ingestion: FakeIngestion,
    _running: Running,
    _test: TestDatabase,
}

/// Two counties with three of four due indicators; after the freeze the second one's industry is corrected from 4.1 to 7.
async fn fixture() -> Fixture {
    let test = Backend::Sqlite.open().await.unwrap();
    let ingestion = FakeIngestion::start().await;
    let values = [("industry_growth", "8.2", "4.1"), ("loan_growth", "11", "12"), ("gdp_growth", "5.4", "5.6")];
    let both = values.iter().flat_map(|(indicator, first, second)| {
        [observed(COUNTIES[0], indicator, "2025-M03", first), observed(COUNTIES[1], indicator, "2025-M03", second)]
    });
    let after = [frozen("2025-M03"), observed(COUNTIES[1], "industry_growth", "2025-M03", "7")];
    ingestion.append([plan_applied(1, &COUNTIES)].into_iter().chain(both).chain(after));
    let running = Running::start(test.database(), &ingestion).await;
    running.state.caught_up().await;
    let client = AnalysisServiceClient::new(client::channel(&running.endpoint).unwrap());
    Fixture { client, ingestion, _running: running, _test: test }
}

fn suppose(values: &[(&str, &str, Option<i64>)]) -> SupposeValuesRequest {
    let supposition = |(division, indicator, value): &(&str, &str, Option<i64>)| wire::Supposition {
        division_code: (*division).to_owned(),
        indicator_id: (*indicator).to_owned(),
        value_micros: *value,
    };
    SupposeValuesRequest {
        plan_id: PLAN_ID.to_owned(),
        period: "2025-M03".to_owned(),
        suppositions: values.iter().map(supposition).collect(),
        as_of: String::new(),
    }
}

#[tokio::test]
async fn another_value_gives_another_place() {
    let mut fixture = fixture().await;
    // With two counties each indicator gives 100 to one and 60 to the other: now (60+100+100)/3 for the second county, then 100.
    let request = suppose(&[(COUNTIES[1], "industry_growth", Some(9_000_000))]);
    let answer = fixture.client.suppose_values(request).await.unwrap().into_inner();
    let verdict = &answer.verdicts[0];
    let actual = |verdict: &Option<wire::Verdict>| verdict.as_ref().map(|verdict| (verdict.actual_micros, verdict.rank));
    assert_eq!((actual(&verdict.before), actual(&verdict.after)), (Some((Some(7_000_000), Some(2))), Some((Some(9_000_000), Some(1)))));
    let scores = |pair: &wire::SupposedStanding| {
        let side = |standing: &Option<wire::Standing>| standing.as_ref().and_then(|standing| standing.score);
        (pair.after.as_ref().map(|standing| standing.division_code.clone()).unwrap_or_default(), side(&pair.before), side(&pair.after))
    };
    let found: Vec<_> = answer.standings.iter().map(scores).collect();
    let expected = [(COUNTIES[1].to_owned(), Some(86.67), Some(100.0)), (COUNTIES[0].to_owned(), Some(73.33), Some(60.0))];
    assert_eq!((found, answer.changed_count), (expected.to_vec(), 2));
}

#[tokio::test]
async fn a_value_can_be_supposed_away_and_nothing_is_stored() {
    let mut fixture = fixture().await;
    let away = fixture.client.suppose_values(suppose(&[(COUNTIES[1], "industry_growth", None)])).await.unwrap().into_inner();
    assert_eq!(away.verdicts[0].after.as_ref().map(wire::Verdict::light), Some(Light::Missing));
    let same = fixture.client.suppose_values(suppose(&[(COUNTIES[1], "industry_growth", Some(7_000_000))])).await.unwrap().into_inner();
    assert_eq!(same.changed_count, 0);
}

#[tokio::test]
async fn what_cannot_be_supposed_is_refused() {
    let mut fixture = fixture().await;
    let value = (COUNTIES[1], "industry_growth", Some(1));
    for (request, reason) in [
        (suppose(&[]), "SUPPOSITIONS"),
        (suppose(&[value; 101]), "SUPPOSITIONS"),
        (suppose(&[value, value]), "SUPPOSED_TWICE"),
        (suppose(&[("110101", "industry_growth", Some(1))]), "SUPPOSITION"),
        (suppose(&[(COUNTIES[1], "gdp", Some(1))]), "SUPPOSITION"),
        (suppose(&[(COUNTIES[1], "industry_growth", Some(i64::MIN))]), "VALUE"),
    ] {
        let status = fixture.client.suppose_values(request).await.unwrap_err();
        assert_eq!((status.code(), explain(&status).contains(reason)), (Code::InvalidArgument, true), "{status:?}");
    }
}

#[tokio::test]
async fn a_revision_lists_what_it_changes() {
    let mut fixture = fixture().await;
    let mut request = ListRevisionEffectsRequest {
        plan_id: PLAN_ID.to_owned(),
        period: "2025-M03".to_owned(),
        page_size: 1,
        ..ListRevisionEffectsRequest::default()
    };
    let mut effects = Vec::new();
    loop {
        let page = fixture.client.list_revision_effects(request.clone()).await.unwrap().into_inner();
        effects.extend(page.effects.into_iter().filter_map(|effect| effect.kind));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    // The correction turns a red verdict green; with two counties no score depends on how far the lesser value lies behind.
    let [Kind::Value(value), Kind::Verdict(verdict)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((value.division_code.as_str(), value.before_micros, value.after_micros), (COUNTIES[1], Some(4_100_000), Some(7_000_000)));
    let light = |verdict: &Option<wire::Verdict>| verdict.as_ref().map(wire::Verdict::light);
    assert_eq!((light(&verdict.before), light(&verdict.after)), (Some(Light::Red), Some(Light::Green)));
    let april = ListRevisionEffectsRequest { period: "2025-M04".to_owned(), page_token: String::new(), ..request };
    let not_frozen = fixture.client.list_revision_effects(april).await.unwrap_err();
    assert_eq!((not_frozen.code(), explain(&not_frozen).contains("NOT_FROZEN")), (Code::FailedPrecondition, true));
}

#[tokio::test]
async fn a_round_is_told_as_it_was_frozen() {
    let mut fixture = fixture().await;
    let request = |as_of: &str| GetRoundRequest { plan_id: PLAN_ID.to_owned(), period: "2025-M03".to_owned(), as_of: as_of.to_owned() };
    let mut found = Vec::new();
    for as_of in ["", "1970-01-01T00:00:09Z", "2030-01-01T00:00:00Z"] {
        let round = fixture.client.get_round(request(as_of)).await.unwrap().into_inner().round.unwrap();
        let industry = round.verdicts.iter().find(|v| v.indicator_id == "industry_growth" && v.division_code == COUNTIES[1]);
        assert!(round.verdicts.iter().all(|verdict| verdict.in_force_at.is_empty() == verdict.actual_micros.is_none()));
        let industry = industry.unwrap().clone();
        found.push((industry.actual_micros, industry.in_force_at, round.frozen_at));
    }
    // The log's third entry, and its ninth: each has its number of seconds as time.
    let told = |micros, at: &str, frozen_at: &str| (Some(micros), at.to_owned(), frozen_at.to_owned());
    let (first, corrected, frozen_at) = ("1970-01-01T00:00:03Z", "1970-01-01T00:00:09Z", "2025-04-20T00:00:00Z");
    assert_eq!(found, [told(4_100_000, first, frozen_at), told(7_000_000, corrected, ""), told(7_000_000, corrected, frozen_at)]);
}

#[tokio::test]
async fn the_province_is_rolled_up_beside_what_it_reported() {
    let fixture = fixture().await;
    let observed = [(COUNTIES[0], "22"), (COUNTIES[1], "30")].map(|(code, text)| observed(code, "foreign_capital", "2025-M03", text));
    fixture.ingestion.append(observed);
    fixture.ingestion.append([crate::testing::observed("230000", "province_foreign_capital", "2025-M03", "55")]);
    let mut client = fixture.client.clone();
    let request = ListProvincialResultsRequest {
        plan_id: PLAN_ID.to_owned(),
        period: "2025-M03".to_owned(),
        ..ListProvincialResultsRequest::default()
    };
    let result = loop {
        let results = client.list_provincial_results(request.clone()).await.unwrap().into_inner().results;
        if results[0].reported_micros.is_some() {
            break results[0].clone();
        }
        tokio::task::yield_now().await;
    };
    // 22 + 30 of two of three counties beside 55: not scaled up, not judged against each other, and 55 is held against 240 × 3/12.
    assert_eq!((result.rolled_up_micros, result.counties_in, result.counties_of), (Some(52_000_000), 2, 3));
    assert_eq!((result.missing_divisions.clone(), result.difference_micros), (vec![COUNTIES[2].to_owned()], Some(3_000_000)));
    assert_eq!(result.state(), wire::ReconciliationState::Incomplete);
    let verdict = result.verdict.unwrap();
    assert_eq!((verdict.expected_micros, verdict.actual_micros, verdict.light()), (Some(60_000_000), Some(55_000_000), Light::Yellow));
}
