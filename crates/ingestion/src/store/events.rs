//! Everything that happened to a report.

use leitai_proto::ingestion::v1::{ReportEvent, ReportEventKind};
use leitai_rpc::clock::rfc3339;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entities::report_event;

/// An event to keep; its number follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub kind: ReportEventKind,
    /// Unix milliseconds.
    pub at: i64,
    /// Empty where it happened by itself.
    pub agency: String,
    /// Empty where none was named.
    pub who: String,
    /// Of an approval.
    pub level: String,
    /// Of an evaluator's approval, ascending.
    pub indicator_ids: Vec<String>,
    /// Why.
    pub reason: String,
    /// Of the report.
    pub values_sha256: String,
}

/// Adds an event. The plan is locked: no other writer numbers this report's events.
///
/// # Errors
/// The database's own.
pub async fn add(tx: &DatabaseTransaction, report_id: &str, event: Event) -> Result<(), DbErr> {
    let before = report_event::Entity::find().filter(report_event::Column::ReportId.eq(report_id)).count(tx).await?;
    let row = report_event::ActiveModel {
        report_id: Set(report_id.to_owned()),
        sequence: Set(i32::try_from(before + 1).unwrap_or(i32::MAX)),
        kind: Set(event.kind.into()),
        at: Set(event.at),
        agency: Set(event.agency),
        who: Set(event.who),
        level: Set(event.level),
        indicator_ids: Set(event.indicator_ids.join(",")),
        reason: Set(event.reason),
        values_sha256: Set(event.values_sha256),
    };
    report_event::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

/// Up to `limit` events after a number, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, report_id: &str, after: i32, limit: u64) -> Result<Vec<ReportEvent>, DbErr> {
    let rows = report_event::Entity::find()
        .filter(report_event::Column::ReportId.eq(report_id))
        .filter(report_event::Column::Sequence.gt(after))
        .order_by_asc(report_event::Column::Sequence)
        .limit(limit);
    Ok(rows.all(conn).await?.into_iter().map(into_event).collect())
}

/// The approvals of a report, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn approvals(conn: &impl ConnectionTrait, report_id: &str) -> Result<Vec<ReportEvent>, DbErr> {
    let rows = report_event::Entity::find()
        .filter(report_event::Column::ReportId.eq(report_id))
        .filter(report_event::Column::Kind.eq(i32::from(ReportEventKind::Approved)))
        .order_by_asc(report_event::Column::Sequence);
    Ok(rows.all(conn).await?.into_iter().map(into_event).collect())
}

fn into_event(row: report_event::Model) -> ReportEvent {
    let ids = row.indicator_ids.split(',').filter(|id| !id.is_empty());
    ReportEvent {
        sequence: row.sequence,
        kind: row.kind,
        at: rfc3339(row.at),
        agency: row.agency,
        who: row.who,
        level: row.level,
        indicator_ids: ids.map(str::to_owned).collect(),
        reason: row.reason,
        values_sha256: row.values_sha256,
    }
}
