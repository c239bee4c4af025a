//! The service as the binary wires it.

use std::sync::Arc;

use leitai_proto::evaluation::v1::{analysis_service_server::AnalysisServiceServer, evaluation_service_server::EvaluationServiceServer};
use leitai_rpc::{
    CancellationToken,
    client::{self, Channel},
    clock::SharedClock,
    limits::MESSAGE_BYTES,
};
use leitai_storage::Database;
use tonic::service::Routes;

use crate::{
    analysis::Analyses,
    config::{ConfigError, EvaluationConfig},
    error::EvaluationError,
    follower::Follower,
    grpc::{AnalysisGrpc, Grpc},
    policies::Policies,
    service::Queries,
    state::State,
    store::Store,
};

/// The gRPC services served by [`Evaluation::routes`], for health.
pub const SERVICES: [&str; 2] = ["leitai.evaluation.v1.EvaluationService", "leitai.evaluation.v1.AnalysisService"];

/// The evaluation service: routes to serve, and a follower to run beside them.
pub struct Evaluation {
    state: Arc<State>,
    store: Store,
    clock: SharedClock,
    channel: Channel,
}

impl Evaluation {
    /// Reads the policy, brings the tables up to date and addresses ingestion, which need not be there yet.
    ///
    /// # Errors
    /// [`EvaluationError`] for a configuration, policy or database that cannot be used.
    pub async fn new(database: Database, config: &EvaluationConfig, clock: SharedClock) -> Result<Self, EvaluationError> {
        config.validate()?;
        let text = config.policy_text()?;
        let channel = client::channel(&config.ingestion_endpoint)?;
        let store = Store::open(database).await?;
        let known = store.policies(&text, clock.now()).await?;
        let state = Arc::new(State::new(Policies::from_texts(&known).map_err(ConfigError::Policy)?));
        Ok(Self { state, store, clock, channel })
    }

    /// The gRPC routes. Streams of findings end when `shutdown` is cancelled.
    #[must_use]
    pub fn routes(&self, shutdown: &CancellationToken) -> Routes {
        let queries = Queries::new(Arc::clone(&self.state));
        let grpc = Grpc::new(queries.clone(), self.store.clone(), shutdown.clone());
        let analysis = AnalysisServiceServer::new(AnalysisGrpc::new(Analyses::new(queries))).max_encoding_message_size(MESSAGE_BYTES);
        Routes::new(EvaluationServiceServer::new(grpc).max_encoding_message_size(MESSAGE_BYTES)).add_service(analysis)
    }

    /// Follows ingestion until `shutdown` is cancelled. Run it once: it is the one writer of what the routes read.
    ///
    /// # Errors
    /// [`EvaluationError::Database`] where it cannot be read at the start what was evaluated before; every later failure is waited out.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), EvaluationError> {
        let before = self.store.before().await?;
        let follower = Follower::new(self.state, self.store, self.clock, self.channel, before);
        shutdown.run_until_cancelled(follower.run()).await;
        Ok(())
    }

    /// What the follower writes, for tests that wait for it.
    #[cfg(test)]
    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state)
    }
}
