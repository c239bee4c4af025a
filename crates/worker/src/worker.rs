//! The worker as the binary wires it.

use std::sync::Arc;

use leitai_proto::notification::v1::delivery_service_client::DeliveryServiceClient;
use leitai_rpc::{CancellationToken, client, limits::MESSAGE_BYTES};
use tokio::task::{JoinError, JoinSet};

use crate::{
    config::{ConfigError, Limits, TransportKind, WorkerConfig},
    dkim::Signer,
    lane::{Lane, Manners},
    pace::Pace,
    transport::Transport,
};

/// Why the worker ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The configuration cannot be used.
    #[error("the worker's configuration cannot be used")]
    Config(#[from] ConfigError),
    /// A lane panicked.
    #[error("a sending lane died")]
    Lane(#[from] JoinError),
}

/// The worker: as many lanes as letters may be sent at once.
pub struct Worker {
    lanes: Vec<Lane>,
}

impl Worker {
    /// Checks the configuration and addresses notification, which need not be there yet.
    ///
    /// # Errors
    /// [`WorkerError::Config`] names the key.
    pub fn new(config: &WorkerConfig) -> Result<Self, WorkerError> {
        config.check()?;
        let endpoint = &config.notification_endpoint;
        let channel = client::channel(endpoint).map_err(|source| ConfigError::Endpoint(endpoint.clone(), source))?;
        let client = DeliveryServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES);
        let signer = Signer::new(&config.dkim).map_err(ConfigError::from)?.map(Arc::new);
        let limits = if config.transport.kind == TransportKind::Smtp { config.limits } else { Limits::NONE };
        let pace = Arc::new(Pace::new(limits.letters_per_minute_per_domain));
        let manners = Manners { connections_per_domain: limits.connections_per_domain, pace };
        let reach = Arc::default();
        let lane = |_| {
            let transport = Transport::new(config, signer.clone())?;
            Ok(Lane::new(config.worker_id.clone(), config.lease(), client.clone(), transport, manners.clone(), Arc::clone(&reach)))
        };
        Ok(Self { lanes: (0..config.concurrency).map(lane).collect::<Result<_, ConfigError>>()? })
    }

    /// Works until `shutdown`; then each lane finishes the letter under way, within its lease and a minute for the record.
    ///
    /// # Errors
    /// [`WorkerError::Lane`] where a lane died.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), WorkerError> {
        let mut lanes: JoinSet<()> = self.lanes.into_iter().map(|lane| lane.run(shutdown.clone())).collect();
        while let Some(ended) = lanes.join_next().await {
            ended?;
        }
        Ok(())
    }
}
