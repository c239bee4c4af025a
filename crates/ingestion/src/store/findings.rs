//! What rules found in reports, and how it was explained.

use std::collections::HashMap;

use leitai_proto::ingestion::v1::{Finding, FindingExplanation, FindingSeverity, ItemReason};
use leitai_rpc::clock::rfc3339;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Statement, sea_query::Expr,
};

use super::{
    CHUNK,
    entities::{finding, finding_explanation},
};

/// When found, in which report and as which of it: the order of listings.
pub type Place = (i64, String, i32);

/// Which findings to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Empty for all.
    pub report_id: String,
    /// Empty for all.
    pub plan_id: String,
    /// True: only those that wait for an explanation.
    pub open_only: bool,
}

/// A finding as it is listed.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// On the wire.
    pub finding: Finding,
    /// In the order of listings.
    pub place: Place,
}

/// Words to keep beside findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The explanation.
    pub words: String,
    /// The agency.
    pub agency: String,
    /// The person; may be empty.
    pub who: String,
    /// Milliseconds since 1970, UTC.
    pub at: i64,
}

/// Stores a report's findings; `found_at` in milliseconds since 1970, UTC.
///
/// # Errors
/// The database's own.
pub async fn add(tx: &DatabaseTransaction, findings: &[Finding], found_at: i64) -> Result<(), DbErr> {
    for findings in findings.chunks(CHUNK) {
        let rows = findings.iter().map(|finding| row(finding, found_at));
        finding::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Keeps an explanation of each of these findings.
///
/// # Errors
/// The database's own; a finding that has one is one.
pub async fn explain(tx: &DatabaseTransaction, report_id: &str, numbers: &[i32], words: &Words) -> Result<(), DbErr> {
    let row = |number: &i32| finding_explanation::ActiveModel {
        report_id: Set(report_id.to_owned()),
        number: Set(*number),
        words: Set(words.words.clone()),
        agency: Set(words.agency.clone()),
        who: Set(words.who.clone()),
        explained_at: Set(words.at),
    };
    for numbers in numbers.chunks(CHUNK) {
        finding_explanation::Entity::insert_many(numbers.iter().map(row)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Up to `limit` findings after a place, by time, report and number.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, filter: &Filter, after: Option<&Place>, limit: u64) -> Result<Vec<Listed>, DbErr> {
    use finding::Column;
    let mut rows = finding::Entity::find();
    for (column, wanted) in [(Column::ReportId, &filter.report_id), (Column::PlanId, &filter.plan_id)] {
        if !wanted.is_empty() {
            rows = rows.filter(column.eq(wanted));
        }
    }
    if filter.open_only {
        rows = rows.filter(open());
    }
    if let Some((at, report_id, number)) = after {
        let same_report = Condition::all().add(Column::ReportId.eq(report_id)).add(Column::Number.gt(*number));
        let same_time =
            Condition::all().add(Column::FoundAt.eq(*at)).add(Condition::any().add(Column::ReportId.gt(report_id)).add(same_report));
        rows = rows.filter(Condition::any().add(Column::FoundAt.gt(*at)).add(same_time));
    }
    let ordered = rows.order_by_asc(Column::FoundAt).order_by_asc(Column::ReportId).order_by_asc(Column::Number);
    complete(conn, ordered.limit(limit).all(conn).await?).await
}

/// A report's findings at these positions, by number.
///
/// # Errors
/// The database's own.
pub async fn at(conn: &impl ConnectionTrait, report_id: &str, positions: &[i32]) -> Result<Vec<Finding>, DbErr> {
    some(conn, report_id, finding::Column::Position, positions).await
}

/// A report's findings with these numbers, by number.
///
/// # Errors
/// The database's own.
pub async fn numbered(conn: &impl ConnectionTrait, report_id: &str, numbers: &[i32]) -> Result<Vec<Finding>, DbErr> {
    some(conn, report_id, finding::Column::Number, numbers).await
}

async fn some(conn: &impl ConnectionTrait, report_id: &str, column: finding::Column, wanted: &[i32]) -> Result<Vec<Finding>, DbErr> {
    let mut found = Vec::new();
    for wanted in wanted.chunks(CHUNK) {
        let rows = finding::Entity::find().filter(finding::Column::ReportId.eq(report_id));
        let rows = rows.filter(column.is_in(wanted.iter().copied())).all(conn).await?;
        found.extend(complete(conn, rows).await?.into_iter().map(|listed| listed.finding));
    }
    found.sort_by_key(|finding| finding.number);
    Ok(found)
}

/// Held and without an explanation. Both databases read these words alike.
fn open() -> Condition {
    let unexplained =
        "NOT EXISTS (SELECT 1 FROM finding_explanation e WHERE e.report_id = finding.report_id AND e.number = finding.number)";
    let held = format!(
        "EXISTS (SELECT 1 FROM report_item i WHERE i.report_id = finding.report_id AND i.position = finding.position AND i.reason = {})",
        i32::from(ItemReason::Held)
    );
    Condition::all()
        .add(finding::Column::Severity.eq(i32::from(FindingSeverity::Explain)))
        .add(Expr::cust(unexplained))
        .add(Expr::cust(held))
}

/// A finding's explanation, and what became of its value.
#[derive(Default, FromQueryResult)]
struct Beside {
    report_id: String,
    number: i32,
    reason: i32,
    words: Option<String>,
    agency: Option<String>,
    who: Option<String>,
    explained_at: Option<i64>,
}

/// Adds what is kept elsewhere: explanations, and whether the value is held.
async fn complete(conn: &impl ConnectionTrait, rows: Vec<finding::Model>) -> Result<Vec<Listed>, DbErr> {
    let mut beside = HashMap::new();
    for rows in rows.chunks(CHUNK) {
        let found = Beside::find_by_statement(beside_of(conn, rows)).all(conn).await?;
        beside.extend(found.into_iter().map(|one| ((one.report_id.clone(), one.number), one)));
    }
    let mut of = |row: &finding::Model| beside.remove(&(row.report_id.clone(), row.number)).unwrap_or_default();
    Ok(rows.into_iter().map(|row| into_listed(of(&row), row)).collect())
}

/// The keys come first and each is looked up by itself.
fn beside_of(conn: &impl ConnectionTrait, rows: &[finding::Model]) -> Statement {
    // PostgreSQL takes a bare parameter for a text.
    let one = |at: usize| format!("(${}, CAST(${} AS INTEGER), CAST(${} AS INTEGER))", 3 * at + 1, 3 * at + 2, 3 * at + 3);
    let wanted: Vec<String> = (0..rows.len()).map(one).collect();
    let sql = format!(
        "WITH wanted (report_id, number, position) AS (VALUES {})
        SELECT w.report_id, w.number, i.reason, e.words, e.agency, e.who, e.explained_at FROM wanted w
        JOIN report_item i ON i.report_id = w.report_id AND i.position = w.position
        LEFT JOIN finding_explanation e ON e.report_id = w.report_id AND e.number = w.number",
        wanted.join(", ")
    );
    let values = rows.iter().flat_map(|row| [row.report_id.clone().into(), row.number.into(), row.position.into()]);
    Statement::from_sql_and_values(conn.get_database_backend(), sql, values)
}

fn into_listed(beside: Beside, row: finding::Model) -> Listed {
    let said = beside.words.zip(beside.agency).zip(beside.who).zip(beside.explained_at);
    let explanation = said.map(|(((words, agency), who), at)| FindingExplanation { words, agency, who, at: rfc3339(at) });
    let waits = beside.reason == i32::from(ItemReason::Held);
    let open = waits && explanation.is_none() && row.severity == i32::from(FindingSeverity::Explain);
    let place = (row.found_at, row.report_id.clone(), row.number);
    let finding = Finding {
        report_id: row.report_id,
        number: row.number,
        plan_id: row.plan_id,
        position: row.position,
        rule_id: row.rule_id,
        severity: row.severity,
        place: row.place,
        division_code: row.division_code,
        indicator_id: row.indicator_id,
        period: row.period,
        source_text: row.source_text,
        found: row.found,
        expected: row.expected,
        found_at: rfc3339(row.found_at),
        open,
        explanation,
    };
    Listed { finding, place }
}

fn row(finding: &Finding, found_at: i64) -> finding::ActiveModel {
    finding::ActiveModel {
        report_id: Set(finding.report_id.clone()),
        number: Set(finding.number),
        plan_id: Set(finding.plan_id.clone()),
        position: Set(finding.position),
        rule_id: Set(finding.rule_id.clone()),
        severity: Set(finding.severity),
        place: Set(finding.place.clone()),
        division_code: Set(finding.division_code.clone()),
        indicator_id: Set(finding.indicator_id.clone()),
        period: Set(finding.period.clone()),
        source_text: Set(finding.source_text.clone()),
        found: Set(finding.found.clone()),
        expected: Set(finding.expected.clone()),
        found_at: Set(found_at),
    }
}
