//! Rounds: scheduled, open, frozen. Writes are made with the plan locked.

use std::collections::{HashMap, HashSet};

use leitai_proto::ingestion::v1::{Completeness, Round, RoundMover, RoundState};
use leitai_rpc::clock::{from_millis, rfc3339};
use prost::Message;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use time::Date;

pub use super::entities::round::Model as Row;
use super::{entities::round, plans};
use crate::calendar;

/// One round's row.
///
/// # Errors
/// The database's own.
pub async fn row(conn: &impl ConnectionTrait, plan_id: &str, period: &str) -> Result<Option<Row>, DbErr> {
    round::Entity::find_by_id((plan_id.to_owned(), period.to_owned())).one(conn).await
}

/// All rows of a plan, by period.
///
/// # Errors
/// The database's own.
pub async fn of_plan(conn: &impl ConnectionTrait, plan_id: &str) -> Result<Vec<Row>, DbErr> {
    round::Entity::find().filter(round::Column::PlanId.eq(plan_id)).order_by_asc(round::Column::Period).all(conn).await
}

/// Adds a row, or puts it in the place of the one of its plan and period.
///
/// # Errors
/// The database's own.
pub async fn put(tx: &DatabaseTransaction, row: Row, known: bool) -> Result<(), DbErr> {
    let new = row.into_active_model().reset_all();
    if known {
        return new.update(tx).await.map(drop);
    }
    round::Entity::insert(new).exec_without_returning(tx).await.map(drop)
}

/// Takes a round that is only scheduled out of the schedule.
///
/// # Errors
/// The database's own.
pub async fn unschedule(tx: &DatabaseTransaction, plan_id: &str, period: &str) -> Result<(), DbErr> {
    let row = round::Entity::delete_many().filter(round::Column::PlanId.eq(plan_id)).filter(round::Column::Period.eq(period));
    row.filter(scheduled()).exec(tx).await.map(drop)
}

/// Rounds whose opening day has come by `today` and whose circular's day has not passed, by plan and period.
///
/// # Errors
/// The database's own.
pub async fn to_open(conn: &impl ConnectionTrait, today: Date) -> Result<Vec<Row>, DbErr> {
    let today = calendar::text(today);
    let rows =
        round::Entity::find().filter(scheduled()).filter(round::Column::OpensOn.lte(&today)).filter(round::Column::CircularOn.gte(today));
    rows.order_by_asc(round::Column::PlanId).order_by_asc(round::Column::Period).all(conn).await
}

/// Open rounds that the schedule freezes and whose freezing day has passed by `today`, by plan and period.
///
/// # Errors
/// The database's own.
pub async fn to_freeze(conn: &impl ConnectionTrait, today: Date) -> Result<Vec<Row>, DbErr> {
    let rows = round::Entity::find().filter(frozen_by_schedule()).filter(round::Column::FreezesOn.lt(calendar::text(today)));
    rows.order_by_asc(round::Column::PlanId).order_by_asc(round::Column::Period).all(conn).await
}

/// The next day after `today` on which the schedule has something to do: it opens a round, or a round's freezing day is the day before.
///
/// # Errors
/// The database's own.
pub async fn next_day(conn: &impl ConnectionTrait, today: Date) -> Result<Option<Date>, DbErr> {
    use round::Column::{FreezesOn, OpensOn};
    let today = calendar::text(today);
    let opening = round::Entity::find().filter(scheduled()).filter(OpensOn.gt(&today)).order_by_asc(OpensOn).one(conn).await?;
    let freezing =
        round::Entity::find().filter(frozen_by_schedule()).filter(FreezesOn.gte(&today)).order_by_asc(FreezesOn).one(conn).await?;
    let opens = opening.and_then(|row| calendar::day(row.opens_on.as_deref()));
    let freezes = freezing.and_then(|row| calendar::day(row.freezes_on.as_deref())).and_then(Date::next_day);
    Ok(opens.into_iter().chain(freezes).min())
}

fn scheduled() -> Condition {
    Condition::all().add(round::Column::OpenedAt.is_null()).add(round::Column::FrozenAt.is_null())
}

fn open() -> Condition {
    Condition::all().add(round::Column::OpenedAt.is_not_null()).add(round::Column::FrozenAt.is_null())
}

fn frozen_by_schedule() -> Condition {
    open().add(round::Column::FreezesBySchedule.eq(true))
}

/// Which rounds to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Empty for all.
    pub plan_id: String,
    /// Empty for all.
    pub states: Vec<RoundState>,
}

/// Up to `limit` rounds after a plan and period, by both.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, filter: &Filter, after: Option<(&str, &str)>, limit: u64) -> Result<Vec<Round>, DbErr> {
    use round::Column;
    let mut rows = round::Entity::find();
    if !filter.plan_id.is_empty() {
        rows = rows.filter(Column::PlanId.eq(&filter.plan_id));
    }
    if !filter.states.is_empty() {
        rows = rows.filter(filter.states.iter().fold(Condition::any(), |any, state| any.add(in_state(*state))));
    }
    if let Some((plan, period)) = after {
        let same_plan = Condition::all().add(Column::PlanId.eq(plan)).add(Column::Period.gt(period));
        rows = rows.filter(Condition::any().add(Column::PlanId.gt(plan)).add(same_plan));
    }
    let ordered = rows.order_by_asc(Column::PlanId).order_by_asc(Column::Period).limit(limit);
    wire(conn, ordered.all(conn).await?).await
}

fn in_state(state: RoundState) -> Condition {
    match state {
        RoundState::Unspecified => Condition::all(),
        RoundState::Scheduled => scheduled(),
        RoundState::Open => open(),
        RoundState::Frozen => Condition::all().add(round::Column::FrozenAt.is_not_null()),
    }
}

/// One round.
///
/// # Errors
/// The database's own.
pub async fn get(conn: &impl ConnectionTrait, plan_id: &str, period: &str) -> Result<Option<Round>, DbErr> {
    let rows = row(conn, plan_id, period).await?;
    Ok(wire(conn, rows.into_iter().collect()).await?.pop())
}

async fn wire(conn: &impl ConnectionTrait, rows: Vec<Row>) -> Result<Vec<Round>, DbErr> {
    let keys: HashSet<(String, i32)> = rows.iter().map(|row| (row.plan_id.clone(), row.plan_revision)).collect();
    let mut titles = HashMap::with_capacity(keys.len());
    for key in keys {
        let title = plans::title(conn, &key.0, key.1).await?;
        titles.insert(key, title);
    }
    let title = |row: &Row| titles.get(&(row.plan_id.clone(), row.plan_revision)).cloned().unwrap_or_default();
    rows.into_iter().map(|row| (title(&row), row)).map(|(title, row)| into_round(row, title)).collect()
}

/// A row as the wire has it, under its plan's title.
///
/// # Errors
/// What was kept at the freeze cannot be read.
pub fn into_round(row: Row, plan_title: String) -> Result<Round, DbErr> {
    let at_freeze = row.at_freeze.as_deref().map(Completeness::decode).transpose();
    let frozen_day = row.frozen_at.and_then(from_millis).map(calendar::beijing_day);
    let early = frozen_day.zip(calendar::day(row.due_on.as_deref())).is_some_and(|(frozen, due)| frozen <= due);
    Ok(Round {
        state: row.state().into(),
        frozen_at: row.frozen_at.map(rfc3339).unwrap_or_default(),
        frozen_sequence: row.frozen_sequence.unwrap_or_default(),
        opens_on: row.opens_on.unwrap_or_default(),
        due_on: row.due_on.unwrap_or_default(),
        freezes_on: row.freezes_on.unwrap_or_default(),
        circular_on: row.circular_on.unwrap_or_default(),
        opened_at: row.opened_at.map(rfc3339).unwrap_or_default(),
        opened_by: row.opened_by,
        frozen_by: row.frozen_by,
        unknown_year: row.unknown_year,
        plan_revision: row.plan_revision,
        freezes_by_schedule: row.freezes_by_schedule,
        days_origin: row.days_origin,
        frozen_early: early,
        at_freeze: at_freeze.map_err(|error| DbErr::Custom(format!("round {} {}: {error}", row.plan_id, row.period)))?,
        plan_title,
        plan_id: row.plan_id,
        period: row.period,
    })
}

impl Row {
    /// A round without days, neither open nor frozen.
    #[must_use]
    pub fn new(plan_id: &str, period: &str, plan_revision: i32) -> Self {
        Self {
            plan_id: plan_id.to_owned(),
            period: period.to_owned(),
            plan_revision,
            opens_on: None,
            due_on: None,
            freezes_on: None,
            circular_on: None,
            unknown_year: 0,
            freezes_by_schedule: false,
            days_origin: String::new(),
            opened_at: None,
            opened_by: RoundMover::Unspecified.into(),
            frozen_at: None,
            frozen_sequence: None,
            frozen_by: RoundMover::Unspecified.into(),
            at_freeze: None,
        }
    }

    /// Where it is in its life.
    #[must_use]
    pub fn state(&self) -> RoundState {
        match (self.opened_at, self.frozen_at) {
            (_, Some(_)) => RoundState::Frozen,
            (Some(_), None) => RoundState::Open,
            (None, None) => RoundState::Scheduled,
        }
    }
}
