//! The tables' making.

mod m0003_report_life;
mod m0004_rounds;
mod m0005_findings;
mod m0007_revisions;
mod m0008_uploads;
mod m0009_observation_index;
mod m0010_upload_findings;

use sea_orm_migration::{prelude::*, schema::*};

/// Ingestion's migrations, after those that every service shares.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = leitai_storage::migrations::shared();
        migrations.push(Box::new(Tables));
        migrations.push(Box::new(m0003_report_life::ReportLife));
        migrations.push(Box::new(m0004_rounds::Rounds));
        migrations.push(Box::new(m0005_findings::Findings));
        migrations.push(Box::new(crate::responsibility::store::migration::Responsibility));
        migrations.push(Box::new(m0007_revisions::Revisions));
        migrations.push(Box::new(m0008_uploads::Uploads));
        migrations.push(Box::new(m0009_observation_index::ObservationIndex));
        migrations.push(Box::new(m0010_upload_findings::UploadFindings));
        migrations
    }
}

struct Tables;

impl MigrationName for Tables {
    fn name(&self) -> &'static str {
        "m0002_ingestion"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in plans().into_iter().chain(reports()).chain(observations()) {
            manager.create_table(table).await?;
        }
        let by_period = Index::create().name("observation_by_period").table("observation").col("plan_id").col("period").to_owned();
        manager.create_index(by_period).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["round", "observation_revision", "observation", "report_item", "report", "plan_county", "plan_revision", "plan"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    for column in columns {
        index.col(*column);
    }
    index
}

fn plans() -> Vec<TableCreateStatement> {
    let plan = Table::create().table("plan").col(string_len("plan_id", 64).primary_key()).col(integer("revision")).to_owned();
    let revision = Table::create()
        .table("plan_revision")
        .col(string_len("plan_id", 64))
        .col(integer("revision"))
        .col(text("title"))
        .col(integer("year"))
        .col(text("document_toml"))
        .col(big_integer("applied_at"))
        .primary_key(&mut key(&["plan_id", "revision"]))
        .to_owned();
    let county = Table::create()
        .table("plan_county")
        .col(string_len("code", 6))
        .col(string_len("plan_id", 64))
        .col(integer("revision"))
        .col(text("name"))
        .col(string_len("prefecture_code", 6))
        .col(text("prefecture_name"))
        .primary_key(&mut key(&["code", "plan_id", "revision"]))
        .to_owned();
    vec![plan, revision, county]
}

fn reports() -> Vec<TableCreateStatement> {
    let report = Table::create()
        .table("report")
        .col(string_len("report_id", 32).primary_key())
        .col(string_len("plan_id", 64))
        .col(text("submitter"))
        .col(text("file_name"))
        .col(string_len("content_sha256", 64))
        .col(big_integer("submitted_at"))
        .col(boolean("simulated"))
        .to_owned();
    let item = Table::create()
        .table("report_item")
        .col(string_len("report_id", 32))
        .col(integer("position"))
        .col(text("place"))
        .col(text("source_text"))
        .col(integer("reason"))
        .col(text("message"))
        .col(string_len("division_code", 6))
        .col(text("indicator_id"))
        .col(string_len("period", 8))
        .col(big_integer_null("value_micros"))
        .primary_key(&mut key(&["report_id", "position"]))
        .to_owned();
    vec![report, item]
}

fn observations() -> Vec<TableCreateStatement> {
    let observation = values("observation", &["division_code", "plan_id", "indicator_id", "period"]);
    let revision = values("observation_revision", &["division_code", "plan_id", "indicator_id", "period", "revision"]);
    vec![observation, revision, frozen_rounds()]
}

fn frozen_rounds() -> TableCreateStatement {
    Table::create()
        .table("round")
        .col(string_len("plan_id", 64))
        .col(string_len("period", 8))
        .col(big_integer("frozen_at"))
        .col(big_integer("frozen_sequence"))
        .primary_key(&mut key(&["plan_id", "period"]))
        .to_owned()
}

fn values(table: &'static str, columns: &[&'static str]) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(string_len("division_code", 6))
        .col(string_len("plan_id", 64))
        .col(text("indicator_id"))
        .col(string_len("period", 8))
        .col(integer("revision"))
        .col(big_integer("value_micros"))
        .col(text("source_text"))
        .col(string_len("report_id", 32))
        .col(text("place"))
        .col(integer_null("printed_rank"))
        .col(text("proxy"))
        .col(boolean("simulated"))
        .primary_key(&mut key(columns))
        .to_owned()
}
