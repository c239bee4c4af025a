//! The service as the binary wires it.

use std::sync::Arc;

use leitai_proto::notification::v1::{
    bounce_service_server::BounceServiceServer, case_service_server::CaseServiceServer, correction_service_server::CorrectionServiceServer,
    delivery_service_server::DeliveryServiceServer, letter_service_server::LetterServiceServer,
};
use leitai_rpc::{
    CancellationToken,
    client::{self, Channel},
    clock::SharedClock,
    limits::MESSAGE_BYTES,
};
use leitai_storage::Database;
use tonic::service::Routes;

use crate::{
    config::{NotificationConfig, Settings},
    corrections::{Corrections, Evaluation},
    deadlines,
    error::NotificationError,
    follow::Follower,
    grpc::{CorrectionGrpc, Grpc},
    issue::Issuer,
    reminders::{Reminders, Rounds, Watch},
    service::Notifications,
    store::Store,
};

/// The gRPC services served by [`Notification::routes`], for health.
pub const SERVICES: [&str; 5] = [
    "leitai.notification.v1.BounceService",
    "leitai.notification.v1.CaseService",
    "leitai.notification.v1.CorrectionService",
    "leitai.notification.v1.LetterService",
    "leitai.notification.v1.DeliveryService",
];

/// The notification service: routes to serve, and a follower to run beside them.
pub struct Notification {
    store: Store,
    settings: Arc<Settings>,
    clock: SharedClock,
    channel: Channel,
    rounds: Option<Rounds>,
}

impl Notification {
    /// Reads policy and address book, brings the tables up to date and addresses evaluation and ingestion, which need not be there yet. Letters that
    /// waited for an address which the book has by now get their deliveries.
    ///
    /// # Errors
    /// [`NotificationError`] for a configuration or database that cannot be used.
    pub async fn new(database: Database, config: &NotificationConfig, clock: SharedClock) -> Result<Self, NotificationError> {
        let settings = Arc::new(config.load()?);
        let channel = client::channel(&config.evaluation_endpoint)?;
        let rounds = config.ingestion_endpoint.as_deref().map(client::channel).transpose()?.map(Rounds::new);
        let service = Self { store: Store::open(database).await?, settings, clock, channel, rounds };
        let addressed = service.issuer().address_waiting().await?;
        if addressed > 0 {
            tracing::info!(letters = addressed, "letters that waited for an address have one now");
        }
        Ok(service)
    }

    /// The gRPC routes.
    #[must_use]
    pub fn routes(&self) -> Routes {
        let grpc = Grpc(self.notifications());
        Routes::new(CaseServiceServer::new(grpc.clone()))
            .add_service(BounceServiceServer::new(grpc.clone()))
            .add_service(CorrectionServiceServer::new(CorrectionGrpc(self.corrections())).max_encoding_message_size(MESSAGE_BYTES))
            .add_service(LetterServiceServer::new(grpc.clone()).max_encoding_message_size(MESSAGE_BYTES))
            .add_service(DeliveryServiceServer::new(grpc).max_encoding_message_size(MESSAGE_BYTES))
    }

    /// Follows evaluation and issues its rounds, records deadlines that pass, and reminds who has not reported, until `shutdown` is cancelled; every failure is waited out.
    pub async fn run(self, shutdown: CancellationToken) {
        let follower = Follower::new(self.store.clone(), self.issuer(), self.channel.clone());
        let deadlines = deadlines::watch(self.notifications());
        let reminders = Reminders::new(self.store.clone(), Arc::clone(&self.settings), Arc::clone(&self.clock));
        let reminding = Watch::new(reminders, self.channel.clone(), self.rounds.clone());
        shutdown.run_until_cancelled(async { tokio::join!(follower.run(), deadlines, reminding.run()) }).await;
    }

    fn notifications(&self) -> Notifications {
        Notifications::new(self.store.clone(), Arc::clone(&self.settings), Arc::clone(&self.clock))
    }

    fn corrections(&self) -> Corrections {
        let evaluation = Evaluation::new(self.channel.clone());
        Corrections::new(self.store.clone(), Arc::clone(&self.settings), Arc::clone(&self.clock), evaluation)
    }

    fn issuer(&self) -> Issuer {
        Issuer::new(self.store.clone(), Arc::clone(&self.settings), Arc::clone(&self.clock))
    }
}
