//! Reports and their items.

use leitai_proto::ingestion::v1::{ItemReason, ReasonCount, Report, ReportItem};
use leitai_rpc::clock::rfc3339;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{
    CHUNK,
    entities::{report, report_item},
};

/// A report before its items are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Derived from the request's id.
    pub report_id: String,
    /// The plan.
    pub plan_id: String,
    /// The agency that submits.
    pub submitter: String,
    /// Empty for rows.
    pub file_name: String,
    /// Lower-case hex.
    pub content_sha256: String,
    /// Unix milliseconds.
    pub submitted_at: i64,
    /// True where the values were simulated.
    pub simulated: bool,
}

/// Stores a report with its items.
///
/// # Errors
/// The database's own.
pub async fn add(tx: &DatabaseTransaction, head: &Head, items: &[ReportItem]) -> Result<(), DbErr> {
    let row = report::ActiveModel {
        report_id: Set(head.report_id.clone()),
        plan_id: Set(head.plan_id.clone()),
        submitter: Set(head.submitter.clone()),
        file_name: Set(head.file_name.clone()),
        content_sha256: Set(head.content_sha256.clone()),
        submitted_at: Set(head.submitted_at),
        simulated: Set(head.simulated),
    };
    report::Entity::insert(row).exec_without_returning(tx).await?;
    for items in items.chunks(CHUNK) {
        let rows = items.iter().map(|item| item_row(&head.report_id, item));
        report_item::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// One report with its counts and periods.
///
/// # Errors
/// The database's own.
pub async fn get(conn: &impl ConnectionTrait, report_id: &str) -> Result<Option<Report>, DbErr> {
    let Some(row) = report::Entity::find_by_id(report_id).one(conn).await? else { return Ok(None) };
    let of_report = || report_item::Entity::find().filter(report_item::Column::ReportId.eq(report_id)).select_only();
    let counts: Vec<(i32, i64)> = of_report()
        .column(report_item::Column::Reason)
        .column_as(report_item::Column::Position.count(), "items")
        .group_by(report_item::Column::Reason)
        .order_by_asc(report_item::Column::Reason)
        .into_tuple()
        .all(conn)
        .await?;
    let in_force = [ItemReason::Accepted, ItemReason::Revised, ItemReason::Unchanged].map(i32::from);
    let periods: Vec<String> = of_report()
        .column(report_item::Column::Period)
        .filter(report_item::Column::Reason.is_in(in_force))
        .distinct()
        .order_by_asc(report_item::Column::Period)
        .into_tuple()
        .all(conn)
        .await?;
    let count = |(reason, count): (i32, i64)| ReasonCount { reason, count: i32::try_from(count).unwrap_or(i32::MAX) };
    Ok(Some(Report {
        report_id: row.report_id,
        plan_id: row.plan_id,
        submitter: row.submitter,
        file_name: row.file_name,
        content_sha256: row.content_sha256,
        submitted_at: rfc3339(row.submitted_at),
        counts: counts.into_iter().map(count).collect(),
        periods,
        simulated: row.simulated,
    }))
}

/// Up to `limit` items after a position, in the order of the source.
///
/// # Errors
/// The database's own.
pub async fn items(conn: &impl ConnectionTrait, report_id: &str, after: i32, limit: u64) -> Result<Vec<ReportItem>, DbErr> {
    let rows = report_item::Entity::find()
        .filter(report_item::Column::ReportId.eq(report_id))
        .filter(report_item::Column::Position.gt(after))
        .order_by_asc(report_item::Column::Position)
        .limit(limit);
    Ok(rows.all(conn).await?.into_iter().map(into_item).collect())
}

fn item_row(report_id: &str, item: &ReportItem) -> report_item::ActiveModel {
    report_item::ActiveModel {
        report_id: Set(report_id.to_owned()),
        position: Set(item.position),
        place: Set(item.place.clone()),
        source_text: Set(item.source_text.clone()),
        reason: Set(item.reason),
        message: Set(item.message.clone()),
        division_code: Set(item.division_code.clone()),
        indicator_id: Set(item.indicator_id.clone()),
        period: Set(item.period.clone()),
        value_micros: Set(item.value_micros),
    }
}

fn into_item(row: report_item::Model) -> ReportItem {
    ReportItem {
        position: row.position,
        place: row.place,
        source_text: row.source_text,
        reason: row.reason,
        message: row.message,
        division_code: row.division_code,
        indicator_id: row.indicator_id,
        period: row.period,
        value_micros: row.value_micros,
    }
}
