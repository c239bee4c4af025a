//! Taking reports, and reading what became of them.

use leitai_rpc::clock::millis;
use std::{collections::BTreeSet, collections::HashMap, sync::Arc};

use leitai_domain::{decimal, division::Registry, plan::Plan as Document};
use leitai_proto::ingestion::v1::{Change, Observation, ObservationAccepted, Report, ReportItem, change::Kind};
use leitai_storage::requests;
use leitai_workbook::{open::WorkbookError, rows};
use prost::Message;
use tokio::task::spawn_blocking;

use super::{Content, Service, Submission, lost_race};
use crate::{
    convert::{report_items, sha256, storable},
    error::Error,
    report::{
        assess::{Item, Reason, assess},
        source::{self, Origin},
    },
    store::{
        observations::{self, Key},
        plans,
        reports::{self, Head},
    },
};

const METHOD: &str = "SubmitReport";
/// Items in one answer.
const MAX_ITEMS: u64 = 20_000;

impl Service {
    /// Takes a report: every cell is judged, what is accepted is stored, all in one transaction.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`]; the errors of an unreadable file, of which nothing is stored.
    pub async fn submit(&self, submission: Submission) -> Result<(Report, Vec<ReportItem>), Error> {
        let (request_id, report_id) = (submission.request_id.clone(), report_id(&submission.request_id));
        if !self.was_taken(&request_id).await? {
            match self.take(submission, &report_id).await {
                Err(error) if lost_race(&error) && self.was_taken(&request_id).await? => {}
                taken => taken?,
            }
        }
        let items = self.items(&report_id, 0, MAX_ITEMS).await?;
        Ok((self.report(&report_id).await?, items))
    }

    /// One report with its counts.
    ///
    /// # Errors
    /// [`Error::UnknownReport`].
    pub async fn report(&self, report_id: &str) -> Result<Report, Error> {
        reports::get(self.database.connection(), report_id).await?.ok_or_else(|| Error::UnknownReport(report_id.to_owned()))
    }

    /// Up to `limit` items of a report after a position.
    ///
    /// # Errors
    /// The database's own.
    pub async fn items(&self, report_id: &str, after: i32, limit: u64) -> Result<Vec<ReportItem>, Error> {
        Ok(reports::items(self.database.connection(), report_id, after, limit).await?)
    }

    /// A report's rows never change, so the answer to a repeat is read from them again.
    async fn was_taken(&self, request_id: &str) -> Result<bool, Error> {
        Ok(requests::find(self.database.connection(), METHOD, request_id).await?.is_some())
    }

    async fn take(&self, submission: Submission, report_id: &str) -> Result<(), Error> {
        let Submission { request_id, plan_id, submitter, simulated, file_name, content_sha256, content } = submission;
        let plan = self.plan(&plan_id).await?;
        let document = Document::from_toml(&plan.document_toml)?;
        let home = self.home(&document, plan.revision).await?;
        let registry = Arc::clone(&self.registry);
        let (by, revision) = (submitter.clone(), plan.revision);
        let items = spawn_blocking(move || {
            let origin = Origin { plan: &document, revision, submitter: &by, simulated };
            judge(content, origin, &registry, home.as_deref())
        });
        let items = items.await??;
        let (report_id, submitted_at) = (report_id.to_owned(), millis(self.clock.now()));
        let head = Head { report_id, plan_id, submitter, file_name, content_sha256, submitted_at, simulated };
        self.store_report(&request_id, &head, plan.revision, items).await
    }

    async fn store_report(&self, request_id: &str, head: &Head, revision: i32, mut items: Vec<Item>) -> Result<(), Error> {
        let tx = self.database.begin().await?;
        if plans::lock(&tx, &head.plan_id).await? != Some(revision) {
            return Err(Error::PlanChanged(head.plan_id.clone()));
        }
        let keys: Vec<Key> = items.iter().filter(|item| item.reason == Reason::Accepted).filter_map(key).collect();
        let known = observations::in_force(&tx, &head.plan_id, &keys).await?;
        let new: Vec<_> = items.iter_mut().filter_map(|item| settle(item, head, &known)).collect();
        reports::add(&tx, head, &report_items(&items)).await?;
        observations::put(&tx, &head.plan_id, &new).await?;
        let payloads = new.iter().map(|observation| accepted(head, observation.clone())).collect();
        let numbers = self.log.append(&tx, payloads).await?;
        // Only now are the numbers known.
        observations::remember(&tx, &head.plan_id, &new, *numbers.start(), head.submitted_at).await?;
        self.finish(tx, METHOD, request_id, &head.report_id).await
    }

    /// Where a name is looked for first: the province of the plan's counties, or the one that issued the plan.
    pub(super) async fn home(&self, document: &Document, revision: i32) -> Result<Option<String>, Error> {
        let counties = plans::counties(self.database.connection(), &document.id, revision).await?;
        let provinces: BTreeSet<_> = counties.iter().filter_map(|county| county.code.get(..2)).map(|head| format!("{head}0000")).collect();
        let issuer = BTreeSet::from([document.province_code.clone()]);
        let provinces = if provinces.is_empty() { issuer } else { provinces };
        Ok(provinces.first().filter(|code| provinces.len() == 1 && self.registry.get(code).is_some()).cloned())
    }
}

/// The same request always means the same report.
fn report_id(request_id: &str) -> String {
    sha256(request_id.as_bytes()).chars().take(32).collect()
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

fn key(item: &Item) -> Option<Key> {
    item.key().map(|(division, indicator, period)| (division, indicator, period.to_string()))
}

/// Holds an accepted item against the value in force; answers with the value to store, where there is one.
fn settle(item: &mut Item, head: &Head, known: &HashMap<Key, Observation>) -> Option<Observation> {
    if item.reason != Reason::Accepted {
        return None;
    }
    let key = key(item)?;
    let known = known.get(&key);
    let new = observation(item, key, head, known.map_or(1, |known| known.revision + 1))?;
    match known {
        Some(known) if says_nothing_new(&new, known) => {
            item.reason = Reason::Unchanged;
            return None;
        }
        Some(known) => {
            item.reason = Reason::Revised;
            item.message = format!("原为{}（第{}版）", decimal::from_micros(known.value_micros), known.revision);
        }
        None => {}
    }
    Some(new)
}

/// A source that prints no rank does not take the known one back.
fn says_nothing_new(new: &Observation, known: &Observation) -> bool {
    let same_value = (new.value_micros, &new.proxy, new.simulated) == (known.value_micros, &known.proxy, known.simulated);
    same_value && (new.printed_rank.is_none() || new.printed_rank == known.printed_rank)
}

fn observation(item: &Item, (division_code, indicator_id, period): Key, head: &Head, revision: i32) -> Option<Observation> {
    Some(Observation {
        division_code,
        indicator_id,
        period,
        value_micros: item.micros?,
        source_text: storable(&item.source_text),
        revision,
        report_id: head.report_id.clone(),
        place: storable(&item.place),
        printed_rank: item.rank,
        proxy: storable(&item.proxy),
        simulated: head.simulated,
        ..Observation::default()
    })
}

fn accepted(head: &Head, observation: Observation) -> Vec<u8> {
    let (plan_id, submitter) = (head.plan_id.clone(), head.submitter.clone());
    let accepted = ObservationAccepted { plan_id, observation: Some(observation), submitter };
    Change { sequence: 0, recorded_at_ms: head.submitted_at, kind: Some(Kind::ObservationAccepted(accepted)) }.encode_to_vec()
}
