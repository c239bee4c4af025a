//! One row for each policy that was in force.

use sea_orm::entity::prelude::*;

/// Counts from 1; a restart with the same text adds nothing.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "policy_version")]
pub struct Model {
    /// Counts from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// The whole policy, TOML.
    #[sea_orm(column_type = "Text")]
    pub text: String,
}

/// None.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
