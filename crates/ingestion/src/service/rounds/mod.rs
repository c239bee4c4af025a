//! Rounds: scheduled by the plan, opened, frozen. Every write locks the plan first: of two at once the second sees what the first did.

mod freeze;
mod open;
mod schedule;
mod scheduler;

use leitai_domain::{period::Period, plan::Plan as Document};
use leitai_proto::ingestion::v1::{Plan, Round};
use sea_orm::{DatabaseTransaction, DbErr};

use super::Service;
use crate::{
    error::Error,
    store::{
        plans,
        rounds::{self, Filter, Row},
    },
};

/// A plan that is locked, and one of its rounds.
pub(super) struct Locked {
    pub plan: Plan,
    pub document: Document,
    pub period: Period,
    pub row: Row,
    /// True where the round has a row already.
    known: bool,
}

impl Service {
    /// Up to `limit` rounds after a plan and period.
    ///
    /// # Errors
    /// The database's own.
    pub async fn rounds(&self, filter: &Filter, after: Option<(&str, &str)>, limit: u64) -> Result<Vec<Round>, Error> {
        Ok(rounds::list(self.database.connection(), filter, after, limit).await?)
    }

    /// One round.
    ///
    /// # Errors
    /// [`Error::UnknownRound`] where it is neither scheduled, open nor frozen.
    pub async fn round(&self, plan_id: &str, period: Period) -> Result<Round, Error> {
        let found = rounds::get(self.database.connection(), plan_id, &period.to_string()).await?;
        found.ok_or_else(|| Error::UnknownRound { plan: plan_id.to_owned(), period })
    }

    /// Locks the plan and reads the round; one that has no row has no days.
    async fn locked(&self, tx: &DatabaseTransaction, plan_id: &str, period: Period) -> Result<Locked, Error> {
        plans::lock(tx, plan_id).await?;
        let plan = plans::newest(tx, plan_id).await?.ok_or_else(|| Error::UnknownPlan(plan_id.to_owned()))?;
        if period.year() != plan.year {
            return Err(Error::OtherYear { plan_year: plan.year, period });
        }
        let found = rounds::row(tx, plan_id, &period.to_string()).await?;
        let (known, new) = (found.is_some(), || Row::new(plan_id, &period.to_string(), plan.revision));
        Ok(Locked { document: Document::from_toml(&plan.document_toml)?, row: found.unwrap_or_else(new), plan, period, known })
    }
}

impl Locked {
    async fn store(&self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        rounds::put(tx, self.row.clone(), self.known).await
    }

    /// Under the title that its own revision of the plan has.
    async fn wire(&self, tx: &DatabaseTransaction) -> Result<Round, DbErr> {
        rounds::into_round(self.row.clone(), plans::title(tx, &self.row.plan_id, self.row.plan_revision).await?)
    }
}
