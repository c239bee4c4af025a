//! Answers already given: a repeated `request_id` is answered with the first answer.

use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait};
use time::OffsetDateTime;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub method: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: String,
        pub response: Vec<u8>,
        pub answered_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The first answer to this request, if it was answered.
///
/// # Errors
/// The database's own.
pub async fn find(conn: &impl ConnectionTrait, method: &str, request_id: &str) -> Result<Option<Vec<u8>>, DbErr> {
    let key = (method.to_owned(), request_id.to_owned());
    Ok(row::Entity::find_by_id(key).one(conn).await?.map(|row| row.response))
}

/// Keeps the answer, in the transaction of what the request did. Of two at once one commits and the other fails on the key.
///
/// # Errors
/// The database's own.
pub async fn record(tx: &DatabaseTransaction, method: &str, request_id: &str, response: Vec<u8>, at: OffsetDateTime) -> Result<(), DbErr> {
    let row = row::ActiveModel {
        method: Set(method.to_owned()),
        request_id: Set(request_id.to_owned()),
        response: Set(response),
        answered_at: Set(at.unix_timestamp()),
    };
    row::Entity::insert(row).exec_without_returning(tx).await.map(|_| ())
}
