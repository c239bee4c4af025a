//! What was found in a report that is being streamed in, before it is numbered: rows live as long as the transaction that ends the stream.

use sea_orm_migration::{prelude::*, schema::*};

use super::key;

/// Findings of streams.
pub struct UploadFindings;

impl MigrationName for UploadFindings {
    fn name(&self) -> &'static str {
        "m0010_upload_findings"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for UploadFindings {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let finding = Table::create()
            .table("upload_finding")
            .col(string_len("report_id", 32))
            .col(integer("position"))
            .col(integer("at"))
            .col(string_len("rule_id", 64))
            .col(integer("severity"))
            .col(text("found"))
            .col(text("expected"))
            .primary_key(&mut key(&["report_id", "position", "at"]))
            .to_owned();
        manager.create_table(finding).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("upload_finding").to_owned()).await
    }
}
