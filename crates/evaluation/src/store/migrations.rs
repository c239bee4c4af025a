//! The tables.

use sea_orm_migration::{prelude::*, schema};

/// All migrations of evaluation's database.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = leitai_storage::migrations::shared();
        migrations.push(Box::new(EvaluatedRounds));
        migrations.push(Box::new(PolicyVersions));
        migrations
    }
}

struct EvaluatedRounds;

impl MigrationName for EvaluatedRounds {
    fn name(&self) -> &'static str {
        "m0002_evaluated_round"
    }
}

#[derive(DeriveIden)]
enum EvaluatedRound {
    Table,
    SourceSequence,
    PlanId,
    Period,
    FrozenAt,
    EvaluatedAtMs,
    Verdicts,
    Simulated,
}

#[async_trait::async_trait]
impl MigrationTrait for EvaluatedRounds {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(EvaluatedRound::Table)
            .col(schema::big_integer(EvaluatedRound::SourceSequence).primary_key())
            .col(schema::string_len(EvaluatedRound::PlanId, 64))
            .col(schema::string_len(EvaluatedRound::Period, 8))
            .col(schema::string_len(EvaluatedRound::FrozenAt, 40))
            .col(schema::big_integer(EvaluatedRound::EvaluatedAtMs))
            .col(schema::big_integer(EvaluatedRound::Verdicts))
            .col(schema::boolean(EvaluatedRound::Simulated))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(EvaluatedRound::Table).to_owned()).await
    }
}

struct PolicyVersions;

impl MigrationName for PolicyVersions {
    fn name(&self) -> &'static str {
        "m0003_policy_version"
    }
}

#[derive(DeriveIden)]
enum PolicyVersion {
    Table,
    Number,
    SinceMs,
    Text,
}

#[async_trait::async_trait]
impl MigrationTrait for PolicyVersions {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(PolicyVersion::Table)
            .col(schema::integer(PolicyVersion::Number).primary_key())
            .col(schema::big_integer(PolicyVersion::SinceMs))
            .col(schema::text(PolicyVersion::Text))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(PolicyVersion::Table).to_owned()).await
    }
}
