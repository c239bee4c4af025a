//! The tables that every service's database has.

use sea_orm_migration::{prelude::*, schema};

/// Put these first in a service's list of migrations.
#[must_use]
pub fn shared() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Shared)]
}

struct Shared;

impl MigrationName for Shared {
    fn name(&self) -> &'static str {
        "m0001_shared"
    }
}

#[derive(DeriveIden)]
enum ChangeLog {
    Table,
    Sequence,
    Payload,
}

#[derive(DeriveIden)]
enum ChangeLogHead {
    Table,
    Id,
    Last,
}

#[derive(DeriveIden)]
enum Cursor {
    Table,
    Name,
    Sequence,
}

#[derive(DeriveIden)]
#[expect(clippy::enum_variant_names, reason = "named as its column")]
enum Request {
    Table,
    Method,
    RequestId,
    Response,
    AnsweredAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Shared {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let log = Table::create()
            .table(ChangeLog::Table)
            .col(schema::big_integer(ChangeLog::Sequence).primary_key())
            .col(schema::blob(ChangeLog::Payload))
            .to_owned();
        let head = Table::create()
            .table(ChangeLogHead::Table)
            .col(schema::integer(ChangeLogHead::Id).primary_key())
            .col(schema::big_integer(ChangeLogHead::Last))
            .to_owned();
        let first = Query::insert()
            .into_table(ChangeLogHead::Table)
            .columns([ChangeLogHead::Id, ChangeLogHead::Last])
            .values_panic([1.into(), 0_i64.into()])
            .to_owned();
        let cursor = Table::create()
            .table(Cursor::Table)
            .col(schema::string_len(Cursor::Name, 100).primary_key())
            .col(schema::big_integer(Cursor::Sequence))
            .to_owned();
        let request = Table::create()
            .table(Request::Table)
            .col(schema::string_len(Request::Method, 100))
            .col(schema::string_len(Request::RequestId, 64))
            .col(schema::blob(Request::Response))
            .col(schema::big_integer(Request::AnsweredAt))
            .primary_key(Index::create().col(Request::Method).col(Request::RequestId))
            .to_owned();
        for table in [log, head, cursor, request] {
            manager.create_table(table).await?;
        }
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Request::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Cursor::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(ChangeLogHead::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(ChangeLog::Table).to_owned()).await
    }
}
