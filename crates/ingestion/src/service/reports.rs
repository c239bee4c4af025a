//! Reading reports and what became of them.

use leitai_proto::ingestion::v1::{Report, ReportEvent, ReportItem};

use super::Service;
use crate::{
    error::Error,
    store::{
        events, items,
        reports::{self, Place},
    },
};

impl Service {
    /// One report with its counts.
    ///
    /// # Errors
    /// [`Error::UnknownReport`].
    pub async fn report(&self, report_id: &str) -> Result<Report, Error> {
        reports::get(self.database.connection(), report_id).await?.ok_or_else(|| Error::UnknownReport(report_id.to_owned()))
    }

    /// Up to `limit` reports after a place, the newest first.
    ///
    /// # Errors
    /// The database's own.
    pub async fn reports(&self, filter: &reports::Filter, after: Option<&Place>, limit: u64) -> Result<Vec<Report>, Error> {
        Ok(reports::list(self.database.connection(), filter, after, limit).await?)
    }

    /// Up to `limit` items of a report after a position.
    ///
    /// # Errors
    /// The database's own.
    pub async fn items(&self, report_id: &str, after: i32, limit: u64) -> Result<Vec<ReportItem>, Error> {
        let items = items::list(self.database.connection(), report_id, after, limit).await?;
        Ok(items.into_iter().map(|stored| stored.item).collect())
    }

    /// Up to `limit` events of a report after a number.
    ///
    /// # Errors
    /// The database's own.
    pub async fn events(&self, report_id: &str, after: i32, limit: u64) -> Result<Vec<ReportEvent>, Error> {
        Ok(events::list(self.database.connection(), report_id, after, limit).await?)
    }
}
