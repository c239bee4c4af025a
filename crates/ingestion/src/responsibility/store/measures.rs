//! Measures.

use leitai_domain::responsibility::measure::State;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{
    CHUNK,
    entities::{measure, revision},
};

/// Division, indicator, position, id.
pub type Key = (String, String, i32, String);

/// Which measures to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The plan.
    pub plan_id: String,
    /// Empty for all.
    pub division_code: String,
    /// Empty for all.
    pub indicator_id: String,
    /// Empty for all.
    pub owner: String,
    /// Empty for all.
    pub list_id: String,
    /// A state's word; `None` for all.
    pub state: Option<&'static str>,
    /// Only those overdue on this day.
    pub overdue_on: Option<String>,
}

/// The key that listings go by.
#[must_use]
pub fn key(row: &measure::Model) -> Key {
    (row.division_code.clone(), row.indicator_id.clone(), row.position, row.measure_id.clone())
}

/// One measure.
///
/// # Errors
/// The database's own.
pub async fn get(conn: &impl ConnectionTrait, measure_id: &str) -> Result<Option<measure::Model>, DbErr> {
    measure::Entity::find().filter(measure::Column::MeasureId.eq(measure_id)).one(conn).await
}

/// One measure, locked against other writers until the transaction ends.
///
/// # Errors
/// The database's own.
pub async fn held(tx: &DatabaseTransaction, measure_id: &str) -> Result<Option<measure::Model>, DbErr> {
    measure::Entity::find().filter(measure::Column::MeasureId.eq(measure_id)).lock_exclusive().one(tx).await
}

/// Every measure of a list, locked, in one order for all writers.
///
/// # Errors
/// The database's own.
pub async fn held_of_list(tx: &DatabaseTransaction, plan_id: &str, list_id: &str) -> Result<Vec<measure::Model>, DbErr> {
    let of = measure::Entity::find().filter(measure::Column::PlanId.eq(plan_id)).filter(measure::Column::ListId.eq(list_id));
    of.order_by_asc(measure::Column::MeasureId).lock_exclusive().all(tx).await
}

/// Stores measures as they now stand.
///
/// # Errors
/// The database's own.
pub async fn put(tx: &DatabaseTransaction, rows: &[measure::Model]) -> Result<(), DbErr> {
    use measure::Column as C;
    let all = [
        C::Position,
        C::Revision,
        C::Project,
        C::Measure,
        C::Owner,
        C::CoOwners,
        C::Leader,
        C::Post,
        C::DueOn,
        C::Note,
        C::Place,
        C::State,
        C::Percent,
        C::ReportedOn,
        C::DoneOn,
        C::CancelledOn,
        C::Entries,
    ];
    for chunk in rows.chunks(CHUNK) {
        let replace = OnConflict::columns([C::DivisionCode, C::MeasureId]).update_columns(all).to_owned();
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        measure::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Adds wordings to the history.
///
/// # Errors
/// The database's own; a revision that already exists is one.
pub async fn add_revisions(tx: &DatabaseTransaction, rows: Vec<revision::Model>) -> Result<(), DbErr> {
    for chunk in rows.chunks(CHUNK) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        revision::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// True of measures whose due day passed before a day without their being done or cancelled by then.
pub(super) fn overdue_on(day: &str) -> Condition {
    use measure::Column as C;
    let open = C::State.is_in([State::NotStarted, State::UnderWay].map(State::word));
    Condition::all().add(C::DueOn.lt(day)).add(Condition::any().add(open).add(C::DoneOn.gt(day)).add(C::CancelledOn.gt(day)))
}

/// Up to `limit` measures after a key, by division, indicator, position and id.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, filter: &Filter, after: Option<&Key>, limit: u64) -> Result<Vec<measure::Model>, DbErr> {
    use measure::Column as C;
    let mut rows = measure::Entity::find().filter(C::PlanId.eq(&filter.plan_id));
    let narrow = [
        (C::DivisionCode, filter.division_code.as_str()),
        (C::IndicatorId, &filter.indicator_id),
        (C::Owner, &filter.owner),
        (C::ListId, &filter.list_id),
        (C::State, filter.state.unwrap_or_default()),
    ];
    for (column, wanted) in narrow.into_iter().filter(|(_, wanted)| !wanted.is_empty()) {
        rows = rows.filter(column.eq(wanted));
    }
    if let Some(day) = &filter.overdue_on {
        rows = rows.filter(overdue_on(day));
    }
    if let Some((division, indicator, position, id)) = after {
        let columns = [C::DivisionCode, C::IndicatorId, C::Position, C::MeasureId].map(Expr::col);
        let last = Expr::tuple([Expr::val(division), Expr::val(indicator), Expr::val(*position), Expr::val(id)]);
        rows = rows.filter(Expr::tuple(columns).gt(last));
    }
    let ordered = rows.order_by_asc(C::DivisionCode).order_by_asc(C::IndicatorId).order_by_asc(C::Position).order_by_asc(C::MeasureId);
    ordered.limit(limit).all(conn).await
}
