//! Opening rounds.

use leitai_domain::period::Period;
use leitai_proto::ingestion::v1::{Change, OpenRoundResponse, Round, RoundMover, RoundState, change::Kind};
use leitai_rpc::clock::millis;
use prost::Message;
use sea_orm::DatabaseTransaction;

use super::{Locked, Service, schedule::is_due};
use crate::error::Error;

const METHOD: &str = "OpenRound";

impl Service {
    /// Opens a round by hand, or answers with it where it is open.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`]; [`Error::OtherYear`]; [`Error::Frozen`]: no round is opened again; [`Error::NothingDue`].
    pub async fn open_round(&self, request_id: &str, plan_id: &str, period: Period) -> Result<OpenRoundResponse, Error> {
        self.once(METHOD, request_id, || self.open_by_hand(request_id, plan_id, period)).await
    }

    async fn open_by_hand(&self, request_id: &str, plan_id: &str, period: Period) -> Result<OpenRoundResponse, Error> {
        let tx = self.database.begin().await?;
        let mut locked = self.locked(&tx, plan_id, period).await?;
        if !is_due(&locked.document, period) {
            return Err(Error::NothingDue { plan: plan_id.to_owned(), period });
        }
        let round = match locked.row.state() {
            RoundState::Frozen => return Err(Error::Frozen { plan: plan_id.to_owned(), period }),
            RoundState::Open => locked.wire(&tx).await?,
            RoundState::Scheduled | RoundState::Unspecified => self.open(&tx, &mut locked, RoundMover::Hand).await?,
        };
        let answer = OpenRoundResponse { round: Some(round) };
        self.finish(tx, METHOD, request_id, &answer).await?;
        Ok(answer)
    }

    /// Opens a round for the schedule; false where it is scheduled no more: another copy, or somebody, was first.
    pub(super) async fn open_by_schedule(&self, plan_id: &str, period: Period) -> Result<bool, Error> {
        let tx = self.database.begin().await?;
        let mut locked = self.locked(&tx, plan_id, period).await?;
        if !locked.known || locked.row.state() != RoundState::Scheduled {
            return Ok(false);
        }
        self.open(&tx, &mut locked, RoundMover::Schedule).await?;
        self.commit(tx).await?;
        Ok(true)
    }

    async fn open(&self, tx: &DatabaseTransaction, locked: &mut Locked, by: RoundMover) -> Result<Round, Error> {
        let at = millis(self.clock.now());
        (locked.row.opened_at, locked.row.opened_by) = (Some(at), by.into());
        locked.store(tx).await?;
        let round = locked.wire(tx).await?;
        let payload = Change { sequence: 0, recorded_at_ms: at, kind: Some(Kind::RoundOpened(round.clone())) }.encode_to_vec();
        self.log.append(tx, vec![payload]).await?;
        Ok(round)
    }
}
