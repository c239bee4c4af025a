use leitai_proto::{
    evaluation::v1::{GetDossierRequest, GetDossierResponse, Movement, analysis_service_client::AnalysisServiceClient},
    ingestion::v1::change::Kind,
};
use leitai_rpc::client::{self, Channel};
use leitai_storage::testing::{Backend, TestDatabase};
use tonic::{Code, Status};

use crate::testing::{COUNTIES, FakeIngestion, PLAN_ID, Running, frozen, observed, plan_applied};

struct Fixture {
    client: AnalysisServiceClient<Channel>,
    _running: Running,
    _test: TestDatabase,
}

impl Fixture {
    async fn dossier(&mut self, period: &str, division: &str, as_of: &str) -> Result<GetDossierResponse, Status> {
        let request = GetDossierRequest {
            plan_id: PLAN_ID.to_owned(),
            period: period.to_owned(),
            division_code: division.to_owned(),
            as_of: as_of.to_owned(),
        };
        self.client.get_dossier(request).await.map(tonic::Response::into_inner)
    }
}

fn values(period: &str, indicator: &str, texts: [&str; 3]) -> Vec<Kind> {
    COUNTIES.iter().zip(texts).map(|(code, text)| observed(code, indicator, period, text)).collect()
}

/// February ranks the counties 1, 2, 3 and is frozen; then the first county's and the third's values of February are corrected; in March
/// the growth of GDP is due, too.
async fn fixture() -> Fixture {
    let test = Backend::Sqlite.open().await.unwrap();
    let ingestion = FakeIngestion::start().await;
    let february = [values("2025-M02", "industry_growth", ["9", "8", "7"]), values("2025-M02", "loan_growth", ["12", "11", "10"])];
    let corrections = [
        observed(COUNTIES[0], "industry_growth", "2025-M02", "6"),
        observed(COUNTIES[0], "loan_growth", "2025-M02", "9"),
        observed(COUNTIES[2], "industry_growth", "2025-M02", "7.6"),
    ];
    let march = [
        values("2025-M03", "industry_growth", ["0", "1", "7.6"]),
        values("2025-M03", "loan_growth", ["0", "1", "10"]),
        values("2025-M03", "gdp_growth", ["2", "1", "10"]),
    ];
    ingestion.append([plan_applied(1, &COUNTIES)].into_iter().chain(february.concat()).chain([frozen("2025-M02")]));
    ingestion.append(corrections.into_iter().chain(march.concat()));
    let running = Running::start(test.database(), &ingestion).await;
    running.state.caught_up().await;
    let client = AnalysisServiceClient::new(client::channel(&running.endpoint).unwrap());
    Fixture { client, _running: running, _test: test }
}

#[tokio::test]
async fn a_movement_is_split_by_cause() {
    let dossier = fixture().await.dossier("2025-M03", COUNTIES[1], "").await.unwrap();
    // Scores of the three counties, efficacy 60 to 100 (60 + 40 × place between least and most), equal weights:
    // published, February 9 8 7 | 12 11 10:             100    80    60    → second
    // revised, 6 8 7.6 | 9 11 10:                        60    100   86    → first
    // March's rules add GDP 2 1 10:                      61.48 86.67 90.67 → second
    // the county's own March, 6 1 7.6 | 9 1 10 | 2 1 10: 83.43 60    100   → third
    // the others' March, 0 1 7.6 | 0 1 10 | 2 1 10:      61.48 63.09 100   → second
    let split =
        Movement { previous_period: "2025-M02".to_owned(), previous_rank: 2, total: 0, revisions: 1, method: -1, own: -1, others: 1 };
    assert_eq!(dossier.movement, Some(split));
    let standing = dossier.standing.unwrap();
    // The standing's own movement leaves revisions out: by February as known now the county was first.
    assert_eq!((standing.rank, standing.score, standing.movement), (Some(2), Some(63.09), Some(-1)));
}

#[tokio::test]
async fn contributions_add_up_to_the_score_and_to_the_distance() {
    let dossier = fixture().await.dossier("2025-M03", COUNTIES[1], "").await.unwrap();
    let parts: Vec<_> = dossier.contributions.iter().map(|part| (part.indicator_id.as_str(), part.normalised, part.points)).collect();
    // 60 + 40 × 1 ÷ 7.6 and 60 + 40 × 1 ÷ 10, each a third of the county's weights; foreign capital was not reported by anyone.
    let industry: f64 = 40.0 / 7.6;
    let expected = [
        ("gdp_growth", Some(60.0), 0.0),
        ("industry_growth", Some(60.0 + industry), industry / 3.0),
        ("foreign_capital_growth", None, 0.0),
        ("loan_growth", Some(64.0), 4.0 / 3.0),
    ];
    for ((id, normalised, points), (expected_id, expected_normalised, expected_points)) in parts.iter().zip(expected) {
        assert_eq!(*id, expected_id);
        let apart = normalised.zip(expected_normalised).map_or(0.0, |(found, expected)| (found - expected).abs());
        assert_eq!((normalised.is_some(), apart < 1e-9), (expected_normalised.is_some(), true), "{id}: {normalised:?}");
        assert!((points - expected_points).abs() < 1e-9, "{id}: {points}");
    }
    assert_eq!((parts.len(), dossier.floor_score), (4, Some(60.0)));
    let above = dossier.above.unwrap();
    assert_eq!((above.division_code.as_str(), above.rank, above.score), (COUNTIES[2], 1, 100.0));
    let lead: f64 = dossier.contributions.iter().filter_map(|part| part.lead_of_above).sum();
    assert!((lead - (100.0 - 60.0 - industry / 3.0 - 4.0 / 3.0)).abs() < 1e-9, "{lead}");
    // Whatever the weights and the method, the county above is ahead in everything.
    assert_eq!((above.flip_share, above.flips), (0.0, false));
    let below = dossier.below.unwrap();
    assert_eq!((below.division_code.as_str(), below.rank), (COUNTIES[0], 3));
    // The two are a point and a half apart, and lead in different indicators.
    assert!(below.flip_share > 0.0 && below.flip_share < 1.0, "{}", below.flip_share);
    assert!(
        dossier.interval_method.contains("模拟1000次") && dossier.interval_method.contains("功效系数法"),
        "{}",
        dossier.interval_method
    );
}

#[tokio::test]
async fn a_dossier_is_told_as_known_then() {
    // The plan, six values and the freeze are the log's first eight entries, one a second.
    let dossier = fixture().await.dossier("2025-M02", COUNTIES[1], "1970-01-01T00:00:08Z").await.unwrap();
    let standing = dossier.standing.unwrap();
    assert_eq!((standing.rank, standing.score, dossier.movement), (Some(2), Some(80.0), None));
}

#[tokio::test]
async fn the_first_has_nobody_above_and_strangers_have_no_dossier() {
    let mut fixture = fixture().await;
    let first = fixture.dossier("2025-M03", COUNTIES[2], "").await.unwrap();
    assert_eq!((first.above, first.contributions.iter().filter_map(|part| part.lead_of_above).count()), (None, 0));
    let stranger = fixture.dossier("2025-M03", "110101", "").await.unwrap_err();
    assert_eq!(stranger.code(), Code::NotFound);
}
