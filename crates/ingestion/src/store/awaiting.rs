//! Values that wait for approval: what an agency has said and nobody has approved yet.

use leitai_checks::Needs;
use leitai_proto::ingestion::v1::{ItemReason, ReportState};
use sea_orm::{
    ConnectionTrait, DbErr, FromQueryResult,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::{CHUNK, observations::Key, reports::Head};

/// A value.
#[derive(Debug, FromQueryResult)]
struct Row {
    division_code: String,
    indicator_id: String,
    period: String,
    value_micros: i64,
}

/// Values in millionths that wait in other reports of a report's submitter, but for the one that it replaces; the newest report's last.
///
/// # Errors
/// The database's own.
pub async fn needed(conn: &impl ConnectionTrait, head: &Head, needs: &Needs) -> Result<Vec<(Key, i64)>, DbErr> {
    let divisions: Vec<&String> = needs.divisions.iter().collect();
    let mut found = Vec::new();
    for divisions in divisions.chunks(CHUNK) {
        for row in conn.query_all(&query(head, needs, divisions)).await? {
            let row = Row::from_query_result(&row, "")?;
            found.push(((row.division_code, row.indicator_id, row.period), row.value_micros));
        }
    }
    Ok(found)
}

fn query(head: &Head, needs: &Needs, divisions: &[&String]) -> SelectStatement {
    let (report, item) = ("report", "report_item");
    let of = |table: &'static str, column: &'static str| Expr::col((table, column));
    let waits = [ReportState::Held, ReportState::AwaitingApproval].map(i32::from);
    let periods = needs.periods.iter().map(ToString::to_string);
    Query::select()
        .columns(["division_code", "indicator_id", "period", "value_micros"].map(|column| (item, column)))
        .from(report)
        .inner_join(item, of(item, "report_id").equals((report, "report_id")))
        .and_where(of(report, "plan_id").eq(&head.plan_id))
        .and_where(of(report, "submitter").eq(&head.submitter))
        .and_where(of(report, "state").is_in(waits))
        .and_where(of(report, "report_id").is_not_in([&head.report_id, &head.replaces]))
        .and_where(of(item, "reason").eq(i32::from(ItemReason::AwaitingApproval)))
        .and_where(of(item, "division_code").is_in(divisions.iter().copied()))
        .and_where(of(item, "indicator_id").is_in(&needs.indicators))
        .and_where(of(item, "period").is_in(periods))
        .and_where(of(item, "value_micros").is_not_null())
        .order_by((report, "submitted_at"), sea_orm::Order::Asc)
        .order_by((report, "report_id"), sea_orm::Order::Asc)
        .order_by((item, "position"), sea_orm::Order::Asc)
        .to_owned()
}
