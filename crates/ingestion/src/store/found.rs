//! What rules found in a streamed report whose values are still being held: findings are found city by city, and numbered in the order of the
//! source once all are there.

use leitai_proto::ingestion::v1::Finding;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, Statement};

use super::{CHUNK, entities::upload_finding, reports::Head};

/// Rows whose findings are numbered in one statement.
const PIECE: u16 = 20_000;

/// Numbers findings after the first `$1`, by position. Parameters in a list of columns are texts to PostgreSQL, if nothing is said.
const NUMBER: &str = "INSERT INTO finding
    (report_id, number, plan_id, position, rule_id, severity, place, division_code, indicator_id, period, source_text, found, expected, found_at)
    SELECT f.report_id, CAST($1 AS BIGINT) + ROW_NUMBER() OVER (ORDER BY f.position, f.at), CAST($2 AS VARCHAR), f.position, f.rule_id, f.severity,
        i.place, i.division_code, i.indicator_id, i.period, i.source_text, f.found, f.expected, CAST($3 AS BIGINT)
    FROM upload_finding f JOIN report_item i ON i.report_id = f.report_id AND i.position = f.position
    WHERE f.report_id = $4 AND f.position > $5 AND f.position <= $6 AND i.report_id = $4 AND i.position > $5 AND i.position <= $6";

/// Keeps findings of a report, those of one item in their order.
///
/// # Errors
/// The database's own.
pub async fn add(tx: &DatabaseTransaction, findings: &[Finding]) -> Result<(), DbErr> {
    let mut rows = (0..).zip(findings).map(|(at, finding)| row(at, finding));
    loop {
        let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        upload_finding::Entity::insert_many(chunk).exec_without_returning(tx).await?;
    }
}

/// Makes the report's findings of what was kept, numbered from 1; `rows` is how many rows it has.
///
/// # Errors
/// The database's own.
pub async fn number(tx: &DatabaseTransaction, head: &Head, rows: i32) -> Result<(), DbErr> {
    let mut numbered: i64 = 0;
    for first in (0..rows).step_by(PIECE.into()) {
        let last = first.saturating_add(PIECE.into());
        let values = [
            numbered.into(),
            head.plan_id.clone().into(),
            head.submitted_at.into(),
            head.report_id.clone().into(),
            first.into(),
            last.into(),
        ];
        let added = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), NUMBER, values)).await?;
        numbered = numbered.saturating_add_unsigned(added.rows_affected());
        let piece = upload_finding::Entity::delete_many()
            .filter(upload_finding::Column::ReportId.eq(&head.report_id))
            .filter(upload_finding::Column::Position.lte(last));
        piece.exec(tx).await?;
    }
    Ok(())
}

fn row(at: i32, finding: &Finding) -> upload_finding::ActiveModel {
    upload_finding::ActiveModel {
        report_id: Set(finding.report_id.clone()),
        position: Set(finding.position),
        at: Set(at),
        rule_id: Set(finding.rule_id.clone()),
        severity: Set(finding.severity),
        found: Set(finding.found.clone()),
        expected: Set(finding.expected.clone()),
    }
}
