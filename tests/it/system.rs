//! All roles, wired as the binary wires them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use leitai_evaluation::{Evaluation, EvaluationConfig};
use leitai_ingestion::{Ingestion, IngestionConfig};
use leitai_notification::{Notification, NotificationConfig, Retry};
use leitai_proto::{
    evaluation::v1::{WatchFindingsRequest, evaluation_service_client::EvaluationServiceClient},
    ingestion::v1::{
        ApplyPlanRequest, ExplainFindingRequest, Finding, FreezeRoundRequest, ReportFile, SubmitReportRequest, SubmitReportResponse,
        finding_service_client::FindingServiceClient, plan_service_client::PlanServiceClient, report_service_client::ReportServiceClient,
        round_service_client::RoundServiceClient, submit_report_request::Content,
    },
    notification::v1::{Letter, ListLettersRequest, letter_service_client::LetterServiceClient},
};
use leitai_rpc::{
    CancellationToken,
    client::{self, Channel},
    clock::SystemClock,
    limits::MESSAGE_BYTES,
    server,
};
use leitai_storage::testing::{Backend, TestDatabase};
use leitai_workbook::shipped;
use leitai_worker::{TransportConfig, Worker, WorkerConfig};
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};
use tonic::service::Routes;

pub const PLAN: &str = "heilongjiang-county-economy-2025";
pub const PERIOD: &str = "2025-M03";
/// The districts, counties and cities of Shaoyang by GB/T 2260.
const SHAOYANG: [&str; 12] =
    ["430502", "430503", "430511", "430522", "430523", "430524", "430525", "430527", "430528", "430529", "430581", "430582"];

/// All roles and where they listen.
pub struct System {
    pub addresses: [SocketAddr; 3],
    stop_worker: CancellationToken,
    shutdown: CancellationToken,
    worker: JoinHandle<()>,
    tasks: JoinSet<()>,
    _databases: Vec<TestDatabase>,
}

impl System {
    /// Starts them; `None` only where PostgreSQL is left out on purpose.
    pub async fn start(backend: Backend, smtp_url: &str) -> Option<Self> {
        let databases = [backend.open().await?, backend.open().await?, backend.open().await?];
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let clock = || Arc::new(SystemClock);

        let service = Ingestion::new(databases[0].database(), &IngestionConfig::default(), clock()).await.unwrap();
        let ingestion = serve(&mut tasks, service.routes(&shutdown), &leitai_ingestion::SERVICES, &shutdown).await;
        let stop = shutdown.clone();
        tasks.spawn(async move { service.run(stop).await });

        let config = EvaluationConfig { ingestion_endpoint: format!("http://{ingestion}"), policy_file: None };
        let service = Evaluation::new(databases[1].database(), &config, clock()).await.unwrap();
        let evaluation = serve(&mut tasks, service.routes(&shutdown), &leitai_evaluation::SERVICES, &shutdown).await;
        let stop = shutdown.clone();
        tasks.spawn(async move { service.run(stop).await.unwrap() });

        let retry = Retry { first_seconds: 1, most_seconds: 1, max_attempts: 5 };
        let config = NotificationConfig {
            retry,
            ingestion_endpoint: Some(format!("http://{ingestion}")),
            ..NotificationConfig::at(&format!("http://{evaluation}"))
        };
        let service = Notification::new(databases[2].database(), &config, clock()).await.unwrap();
        let notification = serve(&mut tasks, service.routes(), &leitai_notification::SERVICES, &shutdown).await;
        let stop = shutdown.clone();
        tasks.spawn(async move { service.run(stop).await });

        let config = WorkerConfig {
            worker_id: "test".to_owned(),
            concurrency: 2,
            ..WorkerConfig::at(&format!("http://{notification}"), TransportConfig::smtp(smtp_url))
        };
        // The worker is stopped before the services, as the binary does: its last attempts are recorded with them.
        let (worker, stop_worker) = (Worker::new(&config).unwrap(), CancellationToken::new());
        let stop = stop_worker.clone();
        let worker = tokio::spawn(async move { worker.run(stop).await.unwrap() });
        Some(Self { addresses: [ingestion, evaluation, notification], stop_worker, worker, shutdown, tasks, _databases: databases.into() })
    }

    /// Stops every role in order; a role that does not end within a minute fails the test.
    pub async fn stop(mut self) {
        self.stop_worker.cancel();
        let ended = async {
            self.worker.await.unwrap();
            self.shutdown.cancel();
            while let Some(task) = self.tasks.join_next().await {
                task.unwrap()
            }
        };
        tokio::time::timeout(Duration::from_secs(60), ended).await.expect("every role ends after the stop is asked for");
    }

    pub fn channel(&self, role: usize) -> Channel {
        client::channel(&format!("http://{}", self.addresses[role])).unwrap()
    }

    pub fn evaluation(&self) -> EvaluationServiceClient<Channel> {
        EvaluationServiceClient::new(self.channel(1)).max_decoding_message_size(MESSAGE_BYTES)
    }

    /// Applies the shipped plan for the counties of the real workbook.
    pub async fn apply_plan(&self) {
        let request = ApplyPlanRequest {
            request_id: "plan".to_owned(),
            document_toml: leitai_domain::shipped::plan(PLAN).unwrap().to_owned(),
            county_codes: SHAOYANG.map(str::to_owned).to_vec(),
        };
        PlanServiceClient::new(self.channel(0)).apply_plan(request).await.unwrap();
    }

    /// Submits the real workbook, and explains the value that the plan's rules hold.
    pub async fn submit(&self, request_id: &str) -> SubmitReportResponse {
        let file = ReportFile {
            name: shipped::SHAOYANG_WORKBOOK_NAME.to_owned(),
            content: shipped::SHAOYANG_WORKBOOK.to_vec(),
            layout_toml: shipped::SHAOYANG_LAYOUT.to_owned(),
            year: 0,
        };
        let request = SubmitReportRequest {
            request_id: request_id.to_owned(),
            plan_id: PLAN.to_owned(),
            submitter: "邵阳市统计局".to_owned(),
            simulated: false,
            content: Some(Content::File(file)),
            ..SubmitReportRequest::default()
        };
        let mut response = ReportServiceClient::new(self.channel(0)).submit_report(request).await.unwrap().into_inner();
        self.explain(std::mem::take(&mut response.findings)).await;
        response
    }

    /// A repeat finds nothing open.
    async fn explain(&self, findings: Vec<Finding>) {
        let open: Vec<Finding> = findings.into_iter().filter(|finding| finding.open).collect();
        let Some(report_id) = open.first().map(|finding| finding.report_id.clone()) else { return };
        let request = ExplainFindingRequest {
            request_id: report_id.clone(),
            report_id,
            numbers: open.iter().map(|finding| finding.number).collect(),
            agency: "邵阳市统计局".to_owned(),
            words: "与月报核对无误".to_owned(),
            ..ExplainFindingRequest::default()
        };
        FindingServiceClient::new(self.channel(0)).explain_finding(request).await.unwrap();
    }

    /// Freezes the quarter; answers with its place in the log.
    pub async fn freeze(&self, request_id: &str) -> i64 {
        let request = FreezeRoundRequest { request_id: request_id.to_owned(), plan_id: PLAN.to_owned(), period: PERIOD.to_owned() };
        let frozen = RoundServiceClient::new(self.channel(0)).freeze_round(request).await.unwrap().into_inner();
        frozen.round.unwrap().frozen_sequence
    }

    /// Waits until evaluation has the frozen quarter, and so every value before it.
    pub async fn evaluated(&self) {
        let from_the_start = WatchFindingsRequest::default();
        let mut findings = self.evaluation().watch_findings(from_the_start).await.unwrap().into_inner();
        while findings.message().await.unwrap().expect("the log does not end").round.is_none_or(|round| round.period != PERIOD) {}
    }

    pub async fn letters(&self) -> Vec<Letter> {
        let request = ListLettersRequest { plan_id: PLAN.to_owned(), page_size: 1_000, ..ListLettersRequest::default() };
        LetterServiceClient::new(self.channel(2)).list_letters(request).await.unwrap().into_inner().letters
    }
}

async fn serve(tasks: &mut JoinSet<()>, routes: Routes, services: &'static [&'static str], shutdown: &CancellationToken) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = shutdown.clone();
    tasks.spawn(async move { server::serve(listener, routes, services, shutdown).await.unwrap() });
    address
}
