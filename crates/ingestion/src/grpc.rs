//! The gRPC services: convert, call, map.

mod approvals;
mod findings;
mod plans;
mod reports;
mod revisions;
mod rounds;
mod stream;
#[cfg(test)]
mod tests;

use futures::{Stream, StreamExt, stream::BoxStream};
use leitai_proto::ingestion::v1::{
    WatchChangesRequest, WatchChangesResponse,
    approval_service_server::SERVICE_NAME as APPROVALS,
    change_service_server::{ChangeService, SERVICE_NAME as CHANGES},
    finding_service_server::SERVICE_NAME as FINDINGS,
    plan_service_server::SERVICE_NAME as PLANS,
    report_service_server::SERVICE_NAME as REPORTS,
    responsibility_service_server::SERVICE_NAME as RESPONSIBILITY,
    revision_service_server::SERVICE_NAME as REVISIONS,
    round_service_server::SERVICE_NAME as ROUNDS,
};
use leitai_rpc::{CancellationToken, failure::Failure};
use tonic::{Request, Response, Status};

use crate::{convert, error::Error, service::Service};

/// Full names of the services that [`crate::Ingestion::routes`] serves, for health reports.
pub const SERVICES: [&str; 8] = [PLANS, REPORTS, APPROVALS, FINDINGS, REVISIONS, ROUNDS, RESPONSIBILITY, CHANGES];

/// What all services share.
#[derive(Clone)]
pub struct Api {
    /// The use cases.
    pub service: Service,
    /// Ends streams.
    pub shutdown: CancellationToken,
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
