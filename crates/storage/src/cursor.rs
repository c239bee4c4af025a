//! How far a follower has come in another service's log, stored with what it derived.

use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, sea_query::OnConflict};

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cursor")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub sequence: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The last number stored under `name`, 0 at first.
///
/// # Errors
/// The database's own.
pub async fn load(conn: &impl ConnectionTrait, name: &str) -> Result<i64, DbErr> {
    Ok(row::Entity::find_by_id(name).one(conn).await?.map_or(0, |row| row.sequence))
}

/// Stores the number in the transaction of what was derived from it.
///
/// # Errors
/// The database's own.
pub async fn store(tx: &DatabaseTransaction, name: &str, sequence: i64) -> Result<(), DbErr> {
    let update = OnConflict::column(row::Column::Name).update_column(row::Column::Sequence).to_owned();
    let row = row::ActiveModel { name: Set(name.to_owned()), sequence: Set(sequence) };
    row::Entity::insert(row).on_conflict(update).exec_without_returning(tx).await.map(|_| ())
}
