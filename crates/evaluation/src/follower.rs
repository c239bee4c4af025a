//! Following ingestion's change log: load, and derive a finding from each frozen round.

use std::{collections::BTreeSet, mem, sync::Arc, time::Duration};

use leitai_domain::policy;
use leitai_proto::ingestion::v1::{
    Change, WatchChangesRequest, WatchChangesResponse, change::Kind, change_service_client::ChangeServiceClient,
};
use leitai_rpc::{backoff::Backoff, client::Channel, clock::SharedClock, failure::chain};
use tokio::time;

use crate::{
    convert,
    cube::{CubeError, Frozen},
    error::FollowError,
    state::State,
    store::{Before, Finding, Store},
};

/// Bound of the first wait after a failure.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Bound of the longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The one writer of the state.
pub(crate) struct Follower {
    state: Arc<State>,
    store: Store,
    clock: SharedClock,
    client: ChangeServiceClient<Channel>,
    /// Last number taken into the cube.
    taken: i64,
    /// Last number whose findings are stored: up to it entries are only loaded.
    derived: i64,
    /// What was stored at the start.
    before: Before,
    /// The log's newest number when it was first seen.
    head_at_start: Option<i64>,
    /// Plans applied since the policy was last held against them.
    applied: BTreeSet<String>,
    backoff: Backoff,
}

impl Follower {
    /// Starts before the first entry.
    pub fn new(state: Arc<State>, store: Store, clock: SharedClock, channel: Channel, before: Before) -> Self {
        let client = ChangeServiceClient::new(channel).max_decoding_message_size(leitai_rpc::limits::MESSAGE_BYTES);
        let backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        let derived = before.cursor;
        Self { state, store, clock, client, taken: 0, derived, before, head_at_start: None, applied: BTreeSet::new(), backoff }
    }

    /// Follows for ever: takes the log up again where it was left after every failure. Safe to drop at any await.
    pub async fn run(mut self) {
        loop {
            match self.follow().await {
                Ok(()) => tracing::info!(taken = self.taken, "ingestion ended the change stream"),
                Err(error @ (FollowError::WentBack { .. } | FollowError::OtherLog { .. })) => {
                    tracing::error!(taken = self.taken, error = %chain(&error), "ingestion is not followed: nothing is evaluated");
                }
                Err(error) => tracing::warn!(taken = self.taken, error = %chain(&error), "following ingestion was interrupted"),
            }
            time::sleep(self.backoff.next_wait()).await;
        }
    }

    async fn follow(&mut self) -> Result<(), FollowError> {
        let request = WatchChangesRequest { after_sequence: self.taken };
        let mut stream = self.client.watch_changes(request).await.map_err(Box::new)?.into_inner();
        while let Some(message) = stream.message().await.map_err(Box::new)? {
            self.take(message).await?;
            self.backoff.reset();
        }
        Ok(())
    }

    async fn take(&mut self, message: WatchChangesResponse) -> Result<(), FollowError> {
        if message.head_sequence < self.derived {
            return Err(FollowError::WentBack { derived: self.derived, head: message.head_sequence });
        }
        let head_at_start = *self.head_at_start.get_or_insert(message.head_sequence);
        for change in message.changes {
            if let Some(finding) = self.load(change)? {
                self.keep(finding).await;
            }
        }
        if self.taken >= head_at_start {
            self.state.set_ready();
            self.check_policy();
        }
        Ok(())
    }

    /// Takes one change into the cube; answers with the finding of a frozen round that was not stored before.
    fn load(&mut self, change: Change) -> Result<Option<Finding>, FollowError> {
        let sequence = change.sequence;
        if sequence <= self.taken {
            return Ok(None);
        }
        if sequence != self.taken + 1 {
            return Err(FollowError::Gap { after: self.taken, found: sequence });
        }
        self.as_before(sequence, change.kind.as_ref())?;
        let unusable = |source| FollowError::Entry { sequence, source };
        let Some(kind) = change.kind else {
            // Of a newer ingestion. Nothing is lost: the cube is made anew from the log once this service knows the kind.
            tracing::warn!(sequence, "an entry of a kind that is not known here is passed over");
            self.taken = sequence;
            return Ok(None);
        };
        if let Kind::PlanApplied(applied) = &kind {
            self.applied.extend(applied.plan.as_ref().map(|plan| plan.plan_id.clone()));
        }
        let frozen = self.state.apply(kind, change.recorded_at_ms).map_err(unusable)?;
        self.taken = sequence;
        let fresh = frozen.filter(|_| sequence > self.derived);
        fresh.map(|frozen| self.derive(sequence, frozen)).transpose()
    }

    /// That an entry up to the cursor is the freeze that was evaluated as it, or none where none was: after a log was put back, its new entries have
    /// numbers that were given before, and what is stored here is of other values.
    fn as_before(&self, sequence: i64, kind: Option<&Kind>) -> Result<(), FollowError> {
        let found = match kind {
            Some(Kind::RoundFrozen(round)) => Some((round.plan_id.as_str(), round.period.as_str(), round.frozen_at.as_str())),
            _ => None,
        };
        let known = self.before.freezes.get(&sequence).map(|(plan, period, at)| (plan.as_str(), period.as_str(), at.as_str()));
        if sequence > self.before.cursor || found == known { Ok(()) } else { Err(FollowError::OtherLog { sequence }) }
    }

    /// Says which names of the policy have no effect under the plans as they are now applied.
    fn check_policy(&mut self) {
        const LISTED: usize = 20;
        for plan in mem::take(&mut self.applied) {
            let misfits = self.state.misfits(&plan);
            if !misfits.is_empty() {
                let (policy, names) = (&self.state.policy().title, policy::summary(&misfits, LISTED));
                tracing::warn!(plan, policy, names, "the policy names what the plan does not judge; these rules have no effect");
            }
        }
    }

    /// Evaluates from the cube as it is now, that is at the round's own place in the log.
    fn derive(&self, source_sequence: i64, frozen: Frozen) -> Result<Finding, FollowError> {
        let cube = self.state.known_so_far();
        let unknown = || FollowError::Entry { sequence: source_sequence, source: CubeError::UnknownPlan(frozen.plan_id.clone()) };
        let values = cube.plan(&frozen.plan_id).ok_or_else(unknown)?;
        let round = self.state.round(&frozen.plan_id, values, frozen.period);
        Ok(Finding { source_sequence, round: convert::frozen_round(frozen, &round, |_| None) })
    }

    /// Stores the finding before anything after it is taken: later values must not reach it. Tries until the database takes it.
    async fn keep(&mut self, finding: Finding) {
        let up_to = finding.source_sequence;
        let findings = [finding];
        while let Err(error) = self.store.commit(up_to, &findings, self.clock.now()).await {
            tracing::error!(up_to, error = %chain(&error), "a finding could not be stored and is tried again");
            time::sleep(self.backoff.next_wait()).await;
        }
        self.derived = up_to;
    }
}

#[cfg(test)]
mod tests;
