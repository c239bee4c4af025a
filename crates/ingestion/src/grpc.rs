//! The gRPC services: convert, call, map.

mod plans;
mod reports;
mod revisions;
mod rounds;
#[cfg(test)]
mod tests;

use futures::{Stream, StreamExt, stream::BoxStream};
use leitai_proto::ingestion::v1::{
    WatchChangesRequest, WatchChangesResponse,
    change_service_server::{ChangeService, ChangeServiceServer, SERVICE_NAME as CHANGES},
    plan_service_server::{PlanServiceServer, SERVICE_NAME as PLANS},
    report_service_server::{ReportServiceServer, SERVICE_NAME as REPORTS},
    revision_service_server::{RevisionServiceServer, SERVICE_NAME as REVISIONS},
    round_service_server::{RoundServiceServer, SERVICE_NAME as ROUNDS},
};
use leitai_rpc::{CancellationToken, clock::SharedClock, failure::Failure, limits::MESSAGE_BYTES};
use leitai_storage::Database;
use tonic::{Request, Response, Status, service::Routes};

use crate::{Migrator, config::IngestionConfig, convert, error::Error, error::IngestionError, service::Service};

/// Full names of the services that [`routes`] serves, for health reports.
pub const SERVICES: [&str; 5] = [PLANS, REPORTS, REVISIONS, ROUNDS, CHANGES];

/// Ingestion's services on a database whose tables are brought up to date first. Streams end at `shutdown`.
///
/// # Errors
/// [`IngestionError`] where the configuration or the tables cannot be used.
pub async fn routes(
    config: &IngestionConfig,
    database: Database,
    clock: SharedClock,
    shutdown: CancellationToken,
) -> Result<Routes, IngestionError> {
    let registry = config.registry()?;
    database.migrate::<Migrator>().await?;
    let api = Api { service: Service::new(database, clock, registry), shutdown };
    Ok(Routes::new(PlanServiceServer::new(api.clone()).max_decoding_message_size(MESSAGE_BYTES))
        .add_service(ReportServiceServer::new(api.clone()).max_decoding_message_size(MESSAGE_BYTES))
        .add_service(RevisionServiceServer::new(api.clone()))
        .add_service(RoundServiceServer::new(api.clone()))
        .add_service(ChangeServiceServer::new(api)))
}

/// What all services share.
#[derive(Clone)]
struct Api {
    service: Service,
    shutdown: CancellationToken,
}

fn refuse(error: Error) -> Status {
    Failure::from(error).into()
}

#[async_trait::async_trait]
impl ChangeService for Api {
    type WatchChangesStream = BoxStream<'static, Result<WatchChangesResponse, Status>>;

    async fn watch_changes(&self, request: Request<WatchChangesRequest>) -> Result<Response<Self::WatchChangesStream>, Status> {
        let after = convert::after_sequence(request.into_inner().after_sequence)?;
        Ok(Response::new(until(self.service.changes(after), self.shutdown.clone())))
    }
}

fn until(
    changes: impl Stream<Item = Result<WatchChangesResponse, Error>> + Send + 'static,
    shutdown: CancellationToken,
) -> BoxStream<'static, Result<WatchChangesResponse, Status>> {
    changes.map(|batch| batch.map_err(refuse)).take_until(shutdown.cancelled_owned()).boxed()
}
