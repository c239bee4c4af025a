//! A report's state, approvals and events; what an item needs to come into force later.

use leitai_proto::ingestion::v1::ReportState;
use sea_orm_migration::{prelude::*, schema::*};

use super::key;

/// Reports that wait.
pub struct ReportLife;

impl MigrationName for ReportLife {
    fn name(&self) -> &'static str {
        "m0003_report_life"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ReportLife {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        for column in of_report() {
            manager.alter_table(Table::alter().table("report").add_column(column).to_owned()).await?;
        }
        for column in of_item() {
            manager.alter_table(Table::alter().table("report_item").add_column(column).to_owned()).await?;
        }
        manager.create_table(event()).await?;
        for (name, table, columns) in INDEXES {
            let mut index = key(columns);
            manager.create_index(index.name(name).table(table).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, _) in INDEXES {
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        manager.drop_table(Table::drop().table("report_event").to_owned()).await?;
        for (table, columns) in [("report_item", of_item()), ("report", of_report())] {
            for column in columns {
                let name = column.get_column_name().to_string();
                manager.alter_table(Table::alter().table(table).drop_column(Alias::new(name)).to_owned()).await?;
            }
        }
        Ok(())
    }
}

/// `report_item_by_key` reads a report's values in the order of their keys, however many they are.
const INDEXES: [(&str, &str, &[&str]); 4] = [
    ("report_item_by_key", "report_item", &["report_id", "division_code", "indicator_id", "period", "position"]),
    ("report_by_plan", "report", &["plan_id", "submitted_at", "report_id"]),
    ("report_by_time", "report", &["submitted_at", "report_id"]),
    ("report_by_content", "report", &["content_sha256"]),
];

/// Reports from before are in force, and of an unknown plan revision.
fn of_report() -> Vec<ColumnDef> {
    let in_force = i32::from(ReportState::InForce);
    let of = |column: &mut ColumnDef| column.to_owned();
    vec![
        of(integer("state").default(in_force)),
        of(integer("plan_revision").default(0)),
        of(text("note").default("")),
        of(text("replaces_report_id").default("")),
        of(text("replaced_by_report_id").default("")),
        of(text("levels").default("")),
        of(text("values_sha256").default("")),
        of(text("judged_sha256").default("")),
        of(big_integer("level_since").default(0)),
        of(&mut blob_null("summary")),
    ]
}

fn of_item() -> Vec<ColumnDef> {
    let of = |column: &mut ColumnDef| column.to_owned();
    vec![
        of(&mut integer_null("printed_rank")),
        of(text("proxy").default("")),
        of(&mut integer_null("revision")),
        of(&mut integer_null("first_reason")),
        of(&mut text_null("first_message")),
    ]
}

fn event() -> TableCreateStatement {
    Table::create()
        .table("report_event")
        .col(string_len("report_id", 32))
        .col(integer("sequence"))
        .col(integer("kind"))
        .col(big_integer("at"))
        .col(text("agency"))
        .col(text("who"))
        .col(text("level"))
        .col(text("indicator_ids"))
        .col(text("reason"))
        .col(text("values_sha256"))
        .primary_key(&mut key(&["report_id", "sequence"]))
        .to_owned()
}
