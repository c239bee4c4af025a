use leitai_proto::{
    evaluation::v1::{ListSignalsRequest, ListSignalsResponse, Signal, SignalKind, analysis_service_client::AnalysisServiceClient},
    ingestion::v1::change::Kind,
};
use leitai_rpc::client::{self, Channel};
use leitai_storage::testing::{Backend, TestDatabase};
use rstest::rstest;
use tonic::{Code, Status};

use crate::testing::{FakeIngestion, PLAN_ID, Running, observed, plan_applied};

const COUNTIES: usize = 120;
/// Industry's growth never changes here.
const STEADY: usize = 7;
/// Reaches its growth of GDP with a base 5 % below what it reported.
const LOWERED: usize = 11;
/// Half of the year's foreign investment comes in December.
const JUMP: usize = 13;

struct Fixture {
    client: AnalysisServiceClient<Channel>,
    _running: Running,
    _test: TestDatabase,
}

impl Fixture {
    async fn list(&mut self, change: impl FnOnce(&mut ListSignalsRequest)) -> Result<ListSignalsResponse, Status> {
        let mut request =
            ListSignalsRequest { plan_id: PLAN_ID.to_owned(), period: "2025-M12".to_owned(), ..ListSignalsRequest::default() };
        change(&mut request);
        self.client.list_signals(request).await.map(tonic::Response::into_inner)
    }

    async fn only(&mut self, kind: SignalKind) -> Signal {
        let signals = self.list(|request| request.kind = kind.into()).await.unwrap().signals;
        let [signal] = <[Signal; 1]>::try_from(signals).unwrap_or_else(|signals| panic!("{signals:#?}"));
        signal
    }
}

fn code(county: usize) -> String {
    format!("{}", 230_101 + county)
}

/// A whole year in which each thing to verify was planted once.
fn year() -> Vec<Kind> {
    let mut changes = Vec::new();
    let mut put = |county: usize, indicator: &str, period: &str, text: String| {
        changes.push(observed(&code(county), indicator, period, &text));
    };
    for county in 0..COUNTIES {
        for month in 2..=12 {
            let period = format!("2025-M{month:02}");
            // Half of the counties end the year in the first five steps from 6.0, and none in the five before.
            let tenths = match (county, month) {
                (STEADY, _) => 71,
                (_, 12) if county % 2 == 0 => 60 + county / 2 % 5,
                (_, 12) => 66 + county % 60,
                _ => 20 + (county * 7 + month * 13) % 90,
            };
            put(county, "industry_growth", &period, format!("{}.{}", tenths / 10, tenths % 10));
            // 9, 90, 900, 9,000: no last digit but 0, no first digit but 9.
            put(county, "loan_balance", &period, format!("{}", 9 * 10_u32.pow(county as u32 % 4)));
        }
        // Growth of 4.0 to 6.9, a common deflator of 1 %, and a base that is known exactly.
        let growth = 40 + county % 30;
        let (growth, base) = if county == LOWERED { (56, 950.0) } else { (growth, 1_000.0) };
        put(county, "gdp_growth", "2025-M12", format!("{}.{}", growth / 10, growth % 10));
        put(county, "gdp", "2024-M12", "1000".to_owned());
        put(county, "gdp", "2025-M12", format!("{:.1}", base * (1.0 + growth as f64 / 1_000.0) * 1.01));
        // December has 10.0 to 11.9 % of the year, and had up to 0.2 points more the year before.
        let year = 100_000;
        let (this, last) = (100 + county % 20, 100 + county % 20 + county % 3);
        let this = if county == JUMP { 500 } else { this };
        for (period, amount) in [("2024-M11", year - last * 100), ("2024-M12", year), ("2025-M11", year - this * 100), ("2025-M12", year)] {
            put(county, "foreign_capital", period, amount.to_string());
        }
    }
    changes.push(observed("230000", "province_foreign_capital", "2025-M12", "12000060"));
    changes
}

async fn fixture() -> Fixture {
    let test = Backend::Sqlite.open().await.unwrap();
    let ingestion = FakeIngestion::start().await;
    let codes: Vec<String> = (0..COUNTIES).map(code).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    ingestion.append([plan_applied(1, &codes)].into_iter().chain(year()));
    let running = Running::start(test.database(), &ingestion).await;
    running.state.caught_up().await;
    let client = AnalysisServiceClient::new(client::channel(&running.endpoint).unwrap());
    Fixture { client, _running: running, _test: test }
}

#[rstest]
// Every other county is at 6.0 to 6.4, and none at 5.5 to 5.9.
#[case(SignalKind::Bunching, "industry_growth", 60.0, 120, &[])]
// February to December.
#[case(SignalKind::RepeatedValue, "industry_growth", 11.0, 120, &[STEADY])]
// 120 × 100,000 are 60 below what the province reports.
#[case(SignalKind::SumMismatch, "province_foreign_capital", -60.0, 120, &[])]
// 90 counties × 11 months of three published digits or more, all of them ending in 0: χ² = n (1 ÷ 0.1 − 1).
#[case(SignalKind::LastDigit, "loan_balance", 8_910.0, 990, &[])]
// 120 values beginning with 9: χ² = n (1 ÷ log₁₀(10 ÷ 9) − 1).
#[case(SignalKind::FirstDigit, "loan_balance", 2_502.521_4, 120, &[])]
#[tokio::test]
async fn what_was_planted_is_noticed(
    #[case] kind: SignalKind,
    #[case] indicator: &str,
    #[case] statistic: f64,
    #[case] sample: i32,
    #[case] named: &[usize],
) {
    let mut fixture = fixture().await;
    let signals = fixture.list(|request| request.kind = kind.into()).await.unwrap().signals;
    let signal = signals.iter().find(|signal| signal.indicator_id == indicator).unwrap_or_else(|| panic!("{signals:#?}"));
    assert_eq!((signal.kind(), signal.sample_size), (kind, sample));
    assert!((signal.statistic - statistic).abs() < 1e-3, "{}", signal.statistic);
    if !named.is_empty() {
        assert_eq!(signal.division_codes, named.iter().map(|county| code(*county)).collect::<Vec<_>>());
    }
    assert!(signal.message.contains("核实") && !signal.method.is_empty(), "{signal:?}");
}

#[rstest]
#[case(SignalKind::BaseLowered, "gdp_growth", LOWERED)]
#[case(SignalKind::DecemberJump, "foreign_capital", JUMP)]
#[tokio::test]
async fn only_the_county_in_question_is_named(#[case] kind: SignalKind, #[case] indicator: &str, #[case] county: usize) {
    let signal = fixture().await.only(kind).await;
    assert_eq!((signal.indicator_id.as_str(), signal.division_codes.as_slice()), (indicator, [code(county)].as_slice()));
    assert_eq!((signal.p_value, signal.sample_size, signal.periods), (None, 120, vec!["2025-M12".to_owned()]));
    assert!(signal.statistic.abs() > 3.5, "{}", signal.statistic);
}

#[tokio::test]
async fn pages_join_into_the_whole_list_in_order() {
    let mut fixture = fixture().await;
    let whole = fixture.list(|_| ()).await.unwrap().signals;
    let kinds: Vec<i32> = whole.iter().map(|signal| signal.kind).collect();
    assert!(kinds.is_sorted() && kinds.first() == Some(&1) && kinds.last() == Some(&7), "{kinds:?}");
    let (mut joined, mut token) = (Vec::new(), String::new());
    loop {
        let page = fixture.list(|request| (request.page_size, request.page_token) = (2, token)).await.unwrap();
        assert!(page.signals.len() <= 2);
        joined.extend(page.signals);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(joined, whole);
    let of_one = fixture.list(|request| request.division_code = code(STEADY)).await.unwrap().signals;
    let named: Vec<Signal> = whole.into_iter().filter(|signal| signal.division_codes.contains(&code(STEADY))).collect();
    assert_eq!(of_one, named);
}

#[tokio::test]
async fn what_is_no_kind_or_no_county_is_refused() {
    let mut fixture = fixture().await;
    let unknown = fixture.list(|request| request.kind = 99).await.unwrap_err();
    let stranger = fixture.list(|request| request.division_code = "110101".to_owned()).await.unwrap_err();
    assert_eq!((unknown.code(), stranger.code()), (Code::InvalidArgument, Code::NotFound));
    // Before the year ends nothing is asked of December, and the counties that bunch have other values.
    let november = fixture.list(|request| request.period = "2025-M11".to_owned()).await.unwrap().signals;
    assert!(november.iter().all(|signal| signal.kind() != SignalKind::DecemberJump && signal.kind() != SignalKind::SumMismatch));
}
