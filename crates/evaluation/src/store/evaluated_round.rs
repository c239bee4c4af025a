//! One row for each frozen round that was evaluated.

use sea_orm::entity::prelude::*;

/// Keyed by the freeze's number in ingestion's log: no freeze can be evaluated twice.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evaluated_round")]
pub struct Model {
    /// The freeze's number in ingestion's log.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_sequence: i64,
    /// The plan.
    pub plan_id: String,
    /// `2025-M03`.
    pub period: String,
    /// RFC 3339 UTC.
    pub frozen_at: String,
    /// When it was evaluated, Unix milliseconds.
    pub evaluated_at_ms: i64,
    /// How many verdicts it has.
    pub verdicts: i64,
    /// True where any value in it was simulated.
    pub simulated: bool,
}

/// None.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
