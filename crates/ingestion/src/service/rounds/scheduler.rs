//! The task that opens rounds, and freezes those whose plan says so. It may run in every copy of the service: each move is made once, with the plan
//! locked. It sleeps until the next day on which there is something to do.

use std::time::Duration;

use leitai_domain::period::Period;
use leitai_rpc::{backoff::Backoff, failure::chain};
use time::Date;
use tokio::time::timeout;

use super::Service;
use crate::{
    calendar,
    error::Error,
    store::rounds::{self, Row},
};

/// Longest sleep: another copy may have applied a plan, or the machine's clock may have been set.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Bound of the first wait after a failure.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Bound of the longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

impl Service {
    /// Keeps the schedule for ever; every failure is waited out. Safe to drop at any await.
    pub async fn keep_schedule(self) {
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        let mut rescheduled = false;
        loop {
            let kept = self.keep_once(rescheduled).await;
            rescheduled |= kept.is_ok();
            let wait = match kept {
                Ok(next) => {
                    backoff.reset();
                    self.until(next)
                }
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "the schedule of rounds is looked at again later");
                    backoff.next_wait()
                }
            };
            // A plan applied in this process is looked at at once.
            let _woken = timeout(wait, self.planned.notified()).await;
        }
    }

    /// One look at the schedule, after the days of every plan were counted anew where they were not.
    async fn keep_once(&self, rescheduled: bool) -> Result<Option<Date>, Error> {
        if !rescheduled {
            self.reschedule_all().await?;
        }
        self.follow_schedule().await
    }

    /// Opens and freezes what the day asks for; answers with the next day on which there is something to do. A round that was missed is opened until
    /// its circular's day has passed: a stop of some weeks is caught up, an old plan is left alone. One that fails does not keep the others.
    ///
    /// # Errors
    /// The first failure.
    pub async fn follow_schedule(&self) -> Result<Option<Date>, Error> {
        let (conn, today) = (self.database.connection(), calendar::beijing_day(self.clock.now()));
        let mut done = Ok(());
        for row in rounds::to_open(conn, today).await? {
            done = done.and(self.opened(&row).await);
        }
        for row in rounds::to_freeze(conn, today).await? {
            done = done.and(self.frozen(&row).await);
        }
        done?;
        Ok(rounds::next_day(conn, today).await?)
    }

    async fn opened(&self, row: &Row) -> Result<(), Error> {
        if self.open_by_schedule(&row.plan_id, period(row)?).await? {
            tracing::info!(plan = row.plan_id, period = row.period, due = row.due_on, "round opened");
        }
        Ok(())
    }

    async fn frozen(&self, row: &Row) -> Result<(), Error> {
        match self.freeze_by_schedule(&row.plan_id, period(row)?).await {
            Ok(true) => tracing::info!(plan = row.plan_id, period = row.period, "round frozen"),
            Ok(false) => {}
            Err(Error::NoValues { .. }) => {
                tracing::warn!(plan = row.plan_id, period = row.period, "a round without any value is not frozen")
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// How long to sleep until a day begins in Beijing.
    fn until(&self, day: Option<Date>) -> Duration {
        let left = day.map(|day| calendar::begins(day) - self.clock.now());
        left.and_then(|left| Duration::try_from(left).ok()).unwrap_or(LONGEST).min(LONGEST)
    }
}

fn period(row: &Row) -> Result<Period, Error> {
    row.period.parse().map_err(|_| Error::StoredPeriod(row.period.clone()))
}
