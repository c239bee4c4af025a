//! What the follower writes and the queries read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard},
};

use leitai_domain::{period::Period, policy::Policy};
use tokio::sync::watch;

use crate::{
    cube::{Cube, CubeError, Frozen, PlanValues},
    error::QueryError,
    round::{self, Round},
};

type Rounds = HashMap<(String, Period), (u64, Arc<Round>)>;

/// The cube, the rounds evaluated from it, and whether it may be read yet.
#[derive(Debug)]
pub(crate) struct State {
    policy: Policy,
    cube: RwLock<Cube>,
    rounds: Mutex<Rounds>,
    ready: watch::Sender<bool>,
}

impl State {
    /// An empty cube that is not ready.
    pub fn new(policy: Policy) -> Self {
        Self { policy, cube: RwLock::default(), rounds: Mutex::default(), ready: watch::Sender::new(false) }
    }

    /// The policy that everything is judged by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Takes in changes in their order until one freezes a round; answers with that round.
    pub fn apply(&self, kind: leitai_proto::ingestion::v1::change::Kind) -> Result<Option<Frozen>, CubeError> {
        self.cube.write().unwrap_or_else(PoisonError::into_inner).apply(kind)
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

    /// The round, evaluated anew only where a value or the plan has changed since.
    pub fn round(&self, plan_id: &str, values: &PlanValues, period: Period) -> Arc<Round> {
        let key = (plan_id.to_owned(), period);
        let cached = self.rounds.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some((_, round)) = cached.filter(|(version, _)| *version == values.version()) {
            return round;
        }
        let round = Arc::new(round::evaluate(values, period, &self.policy));
        let fresh = (values.version(), Arc::clone(&round));
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner).insert(key, fresh);
        round
    }
}
