//! What runs on each host: the roles as the binary wires them, and the mail server.

use leitai_evaluation::{Evaluation, EvaluationConfig};
use leitai_ingestion::{Ingestion, IngestionConfig};
use leitai_notification::{Notification, NotificationConfig, Retry};
use leitai_rpc::{CancellationToken, server};
use leitai_worker::{TransportConfig, Worker, WorkerConfig, testing::SmtpServer};

use crate::{clock::SimulatedClock, database::Disk, network};

/// A host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// Takes reports.
    Ingestion,
    /// Judges.
    Evaluation,
    /// Writes letters.
    Notification,
    /// Sends them.
    Worker,
    /// Receives them.
    Mail,
    /// Sends reports, freezes rounds and answers letters.
    Office,
}

impl Host {
    /// Every host that can crash.
    pub const CRASHING: [Self; 5] = [Self::Ingestion, Self::Evaluation, Self::Notification, Self::Worker, Self::Mail];
    /// Every host that has a database.
    pub const STORING: [Self; 3] = [Self::Ingestion, Self::Evaluation, Self::Notification];
    /// Every pair that speaks to each other, the one that connects first.
    pub const PAIRS: [(Self, Self); 8] = [
        (Self::Evaluation, Self::Ingestion),
        (Self::Notification, Self::Evaluation),
        (Self::Notification, Self::Ingestion),
        (Self::Worker, Self::Notification),
        (Self::Worker, Self::Mail),
        (Self::Office, Self::Ingestion),
        (Self::Office, Self::Evaluation),
        (Self::Office, Self::Notification),
    ];

    /// Its name on the network.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingestion => "ingestion",
            Self::Evaluation => "evaluation",
            Self::Notification => "notification",
            Self::Worker => "worker",
            Self::Mail => "mail",
            Self::Office => "office",
        }
    }

    /// Where it serves gRPC.
    pub fn endpoint(self) -> String {
        format!("http://{}:{GRPC}", self.name())
    }
}

/// The port of every role.
const GRPC: u16 = 7000;
/// The port of the mail server.
const SMTP: u16 = 25;
/// How long a letter is one lane's own, seconds: the deadlines of a try are made from it.
const LEASE: u16 = 30;

/// Ingestion, until it crashes.
pub async fn ingestion(disk: Disk) -> turmoil::Result {
    let (listener, running) = (network::listen(GRPC).await?, CancellationToken::new());
    let service = Ingestion::new(disk.open()?, &IngestionConfig::default(), SimulatedClock::shared()).await?;
    let routes = service.routes(&running);
    let serving = server::serve_over(network::accepted(listener), routes, &leitai_ingestion::SERVICES, running.clone());
    let (served, ()) = tokio::join!(serving, service.run(running));
    Ok(served?)
}

/// Evaluation, until it crashes.
pub async fn evaluation(disk: Disk) -> turmoil::Result {
    let (listener, running) = (network::listen(GRPC).await?, CancellationToken::new());
    let config = EvaluationConfig { ingestion_endpoint: Host::Ingestion.endpoint(), policy_file: None };
    let service = Evaluation::new(disk.open()?, &config, SimulatedClock::shared()).await?;
    let routes = service.routes(&running);
    let serving = server::serve_over(network::accepted(listener), routes, &leitai_evaluation::SERVICES, running.clone());
    let (served, followed) = tokio::join!(serving, service.run(running));
    followed?;
    Ok(served?)
}

/// Notification, until it crashes.
pub async fn notification(disk: Disk) -> turmoil::Result {
    let (listener, running) = (network::listen(GRPC).await?, CancellationToken::new());
    let config = NotificationConfig {
        ingestion_endpoint: Some(Host::Ingestion.endpoint()),
        charts: false,
        retry: Retry { first_seconds: 1, most_seconds: 10, max_attempts: 1_000 },
        ..NotificationConfig::at(&Host::Evaluation.endpoint())
    };
    let service = Notification::new(disk.open()?, &config, SimulatedClock::shared()).await?;
    let routes = service.routes();
    let serving = server::serve_over(network::accepted(listener), routes, &leitai_notification::SERVICES, running.clone());
    let (served, ()) = tokio::join!(serving, service.run(running));
    Ok(served?)
}

/// The worker, until it crashes.
pub async fn worker() -> turmoil::Result {
    let transport = TransportConfig::smtp(&format!("smtp://{}:{SMTP}", Host::Mail.name()));
    let config = WorkerConfig { concurrency: 2, lease_seconds: LEASE, ..WorkerConfig::at(&Host::Notification.endpoint(), transport) };
    Ok(Worker::new(&config)?.run(CancellationToken::new()).await?)
}

/// The mail server, until it crashes; what it took outlives it.
pub async fn mail(server: SmtpServer) -> turmoil::Result {
    let listener = network::listen(SMTP).await?;
    loop {
        let (connection, _) = listener.accept().await?;
        tokio::spawn(server.serve(connection));
    }
}
