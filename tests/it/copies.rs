//! Two copies of a role on one database, restarted one after the other under calls.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use leitai_evaluation::{Evaluation, EvaluationConfig};
use leitai_ingestion::{Ingestion, IngestionConfig};
use leitai_proto::{
    evaluation::v1::{ListStandingsRequest, evaluation_service_client::EvaluationServiceClient},
    ingestion::v1::{
        ApplyPlanRequest, ListReportsRequest, ReportRow, ReportRows, SubmitReportRequest, plan_service_client::PlanServiceClient,
        report_service_client::ReportServiceClient, submit_report_request::Content,
    },
};
use leitai_rpc::{
    CancellationToken,
    client::{self, Channel},
    clock::SystemClock,
    server,
};
use leitai_storage::{
    Database,
    testing::{Backend, TestDatabase},
};
use rstest::rstest;
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::timeout};
use tonic::{Code, Status};

use crate::system::PLAN;

/// Callers of each service at once.
const CALLERS: u32 = 4;
/// Longest wait for a copy that starts or stops.
const DEADLINE: Duration = Duration::from_secs(60);

/// A copy under way.
struct Copy {
    shutdown: CancellationToken,
    tasks: JoinSet<()>,
}

impl Copy {
    async fn ingestion(database: &TestDatabase, address: SocketAddr) -> Self {
        let database = Database::open(database.url()).await.unwrap();
        let service = Ingestion::new(database, &IngestionConfig::default(), Arc::new(SystemClock)).await.unwrap();
        let mut copy = Self { shutdown: CancellationToken::new(), tasks: JoinSet::new() };
        let (routes, listener) = (service.routes(&copy.shutdown), TcpListener::bind(address).await.unwrap());
        let (serving, running) = (copy.shutdown.clone(), copy.shutdown.clone());
        copy.tasks.spawn(async move { server::serve(listener, routes, &leitai_ingestion::SERVICES, serving).await.unwrap() });
        copy.tasks.spawn(async move { service.run(running).await });
        copy
    }

    async fn evaluation(database: &TestDatabase, address: SocketAddr, ingestion: &str) -> Self {
        let database = Database::open(database.url()).await.unwrap();
        let config = EvaluationConfig { ingestion_endpoint: ingestion.to_owned(), policy_file: None };
        let service = Evaluation::new(database, &config, Arc::new(SystemClock)).await.unwrap();
        let mut copy = Self { shutdown: CancellationToken::new(), tasks: JoinSet::new() };
        let (routes, listener) = (service.routes(&copy.shutdown), TcpListener::bind(address).await.unwrap());
        let (serving, running) = (copy.shutdown.clone(), copy.shutdown.clone());
        copy.tasks.spawn(async move { server::serve(listener, routes, &leitai_evaluation::SERVICES, serving).await.unwrap() });
        copy.tasks.spawn(async move { service.run(running).await.unwrap() });
        copy
    }

    async fn stop(mut self) {
        self.shutdown.cancel();
        let ended = async {
            while let Some(task) = self.tasks.join_next().await {
                task.unwrap();
            }
        };
        timeout(DEADLINE, ended).await.expect("a copy ends after the stop is asked for");
    }
}

async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Both copies in one address.
fn both(addresses: [SocketAddr; 2]) -> String {
    addresses.map(|address| format!("http://{address}")).join(",")
}

fn channel(endpoints: &str) -> Channel {
    client::channel(endpoints).unwrap()
}

async fn apply_plan(ingestion: &str) {
    let document_toml = leitai_domain::shipped::plan(PLAN).unwrap().to_owned();
    let request = ApplyPlanRequest { request_id: "plan".to_owned(), document_toml, county_codes: Vec::new() };
    PlanServiceClient::new(channel(ingestion)).apply_plan(request).await.unwrap();
}

/// One new value a call: a write, then a read.
async fn submit_and_list(mut reports: ReportServiceClient<Channel>, number: u32) -> Result<(), Status> {
    let row = ReportRow {
        division: "230123".to_owned(),
        indicator: "industry_growth".to_owned(),
        period: "2025-M03".to_owned(),
        value: format!("{}.{}", number / 10, number % 10),
        unit: String::new(),
    };
    let request = SubmitReportRequest {
        request_id: format!("value-{number}"),
        plan_id: PLAN.to_owned(),
        submitter: "依兰县统计局".to_owned(),
        content: Some(Content::Rows(ReportRows { rows: vec![row] })),
        ..SubmitReportRequest::default()
    };
    reports.submit_report(request).await?;
    reports.list_reports(ListReportsRequest { plan_id: PLAN.to_owned(), ..ListReportsRequest::default() }).await.map(drop)
}

async fn standings(mut evaluation: EvaluationServiceClient<Channel>) -> Result<(), Status> {
    let request = ListStandingsRequest { plan_id: PLAN.to_owned(), period: "2025-M03".to_owned(), ..ListStandingsRequest::default() };
    evaluation.list_standings(request).await.map(drop)
}

/// Until evaluation knows the plan and the period's first value.
async fn ready(evaluation: &str) {
    let answers = async {
        while let Err(status) = standings(EvaluationServiceClient::new(channel(evaluation))).await {
            assert!(matches!(status.code(), Code::Unavailable | Code::NotFound | Code::FailedPrecondition), "{status}");
        }
    };
    timeout(DEADLINE, answers).await.expect("a copy answers once it has read the values");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_fails_no_call(#[case] backend: Backend) {
    let (Some(reported), Some(evaluated)) = (backend.open().await, backend.open().await) else { return };
    let (first, second) = ([free_address().await, free_address().await], [free_address().await, free_address().await]);
    let (ingestion, evaluation) = (both(first), both(second));
    let mut reporting = vec![Copy::ingestion(&reported, first[0]).await, Copy::ingestion(&reported, first[1]).await];
    let mut evaluating =
        vec![Copy::evaluation(&evaluated, second[0], &ingestion).await, Copy::evaluation(&evaluated, second[1], &ingestion).await];
    apply_plan(&ingestion).await;
    submit_and_list(ReportServiceClient::new(channel(&ingestion)), 0).await.unwrap();
    for address in second {
        ready(&format!("http://{address}")).await;
    }

    let (calls, over) = (Arc::new(AtomicU32::new(1)), Arc::new(AtomicBool::new(false)));
    let (called, mut progress) = watch::channel(0);
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (calls, over, called) = (Arc::clone(&calls), Arc::clone(&over), called.clone());
        let (reports, evaluations) = (ReportServiceClient::new(channel(&ingestion)), EvaluationServiceClient::new(channel(&evaluation)));
        callers.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let number = calls.fetch_add(1, Ordering::Relaxed);
                submit_and_list(reports.clone(), number).await.unwrap_or_else(|status| panic!("ingestion, call {number}: {status:?}"));
                standings(evaluations.clone()).await.unwrap_or_else(|status| panic!("evaluation, call {number}: {status:?}"));
                called.send_modify(|all| *all += 1);
            }
        });
    }
    // Before each restart every caller has been answered again.
    for restart in 0..4 {
        let before: u32 = *progress.borrow_and_update();
        progress.wait_for(|all| *all >= before + 5 * CALLERS).await.unwrap();
        // The oldest copy makes room for its successor at the same address.
        let (copies, address) = if restart < 2 { (&mut reporting, first[restart]) } else { (&mut evaluating, second[restart - 2]) };
        copies.remove(0).stop().await;
        if restart < 2 {
            reporting.push(Copy::ingestion(&reported, address).await);
        } else {
            evaluating.push(Copy::evaluation(&evaluated, address, &ingestion).await);
            ready(&format!("http://{address}")).await;
        }
    }
    over.store(true, Ordering::Relaxed);
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    for copy in evaluating.into_iter().chain(reporting) {
        copy.stop().await;
    }
}
