//! Reports.

use leitai_proto::ingestion::v1::{Report, ReportState};
use leitai_rpc::clock::rfc3339;
use prost::Message;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{entities::report, items};

/// A report without its items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Derived from the request's id.
    pub report_id: String,
    /// The plan.
    pub plan_id: String,
    /// The agency that submits.
    pub submitter: String,
    /// Empty for rows.
    pub file_name: String,
    /// Lower-case hex.
    pub content_sha256: String,
    /// Unix milliseconds.
    pub submitted_at: i64,
    /// True where the values were simulated.
    pub simulated: bool,
    /// Where it is in its life.
    pub state: ReportState,
    /// That it was read with; 0 where that is not known.
    pub plan_revision: i32,
    /// Why it was sent.
    pub note: String,
    /// Empty for none.
    pub replaces: String,
    /// Empty for none.
    pub replaced_by: String,
    /// Ids of its approval levels, in order.
    pub levels: Vec<String>,
    /// Of its values; empty for none.
    pub values_sha256: String,
    /// Of its items as they were judged: the same content judged alike is one report. Empty where that is not known.
    pub judged_sha256: String,
    /// Since when the next level waits, Unix milliseconds.
    pub level_since: i64,
}

/// Which reports to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Empty for all.
    pub plan_id: String,
    /// Unspecified for all.
    pub state: ReportState,
    /// Empty for all.
    pub submitter: String,
}

/// When it was submitted, and its id: a report's place in a list.
pub type Place = (i64, String);

/// Candidates that the same content is compared with.
const SAME: u64 = 20;

/// Stores a report; `summary` has its counts, periods and waits.
///
/// # Errors
/// The database's own.
pub async fn add(tx: &DatabaseTransaction, head: &Head, summary: &Report) -> Result<(), DbErr> {
    report::Entity::insert(row(head, summary)).exec_without_returning(tx).await.map(|_| ())
}

/// Stores what changed of a report.
///
/// # Errors
/// The database's own.
pub async fn change(tx: &DatabaseTransaction, head: &Head, summary: &Report) -> Result<(), DbErr> {
    let changed = report::ActiveModel {
        report_id: Set(head.report_id.clone()),
        state: Set(head.state.into()),
        replaced_by_report_id: Set(head.replaced_by.clone()),
        level_since: Set(head.level_since),
        summary: Set(Some(summary.encode_to_vec())),
        ..report::ActiveModel::default()
    };
    report::Entity::update(changed).exec(tx).await.map(|_| ())
}

/// One report without its items and counts.
///
/// # Errors
/// The database's own.
pub async fn head(conn: &impl ConnectionTrait, report_id: &str) -> Result<Option<Head>, DbErr> {
    Ok(report::Entity::find_by_id(report_id).one(conn).await?.map(|row| into_head(&row)))
}

/// One report with its counts and periods.
///
/// # Errors
/// The database's own.
pub async fn get(conn: &impl ConnectionTrait, report_id: &str) -> Result<Option<Report>, DbErr> {
    let Some(row) = report::Entity::find_by_id(report_id).one(conn).await? else { return Ok(None) };
    whole(conn, row).await.map(Some)
}

/// Up to `limit` reports after a place, the newest first.
///
/// # Errors
/// The database's own.
pub async fn list(conn: &impl ConnectionTrait, filter: &Filter, after: Option<&Place>, limit: u64) -> Result<Vec<Report>, DbErr> {
    use report::Column;
    let mut rows = report::Entity::find();
    if !filter.plan_id.is_empty() {
        rows = rows.filter(Column::PlanId.eq(&filter.plan_id));
    }
    if !filter.submitter.is_empty() {
        rows = rows.filter(Column::Submitter.eq(&filter.submitter));
    }
    if filter.state != ReportState::Unspecified {
        rows = rows.filter(Column::State.eq(i32::from(filter.state)));
    }
    if let Some((at, report_id)) = after {
        let same_time = Condition::all().add(Column::SubmittedAt.eq(*at)).add(Column::ReportId.lt(report_id));
        rows = rows.filter(Condition::any().add(Column::SubmittedAt.lt(*at)).add(same_time));
    }
    let ordered = rows.order_by_desc(Column::SubmittedAt).order_by_desc(Column::ReportId).limit(limit);
    let mut reports = Vec::new();
    for row in ordered.all(conn).await? {
        reports.push(whole(conn, row).await?);
    }
    Ok(reports)
}

/// Reports of the same content from the same agency that were judged alike and still stand, the newest first.
///
/// # Errors
/// The database's own.
pub async fn alike(conn: &impl ConnectionTrait, head: &Head) -> Result<Vec<Head>, DbErr> {
    use report::Column;
    let standing = [ReportState::InForce, ReportState::Held, ReportState::AwaitingApproval].map(i32::from);
    let rows = report::Entity::find()
        .filter(Column::ContentSha256.eq(&head.content_sha256))
        .filter(Column::JudgedSha256.eq(&head.judged_sha256))
        .filter(Column::PlanId.eq(&head.plan_id))
        .filter(Column::Submitter.eq(&head.submitter))
        .filter(Column::ReplacesReportId.eq(&head.replaces))
        .filter(Column::ReplacedByReportId.eq(""))
        .filter(Column::State.is_in(standing))
        .order_by_desc(Column::SubmittedAt)
        .limit(SAME);
    Ok(rows.all(conn).await?.iter().map(into_head).collect())
}

/// The report as the wire has it, from its head and its summary.
#[must_use]
pub fn into_report(head: Head, summary: Report) -> Report {
    Report {
        report_id: head.report_id,
        plan_id: head.plan_id,
        submitter: head.submitter,
        file_name: head.file_name,
        content_sha256: head.content_sha256,
        submitted_at: rfc3339(head.submitted_at),
        simulated: head.simulated,
        state: head.state.into(),
        note: head.note,
        replaces_report_id: head.replaces,
        replaced_by_report_id: head.replaced_by,
        values_sha256: head.values_sha256,
        approval_levels: head.levels,
        plan_revision: head.plan_revision,
        ..summary
    }
}

/// A summary is kept with every change of a report; one from before that is counted.
async fn whole(conn: &impl ConnectionTrait, row: report::Model) -> Result<Report, DbErr> {
    let stored = row.summary.as_deref().and_then(|bytes| Report::decode(bytes).ok());
    let summary = match stored {
        Some(summary) => summary,
        None => items::summary(conn, &row.report_id).await?,
    };
    Ok(into_report(into_head(&row), summary))
}

fn row(head: &Head, summary: &Report) -> report::ActiveModel {
    report::ActiveModel {
        report_id: Set(head.report_id.clone()),
        plan_id: Set(head.plan_id.clone()),
        submitter: Set(head.submitter.clone()),
        file_name: Set(head.file_name.clone()),
        content_sha256: Set(head.content_sha256.clone()),
        submitted_at: Set(head.submitted_at),
        simulated: Set(head.simulated),
        state: Set(head.state.into()),
        plan_revision: Set(head.plan_revision),
        note: Set(head.note.clone()),
        replaces_report_id: Set(head.replaces.clone()),
        replaced_by_report_id: Set(head.replaced_by.clone()),
        levels: Set(head.levels.join(",")),
        values_sha256: Set(head.values_sha256.clone()),
        judged_sha256: Set(head.judged_sha256.clone()),
        level_since: Set(head.level_since),
        summary: Set(Some(summary.encode_to_vec())),
    }
}

fn into_head(row: &report::Model) -> Head {
    let levels = row.levels.split(',').filter(|level| !level.is_empty());
    Head {
        report_id: row.report_id.clone(),
        plan_id: row.plan_id.clone(),
        submitter: row.submitter.clone(),
        file_name: row.file_name.clone(),
        content_sha256: row.content_sha256.clone(),
        submitted_at: row.submitted_at,
        simulated: row.simulated,
        state: ReportState::try_from(row.state).unwrap_or_default(),
        plan_revision: row.plan_revision,
        note: row.note.clone(),
        replaces: row.replaces_report_id.clone(),
        replaced_by: row.replaced_by_report_id.clone(),
        levels: levels.map(str::to_owned).collect(),
        values_sha256: row.values_sha256.clone(),
        judged_sha256: row.judged_sha256.clone(),
        level_since: row.level_since,
    }
}
