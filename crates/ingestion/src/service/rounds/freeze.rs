//! Freezing rounds.

use leitai_domain::{decimal, period::Period};
use leitai_proto::ingestion::v1::{Change, FreezeRoundResponse, Round, RoundMover, RoundState, change::Kind};
use leitai_rpc::clock::millis;
use prost::Message;
use rust_decimal::Decimal;
use sea_orm::DatabaseTransaction;

use super::{Locked, Service};
use crate::{calendar, error::Error, obligations::Moment, responsibility::overdue_entries, store::observations};

const METHOD: &str = "FreezeRound";

impl Service {
    /// Freezes a round, or answers with its first freeze.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`]; [`Error::OtherYear`]; [`Error::NoValues`] where no value of the period was accepted.
    pub async fn freeze_round(&self, request_id: &str, plan_id: &str, period: Period) -> Result<FreezeRoundResponse, Error> {
        self.once(METHOD, request_id, || self.freeze_by_hand(request_id, plan_id, period)).await
    }

    async fn freeze_by_hand(&self, request_id: &str, plan_id: &str, period: Period) -> Result<FreezeRoundResponse, Error> {
        let tx = self.database.begin().await?;
        // With the plan locked, no report of it is half-way: what has a smaller number is committed.
        let mut locked = self.locked(&tx, plan_id, period).await?;
        let round = match locked.row.state() {
            RoundState::Frozen => locked.wire(&tx).await?,
            _ => self.freeze(&tx, &mut locked, RoundMover::Hand).await?,
        };
        let answer = FreezeRoundResponse { warnings: warnings(&round), round: Some(round) };
        self.finish(tx, METHOD, request_id, &answer).await?;
        Ok(answer)
    }

    /// Freezes an open round for the schedule; false where it is open no more: another copy, or somebody, was first.
    pub(super) async fn freeze_by_schedule(&self, plan_id: &str, period: Period) -> Result<bool, Error> {
        let tx = self.database.begin().await?;
        let mut locked = self.locked(&tx, plan_id, period).await?;
        if locked.row.state() != RoundState::Open {
            return Ok(false);
        }
        self.freeze(&tx, &mut locked, RoundMover::Schedule).await?;
        self.commit(tx).await?;
        Ok(true)
    }

    async fn freeze(&self, tx: &DatabaseTransaction, locked: &mut Locked, by: RoundMover) -> Result<Round, Error> {
        let (plan_id, period) = (locked.plan.plan_id.clone(), locked.period);
        if !observations::any(tx, &plan_id, &period.to_string()).await? {
            return Err(Error::NoValues { plan: plan_id, period: period.to_string() });
        }
        let now = self.clock.now();
        let whole = self.whole_of(tx, locked, Moment { at: now, frozen: true }).await?;
        let at = millis(now);
        let row = &mut locked.row;
        (row.plan_revision, row.frozen_at, row.frozen_by) = (locked.plan.revision, Some(at), by.into());
        row.at_freeze = Some(whole.encode_to_vec());
        // The entry's own number is only known once it is appended: readers of the log fill it in.
        row.frozen_sequence = Some(0);
        let payload = Change { sequence: 0, recorded_at_ms: at, kind: Some(Kind::RoundFrozen(locked.wire(tx).await?)) }.encode_to_vec();
        let mut payloads = overdue_entries(tx, &plan_id, &period.to_string(), at).await?;
        payloads.push(payload);
        locked.row.frozen_sequence = Some(*self.log.append(tx, payloads).await?.end());
        locked.store(tx).await?;
        Ok(locked.wire(tx).await?)
    }
}

/// What whoever froze the round should know.
fn warnings(round: &Round) -> Vec<String> {
    let due = calendar::day(Some(&round.due_on)).filter(|_| round.frozen_early);
    let early = due.map(|due| format!("报送截止日为{}，本期在截止前定稿，此后报来的数据不计入本期。", calendar::chinese(due)));
    let whole = round.at_freeze.as_ref().filter(|whole| whole.missing > 0);
    let missing = whole.map(|whole| {
        let share = decimal::round(Decimal::from(100 * (whole.on_time + whole.late)) / Decimal::from(whole.owed.max(1)), 1);
        format!("定稿时应报{}项，缺报{}项，完整率{share}%。", whole.owed, whole.missing)
    });
    early.into_iter().chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use leitai_proto::ingestion::v1::Completeness;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::in_order(false, 0, &[])]
    #[case::early(true, 0, &["报送截止日为2025年4月22日，本期在截止前定稿，此后报来的数据不计入本期。"])]
    #[case::with_gaps(false, 3, &["定稿时应报9项，缺报3项，完整率66.7%。"])]
    fn says_what_is_unusual(#[case] frozen_early: bool, #[case] missing: i32, #[case] expected: &[&str]) {
        let at_freeze = Completeness { owed: 9, on_time: 9 - missing, missing, ..Completeness::default() };
        let round = Round { due_on: "2025-04-22".to_owned(), frozen_early, at_freeze: Some(at_freeze), ..Round::default() };
        assert_eq!(warnings(&round), expected);
    }
}
