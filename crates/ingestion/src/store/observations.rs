//! Values in force and every value that ever was.

use std::{
    collections::{BTreeSet, HashMap},
    iter,
};

use leitai_checks::Needs;
use leitai_proto::ingestion::v1::Observation;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect, Statement, Value, sea_query::OnConflict,
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

/// Values in force under the given keys.
///
/// # Errors
/// The database's own.
pub async fn in_force(conn: &impl ConnectionTrait, plan_id: &str, keys: &[Key]) -> Result<HashMap<Key, Observation>, DbErr> {
    let keys: Vec<&Key> = keys.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut found = HashMap::new();
    for keys in keys.chunks(CHUNK) {
        let rows = observation::Entity::find().from_raw_sql(by_keys(conn, plan_id, keys)).all(conn).await?;
        found.extend(rows.into_iter().map(into_observation).map(|observation| (key(&observation), observation)));
    }
    Ok(found)
}

/// The keys come first and each is looked up by itself, whatever the planner knows of a table that was filled a moment ago.
fn by_keys(conn: &impl ConnectionTrait, plan_id: &str, keys: &[&Key]) -> Statement {
    let row = |at: usize| format!("(${}, ${}, ${})", at + 2, at + 3, at + 4);
    let rows: Vec<String> = (0..keys.len()).map(|number| row(3 * number)).collect();
    let same =
        "o.division_code = wanted.division_code AND o.plan_id = $1 AND o.indicator_id = wanted.indicator_id AND o.period = wanted.period";
    // Neither database reads the other's words for it.
    let each = match conn.get_database_backend() {
        DbBackend::Postgres => format!("LATERAL (SELECT * FROM observation o WHERE {same} LIMIT 1) o"),
        _ => format!("observation o WHERE {same}"),
    };
    let sql = format!(
        "WITH wanted (division_code, indicator_id, period) AS (VALUES {}) SELECT o.* FROM wanted CROSS JOIN {each}",
        rows.join(", ")
    );
    let values = keys.iter().flat_map(|(division, indicator, period)| [division, indicator, period]).map(Value::from);
    Statement::from_sql_and_values(conn.get_database_backend(), sql, iter::once(Value::from(plan_id)).chain(values))
}

/// Values in force of each of the divisions, indicators and periods, in millionths.
///
/// # Errors
/// The database's own.
pub async fn needed(conn: &impl ConnectionTrait, plan_id: &str, needs: &Needs) -> Result<Vec<(Key, i64)>, DbErr> {
    use observation::Column;
    let divisions: Vec<&String> = needs.divisions.iter().collect();
    let periods: Vec<String> = needs.periods.iter().map(ToString::to_string).collect();
    let mut found = Vec::new();
    for divisions in divisions.chunks(CHUNK) {
        let rows = observation::Entity::find()
            .select_only()
            .columns([Column::DivisionCode, Column::IndicatorId, Column::Period, Column::ValueMicros])
            .filter(Column::DivisionCode.is_in(divisions.iter().copied()))
            .filter(Column::PlanId.eq(plan_id))
            .filter(Column::IndicatorId.is_in(&needs.indicators))
            .filter(Column::Period.is_in(&periods));
        let rows: Vec<(String, String, String, i64)> = rows.into_tuple().all(conn).await?;
        found.extend(rows.into_iter().map(|(division, indicator, period, micros)| ((division, indicator, period), micros)));
    }
    Ok(found)
}

/// Puts values in force.
///
/// # Errors
/// The database's own.
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
        let rows = observations.iter().map(|observation| row(plan_id, observation));
        let replace = OnConflict::columns(key).update_columns(rest).to_owned();
        observation::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Adds values that came into force to the history: the first one's entry in the change log has this number, each next one's the next. `at` is
/// the entries' time, Unix milliseconds.
///
/// # Errors
/// The database's own; a revision that already exists is one.
pub async fn remember(tx: &DatabaseTransaction, plan_id: &str, observations: &[Observation], first: i64, at: i64) -> Result<(), DbErr> {
    for (observations, first) in observations.chunks(CHUNK).zip((first..).step_by(CHUNK)) {
        let rows = (first..).zip(observations).map(|(sequence, observation)| revision_row(plan_id, observation, sequence, at));
        observation_revision::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// True where the plan has a value of the period.
///
/// # Errors
/// The database's own.
pub async fn any(conn: &impl ConnectionTrait, plan_id: &str, period: &str) -> Result<bool, DbErr> {
    let rows = observation::Entity::find().filter(observation::Column::PlanId.eq(plan_id)).filter(observation::Column::Period.eq(period));
    Ok(rows.limit(1).count(conn).await? > 0)
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

fn revision_row(plan_id: &str, value: &Observation, sequence: i64, at: i64) -> observation_revision::ActiveModel {
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
        sequence: Set(sequence),
        in_force_at: Set(at),
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
        ..Observation::default()
    }
}
