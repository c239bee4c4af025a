//! Lists.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, sea_query::OnConflict};

use super::entities::list;

/// One list.
///
/// # Errors
/// The database's own.
pub async fn get(conn: &impl ConnectionTrait, plan_id: &str, list_id: &str) -> Result<Option<list::Model>, DbErr> {
    list::Entity::find_by_id((plan_id.to_owned(), list_id.to_owned())).one(conn).await
}

/// Stores a list's newest revision.
///
/// # Errors
/// The database's own.
pub async fn put(tx: &DatabaseTransaction, list: list::Model) -> Result<(), DbErr> {
    use list::Column::{AppliedAt, AppliedBy, ContentSha256, ListId, PlanId, Revision};
    let newer = OnConflict::columns([PlanId, ListId]).update_columns([Revision, ContentSha256, AppliedBy, AppliedAt]).to_owned();
    list::Entity::insert(list.into_active_model()).on_conflict(newer).exec_without_returning(tx).await.map(drop)
}
