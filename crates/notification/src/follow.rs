//! Following evaluation's findings: each frozen round is issued once, in the order of the log.

mod lazy;

use std::time::Duration;

use leitai_rpc::{
    backoff::Backoff,
    client::Channel,
    failure::{chain, explain},
};
use tokio::time;
use tonic::Code;

use self::lazy::Entry;
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
    channel: Channel,
    backoff: Backoff,
}

impl Follower {
    /// Follows the evaluation at the other end of this channel.
    #[must_use]
    pub fn new(store: Store, issuer: Issuer, channel: Channel) -> Self {
        Self { store, issuer, channel, backoff: Backoff::new(FIRST_WAIT, LONGEST_WAIT) }
    }

    /// Follows for ever: after every failure it starts again at the stored cursor. Safe to drop at any await.
    pub async fn run(mut self) {
        loop {
            match self.follow().await {
                Ok(()) => tracing::info!("evaluation ended the stream of findings"),
                Err(error @ FollowError::OtherLog { .. }) => tracing::error!(%error, "evaluation is not followed: no letters are made"),
                Err(FollowError::Call(status)) if status.code() == Code::FailedPrecondition => {
                    tracing::error!(error = explain(&status), "evaluation is not followed: no letters are made");
                }
                Err(error) => tracing::warn!(error = %chain(&error), "following evaluation was interrupted"),
            }
            time::sleep(self.backoff.next_wait()).await;
        }
    }

    async fn follow(&mut self) -> Result<(), FollowError> {
        let cursor = self.store.cursor().await?;
        // The last one comes once more: a log that was put back to an earlier day and has grown again has another round in its place.
        let mut after = Ord::max(cursor - 1, 0);
        let mut stream = lazy::watch(self.channel.clone(), after).await.map_err(Box::new)?;
        while let Some(message) = stream.message().await.map_err(Box::new)? {
            after = self.take(cursor, after, message).await?;
            if after > cursor {
                self.backoff.reset();
            }
        }
        Ok(())
    }

    async fn take(&self, cursor: i64, after: i64, message: Entry) -> Result<i64, FollowError> {
        let sequence = message.sequence;
        if sequence != after + 1 {
            return Err(FollowError::Gap { after, found: sequence });
        }
        let unusable = |source| FollowError::Entry { sequence, source };
        let round = message.round.ok_or_else(|| unusable(RoundError::Missing("round")))?;
        if sequence <= cursor {
            let issued = self.store.sequence_of(&round.rest.plan_id, &round.rest.period).await?;
            return if issued.is_some() { Ok(sequence) } else { Err(FollowError::OtherLog { sequence }) };
        }
        let (rest, verdicts) = round.parts();
        let round = convert::round_of(rest, verdicts.map(|verdict| verdict.map_err(RoundError::from))).map_err(unusable)?;
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
