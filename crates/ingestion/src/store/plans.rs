//! Plans, their revisions and counties.

use leitai_proto::ingestion::v1::{County, Plan};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};

use super::{
    CHUNK,
    entities::{plan, plan_county, plan_revision},
};

/// The newest revision of a plan.
///
/// # Errors
/// The database's own.
pub async fn newest(conn: &impl ConnectionTrait, plan_id: &str) -> Result<Option<Plan>, DbErr> {
    let rows = plan_revision::Entity::find().filter(plan_revision::Column::PlanId.eq(plan_id));
    Ok(rows.order_by_desc(plan_revision::Column::Revision).one(conn).await?.map(into_plan))
}

/// A revision of a plan; the newest where `revision` is 0.
///
/// # Errors
/// The database's own.
pub async fn at(conn: &impl ConnectionTrait, plan_id: &str, revision: i32) -> Result<Option<Plan>, DbErr> {
    if revision == 0 {
        return newest(conn, plan_id).await;
    }
    Ok(plan_revision::Entity::find_by_id((plan_id.to_owned(), revision)).one(conn).await?.map(into_plan))
}

/// Locks the plan against other writers until the transaction ends, and answers with its newest revision number.
///
/// On SQLite the whole database is locked already: write transactions begin IMMEDIATE.
///
/// # Errors
/// The database's own.
pub async fn lock(tx: &DatabaseTransaction, plan_id: &str) -> Result<Option<i32>, DbErr> {
    Ok(plan::Entity::find_by_id(plan_id).lock_exclusive().one(tx).await?.map(|row| row.revision))
}

/// The newest revision of up to `limit` plans after a plan id, by plan id.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, after: Option<&str>, limit: u64) -> Result<Vec<Plan>, DbErr> {
    let mut heads = plan::Entity::find().order_by_asc(plan::Column::PlanId).limit(limit);
    if let Some(after) = after {
        heads = heads.filter(plan::Column::PlanId.gt(after));
    }
    let mut plans = Vec::new();
    for head in heads.all(conn).await? {
        plans.extend(plan_revision::Entity::find_by_id((head.plan_id, head.revision)).one(conn).await?.map(into_plan));
    }
    Ok(plans)
}

/// The counties of a plan revision, ascending by code.
///
/// # Errors
/// The database's own.
pub async fn counties(conn: &impl ConnectionTrait, plan_id: &str, revision: i32) -> Result<Vec<County>, DbErr> {
    let rows = plan_county::Entity::find()
        .filter(plan_county::Column::PlanId.eq(plan_id))
        .filter(plan_county::Column::Revision.eq(revision))
        .order_by_asc(plan_county::Column::Code);
    Ok(rows.all(conn).await?.into_iter().map(into_county).collect())
}

/// The title of a plan revision; empty where there is none.
///
/// # Errors
/// The database's own.
pub async fn title(conn: &impl ConnectionTrait, plan_id: &str, revision: i32) -> Result<String, DbErr> {
    let rows = plan_revision::Entity::find_by_id((plan_id.to_owned(), revision)).select_only().column(plan_revision::Column::Title);
    Ok(rows.into_tuple().one(conn).await?.unwrap_or_default())
}

/// Adds a revision and makes it the newest. `at` is in Unix milliseconds.
///
/// # Errors
/// The database's own; of two at once one fails on the key.
pub async fn add(tx: &DatabaseTransaction, new: &Plan, counties: &[County], at: i64) -> Result<(), DbErr> {
    let head = plan::ActiveModel { plan_id: Set(new.plan_id.clone()), revision: Set(new.revision) };
    let newer = OnConflict::column(plan::Column::PlanId).update_column(plan::Column::Revision).to_owned();
    plan::Entity::insert(head).on_conflict(newer).exec_without_returning(tx).await?;
    let revision = plan_revision::ActiveModel {
        plan_id: Set(new.plan_id.clone()),
        revision: Set(new.revision),
        title: Set(new.title.clone()),
        year: Set(new.year),
        document_toml: Set(new.document_toml.clone()),
        applied_at: Set(at),
    };
    plan_revision::Entity::insert(revision).exec_without_returning(tx).await?;
    for counties in counties.chunks(CHUNK) {
        let rows = counties.iter().map(|county| plan_county::ActiveModel {
            code: Set(county.code.clone()),
            plan_id: Set(new.plan_id.clone()),
            revision: Set(new.revision),
            name: Set(county.name.clone()),
            prefecture_code: Set(county.prefecture_code.clone()),
            prefecture_name: Set(county.prefecture_name.clone()),
        });
        plan_county::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn into_plan(row: plan_revision::Model) -> Plan {
    Plan { plan_id: row.plan_id, revision: row.revision, title: row.title, year: row.year, document_toml: row.document_toml }
}

fn into_county(row: plan_county::Model) -> County {
    County { code: row.code, name: row.name, prefecture_code: row.prefecture_code, prefecture_name: row.prefecture_name }
}
