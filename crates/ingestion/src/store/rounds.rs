//! Frozen rounds.

use leitai_proto::ingestion::v1::Round;
use leitai_rpc::clock::rfc3339;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entities::round;

/// One frozen round.
///
/// # Errors
/// The database's own.
pub async fn get(conn: &impl ConnectionTrait, plan_id: &str, period: &str) -> Result<Option<Round>, DbErr> {
    Ok(round::Entity::find_by_id((plan_id.to_owned(), period.to_owned())).one(conn).await?.map(into_round))
}

/// Stores a frozen round. `at` is in Unix milliseconds.
///
/// # Errors
/// The database's own.
pub async fn add(tx: &DatabaseTransaction, plan_id: &str, period: &str, at: i64, sequence: i64) -> Result<(), DbErr> {
    let row = round::ActiveModel {
        plan_id: Set(plan_id.to_owned()),
        period: Set(period.to_owned()),
        frozen_at: Set(at),
        frozen_sequence: Set(sequence),
    };
    round::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}

/// Up to `limit` rounds after a plan and period, by both; of one plan where `plan_id` is not empty.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, plan_id: &str, after: Option<(&str, &str)>, limit: u64) -> Result<Vec<Round>, DbErr> {
    use round::Column;
    let mut rows = round::Entity::find();
    if !plan_id.is_empty() {
        rows = rows.filter(Column::PlanId.eq(plan_id));
    }
    if let Some((plan, period)) = after {
        let same_plan = Condition::all().add(Column::PlanId.eq(plan)).add(Column::Period.gt(period));
        rows = rows.filter(Condition::any().add(Column::PlanId.gt(plan)).add(same_plan));
    }
    let ordered = rows.order_by_asc(Column::PlanId).order_by_asc(Column::Period).limit(limit);
    Ok(ordered.all(conn).await?.into_iter().map(into_round).collect())
}

fn into_round(row: round::Model) -> Round {
    Round { plan_id: row.plan_id, period: row.period, frozen_at: rfc3339(row.frozen_at), frozen_sequence: row.frozen_sequence }
}
