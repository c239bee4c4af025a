//! Following evaluation's findings: each frozen round is issued once, in the order of the log.

use std::time::Duration;

use leitai_proto::evaluation::v1::{WatchFindingsRequest, WatchFindingsResponse, evaluation_service_client::EvaluationServiceClient};
use leitai_rpc::{backoff::Backoff, failure::chain, limits::MESSAGE_BYTES};
use tokio::time;
use tonic::transport::Channel;

use crate::{
    convert::{self, RoundError},
    error::FollowError,
    issue::{Issued, Issuer},
    store::Store,
};

/// Bound of the first wait after a failure.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Bound of the longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The follower.
pub struct Follower {
    store: Store,
    issuer: Issuer,
    client: EvaluationServiceClient<Channel>,
    backoff: Backoff,
}

impl Follower {
    /// Follows the evaluation at the other end of this channel.
    #[must_use]
    pub fn new(store: Store, issuer: Issuer, channel: Channel) -> Self {
        let client = EvaluationServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES);
        Self { store, issuer, client, backoff: Backoff::new(FIRST_WAIT, LONGEST_WAIT) }
    }

    /// Follows for ever: after every failure it starts again at the stored cursor. Safe to drop at any await.
    pub async fn run(mut self) {
        loop {
            match self.follow().await {
                Ok(()) => tracing::info!("evaluation ended the stream of findings"),
                Err(error) => tracing::warn!(error = %chain(&error), "following evaluation was interrupted"),
            }
            time::sleep(self.backoff.next_wait()).await;
        }
    }

    async fn follow(&mut self) -> Result<(), FollowError> {
        let mut after = self.store.cursor().await?;
        let request = WatchFindingsRequest { after_sequence: after };
        let mut stream = self.client.watch_findings(request).await.map_err(Box::new)?.into_inner();
        while let Some(message) = stream.message().await.map_err(Box::new)? {
            after = self.take(after, message).await?;
            self.backoff.reset();
        }
        Ok(())
    }

    async fn take(&self, after: i64, message: WatchFindingsResponse) -> Result<i64, FollowError> {
        let sequence = message.sequence;
        if sequence != after + 1 {
            return Err(FollowError::Gap { after, found: sequence });
        }
        let round = message
            .round
            .ok_or(RoundError::Missing("round"))
            .and_then(convert::round)
            .map_err(|source| FollowError::Entry { sequence, source })?;
        let issued = self.issuer.issue(sequence, &round).await;
        let issued = issued.map_err(|source| FollowError::Issue { sequence, source: Box::new(source) })?;
        match issued {
            Issued::Letters(letters) => tracing::info!(plan = round.plan_id, period = %round.period, letters, "round issued"),
            Issued::Before => tracing::warn!(plan = round.plan_id, period = %round.period, "round was issued before and is left as it was"),
        }
        Ok(sequence)
    }
}

#[cfg(test)]
mod tests;
