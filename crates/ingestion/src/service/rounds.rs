//! Freezing rounds.

use leitai_domain::period::Period;
use leitai_proto::ingestion::v1::{Change, FreezeRoundResponse, Round, change::Kind};
use leitai_rpc::clock::{millis, rfc3339};
use prost::Message;
use sea_orm::DatabaseTransaction;

use super::{ATTEMPTS, Service, lost_race};
use crate::{
    error::Error,
    store::{observations, plans, rounds},
};

const METHOD: &str = "FreezeRound";

impl Service {
    /// Freezes a round, or answers with its first freeze.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`]; [`Error::OtherYear`]; [`Error::NoValues`] where no value of the period was accepted.
    pub async fn freeze_round(&self, request_id: &str, plan_id: &str, period: Period) -> Result<FreezeRoundResponse, Error> {
        let mut attempts = ATTEMPTS;
        loop {
            if let Some(answer) = self.answered(METHOD, request_id).await? {
                return Ok(answer);
            }
            attempts -= 1;
            match self.freeze(request_id, plan_id, period).await {
                Err(error) if lost_race(&error) && attempts > 0 => {}
                frozen => return frozen,
            }
        }
    }

    /// Up to `limit` rounds after a plan and period, of one plan where `plan_id` is not empty.
    ///
    /// # Errors
    /// The database's own.
    pub async fn rounds(&self, plan_id: &str, after: Option<(&str, &str)>, limit: u64) -> Result<Vec<Round>, Error> {
        Ok(rounds::list(self.database.connection(), plan_id, after, limit).await?)
    }

    async fn freeze(&self, request_id: &str, plan_id: &str, period: Period) -> Result<FreezeRoundResponse, Error> {
        let tx = self.database.begin().await?;
        // With the plan locked, no report of it is half-way: what has a smaller number is committed.
        plans::lock(&tx, plan_id).await?;
        let plan_year = plans::newest(&tx, plan_id).await?.ok_or_else(|| Error::UnknownPlan(plan_id.to_owned()))?.year;
        if period.year() != plan_year {
            return Err(Error::OtherYear { plan_year, period });
        }
        let period = period.to_string();
        let round = match rounds::get(&tx, plan_id, &period).await? {
            Some(frozen) => frozen,
            None if observations::any(&tx, plan_id, &period).await? => self.add_round(&tx, plan_id, &period).await?,
            None => return Err(Error::NoValues { plan: plan_id.to_owned(), period }),
        };
        let answer = FreezeRoundResponse { round: Some(round) };
        self.finish(tx, METHOD, request_id, &answer).await?;
        Ok(answer)
    }

    async fn add_round(&self, tx: &DatabaseTransaction, plan_id: &str, period: &str) -> Result<Round, Error> {
        let at = millis(self.clock.now());
        let round = Round { plan_id: plan_id.to_owned(), period: period.to_owned(), frozen_at: rfc3339(at), frozen_sequence: 0 };
        // The entry's own number is only known once it is appended: readers of the log fill it in.
        let payload = Change { sequence: 0, recorded_at_ms: at, kind: Some(Kind::RoundFrozen(round.clone())) }.encode_to_vec();
        let frozen_sequence = *self.log.append(tx, vec![payload]).await?.end();
        rounds::add(tx, plan_id, period, at, frozen_sequence).await?;
        Ok(Round { frozen_sequence, ..round })
    }
}
