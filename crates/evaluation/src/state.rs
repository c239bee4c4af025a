//! What the follower writes and the queries read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
};

use leitai_domain::{
    period::Period,
    policy::{Misfit, Policy},
};
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::{
    cube::{Cube, CubeError, Frozen, Moment, PlanValues},
    error::QueryError,
    policies::Policies,
    round::{self, Round},
};

/// Rounds as known at earlier moments that are kept for the next page of the same question.
const EARLIER_KEPT: usize = 16;

type Rounds = HashMap<(String, Period, Moment), Arc<Round>>;

/// The cube, the rounds evaluated from it, and whether it may be read yet.
#[derive(Debug)]
pub(crate) struct State {
    policies: Policies,
    cube: RwLock<Cube>,
    rounds: Mutex<Rounds>,
    ready: watch::Sender<bool>,
}

impl State {
    /// An empty cube that is not ready.
    pub fn new(policies: Policies) -> Self {
        Self { policies, cube: RwLock::default(), rounds: Mutex::default(), ready: watch::Sender::new(false) }
    }

    /// The policy that everything is judged by.
    pub fn policy(&self) -> &Arc<Policy> {
        self.policies.newest()
    }

    /// The policy that was in force at a time.
    pub fn policy_at(&self, time: OffsetDateTime) -> &Arc<Policy> {
        self.policies.at(time)
    }

    /// Names in the policy that have no effect under a plan; none for a plan that is not known.
    pub fn misfits(&self, plan_id: &str) -> Vec<Misfit> {
        let cube = self.known_so_far();
        let Some(facts) = cube.plan(plan_id).map(PlanValues::facts) else { return Vec::new() };
        let codes: Vec<&str> = facts.counties.iter().map(|county| county.code.as_str()).collect();
        self.policy().misfits(&facts.plan, &codes)
    }

    /// Takes in changes in their order until one freezes a round; answers with that round.
    pub fn apply(&self, kind: leitai_proto::ingestion::v1::change::Kind, recorded_at_ms: i64) -> Result<Option<Frozen>, CubeError> {
        self.cube.write().unwrap_or_else(PoisonError::into_inner).apply(kind, recorded_at_ms)
    }

    /// The first replay has reached the head that it saw.
    pub fn set_ready(&self) {
        self.ready.send_replace(true);
    }

    /// Waits until then.
    #[cfg(test)]
    pub async fn caught_up(&self) {
        self.ready.subscribe().wait_for(|ready| *ready).await.unwrap();
    }

    /// The cube, once it may be read.
    pub fn cube(&self) -> Result<RwLockReadGuard<'_, Cube>, QueryError> {
        if *self.ready.borrow() { Ok(self.known_so_far()) } else { Err(QueryError::CatchingUp) }
    }

    /// The cube as far as the log has been read.
    pub fn known_so_far(&self) -> RwLockReadGuard<'_, Cube> {
        self.cube.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The round, evaluated anew only where a value, the plan or a freeze has changed since.
    pub fn round(&self, plan_id: &str, values: &PlanValues, period: Period) -> Arc<Round> {
        let key = (plan_id.to_owned(), period, Moment::NEWEST);
        self.kept(&key, values.version()).unwrap_or_else(|| self.keep(key, round::evaluate(values, period, self.policy())))
    }

    /// The round as known at a moment, by the policy of a time; `None` where the plan was not known then.
    pub fn round_at(&self, plan_id: &str, values: &PlanValues, period: Period, moment: Moment, time: OffsetDateTime) -> Option<Arc<Round>> {
        let key = (plan_id.to_owned(), period, moment);
        if let Some(round) = self.kept(&key, values.version()) {
            return Some(round);
        }
        let then = values.at(moment)?;
        Some(self.keep(key, round::evaluate(&then, period, self.policy_at(time))))
    }

    fn kept(&self, key: &(String, Period, Moment), version: u64) -> Option<Arc<Round>> {
        self.rounds().get(key).filter(|round| round.known.version() == version).cloned()
    }

    fn keep(&self, key: (String, Period, Moment), round: Round) -> Arc<Round> {
        let (round, mut rounds) = (Arc::new(round), self.rounds());
        if key.2 != Moment::NEWEST && rounds.keys().filter(|(.., moment)| *moment != Moment::NEWEST).count() >= EARLIER_KEPT {
            rounds.retain(|(.., moment), _| *moment == Moment::NEWEST);
        }
        rounds.insert(key, Arc::clone(&round));
        round
    }

    fn rounds(&self) -> MutexGuard<'_, Rounds> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
