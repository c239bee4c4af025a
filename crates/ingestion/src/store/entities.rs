//! The tables.

macro_rules! entity {
    ($module:ident, $table:literal, $doc:literal, { $($(#[$meta:meta])* $field:ident: $type:ty,)* }) => {
        #[doc = $doc]
        pub mod $module {
            use sea_orm::entity::prelude::*;

            /// A row.
            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[$meta])* pub $field: $type,)*
            }

            /// None are declared.
            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

pub(crate) use entity;

entity!(plan, "plan", "The newest revision of each plan; its row is locked by whoever writes under the plan.", {
    #[sea_orm(primary_key, auto_increment = false)]
    plan_id: String,
    revision: i32,
});

entity!(plan_revision, "plan_revision", "Every revision of every plan.", {
    #[sea_orm(primary_key, auto_increment = false)]
    plan_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    revision: i32,
    title: String,
    year: i32,
    document_toml: String,
    applied_at: i64,
});

entity!(plan_county, "plan_county", "The counties that a plan revision judges.", {
    #[sea_orm(primary_key, auto_increment = false)]
    code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    plan_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    revision: i32,
    name: String,
    prefecture_code: String,
    prefecture_name: String,
});

entity!(report, "report", "Every report that was taken.", {
    #[sea_orm(primary_key, auto_increment = false)]
    report_id: String,
    plan_id: String,
    submitter: String,
    file_name: String,
    content_sha256: String,
    submitted_at: i64,
    simulated: bool,
    state: i32,
    plan_revision: i32,
    note: String,
    replaces_report_id: String,
    replaced_by_report_id: String,
    levels: String,
    values_sha256: String,
    judged_sha256: String,
    level_since: i64,
    summary: Option<Vec<u8>>,
});

entity!(report_event, "report_event", "Everything that happened to a report; rows are only added.", {
    #[sea_orm(primary_key, auto_increment = false)]
    report_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    sequence: i32,
    kind: i32,
    at: i64,
    agency: String,
    who: String,
    level: String,
    indicator_ids: String,
    reason: String,
    values_sha256: String,
});

entity!(report_item, "report_item", "What became of each cell or row of a report.", {
    #[sea_orm(primary_key, auto_increment = false)]
    report_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    position: i32,
    place: String,
    source_text: String,
    reason: i32,
    message: String,
    division_code: String,
    indicator_id: String,
    period: String,
    value_micros: Option<i64>,
    printed_rank: Option<i32>,
    proxy: String,
    revision: Option<i32>,
    first_reason: Option<i32>,
    first_message: Option<String>,
});

entity!(upload, "upload", "Reports that are being streamed in.", {
    #[sea_orm(primary_key, auto_increment = false)]
    report_id: String,
    attempt: i32,
    touched_at: i64,
});

entity!(upload_finding, "upload_finding", "What rules found in a report that is being streamed in, not yet numbered.", {
    #[sea_orm(primary_key, auto_increment = false)]
    report_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    position: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    at: i32,
    rule_id: String,
    severity: i32,
    found: String,
    expected: String,
});

entity!(observation, "observation", "The value in force.", {
    #[sea_orm(primary_key, auto_increment = false)]
    division_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    plan_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    indicator_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    period: String,
    revision: i32,
    value_micros: i64,
    source_text: String,
    report_id: String,
    place: String,
    printed_rank: Option<i32>,
    proxy: String,
    simulated: bool,
});

entity!(observation_revision, "observation_revision", "Every value that was ever in force; rows are only added.", {
    #[sea_orm(primary_key, auto_increment = false)]
    division_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    plan_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    indicator_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    period: String,
    #[sea_orm(primary_key, auto_increment = false)]
    revision: i32,
    value_micros: i64,
    source_text: String,
    report_id: String,
    place: String,
    printed_rank: Option<i32>,
    proxy: String,
    simulated: bool,
    /// Its number in the change log; 0 where that is not known.
    sequence: i64,
    /// When it came into force, Unix milliseconds.
    in_force_at: i64,
});

entity!(round, "round", "Rounds that are scheduled, open or frozen.", {
    #[sea_orm(primary_key, auto_increment = false)]
    plan_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    period: String,
    plan_revision: i32,
    opens_on: Option<String>,
    due_on: Option<String>,
    freezes_on: Option<String>,
    circular_on: Option<String>,
    unknown_year: i32,
    freezes_by_schedule: bool,
    days_origin: String,
    opened_at: Option<i64>,
    opened_by: i32,
    frozen_at: Option<i64>,
    frozen_sequence: Option<i64>,
    frozen_by: i32,
    at_freeze: Option<Vec<u8>>,
});

entity!(finding, "finding", "A value that breaks a rule; rows are only added.", {
    #[sea_orm(primary_key, auto_increment = false)]
    report_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    number: i32,
    plan_id: String,
    position: i32,
    rule_id: String,
    severity: i32,
    place: String,
    division_code: String,
    indicator_id: String,
    period: String,
    source_text: String,
    found: String,
    expected: String,
    found_at: i64,
});

entity!(finding_explanation, "finding_explanation", "Why a value is right; rows are only added.", {
    #[sea_orm(primary_key, auto_increment = false)]
    report_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    number: i32,
    words: String,
    agency: String,
    who: String,
    explained_at: i64,
});
