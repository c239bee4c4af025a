//! What rules found in reports, and how it was explained.

use std::collections::HashMap;

use leitai_proto::ingestion::v1::{Finding, FindingExplanation, FindingSeverity, ItemReason};
use leitai_rpc::clock::rfc3339;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};

use super::{
    CHUNK,
    entities::{finding, finding_explanation, report_item},
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

/// Adds what is kept elsewhere: explanations, and whether the value is held.
async fn complete(conn: &impl ConnectionTrait, rows: Vec<finding::Model>) -> Result<Vec<Listed>, DbErr> {
    let mut explanations: HashMap<(String, i32), FindingExplanation> = HashMap::new();
    let mut held: HashMap<(String, i32), bool> = HashMap::new();
    let mut reports: HashMap<&str, Vec<&finding::Model>> = HashMap::new();
    for row in &rows {
        reports.entry(&row.report_id).or_default().push(row);
    }
    for (report_id, of_report) in reports {
        for of_report in of_report.chunks(CHUNK) {
            let (numbers, positions) = (of_report.iter().map(|row| row.number), of_report.iter().map(|row| row.position));
            explanations.extend(explained(conn, report_id, numbers).await?);
            held.extend(held_at(conn, report_id, positions).await?);
        }
    }
    Ok(rows.into_iter().map(|row| into_listed(row, &mut explanations, &held)).collect())
}

async fn explained(
    conn: &impl ConnectionTrait,
    report_id: &str,
    numbers: impl Iterator<Item = i32>,
) -> Result<Vec<((String, i32), FindingExplanation)>, DbErr> {
    let rows = finding_explanation::Entity::find()
        .filter(finding_explanation::Column::ReportId.eq(report_id))
        .filter(finding_explanation::Column::Number.is_in(numbers));
    let explanation = |row: finding_explanation::Model| {
        let explanation = FindingExplanation { words: row.words, agency: row.agency, who: row.who, at: rfc3339(row.explained_at) };
        ((row.report_id, row.number), explanation)
    };
    Ok(rows.all(conn).await?.into_iter().map(explanation).collect())
}

async fn held_at(
    conn: &impl ConnectionTrait,
    report_id: &str,
    positions: impl Iterator<Item = i32>,
) -> Result<Vec<((String, i32), bool)>, DbErr> {
    let rows = report_item::Entity::find()
        .select_only()
        .column(report_item::Column::Position)
        .filter(report_item::Column::ReportId.eq(report_id))
        .filter(report_item::Column::Position.is_in(positions))
        .filter(report_item::Column::Reason.eq(i32::from(ItemReason::Held)));
    let positions: Vec<i32> = rows.into_tuple().all(conn).await?;
    Ok(positions.into_iter().map(|position| ((report_id.to_owned(), position), true)).collect())
}

fn into_listed(
    row: finding::Model,
    explanations: &mut HashMap<(String, i32), FindingExplanation>,
    held: &HashMap<(String, i32), bool>,
) -> Listed {
    let explanation = explanations.remove(&(row.report_id.clone(), row.number));
    let waits = held.contains_key(&(row.report_id.clone(), row.position));
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
