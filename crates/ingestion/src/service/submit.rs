//! Taking reports.

mod draft;

pub use self::draft::Draft;

use std::{collections::BTreeSet, sync::Arc};

use leitai_domain::{division::Registry, plan::Plan as Document};
use leitai_proto::ingestion::v1::{Finding, Report, ReportEventKind, ReportItem};
use leitai_rpc::{blocking, clock::millis};
use leitai_storage::requests;
use leitai_workbook::{open::WorkbookError, rows};
use prost::Message;
use sea_orm::DatabaseTransaction;

use self::draft::Settled;
use super::{Content, Service, Submission, force, lost_race};
use crate::{
    convert::sha256,
    error::Error,
    life::machine::Step,
    report::{
        assess::{Item, assess},
        source::{self, Origin},
    },
    store::{
        events::{self, Event},
        findings, items, observations, plans,
        reports::{self, Head, into_report},
        uploads,
    },
};

/// Streams and single calls share it: a request names one report.
pub(super) const METHOD: &str = "SubmitReport";
/// Items in one answer.
const MAX_ITEMS: u64 = 20_000;
/// Findings in one answer.
const MAX_FINDINGS: u64 = 1_000;

/// What became of a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The report.
    pub report: Report,
    /// Its first items.
    pub items: Vec<ReportItem>,
    /// The report that has this content already; empty for a new one.
    pub repeated_of: String,
    /// Its first findings.
    pub findings: Vec<Finding>,
}

impl Service {
    /// Takes a report: every cell is judged, what is accepted is stored, all in one transaction.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`]; [`Error::NotAllowed`] where the report to replace cannot be; the errors of an unreadable file, of which nothing
    /// is stored.
    pub async fn submit(&self, submission: Submission) -> Result<Answer, Error> {
        if submission.dry_run {
            return self.dry_run(submission).await;
        }
        let request_id = submission.request_id.clone();
        let report = match self.taken(&request_id).await? {
            Some(report) => report,
            None => match self.take(submission).await {
                Err(error) if lost_race(&error) => self.taken(&request_id).await?.ok_or(error)?,
                taken => taken?,
            },
        };
        self.with_items(&request_id, report).await
    }

    /// The first answer, item by item; of a report sent before as it stands.
    async fn with_items(&self, request_id: &str, report: Report) -> Result<Answer, Error> {
        let repeated_of = self.repeated_of(request_id, &report);
        let own = repeated_of.is_empty();
        let stored = items::list(self.database.connection(), &report.report_id, 0, MAX_ITEMS).await?;
        let items = stored.into_iter().map(|stored| if own { stored.into_first() } else { stored.item }).collect();
        let findings = self.first_findings(&report.report_id).await?;
        Ok(Answer { report, items, repeated_of, findings })
    }

    /// The first 1,000 findings of a report.
    ///
    /// # Errors
    /// The database's own.
    pub async fn first_findings(&self, report_id: &str) -> Result<Vec<Finding>, Error> {
        let of_report = findings::Filter { report_id: report_id.to_owned(), ..findings::Filter::default() };
        let listed = findings::list(self.database.connection(), &of_report, None, MAX_FINDINGS).await?;
        Ok(listed.into_iter().map(|listed| listed.finding).collect())
    }

    /// The report that answers a request, where that is another request's; empty where it is its own.
    pub fn repeated_of(&self, request_id: &str, report: &Report) -> String {
        if report.report_id == report_id(request_id) { String::new() } else { report.report_id.clone() }
    }

    /// The first answer to a request. Answers from before reports had states hold only the id.
    pub(super) async fn taken(&self, request_id: &str) -> Result<Option<Report>, Error> {
        let Some(answer) = requests::find(self.database.connection(), METHOD, request_id).await? else { return Ok(None) };
        let report = Report::decode(answer.as_slice())?;
        if report.plan_id.is_empty() { self.report(&report.report_id).await.map(Some) } else { Ok(Some(report)) }
    }

    /// Judges and tells what would be stored.
    async fn dry_run(&self, submission: Submission) -> Result<Answer, Error> {
        let draft = self.draft(submission).await?;
        let conn = self.database.connection();
        let alike = reports::alike(conn, &draft.head).await?;
        if !draft.head.replaces.is_empty() {
            let mut replaced = self.open_report(conn, &draft.head.replaces).await?;
            replaced.life.take(&replacing(&draft.head))?;
        }
        let settled = self.hold_against_rules(conn, draft).await?.settle(conn).await?;
        let repeated = alike.into_iter().find(|head| force::waits(head) || settled.says_nothing());
        let report = into_report(Head { report_id: String::new(), ..settled.head }, settled.summary);
        let items = settled.items.into_iter().take(usize::try_from(MAX_ITEMS).unwrap_or(usize::MAX)).map(|stored| stored.item).collect();
        let repeated_of = repeated.map(|head| head.report_id).unwrap_or_default();
        let findings = settled.findings.into_iter().take(usize::try_from(MAX_FINDINGS).unwrap_or(usize::MAX));
        let findings = findings.map(|finding| Finding { report_id: String::new(), ..finding }).collect();
        Ok(Answer { report: Report { dry_run: true, ..report }, items, repeated_of, findings })
    }

    async fn take(&self, submission: Submission) -> Result<Report, Error> {
        let request_id = submission.request_id.clone();
        let draft = self.draft(submission).await?;
        self.take_draft(&request_id, draft).await
    }

    pub(super) async fn take_draft(&self, request_id: &str, draft: Draft) -> Result<Report, Error> {
        let tx = self.database.begin().await?;
        if plans::lock(&tx, &draft.head.plan_id).await? != Some(draft.head.plan_revision) {
            return Err(Error::PlanChanged(draft.head.plan_id));
        }
        let alike = reports::alike(&tx, &draft.head).await?;
        let settled = self.hold_against_rules(&tx, draft).await?.settle(&tx).await?;
        let report = match alike.iter().find(|head| force::waits(head) || settled.says_nothing()) {
            Some(same) => reports::get(&tx, &same.report_id).await?.ok_or_else(|| Error::UnknownReport(same.report_id.clone()))?,
            None => self.store(&tx, settled).await?,
        };
        self.finish(tx, METHOD, request_id, &report).await?;
        Ok(report)
    }

    async fn store(&self, tx: &DatabaseTransaction, settled: Settled) -> Result<Report, Error> {
        let Settled { head, items, new, summary, findings } = settled;
        if !head.replaces.is_empty() {
            self.replace(tx, &head).await?;
        }
        // A stream of the same request may be under way or broken: this call is the one that counts.
        while uploads::forget(tx, &head.report_id).await? || uploads::remove_piece(tx, &head.report_id).await? {}
        reports::add(tx, &head, &summary).await?;
        items::add(tx, &head.report_id, &items).await?;
        findings::add(tx, &findings, head.submitted_at).await?;
        events::add(tx, &head.report_id, submitted(&head)).await?;
        if !new.is_empty() {
            events::add(tx, &head.report_id, force::came_into_force(&head, head.submitted_at, new.len())).await?;
        }
        observations::put(tx, &head.plan_id, &new).await?;
        self.tell(tx, &head, &new, head.submitted_at).await?;
        Ok(into_report(head, summary))
    }

    /// The report named by `replaces` makes way.
    pub(super) async fn replace(&self, tx: &DatabaseTransaction, by: &Head) -> Result<(), Error> {
        let mut replaced = self.open_report(tx, &by.replaces).await?;
        replaced.life.take(&replacing(by))?;
        let event = Event {
            kind: ReportEventKind::Replaced,
            at: by.submitted_at,
            agency: by.submitter.clone(),
            reason: by.report_id.clone(),
            values_sha256: replaced.head.values_sha256.clone(),
            ..Event::default()
        };
        events::add(tx, &by.replaces, event).await?;
        self.follow(tx, replaced, Vec::new(), by.submitted_at).await.map(drop)
    }

    /// Reads and judges a submission.
    pub(super) async fn draft(&self, mut submission: Submission) -> Result<Draft, Error> {
        let plan = self.plan(&submission.plan_id).await?;
        let document = Arc::new(Document::from_toml(&plan.document_toml)?);
        let home = self.home(&document, plan.revision).await?;
        let registry = Arc::clone(&self.registry);
        let (by, simulated, revision) = (submission.submitter.clone(), submission.simulated, plan.revision);
        let content = std::mem::replace(&mut submission.content, Content::Rows(Vec::new()));
        let (to_judge, name) = (Arc::clone(&document), submission.file_name.clone());
        let items = blocking::run(move || {
            let origin = Origin { plan: &to_judge, revision, submitter: &by, simulated, file_name: &name };
            judge(content, origin, &registry, home.as_deref())
        });
        let items = items.await??;
        let head = head(submission, revision, millis(self.clock.now()));
        Ok(Draft::new(head, document, &items))
    }

    /// Where a name is looked for first: the province of the plan's counties, or the one that issued the plan.
    pub(crate) async fn home(&self, document: &Document, revision: i32) -> Result<Option<String>, Error> {
        let counties = plans::counties(self.database.connection(), &document.id, revision).await?;
        let provinces: BTreeSet<_> = counties.iter().filter_map(|county| county.code.get(..2)).map(|head| format!("{head}0000")).collect();
        let issuer = BTreeSet::from([document.province_code.clone()]);
        let provinces = if provinces.is_empty() { issuer } else { provinces };
        Ok(provinces.first().filter(|code| provinces.len() == 1 && self.registry.get(code).is_some()).cloned())
    }
}

/// A report before it is settled. `at` is in Unix milliseconds.
pub(super) fn head(submission: Submission, plan_revision: i32, at: i64) -> Head {
    Head {
        report_id: report_id(&submission.request_id),
        plan_id: submission.plan_id,
        submitter: submission.submitter,
        file_name: submission.file_name,
        content_sha256: submission.content_sha256,
        submitted_at: at,
        simulated: submission.simulated,
        plan_revision,
        note: submission.note,
        replaces: submission.replaces,
        ..Head::default()
    }
}

/// The same request always means the same report.
fn report_id(request_id: &str) -> String {
    sha256(request_id.as_bytes()).chars().take(32).collect()
}

fn replacing(by: &Head) -> Step<'_> {
    Step::Replace { plan_id: &by.plan_id, submitter: &by.submitter, by: &by.report_id }
}

/// The event of a report that was taken in.
pub(super) fn submitted(head: &Head) -> Event {
    Event {
        kind: ReportEventKind::Submitted,
        at: head.submitted_at,
        agency: head.submitter.clone(),
        reason: head.note.clone(),
        values_sha256: head.values_sha256.clone(),
        ..Event::default()
    }
}

/// Reads the content and judges each of its cells or rows.
fn judge(content: Content, origin: Origin<'_>, registry: &Registry, home: Option<&str>) -> Result<Vec<Item>, Error> {
    let raw = match content {
        Content::Workbook { bytes, layout_toml, year } => source::workbook(&bytes, &layout_toml, year, origin, registry)?,
        Content::Csv(bytes) => source::csv(&bytes, origin, registry, home)?,
        Content::Rows(rows) => rows::read(rows, registry, home),
    };
    if raw.len() > rows::MAX_ROWS {
        return Err(WorkbookError::TooLarge(format!("{} cells to judge, at most {}", raw.len(), rows::MAX_ROWS)).into());
    }
    Ok(assess(raw, origin.plan))
}
