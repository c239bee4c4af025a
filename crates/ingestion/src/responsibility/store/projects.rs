//! Projects: the measures of one target and name, counted.

use leitai_domain::responsibility::measure::State;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};

use super::{
    entities::measure::{Column as C, Entity},
    measures::overdue_on,
};

/// Division, indicator, list, name.
pub type Key = [String; 4];

/// Which projects to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The plan.
    pub plan_id: String,
    /// Empty for all.
    pub division_code: String,
    /// Empty for all.
    pub indicator_id: String,
    /// The day that overdue is told for.
    pub day: String,
}

/// A project with its counts.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Row {
    /// The list.
    pub list_id: String,
    /// The target's indicator.
    pub indicator_id: String,
    /// The target's division.
    pub division_code: String,
    /// Its name.
    pub project: String,
    /// Not cancelled.
    pub measures: i64,
    /// Not started.
    pub not_started: i64,
    /// Under way.
    pub under_way: i64,
    /// Done.
    pub done: i64,
    /// Overdue on the day.
    pub overdue: i64,
    /// The earliest due day of those neither done nor cancelled.
    pub next_due_on: Option<String>,
    /// The latest due day of those not cancelled.
    pub last_due_on: Option<String>,
}

/// Up to `limit` projects after a key.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, filter: &Filter, after: Option<&Key>, limit: u64) -> Result<Vec<Row>, DbErr> {
    let state = |states: &[State]| Condition::all().add(C::State.is_in(states.iter().map(|state| state.word())));
    let count = |which: Condition| -> SimpleExpr { Expr::expr(Expr::case(which, 1).finally(0)).sum() };
    let due = |which: Condition| Expr::expr(Expr::case(which, Expr::col(C::DueOn)));
    let (open, kept) = (state(&[State::NotStarted, State::UnderWay]), state(&[State::NotStarted, State::UnderWay, State::Done]));
    let key = [C::DivisionCode, C::IndicatorId, C::ListId, C::Project];
    let mut rows = Entity::find().select_only().filter(C::PlanId.eq(&filter.plan_id));
    for column in key {
        rows = rows.column(column).group_by(column).order_by_asc(column);
    }
    rows = rows
        .column_as(count(kept.clone()), "measures")
        .column_as(count(state(&[State::NotStarted])), "not_started")
        .column_as(count(state(&[State::UnderWay])), "under_way")
        .column_as(count(state(&[State::Done])), "done")
        .column_as(count(overdue_on(&filter.day)), "overdue")
        .column_as(due(open).min(), "next_due_on")
        .column_as(due(kept).max(), "last_due_on");
    for (column, wanted) in [(C::DivisionCode, &filter.division_code), (C::IndicatorId, &filter.indicator_id)] {
        rows = if wanted.is_empty() { rows } else { rows.filter(column.eq(wanted)) };
    }
    if let Some(after) = after {
        rows = rows.filter(Expr::tuple(key.map(Expr::col)).gt(Expr::tuple(after.each_ref().map(Expr::val))));
    }
    rows.limit(limit).into_model::<Row>().all(conn).await
}
