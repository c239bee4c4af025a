//! The schedule that follows from a plan: a round for each period at which something is due, with its days.

use leitai_domain::{
    calendar::Calendar,
    period::Period,
    plan::{
        Plan as Document,
        rounds::{Dates, Freeze, Rounds},
    },
};
use leitai_proto::ingestion::v1::{Plan, RoundState};
use leitai_rpc::failure::chain;
use sea_orm::{DatabaseTransaction, DbErr};

use super::Service;
use crate::{
    calendar,
    error::Error,
    store::{
        plans,
        rounds::{self, Row},
    },
};

/// True where an indicator of the plan is due at the period.
pub fn is_due(document: &Document, period: Period) -> bool {
    period.year() == document.year && document.indicators.iter().any(|indicator| indicator.is_due(period))
}

/// The periods of the plan's year at which something is due.
fn periods(document: &Document) -> impl Iterator<Item = Period> {
    (1..=12).filter_map(|month| Period::new(document.year, month).ok()).filter(|period| is_due(document, *period))
}

impl Service {
    /// Brings the rounds of a plan that are not frozen in line with its newest revision, in the transaction that locks it. Scheduled rounds get
    /// its days, or go where it has none; an open round keeps the days that were told, and gets some where it has none.
    pub(in crate::service) async fn reschedule(&self, tx: &DatabaseTransaction, plan: &Plan, document: &Document) -> Result<(), DbErr> {
        let known = rounds::of_plan(tx, &plan.plan_id).await?;
        let wanted: Vec<Period> = periods(document).filter(|_| document.rounds.is_some()).collect();
        let unwanted = |row: &&Row| row.state() == RoundState::Scheduled && !wanted.iter().any(|period| period.to_string() == row.period);
        for row in known.iter().filter(unwanted) {
            rounds::unschedule(tx, &plan.plan_id, &row.period).await?;
        }
        for period in periods(document) {
            let found = known.iter().find(|row| row.period == period.to_string());
            if let Some(row) = follow(found, plan, document.rounds.as_ref(), period, &self.calendar) {
                rounds::put(tx, row, found.is_some()).await?;
            }
        }
        Ok(())
    }

    /// [`Self::reschedule`] for every plan: the calendar may have learned of a year since.
    pub(super) async fn reschedule_all(&self) -> Result<(), Error> {
        let mut after = None;
        while let Some(plan) = plans::list(self.database.connection(), after.as_deref(), 1).await?.pop() {
            let tx = self.database.begin().await?;
            plans::lock(&tx, &plan.plan_id).await?;
            let newest = plans::newest(&tx, &plan.plan_id).await?.unwrap_or(plan);
            match Document::from_toml(&newest.document_toml) {
                Ok(document) => self.reschedule(&tx, &newest, &document).await?,
                Err(error) => {
                    tracing::warn!(plan = newest.plan_id, error = %chain(&error), "the plan cannot be read; its rounds stay as they are")
                }
            }
            tx.commit().await?;
            after = Some(newest.plan_id);
        }
        Ok(())
    }
}

/// The row that a period's round should have where it is to be written.
fn follow(found: Option<&Row>, plan: &Plan, days: Option<&Rounds>, period: Period, calendar: &Calendar) -> Option<Row> {
    let row = match found {
        Some(row) => row.clone(),
        None => Row::new(&plan.plan_id, &period.to_string(), plan.revision),
    };
    let dated = |row: Row, rounds: &Rounds| dated(row, rounds, rounds.dates(period, calendar));
    let new = match (row.state(), days) {
        (RoundState::Frozen, _) => return None,
        (RoundState::Scheduled, None) => return None,
        (RoundState::Open, Some(rounds)) if row.due_on.is_none() => dated(row, rounds),
        (RoundState::Scheduled, Some(rounds)) => dated(row, rounds),
        (RoundState::Open | RoundState::Unspecified, _) => row,
    };
    let new = Row { plan_revision: plan.revision, ..new };
    (found != Some(&new)).then_some(new)
}

fn dated(row: Row, rounds: &Rounds, dates: Dates) -> Row {
    Row {
        opens_on: Some(calendar::text(dates.opens.date)),
        due_on: Some(calendar::text(dates.due.date)),
        freezes_on: Some(calendar::text(dates.freezes.date)),
        circular_on: Some(calendar::text(dates.circular.date)),
        unknown_year: dates.unknown_year().unwrap_or_default(),
        freezes_by_schedule: rounds.freeze == Freeze::Automatic,
        days_origin: rounds.origin.clone(),
        ..row
    }
}
