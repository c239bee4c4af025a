//! What happened.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::{CHUNK, entities::event};

/// Adds entries.
///
/// # Errors
/// The database's own; an entry that already exists is one.
pub async fn add(tx: &DatabaseTransaction, events: Vec<event::Model>) -> Result<(), DbErr> {
    for chunk in events.chunks(CHUNK) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        event::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// One entry.
///
/// # Errors
/// The database's own.
pub async fn get(conn: &impl ConnectionTrait, subject_id: &str, entry: i32) -> Result<Option<event::Model>, DbErr> {
    event::Entity::find_by_id((subject_id.to_owned(), entry)).one(conn).await
}

/// The newest entry of a kind.
///
/// # Errors
/// The database's own.
pub async fn newest(conn: &impl ConnectionTrait, subject_id: &str, what: i32) -> Result<Option<event::Model>, DbErr> {
    let of = event::Entity::find().filter(event::Column::SubjectId.eq(subject_id)).filter(event::Column::What.eq(what));
    of.order_by_desc(event::Column::Entry).one(conn).await
}

/// Up to `limit` entries after one, oldest first.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, subject_id: &str, after: i32, limit: u64) -> Result<Vec<event::Model>, DbErr> {
    let of = event::Entity::find().filter(event::Column::SubjectId.eq(subject_id)).filter(event::Column::Entry.gt(after));
    of.order_by_asc(event::Column::Entry).limit(limit).all(conn).await
}
