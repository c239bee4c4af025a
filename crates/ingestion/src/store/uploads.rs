//! Reports that are being streamed in. Their items are written as they come; nobody sees them before the report's own row is there.
//!
//! A request may be sent again while its first stream is not yet known to be broken: each stream is an attempt with a number, and only the newest
//! one writes.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, OnConflict},
};

use super::entities::{report, report_item, upload};

/// Items removed in one statement.
const PIECE: i32 = 5_000;

/// One attempt to stream a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The report to be.
    pub report_id: String,
    /// Counts from 1.
    pub number: i32,
}

/// Begins an attempt; earlier ones of the same report write no more. `at` is in Unix milliseconds.
///
/// # Errors
/// The database's own.
pub async fn begin(tx: &DatabaseTransaction, report_id: &str, at: i64) -> Result<Attempt, DbErr> {
    use upload::Column;
    let again = OnConflict::column(Column::ReportId)
        .value(Column::Attempt, Expr::col((upload::Entity, Column::Attempt)).add(1))
        .value(Column::TouchedAt, at)
        .to_owned();
    let row = upload::ActiveModel { report_id: Set(report_id.to_owned()), attempt: Set(1), touched_at: Set(at) };
    let row = upload::Entity::insert(row).on_conflict(again).exec_with_returning(tx).await?;
    Ok(Attempt { report_id: row.report_id, number: row.attempt })
}

/// Locks the attempt until the transaction ends; false where a newer one has begun, or it was given up.
///
/// # Errors
/// The database's own.
pub async fn touch(tx: &DatabaseTransaction, attempt: &Attempt, at: i64) -> Result<bool, DbErr> {
    let touched = upload::Entity::update_many()
        .col_expr(upload::Column::TouchedAt, Expr::value(at))
        .filter(upload::Column::ReportId.eq(&attempt.report_id))
        .filter(upload::Column::Attempt.eq(attempt.number));
    Ok(touched.exec(tx).await?.rows_affected == 1)
}

/// Removes up to [`PIECE`] items of a report that is not there; false once none is left. Whether the report is there is looked at in the statement
/// that removes: one that is stored at the same moment keeps its items.
///
/// # Errors
/// The database's own.
pub async fn remove_piece(tx: &DatabaseTransaction, report_id: &str) -> Result<bool, DbErr> {
    let first = of_no_report(report_item::Entity::find(), report_id).order_by_asc(report_item::Column::Position).one(tx).await?;
    let Some(first) = first else { return Ok(false) };
    let piece = report_item::Column::Position.between(first.position, first.position.saturating_add(PIECE - 1));
    of_no_report(report_item::Entity::delete_many(), report_id).filter(piece).exec(tx).await?;
    Ok(true)
}

fn of_no_report<Q: QueryFilter>(items: Q, report_id: &str) -> Q {
    let there = report::Entity::find_by_id(report_id).select_only().column(report::Column::ReportId).into_query();
    items.filter(report_item::Column::ReportId.eq(report_id)).filter(Expr::not_exists(there))
}

/// Forgets an attempt; its items stay.
///
/// # Errors
/// The database's own.
pub async fn forget(tx: &DatabaseTransaction, report_id: &str) -> Result<bool, DbErr> {
    Ok(upload::Entity::delete_by_id(report_id).exec(tx).await?.rows_affected == 1)
}

/// Up to `limit` reports whose stream wrote nothing since a time, Unix milliseconds.
///
/// # Errors
/// The database's own.
pub async fn left(conn: &impl ConnectionTrait, before: i64, limit: u64) -> Result<Vec<String>, DbErr> {
    let rows = upload::Entity::find().filter(upload::Column::TouchedAt.lt(before)).order_by_asc(upload::Column::TouchedAt).limit(limit);
    Ok(rows.all(conn).await?.into_iter().map(|row| row.report_id).collect())
}
