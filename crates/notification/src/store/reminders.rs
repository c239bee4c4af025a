//! Which reminders were written, and what the first ones were.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    sea_query::OnConflict,
};

use super::{
    entities::{issued_round, letter, reminder},
    issuing::CHUNK,
};
use crate::{cases::record, letter::First, reminders::Stage};

/// The stages of a period that were written.
///
/// # Errors
/// The database's own.
pub async fn written(connection: &impl ConnectionTrait, plan_id: &str, period: &str) -> Result<Vec<Stage>, DbErr> {
    use reminder::Column::{Period, PlanId};
    let rows = reminder::Entity::find().filter(PlanId.eq(plan_id)).filter(Period.eq(period)).all(connection).await?;
    Ok(rows.iter().filter_map(|row| Stage::named(&row.stage)).collect())
}

/// True where the round was issued.
///
/// # Errors
/// The database's own.
pub async fn is_issued(connection: &impl ConnectionTrait, plan_id: &str, period: &str) -> Result<bool, DbErr> {
    Ok(issued_round::Entity::find_by_id((plan_id.to_owned(), period.to_owned())).count(connection).await? > 0)
}

/// Marks a stage as written; false where it is already. Two processes that write the same one meet here, and one waits for the other.
///
/// # Errors
/// The database's own.
pub async fn mark_written(tx: &DatabaseTransaction, row: reminder::Model) -> Result<bool, DbErr> {
    let keys = [reminder::Column::PlanId, reminder::Column::Period, reminder::Column::Stage];
    let insert = reminder::Entity::insert(row.into_active_model()).on_conflict(OnConflict::columns(keys).do_nothing().to_owned());
    Ok(insert.exec_without_returning(tx).await? == 1)
}

/// A period's first reminders among these letters, by id.
///
/// # Errors
/// The database's own.
pub async fn firsts(
    connection: &impl ConnectionTrait,
    plan_id: &str,
    period: &str,
    letter_ids: &[String],
) -> Result<HashMap<String, First>, DbErr> {
    let key = (plan_id.to_owned(), period.to_owned(), Stage::Before.word().to_owned());
    let mark = reminder::Entity::find_by_id(key).one(connection).await?;
    let mut firsts = HashMap::new();
    let Some(issued) = mark.and_then(|mark| record::day(&mark.dated)) else { return Ok(firsts) };
    let first = |row: letter::Model| (row.letter_id, First { number: row.number, issued, message_id: row.message_id });
    for ids in letter_ids.chunks(CHUNK) {
        let rows = letter::Entity::find().filter(letter::Column::LetterId.is_in(ids.iter().cloned())).all(connection).await?;
        firsts.extend(rows.into_iter().map(first));
    }
    Ok(firsts)
}
