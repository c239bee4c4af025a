//! Evaluation's own tables: evaluated rounds, the findings log and the cursor into ingestion's log, always written together.

mod evaluated_round;
mod migrations;
mod policy_version;

use std::collections::BTreeMap;

use futures::{Stream, StreamExt};
use leitai_proto::evaluation::v1::FrozenRound;
use leitai_rpc::clock::{from_millis, millis};
use leitai_storage::{
    Database, StorageError,
    change_log::{Batch, ChangeLog, TailError},
    cursor,
};
use prost::Message;
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait, QueryOrder};
use time::OffsetDateTime;

/// The cursor's name.
const INGESTION: &str = "ingestion";
/// Frozen rounds read at once; one of 67 counties is about 300 KB.
const ROUNDS_AT_ONCE: u64 = 8;

/// What one frozen round of ingestion's log became.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// The round's number in ingestion's log.
    pub source_sequence: i64,
    /// The finding.
    pub round: FrozenRound,
}

/// A freeze in ingestion's log: plan, period and time.
pub(crate) type Freeze = (String, String, String);

/// What was evaluated before, to hold ingestion's log against.
#[derive(Debug, Clone, Default)]
pub(crate) struct Before {
    /// The last number of ingestion's log whose findings are stored.
    pub cursor: i64,
    /// The freezes that were evaluated, by their numbers.
    pub freezes: BTreeMap<i64, Freeze>,
}

/// The store.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    database: Database,
    log: ChangeLog,
}

impl Store {
    /// Brings the tables up to date.
    pub async fn open(database: Database) -> Result<Self, StorageError> {
        database.migrate::<migrations::Migrator>().await?;
        Ok(Self { database, log: ChangeLog::new() })
    }

    /// The last number of ingestion's log whose findings are stored.
    pub async fn cursor(&self) -> Result<i64, DbErr> {
        cursor::load(self.database.connection(), INGESTION).await
    }

    /// What was evaluated before. Another process may have stored more meanwhile: then there are freezes behind the cursor.
    pub async fn before(&self) -> Result<Before, DbErr> {
        let cursor = self.cursor().await?;
        let rounds = evaluated_round::Entity::find().all(self.database.connection()).await?;
        let freezes = rounds.into_iter().map(|round| (round.source_sequence, (round.plan_id, round.period, round.frozen_at)));
        Ok(Before { cursor, freezes: freezes.collect() })
    }

    /// Stores findings and how far they go, in one transaction. What the cursor has already passed is left out, so that a
    /// commit whose answer was lost can be repeated; of two processes that store the same round one fails on its key.
    pub async fn commit(&self, up_to: i64, findings: &[Finding], at: OffsetDateTime) -> Result<(), DbErr> {
        let tx = self.database.begin().await?;
        let stored = cursor::load(&tx, INGESTION).await?;
        let fresh: Vec<&Finding> = findings.iter().filter(|finding| finding.source_sequence > stored).collect();
        for finding in &fresh {
            evaluated_round::Entity::insert(row(finding, at)).exec_without_returning(&tx).await?;
        }
        cursor::store(&tx, INGESTION, up_to.max(stored)).await?;
        if !fresh.is_empty() {
            self.log.append(&tx, fresh.iter().map(|finding| finding.round.encode_to_vec()).collect()).await?;
        }
        tx.commit().await?;
        self.log.poke();
        Ok(())
    }

    /// Every policy that was in force with the time since when, oldest first; `text` is the last of them, added where it is new.
    pub async fn policies(&self, text: &str, now: OffsetDateTime) -> Result<Vec<(OffsetDateTime, String)>, DbErr> {
        let tx = self.database.begin().await?;
        let mut known = policy_version::Entity::find().order_by_asc(policy_version::Column::Number).all(&tx).await?;
        if known.last().is_none_or(|newest| newest.text != text) {
            let number = known.last().map_or(1, |newest| newest.number + 1);
            let new = policy_version::Model { number, since_ms: millis(now), text: text.to_owned() };
            policy_version::Entity::insert(policy_version::ActiveModel {
                number: Set(number),
                since_ms: Set(new.since_ms),
                text: Set(text.to_owned()),
            })
            .exec_without_returning(&tx)
            .await?;
            known.push(new);
        }
        tx.commit().await?;
        let since = |version: &policy_version::Model| from_millis(version.since_ms).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Ok(known.into_iter().map(|version| (since(&version), version.text)).collect())
    }

    /// Findings after a number, then each new one.
    pub fn findings(&self, after: i64) -> impl Stream<Item = Result<Batch, TailError>> + Send + 'static {
        self.log.tail(self.database.clone(), after, ROUNDS_AT_ONCE).boxed()
    }
}

fn row(finding: &Finding, at: OffsetDateTime) -> evaluated_round::ActiveModel {
    evaluated_round::ActiveModel {
        source_sequence: Set(finding.source_sequence),
        plan_id: Set(finding.round.plan_id.clone()),
        period: Set(finding.round.period.clone()),
        frozen_at: Set(finding.round.frozen_at.clone()),
        evaluated_at_ms: Set(millis(at)),
        verdicts: Set(i64::try_from(finding.round.verdicts.len()).unwrap_or(i64::MAX)),
        simulated: Set(finding.round.simulated),
    }
}

#[cfg(test)]
mod tests;
