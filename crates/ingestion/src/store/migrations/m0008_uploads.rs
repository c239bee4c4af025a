//! Reports that are being streamed in: their items are in place, their report is not.

use sea_orm_migration::{prelude::*, schema::*};

/// Streams under way.
pub struct Uploads;

impl MigrationName for Uploads {
    fn name(&self) -> &'static str {
        "m0008_uploads"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Uploads {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let upload = Table::create()
            .table("upload")
            .col(string_len("report_id", 32).primary_key())
            .col(integer("attempt"))
            .col(big_integer("touched_at"))
            .to_owned();
        manager.create_table(upload).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("upload").to_owned()).await
    }
}
