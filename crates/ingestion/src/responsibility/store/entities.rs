//! The tables.

use crate::store::entities::entity;

entity!(list, "duty_list", "The newest revision of each list.", {
    #[sea_orm(primary_key, auto_increment = false)]
    plan_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    list_id: String,
    revision: i32,
    agency: String,
    content_sha256: String,
    applied_by: String,
    applied_at: i64,
});

entity!(measure, "duty_measure", "Every measure as it stands.", {
    #[sea_orm(primary_key, auto_increment = false)]
    division_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    measure_id: String,
    plan_id: String,
    list_id: String,
    indicator_id: String,
    position: i32,
    revision: i32,
    code: String,
    project: String,
    measure: String,
    owner: String,
    co_owners: String,
    leader: String,
    post: String,
    due_on: String,
    note: String,
    place: String,
    state: String,
    percent: Option<i32>,
    reported_on: Option<String>,
    done_on: Option<String>,
    cancelled_on: Option<String>,
    entries: i32,
});

entity!(revision, "duty_revision", "Every wording that a measure ever had; rows are only added.", {
    #[sea_orm(primary_key, auto_increment = false)]
    measure_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    revision: i32,
    at_ms: i64,
    list_revision: i32,
    project: String,
    measure: String,
    owner: String,
    co_owners: String,
    leader: String,
    post: String,
    due_on: String,
    note: String,
    place: String,
});

entity!(problem, "duty_problem", "Every problem as it stands.", {
    #[sea_orm(primary_key, auto_increment = false)]
    division_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    problem_id: String,
    measure_id: String,
    plan_id: String,
    words: String,
    raised_by: String,
    raised_at: String,
    level: String,
    state: String,
    answer_due_on: Option<String>,
    answer: String,
    progress_entry: i32,
    entries: i32,
});

entity!(event, "duty_event", "Everything that happened to measures and problems; rows are only added.", {
    #[sea_orm(primary_key, auto_increment = false)]
    subject_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    entry: i32,
    at_ms: i64,
    what: i32,
    agency: String,
    who: String,
    words: String,
    day: Option<String>,
    percent: Option<i32>,
    level: Option<String>,
    revision: Option<i32>,
});
