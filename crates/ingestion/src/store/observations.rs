//! Values in force and every value that ever was.

use std::collections::{BTreeSet, HashMap};

use leitai_proto::ingestion::v1::Observation;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};

use super::{
    CHUNK,
    entities::{observation, observation_revision},
};

/// Division, indicator and period.
pub type Key = (String, String, String);

/// Which observations to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The plan.
    pub plan_id: String,
    /// Empty for all.
    pub division_code: String,
    /// Empty for all.
    pub indicator_id: String,
    /// Empty for all.
    pub period: String,
}

/// The observation's key within its plan.
#[must_use]
pub fn key(observation: &Observation) -> Key {
    (observation.division_code.clone(), observation.indicator_id.clone(), observation.period.clone())
}

/// Values in force of the given divisions in the given periods.
///
/// # Errors
/// The database's own.
pub async fn in_force(conn: &impl ConnectionTrait, plan_id: &str, keys: &[Key]) -> Result<HashMap<Key, Observation>, DbErr> {
    let divisions: Vec<&String> = keys.iter().map(|(division, ..)| division).collect::<BTreeSet<_>>().into_iter().collect();
    let periods: BTreeSet<&String> = keys.iter().map(|(.., period)| period).collect();
    let mut found = HashMap::new();
    for divisions in divisions.chunks(CHUNK) {
        let rows = observation::Entity::find()
            .filter(observation::Column::DivisionCode.is_in(divisions.iter().copied()))
            .filter(observation::Column::PlanId.eq(plan_id))
            .filter(observation::Column::Period.is_in(periods.iter().copied()));
        found.extend(rows.all(conn).await?.into_iter().map(into_observation).map(|observation| (key(&observation), observation)));
    }
    Ok(found)
}

/// Puts values in force and adds them to the history.
///
/// # Errors
/// The database's own; a revision that already exists is one.
pub async fn put(tx: &DatabaseTransaction, plan_id: &str, observations: &[Observation]) -> Result<(), DbErr> {
    use observation::Column;
    let key = [Column::DivisionCode, Column::PlanId, Column::IndicatorId, Column::Period];
    let rest = [
        Column::Revision,
        Column::ValueMicros,
        Column::SourceText,
        Column::ReportId,
        Column::Place,
        Column::PrintedRank,
        Column::Proxy,
        Column::Simulated,
    ];
    for observations in observations.chunks(CHUNK) {
        let history = observations.iter().map(|observation| revision_row(plan_id, observation));
        observation_revision::Entity::insert_many(history).exec_without_returning(tx).await?;
        let rows = observations.iter().map(|observation| row(plan_id, observation));
        let replace = OnConflict::columns(key).update_columns(rest).to_owned();
        observation::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Up to `limit` values in force after a key, by division, indicator and period.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, filter: &Filter, after: Option<&Key>, limit: u64) -> Result<Vec<Observation>, DbErr> {
    use observation::Column;
    let mut rows = observation::Entity::find().filter(Column::PlanId.eq(&filter.plan_id));
    let narrow =
        [(Column::DivisionCode, &filter.division_code), (Column::IndicatorId, &filter.indicator_id), (Column::Period, &filter.period)];
    for (column, wanted) in narrow.into_iter().filter(|(_, wanted)| !wanted.is_empty()) {
        rows = rows.filter(column.eq(wanted));
    }
    if let Some((division, indicator, period)) = after {
        let same_indicator = Condition::all().add(Column::IndicatorId.eq(indicator)).add(Column::Period.gt(period));
        let same_division = Condition::all()
            .add(Column::DivisionCode.eq(division))
            .add(Condition::any().add(Column::IndicatorId.gt(indicator)).add(same_indicator));
        rows = rows.filter(Condition::any().add(Column::DivisionCode.gt(division)).add(same_division));
    }
    let ordered = rows.order_by_asc(Column::DivisionCode).order_by_asc(Column::IndicatorId).order_by_asc(Column::Period);
    Ok(ordered.limit(limit).all(conn).await?.into_iter().map(into_observation).collect())
}

/// True where the plan has a value of the period.
///
/// # Errors
/// The database's own.
pub async fn any(conn: &impl ConnectionTrait, plan_id: &str, period: &str) -> Result<bool, DbErr> {
    let rows = observation::Entity::find().filter(observation::Column::PlanId.eq(plan_id)).filter(observation::Column::Period.eq(period));
    Ok(rows.limit(1).count(conn).await? > 0)
}

/// Every value that was ever in force for a key, oldest first.
///
/// # Errors
/// The database's own.
#[cfg(test)]
pub async fn history(conn: &impl ConnectionTrait, plan_id: &str, (division, indicator, period): &Key) -> Result<Vec<(i32, i64)>, DbErr> {
    use observation_revision::Column;
    let rows = observation_revision::Entity::find()
        .filter(Column::DivisionCode.eq(division))
        .filter(Column::PlanId.eq(plan_id))
        .filter(Column::IndicatorId.eq(indicator))
        .filter(Column::Period.eq(period));
    Ok(rows.order_by_asc(Column::Revision).all(conn).await?.into_iter().map(|row| (row.revision, row.value_micros)).collect())
}

fn row(plan_id: &str, value: &Observation) -> observation::ActiveModel {
    observation::ActiveModel {
        division_code: Set(value.division_code.clone()),
        plan_id: Set(plan_id.to_owned()),
        indicator_id: Set(value.indicator_id.clone()),
        period: Set(value.period.clone()),
        revision: Set(value.revision),
        value_micros: Set(value.value_micros),
        source_text: Set(value.source_text.clone()),
        report_id: Set(value.report_id.clone()),
        place: Set(value.place.clone()),
        printed_rank: Set(value.printed_rank),
        proxy: Set(value.proxy.clone()),
        simulated: Set(value.simulated),
    }
}

fn revision_row(plan_id: &str, value: &Observation) -> observation_revision::ActiveModel {
    observation_revision::ActiveModel {
        division_code: Set(value.division_code.clone()),
        plan_id: Set(plan_id.to_owned()),
        indicator_id: Set(value.indicator_id.clone()),
        period: Set(value.period.clone()),
        revision: Set(value.revision),
        value_micros: Set(value.value_micros),
        source_text: Set(value.source_text.clone()),
        report_id: Set(value.report_id.clone()),
        place: Set(value.place.clone()),
        printed_rank: Set(value.printed_rank),
        proxy: Set(value.proxy.clone()),
        simulated: Set(value.simulated),
    }
}

fn into_observation(row: observation::Model) -> Observation {
    Observation {
        division_code: row.division_code,
        indicator_id: row.indicator_id,
        period: row.period,
        value_micros: row.value_micros,
        source_text: row.source_text,
        revision: row.revision,
        report_id: row.report_id,
        place: row.place,
        printed_rank: row.printed_rank,
        proxy: row.proxy,
        simulated: row.simulated,
    }
}
