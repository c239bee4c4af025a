//! The service as the binary wires it.

use leitai_proto::ingestion::v1::{
    approval_service_server::ApprovalServiceServer, change_service_server::ChangeServiceServer,
    finding_service_server::FindingServiceServer, plan_service_server::PlanServiceServer, report_service_server::ReportServiceServer,
    responsibility_service_server::ResponsibilityServiceServer, revision_service_server::RevisionServiceServer,
    round_service_server::RoundServiceServer,
};
use leitai_rpc::{CancellationToken, clock::SharedClock, limits::MESSAGE_BYTES};
use leitai_storage::Database;
use tonic::service::Routes;

use crate::{
    Migrator,
    config::IngestionConfig,
    error::IngestionError,
    grpc::Api,
    responsibility::{Responsibility, ResponsibilityConfig},
    service::Service,
};

/// Ingestion: routes to serve, and the schedule of rounds to keep beside them.
pub struct Ingestion {
    service: Service,
    duties: ResponsibilityConfig,
}

impl Ingestion {
    /// Reads divisions and calendar and brings the tables up to date.
    ///
    /// # Errors
    /// [`IngestionError`] where the configuration or the tables cannot be used.
    pub async fn new(database: Database, config: &IngestionConfig, clock: SharedClock) -> Result<Self, IngestionError> {
        let (registry, calendar) = (config.registry()?, config.calendar()?);
        database.migrate::<Migrator>().await?;
        Ok(Self { service: Service::new(database, clock, registry, calendar), duties: config.responsibility.clone() })
    }

    /// The gRPC routes. Streams end at `shutdown`.
    #[must_use]
    pub fn routes(&self, shutdown: &CancellationToken) -> Routes {
        let duties = Responsibility::new(self.service.clone(), self.duties.clone());
        let api = Api { service: self.service.clone(), shutdown: shutdown.clone() };
        Routes::new(PlanServiceServer::new(api.clone()).max_decoding_message_size(MESSAGE_BYTES))
            .add_service(ReportServiceServer::new(api.clone()).max_decoding_message_size(MESSAGE_BYTES))
            .add_service(ApprovalServiceServer::new(api.clone()))
            .add_service(FindingServiceServer::new(api.clone()))
            .add_service(RevisionServiceServer::new(api.clone()))
            .add_service(RoundServiceServer::new(api.clone()))
            .add_service(ResponsibilityServiceServer::new(duties).max_decoding_message_size(MESSAGE_BYTES))
            .add_service(ChangeServiceServer::new(api))
    }

    /// Opens rounds when their day comes, freezes those whose plan says so, and removes what broken streams left, until `shutdown` is cancelled; every failure is waited out.
    pub async fn run(self, shutdown: CancellationToken) {
        let tasks = async { tokio::join!(self.service.clone().keep_schedule(), self.service.keep_uploads_clear()) };
        shutdown.run_until_cancelled(tasks).await;
    }
}
