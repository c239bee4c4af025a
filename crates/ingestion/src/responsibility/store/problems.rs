//! Problems.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entities::problem;

/// Which problems to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The plan.
    pub plan_id: String,
    /// Empty for all.
    pub measure_id: String,
    /// Empty for all.
    pub division_code: String,
    /// A state's word; `None` for all.
    pub state: Option<&'static str>,
    /// A level's word; `None` for all.
    pub level: Option<&'static str>,
}

/// One problem.
///
/// # Errors
/// The database's own.
pub async fn get(conn: &impl ConnectionTrait, problem_id: &str) -> Result<Option<problem::Model>, DbErr> {
    problem::Entity::find().filter(problem::Column::ProblemId.eq(problem_id)).one(conn).await
}

/// One problem, locked against other writers until the transaction ends.
///
/// # Errors
/// The database's own.
pub async fn held(tx: &DatabaseTransaction, problem_id: &str) -> Result<Option<problem::Model>, DbErr> {
    problem::Entity::find().filter(problem::Column::ProblemId.eq(problem_id)).lock_exclusive().one(tx).await
}

/// Stores a new problem.
///
/// # Errors
/// The database's own; a problem that already exists is one.
pub async fn add(tx: &DatabaseTransaction, row: problem::Model) -> Result<(), DbErr> {
    problem::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.map(drop)
}

/// Stores a problem that is held.
///
/// # Errors
/// The database's own.
pub async fn put(tx: &DatabaseTransaction, row: problem::Model) -> Result<(), DbErr> {
    row.into_active_model().reset_all().update(tx).await.map(drop)
}

/// Up to `limit` problems after an id.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, filter: &Filter, after: Option<&str>, limit: u64) -> Result<Vec<problem::Model>, DbErr> {
    use problem::Column as C;
    let mut rows = problem::Entity::find().filter(C::PlanId.eq(&filter.plan_id));
    let narrow = [
        (C::MeasureId, filter.measure_id.as_str()),
        (C::DivisionCode, &filter.division_code),
        (C::State, filter.state.unwrap_or_default()),
        (C::Level, filter.level.unwrap_or_default()),
    ];
    for (column, wanted) in narrow.into_iter().filter(|(_, wanted)| !wanted.is_empty()) {
        rows = rows.filter(column.eq(wanted));
    }
    if let Some(after) = after {
        rows = rows.filter(C::ProblemId.gt(after));
    }
    rows.order_by_asc(C::ProblemId).limit(limit).all(conn).await
}
