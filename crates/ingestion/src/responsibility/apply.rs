//! Applying a whole list.

use std::{
    collections::{BTreeSet, HashMap},
    mem,
    sync::Arc,
};

use leitai_domain::{
    division::Registry,
    plan::Plan as Document,
    responsibility::{
        compare::{Outcome, compare},
        duty::{self, Duty, Ground},
        row::{Fault, Row},
    },
};
use leitai_proto::ingestion::v1::{ApplyListResponse, DutyChange, ListFault, ListItem};
use leitai_rpc::blocking;
use leitai_workbook::duties;
use sea_orm::DatabaseTransaction;

use super::{
    Responsibility, lists, refused,
    store::{
        entities::{event, list, measure, revision},
        events, lists as stored, measures,
    },
};
use crate::{
    error::Error,
    service::{anew, answered_on},
    store::plans,
};

const METHOD: &str = "ApplyList";

/// A list to apply.
#[derive(Debug, Clone)]
pub struct NewList {
    /// Chosen by the caller.
    pub request_id: String,
    /// The plan.
    pub plan_id: String,
    /// The list.
    pub list_id: String,
    /// The agency that keeps it.
    pub agency: String,
    /// The person or office.
    pub who: String,
    /// Why what the list lacks is cancelled; empty: it is not.
    pub cancel_missing_reason: String,
    /// True: stores nothing.
    pub dry_run: bool,
    /// Lower-case hex.
    pub content_sha256: String,
    /// The list itself.
    pub content: ListContent,
}

/// The list itself.
#[derive(Debug, Clone)]
pub enum ListContent {
    /// A workbook and the sheet to read.
    File(Vec<u8>, String),
    /// Rows.
    Rows(Vec<Row>),
}

impl Responsibility {
    /// Applies a list, or answers with what is wrong with it.
    ///
    /// # Errors
    /// [`Error::UnknownPlan`]; [`Error::Workbook`]; `NOT_YOUR_LIST`.
    pub async fn apply_list(&self, mut new: NewList) -> Result<ApplyListResponse, Error> {
        let plan = self.service.plan(&new.plan_id).await?;
        let content = mem::replace(&mut new.content, ListContent::Rows(Vec::new()));
        let duties = match self.read(&plan.document_toml, plan.revision, content).await? {
            Ok(duties) => duties,
            Err(faults) => return Ok(faulty(faults)),
        };
        anew(|| self.store_list(&new, plan.revision, duties.clone())).await
    }

    async fn read(&self, toml: &str, revision: i32, content: ListContent) -> Result<Result<Vec<Duty>, Vec<Fault>>, Error> {
        let document = Document::from_toml(toml)?;
        let home = self.service.home(&document, revision).await?;
        let counties = plans::counties(self.service.database.connection(), &document.id, revision).await?;
        let counties: BTreeSet<String> = counties.into_iter().map(|county| county.code).collect();
        let registry = Arc::clone(&self.service.registry);
        blocking::run(move || read(content, &document, &counties, &registry, home.as_deref())).await?
    }

    async fn store_list(&self, new: &NewList, plan_revision: i32, duties: Vec<Duty>) -> Result<ApplyListResponse, Error> {
        let tx = self.service.database.begin().await?;
        // With the plan locked, lists of it are applied one after another.
        if plans::lock(&tx, &new.plan_id).await? != Some(plan_revision) {
            return Err(Error::PlanChanged(new.plan_id.clone()));
        }
        if let Some(answer) = answered_on(&tx, METHOD, &new.request_id).await? {
            return Ok(answer);
        }
        let known = stored::get(&tx, &new.plan_id, &new.list_id).await?;
        if let Some(known) = known.as_ref().filter(|known| known.agency != new.agency) {
            let why = format!("list `{}` is kept by {}", new.list_id, known.agency);
            return Err(refused("NOT_YOUR_LIST", why));
        }
        let held = measures::held_of_list(&tx, &new.plan_id, &new.list_id).await?;
        let in_force = held.iter().map(lists::in_force).collect::<Result<_, _>>()?;
        let outcomes = match compare(in_force, duties) {
            Ok(outcomes) => outcomes,
            Err(faults) => return Ok(faulty(faults)),
        };
        let (at_ms, today) = self.now();
        let before = known.map_or(0, |known| known.revision);
        let mut changes = Changes { new, at_ms, list_revision: before + 1, rows: Vec::new(), wordings: Vec::new(), events: Vec::new() };
        let held: HashMap<&str, &measure::Model> = held.iter().map(|row| (row.measure_id.as_str(), row)).collect();
        let items = (1..).zip(outcomes).map(|(position, outcome)| changes.take(position, outcome, &held, today));
        let items: Vec<ListItem> = items.collect::<Result<_, _>>()?;
        let changed = !changes.events.is_empty();
        let revision = if changed { before + 1 } else { before };
        let answer = ApplyListResponse { applied: !new.dry_run, revision, items, faults: Vec::new() };
        if new.dry_run {
            tx.rollback().await?;
            return Ok(answer);
        }
        changes.store(&tx, changed).await?;
        self.service.finish(tx, METHOD, &new.request_id, &answer).await?;
        Ok(answer)
    }
}

/// What a list changes.
struct Changes<'a> {
    new: &'a NewList,
    at_ms: i64,
    list_revision: i32,
    rows: Vec<measure::Model>,
    wordings: Vec<revision::Model>,
    events: Vec<event::Model>,
}

impl Changes<'_> {
    fn take(
        &mut self,
        position: i32,
        outcome: Outcome,
        held: &HashMap<&str, &measure::Model>,
        today: time::Date,
    ) -> Result<ListItem, Error> {
        let row = |id: &str| held.get(id).map(|row| (*row).clone()).ok_or_else(|| Error::StoredText(id.to_owned()));
        match outcome {
            Outcome::Added(duty) => {
                let row = lists::new_row(&self.new.plan_id, &self.new.list_id, &duty);
                Ok(self.worded(DutyChange::Added, measure::Model { position, ..row }, String::new()))
            }
            Outcome::Unchanged(known, duty) => {
                let row = measure::Model { position, place: duty.place, ..row(&known.id)? };
                let item = item(&row, DutyChange::Unspecified, String::new());
                self.rows.push(row);
                Ok(item)
            }
            Outcome::Revised(known, duty, changed) => {
                let row = row(&known.id)?;
                let row = measure::Model { position, revision: row.revision + 1, ..lists::worded(row, &duty) };
                Ok(self.worded(DutyChange::Revised, row, lists::told(&changed)))
            }
            Outcome::Restored(known, duty, changed) => {
                let row = row(&known.id)?;
                let life = lists::life(&row)?.restored();
                let row = measure::Model { position, revision: row.revision + 1, ..lists::worded(lists::with_life(row, &life), &duty) };
                Ok(self.worded(DutyChange::Restored, row, lists::told(&changed)))
            }
            Outcome::Missing(known) if self.new.cancel_missing_reason.is_empty() => {
                Ok(ListItem { missing: true, place: String::new(), ..item(&row(&known.id)?, DutyChange::Unspecified, String::new()) })
            }
            Outcome::Missing(known) => {
                let row = row(&known.id)?;
                let life = lists::life(&row)?.cancelled(today);
                let mut row = lists::with_life(row, &life);
                self.event(DutyChange::Cancelled, &mut row, self.new.cancel_missing_reason.clone(), None);
                let cancelled = ListItem { place: String::new(), ..item(&row, DutyChange::Cancelled, String::new()) };
                self.rows.push(row);
                Ok(cancelled)
            }
        }
    }

    /// A measure with words that it did not have before.
    fn worded(&mut self, change: DutyChange, mut row: measure::Model, told: String) -> ListItem {
        let revision = row.revision;
        self.event(change, &mut row, told.clone(), Some(revision));
        self.wordings.push(lists::wording(&row, self.list_revision, self.at_ms));
        let item = item(&row, change, told);
        self.rows.push(row);
        item
    }

    fn event(&mut self, change: DutyChange, row: &mut measure::Model, words: String, revision: Option<i32>) {
        row.entries += 1;
        self.events.push(event::Model {
            subject_id: row.measure_id.clone(),
            entry: row.entries,
            at_ms: self.at_ms,
            what: change.into(),
            agency: self.new.agency.clone(),
            who: self.new.who.clone(),
            words,
            day: None,
            percent: None,
            level: None,
            revision,
        });
    }

    async fn store(self, tx: &DatabaseTransaction, changed: bool) -> Result<(), Error> {
        measures::put(tx, &self.rows).await?;
        measures::add_revisions(tx, self.wordings).await?;
        events::add(tx, self.events).await?;
        if changed {
            let list = list::Model {
                plan_id: self.new.plan_id.clone(),
                list_id: self.new.list_id.clone(),
                revision: self.list_revision,
                agency: self.new.agency.clone(),
                content_sha256: self.new.content_sha256.clone(),
                applied_by: self.new.who.clone(),
                applied_at: self.at_ms,
            };
            stored::put(tx, list).await?;
        }
        Ok(())
    }
}

fn item(row: &measure::Model, change: DutyChange, changes: String) -> ListItem {
    let (measure_id, place, measure) = (row.measure_id.clone(), row.place.clone(), row.measure.clone());
    ListItem { measure_id, change: change.into(), missing: false, place, measure, changes }
}

fn faulty(faults: Vec<Fault>) -> ApplyListResponse {
    let fault = |Fault { place, column, found, expected }| ListFault { place, column, found, expected };
    ApplyListResponse { faults: faults.into_iter().map(fault).collect(), ..ApplyListResponse::default() }
}

/// Reads the content and checks each of its rows against the plan.
fn read(
    content: ListContent,
    plan: &Document,
    counties: &BTreeSet<String>,
    registry: &Registry,
    home: Option<&str>,
) -> Result<Result<Vec<Duty>, Vec<Fault>>, Error> {
    let (rows, mut faults) = match content {
        ListContent::Rows(rows) => (rows, Vec::new()),
        ListContent::File(bytes, sheet) => {
            let read = duties::read(&bytes, &sheet)?;
            if read.no_table {
                return Ok(Err(read.faults));
            }
            (read.rows, read.faults)
        }
    };
    let checked = duty::read(&rows, Ground { plan, counties, registry, home });
    if faults.is_empty() {
        return Ok(checked);
    }
    faults.extend(checked.err().unwrap_or_default());
    Ok(Err(faults))
}
