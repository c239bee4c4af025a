//! Rounds are scheduled and opened before they are frozen. The table is made anew: SQLite cannot make a column optional.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::ConnectionTrait};

use super::key;

pub struct Rounds;

impl MigrationName for Rounds {
    fn name(&self) -> &'static str {
        "m0004_rounds"
    }
}

/// Rounds of before were frozen without days, under a plan revision that was not recorded: the newest stands in.
const KEEP: &str = "INSERT INTO round (plan_id, period, plan_revision, frozen_at, frozen_sequence)
    SELECT plan_id, period, COALESCE((SELECT revision FROM plan WHERE plan.plan_id = round_before.plan_id), 0), frozen_at, frozen_sequence
    FROM round_before";
const GIVE_BACK: &str = "INSERT INTO round (plan_id, period, frozen_at, frozen_sequence)
    SELECT plan_id, period, frozen_at, frozen_sequence FROM round_before WHERE frozen_at IS NOT NULL";

#[async_trait::async_trait]
impl MigrationTrait for Rounds {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &mut round(), KEEP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &mut super::frozen_rounds(), GIVE_BACK).await
    }
}

async fn replace(manager: &SchemaManager<'_>, table: &mut TableCreateStatement, copy: &str) -> Result<(), DbErr> {
    manager.rename_table(Table::rename().table("round", "round_before").to_owned()).await?;
    manager.create_table(table.to_owned()).await?;
    manager.get_connection().execute_unprepared(copy).await?;
    manager.drop_table(Table::drop().table("round_before").to_owned()).await
}

fn round() -> TableCreateStatement {
    let both = |one: &'static str, other: &'static str| Expr::col(one).is_null().eq(Expr::col(other).is_null());
    Table::create()
        .table("round")
        .col(string_len("plan_id", 64))
        .col(string_len("period", 8))
        .col(integer("plan_revision"))
        .col(string_len_null("opens_on", 10))
        .col(string_len_null("due_on", 10))
        .col(string_len_null("freezes_on", 10))
        .col(string_len_null("circular_on", 10))
        .col(integer("unknown_year").default(0))
        .col(boolean("freezes_by_schedule").default(false))
        .col(text("days_origin").default(""))
        .col(big_integer_null("opened_at"))
        .col(integer("opened_by").default(0))
        .col(big_integer_null("frozen_at"))
        .col(big_integer_null("frozen_sequence"))
        .col(integer("frozen_by").default(0))
        .col(binary_null("at_freeze"))
        .primary_key(&mut key(&["plan_id", "period"]))
        .check(both("opens_on", "due_on"))
        .check(both("due_on", "freezes_on"))
        .check(both("freezes_on", "circular_on"))
        .check(both("frozen_at", "frozen_sequence"))
        .to_owned()
}
