//! Reading what values were: their history, what came into force when, and values as they were in force at a moment.

use leitai_proto::ingestion::v1::{Observation, ObservationRevision};
use leitai_rpc::clock::rfc3339;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};

use super::{
    entities::observation_revision,
    observations::{Filter, Key},
};

/// After everything.
pub const NEWEST: i64 = i64::MAX;

/// What is told of a value: `r` is the revision, `p` the one before it and `n` the one that took its place.
const TOLD: &str = "SELECT r.*, report.submitter, report.file_name, report.note, p.value_micros AS previous_micros,
        n.in_force_at AS replaced_at, n.sequence AS replaced_sequence";
/// What [`TOLD`] is read from, beside `r`.
const BESIDE: &str = "LEFT JOIN report ON report.report_id = r.report_id
    LEFT JOIN observation_revision p ON p.division_code = r.division_code AND p.plan_id = r.plan_id AND p.indicator_id = r.indicator_id
        AND p.period = r.period AND p.revision = r.revision - 1
    LEFT JOIN observation_revision n ON n.division_code = r.division_code AND n.plan_id = r.plan_id AND n.indicator_id = r.indicator_id
        AND n.period = r.period AND n.revision = r.revision + 1";

/// The columns of a [`Place`].
const PLACE: &str = "r.in_force_at, r.sequence, r.division_code, r.indicator_id, r.period, r.revision";

/// One row of [`TOLD`].
#[derive(Debug, FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    value: observation_revision::Model,
    submitter: Option<String>,
    file_name: Option<String>,
    note: Option<String>,
    previous_micros: Option<i64>,
    replaced_at: Option<i64>,
    replaced_sequence: Option<i64>,
}

/// A statement that grows by conditions.
struct Asked {
    sql: String,
    values: Vec<Value>,
}

impl Asked {
    fn new(from: &str, plan_id: &str) -> Self {
        Self { sql: format!("{TOLD} FROM {from} {BESIDE} WHERE r.plan_id = $1"), values: vec![plan_id.into()] }
    }

    /// Adds a condition, in which each `?` stands for the next value.
    fn and(mut self, condition: &str, values: impl IntoIterator<Item = Value>) -> Self {
        self.sql += " AND ";
        let mut values = values.into_iter();
        for part in condition.split_inclusive('?') {
            self.sql += part.trim_end_matches('?');
            if let Some(value) = values.next().filter(|_| part.ends_with('?')) {
                self.values.push(value);
                self.sql += &format!("${}", self.values.len());
            }
        }
        self
    }

    fn and_where_given(self, column: &str, wanted: &str) -> Self {
        if wanted.is_empty() { self } else { self.and(&format!("{column} = ?"), [wanted.into()]) }
    }

    fn narrowed(self, filter: &Filter) -> Self {
        self.and_where_given("r.division_code", &filter.division_code)
            .and_where_given("r.indicator_id", &filter.indicator_id)
            .and_where_given("r.period", &filter.period)
    }

    async fn rows(mut self, conn: &impl ConnectionTrait, order: &str, limit: u64) -> Result<Vec<Row>, DbErr> {
        self.values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        let sql = format!("{} ORDER BY {order} LIMIT ${}", self.sql, self.values.len());
        Row::find_by_statement(Statement::from_sql_and_values(conn.get_database_backend(), sql, self.values)).all(conn).await
    }
}

/// Up to `limit` values in force after a key, by division, indicator and period, with where they came from. `as_of` is a number of the change
/// log, [`NEWEST`] for now.
///
/// # Errors
/// The database's own.
pub async fn in_force(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    as_of: i64,
    after: Option<&Key>,
    limit: u64,
) -> Result<Vec<Observation>, DbErr> {
    let mut asked = Asked::new("observation_revision r", &filter.plan_id).narrowed(filter);
    asked = if as_of == NEWEST {
        asked.and("n.revision IS NULL", [])
    } else {
        asked.and("r.sequence <= ? AND (n.sequence IS NULL OR n.sequence > ?)", [as_of.into(), as_of.into()])
    };
    if let Some((division, indicator, period)) = after {
        let key: [Value; 3] = [division.into(), indicator.into(), period.into()];
        asked = asked.and("(r.division_code, r.indicator_id, r.period) > (?, ?, ?)", key);
    }
    let rows = asked.rows(conn, "r.division_code, r.indicator_id, r.period", limit).await?;
    Ok(rows.into_iter().map(|row| row.into_revision().0).collect())
}

/// The number of the change log up to which a plan's values came into force by a time (Unix milliseconds). Where a clock was put back, what was
/// recorded meanwhile counts as recorded with what came before.
///
/// # Errors
/// The database's own.
pub async fn sequence_at(conn: &impl ConnectionTrait, plan_id: &str, millis: i64) -> Result<i64, DbErr> {
    let sql = "SELECT MIN(sequence) AS later FROM observation_revision WHERE plan_id = $1 AND in_force_at > $2 AND sequence > 0";
    let asked = Statement::from_sql_and_values(conn.get_database_backend(), sql, [plan_id.into(), millis.into()]);
    let later = conn.query_one_raw(asked).await?.map(|row| row.try_get::<Option<i64>>("", "later")).transpose()?.flatten();
    Ok(later.map_or(NEWEST - 1, |later| later - 1))
}

/// Up to `limit` revisions of one division and indicator after a period and revision, by both; of all periods where the filter names none.
///
/// # Errors
/// The database's own.
pub async fn history(
    conn: &impl ConnectionTrait,
    filter: &Filter,
    after: Option<(&str, i32)>,
    limit: u64,
) -> Result<Vec<ObservationRevision>, DbErr> {
    let mut asked = Asked::new("observation_revision r", &filter.plan_id).narrowed(filter);
    if let Some((period, revision)) = after {
        asked = asked.and("(r.period, r.revision) > (?, ?)", [period.into(), revision.into()]);
    }
    Ok(seen(asked.rows(conn, "r.period, r.revision", limit).await?))
}

/// Which revisions of a plan.
#[derive(Debug, Clone, Default)]
pub struct Since {
    /// Plan, and which values.
    pub filter: Filter,
    /// Came into force then or later, Unix milliseconds.
    pub millis: i64,
    /// First values as well as corrections.
    pub first_values: bool,
}

/// A revision's place in the listing of [`since`]: where its number is not known, its value and revision tell it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// When it came into force, Unix milliseconds.
    pub millis: i64,
    /// Its number in the change log.
    pub sequence: i64,
    /// The value.
    pub key: Key,
    /// Counts from 1.
    pub revision: i32,
}

/// Up to `limit` revisions after a place, by time and number in the change log.
///
/// # Errors
/// The database's own.
pub async fn since(
    conn: &impl ConnectionTrait,
    since: &Since,
    after: Option<&Place>,
    limit: u64,
) -> Result<Vec<ObservationRevision>, DbErr> {
    let mut asked = Asked::new("observation_revision r", &since.filter.plan_id).narrowed(&since.filter);
    asked = asked.and("r.in_force_at >= ?", [since.millis.into()]);
    if !since.first_values {
        asked = asked.and("r.revision > 1", []);
    }
    if let Some(Place { millis, sequence, key: (division, indicator, period), revision }) = after.cloned() {
        let place: [Value; 6] = [millis.into(), sequence.into(), division.into(), indicator.into(), period.into(), revision.into()];
        asked = asked.and(&format!("({PLACE}) > (?, ?, ?, ?, ?, ?)"), place);
    }
    Ok(seen(asked.rows(conn, PLACE, limit).await?))
}

fn seen(rows: Vec<Row>) -> Vec<ObservationRevision> {
    rows.into_iter()
        .map(Row::into_revision)
        .map(|(observation, revision)| ObservationRevision { observation: Some(observation), ..revision })
        .collect()
}

impl Row {
    fn into_revision(self) -> (Observation, ObservationRevision) {
        let revision = ObservationRevision {
            observation: None,
            previous_micros: self.previous_micros,
            replaced_at: self.replaced_at.map(rfc3339).unwrap_or_default(),
            replaced_sequence: self.replaced_sequence.unwrap_or_default(),
            frozen_rounds: Vec::new(),
        };
        let value = self.value;
        let observation = Observation {
            division_code: value.division_code,
            indicator_id: value.indicator_id,
            period: value.period,
            value_micros: value.value_micros,
            source_text: value.source_text,
            revision: value.revision,
            report_id: value.report_id,
            place: value.place,
            printed_rank: value.printed_rank,
            proxy: value.proxy,
            simulated: value.simulated,
            submitter: self.submitter.unwrap_or_default(),
            in_force_at: rfc3339(value.in_force_at),
            sequence: value.sequence,
            note: self.note.unwrap_or_default(),
            file_name: self.file_name.unwrap_or_default(),
        };
        (observation, revision)
    }
}
