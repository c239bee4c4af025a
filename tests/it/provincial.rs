//! 附件1 over the wire: the simulated year's counties rolled up and held against what the province reports.

use std::collections::{BTreeMap, BTreeSet};

use leitai_domain::{division::Registry, simulate};
use leitai_proto::{
    evaluation::v1::{
        ListProvincialResultsRequest, ListSignalsRequest, ProvincialResult, ReconciliationState, SignalKind,
        analysis_service_client::AnalysisServiceClient,
    },
    ingestion::v1::{
        ApplyPlanRequest, ItemReason, ReportRow, ReportRows, SubmitReportRequest, plan_service_client::PlanServiceClient,
        report_service_client::ReportServiceClient, submit_report_request::Content,
    },
};
use leitai_rpc::limits::MESSAGE_BYTES;
use leitai_storage::testing::Backend;
use leitai_worker::testing::{Fault, SmtpServer};

use crate::system::{PLAN, System};

/// The demo's.
const SEED: u64 = 2025;
const DECEMBER: &str = "2025-M12";
const PROVINCE: &str = "230000";

fn rows() -> Vec<ReportRow> {
    let row = |one: simulate::SimulatedValue| ReportRow {
        division: one.division_code,
        indicator: one.indicator_id,
        period: one.period.to_string(),
        value: one.value.to_string(),
        unit: String::new(),
    };
    simulate::whole_year(&Registry::shipped().unwrap(), SEED).unwrap().into_iter().map(row).collect()
}

/// Applies the plan for its own counties.
async fn apply_plan(system: &System) {
    let document_toml = leitai_domain::shipped::plan(PLAN).unwrap().to_owned();
    let request = ApplyPlanRequest { request_id: "plan".to_owned(), document_toml, county_codes: Vec::new() };
    PlanServiceClient::new(system.channel(0)).apply_plan(request).await.unwrap();
}

/// Submits rows of which none is refused; a rule of the plan may hold one, which no result of December is made of.
async fn submit(system: &System, request_id: &str, rows: Vec<ReportRow>) {
    let count = rows.len();
    let request = SubmitReportRequest {
        request_id: request_id.to_owned(),
        plan_id: PLAN.to_owned(),
        submitter: "模拟器".to_owned(),
        simulated: true,
        content: Some(Content::Rows(ReportRows { rows })),
        ..SubmitReportRequest::default()
    };
    let mut client = ReportServiceClient::new(system.channel(0)).max_decoding_message_size(MESSAGE_BYTES);
    let report = client.submit_report(request).await.unwrap().into_inner().report.unwrap();
    let of = |reason: ItemReason| report.counts.iter().find(|count| count.reason() == reason).map_or(0, |count| count.count);
    let (accepted, held) = (of(ItemReason::Accepted), of(ItemReason::Held));
    assert!(accepted + held == i32::try_from(count).unwrap() && held <= 1, "{:?}", report.counts);
}

/// December's results once evaluation has read everything: the last row of all is what industry's part of the province is divided by.
async fn december(system: &System) -> BTreeMap<String, ProvincialResult> {
    let mut client = AnalysisServiceClient::new(system.channel(1));
    loop {
        let request = ListProvincialResultsRequest {
            plan_id: PLAN.to_owned(),
            period: DECEMBER.to_owned(),
            ..ListProvincialResultsRequest::default()
        };
        let results = client.list_provincial_results(request).await.map(|page| page.into_inner().results).unwrap_or_default();
        let results: BTreeMap<_, _> = results.into_iter().map(|one| (one.verdict.clone().unwrap().indicator_id, one)).collect();
        if results.get("province_industry_share_of_province").is_some_and(|one| one.rolled_up_micros.is_some()) {
            return results;
        }
        tokio::task::yield_now().await;
    }
}

/// In 10⁻⁶, from decimal text with at most six decimals.
fn micros(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<6}").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_december_adds_up() {
    use ReconciliationState::{Agrees, Differs, Incomplete, Neither, OnlyReported, OnlyRolledUp, UnderCeiling};
    let server = SmtpServer::start(|_, _| Fault::None).await;
    let system = System::start(Backend::Sqlite, &server.url()).await.unwrap();
    let rows = rows();
    apply_plan(&system).await;
    let (own, counties) = rows.iter().cloned().partition(|row| row.division == PROVINCE);
    submit(&system, "counties", counties).await;
    submit(&system, "province", own).await;
    let results = december(&system).await;
    assert_eq!(results.len(), 21);

    // What `simulate::provincial_reports` says of itself; a county that did not report makes any of the first four kinds incomplete.
    for (id, result) in &results {
        let meant = match id.as_str() {
            "province_tax_revenue" | "province_tech_results" => vec![Differs, Incomplete],
            "province_industrial_enterprises" => vec![UnderCeiling, Incomplete],
            "province_project_investment" | "province_urban_income_growth" | "province_rural_income_growth" => vec![OnlyReported],
            "province_counties_over_10_billion" | "province_counties_over_20_billion" => vec![OnlyRolledUp],
            // Yearly, and no county reports what it is made of.
            "province_processing_rate"
            | "province_emerging_revenue_growth"
            | "province_innovative_smes"
            | "province_specialised_smes"
            | "province_agricultural_leaders" => vec![Neither],
            _ => vec![Agrees, Incomplete],
        };
        let missing = result.counties_of - result.counties_in;
        assert!(meant.contains(&result.state()), "{id}: {:?}", result.state());
        assert!(result.state() != Incomplete || missing > 0, "{id} is incomplete without a missing county");
        if result.state() == Agrees {
            assert!(result.difference_micros.unwrap().abs() <= result.allowance_micros.unwrap(), "{id}");
        }
    }
    let states: BTreeSet<i32> = results.values().map(|one| one.state).collect();
    assert!([Agrees, OnlyRolledUp, OnlyReported].iter().all(|state| states.contains(&(*state).into())), "{states:?}");

    // Sums worked out again from the rows.
    for (id, of, divisor) in [("province_gdp", "gdp", 1), ("province_budget_revenue", "budget_revenue", 10_000)] {
        let counted: Vec<i64> = (rows.iter())
            .filter(|row| row.indicator == of && row.period == DECEMBER && row.division != PROVINCE)
            .map(|row| micros(&row.value))
            .collect();
        let result = &results[id];
        assert_eq!(result.counties_in, i32::try_from(counted.len()).unwrap(), "{id}");
        assert!((result.rolled_up_micros.unwrap() * divisor - counted.iter().sum::<i64>()).abs() <= divisor / 2, "{id}");
    }
    assert_eq!(sums_that_do_not_add_up(&system).await, ["province_tax_revenue"]);
    assert_eq!(results["province_tax_revenue"].state(), Differs);
    system.stop().await;
}

async fn sums_that_do_not_add_up(system: &System) -> Vec<String> {
    let request = ListSignalsRequest {
        plan_id: PLAN.to_owned(),
        period: DECEMBER.to_owned(),
        kind: SignalKind::SumMismatch.into(),
        ..ListSignalsRequest::default()
    };
    let page = AnalysisServiceClient::new(system.channel(1)).list_signals(request).await.unwrap().into_inner();
    page.signals.into_iter().map(|signal| signal.indicator_id).collect()
}
