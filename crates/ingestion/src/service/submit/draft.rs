//! A report between judging and storing.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use leitai_domain::plan::Plan as Document;
use leitai_proto::ingestion::v1::{Finding, FindingSeverity, ItemReason, Observation, ReasonCount, Report};
use prost::Message;
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};

use crate::{
    convert::{hex, stored_items},
    error::Error,
    life::{
        self,
        hash::{Line, ValuesHash},
    },
    report::{
        assess::Item,
        settle::{Source, Then, settle},
    },
    store::{
        items::{OF_VALUE, Stored},
        observations::{self, Key},
        reports::Head,
    },
};

/// A judged report that is not yet held against what is in force.
pub struct Draft {
    /// Without its state, levels and hash of values.
    pub head: Head,
    /// The plan that it was judged by.
    pub document: Arc<Document>,
    /// As judged; what rules hold or refuse is marked here, before [`Self::settle`].
    pub items: Vec<Stored>,
    /// What rules found.
    pub findings: Vec<Finding>,
}

/// A report as it will be stored.
pub struct Settled {
    /// Complete.
    pub head: Head,
    /// In the order of the source.
    pub items: Vec<Stored>,
    /// The values that come into force.
    pub new: Vec<Observation>,
    /// Counts, periods and waits.
    pub summary: Report,
    /// What rules found, numbered from 1.
    pub findings: Vec<Finding>,
}

impl Draft {
    /// Numbers the items from 1.
    pub fn new(head: Head, document: Arc<Document>, items: &[Item]) -> Self {
        let items = stored_items(items);
        let judged_sha256 = judged(&items, head.simulated);
        Self { head: Head { judged_sha256, ..head }, document, items, findings: Vec::new() }
    }

    /// Holds every value against what is in force.
    ///
    /// # Errors
    /// The database's own; [`Error::NotAllowed`] where nobody could ever approve the report.
    pub async fn settle(self, conn: &impl ConnectionTrait) -> Result<Settled, Error> {
        let Self { mut head, document, mut items, findings } = self;
        let keys: Vec<Key> = items.iter().filter(|stored| is_open(stored)).map(Stored::key).collect();
        let known = observations::in_force(conn, &head.plan_id, &keys).await?;
        hold(&mut items, &head, &known, Then::Await);
        let waiting: BTreeSet<&str> =
            items.iter().filter(|stored| is_waiting(stored)).map(|stored| stored.item.indicator_id.as_str()).collect();
        let owners = life::owners(&document, waiting);
        let levels = life::levels(&document, &owners);
        let new = if levels.is_empty() { hold(&mut items, &head, &known, Then::InForce) } else { Vec::new() };
        let count = |reason: ItemReason| items.iter().filter(|stored| stored.item.reason() == reason).count() as u64;
        let (held, awaiting) = (count(ItemReason::Held), count(ItemReason::AwaitingApproval));
        head.values_sha256 = values_hash(&items, head.simulated);
        let waits = life::begin(&mut head, &document, levels, owners, held, awaiting)?;
        let summary = Report { waits, ..summary(&items) };
        let findings = numbered(findings, &head, &items);
        Ok(Settled { head, items, new, summary, findings })
    }
}

impl Settled {
    /// True where every value of it is in force already.
    pub fn says_nothing(&self) -> bool {
        self.new.is_empty() && !self.items.iter().any(is_waiting)
    }
}

/// Findings of values that are in force already are left out: nobody is asked for them again.
fn numbered(findings: Vec<Finding>, head: &Head, items: &[Stored]) -> Vec<Finding> {
    let reasons: HashMap<i32, ItemReason> = items.iter().map(|stored| (stored.item.position, stored.item.reason())).collect();
    let says = |finding: &Finding| reasons.get(&finding.position).is_some_and(|reason| *reason != ItemReason::Unchanged);
    let numbered = (1..).zip(findings.into_iter().filter(says));
    let held = |position: i32| reasons.get(&position) == Some(&ItemReason::Held);
    let finding = |(number, finding): (i32, Finding)| {
        let open = held(finding.position) && finding.severity() == FindingSeverity::Explain;
        Finding { number, report_id: head.report_id.clone(), open, ..finding }
    };
    numbered.map(finding).collect()
}

/// A value that is not yet held against what is in force, or that says something new.
fn is_open(stored: &Stored) -> bool {
    matches!(stored.item.reason(), ItemReason::Accepted | ItemReason::Held | ItemReason::AwaitingApproval)
}

fn is_waiting(stored: &Stored) -> bool {
    matches!(stored.item.reason(), ItemReason::Held | ItemReason::AwaitingApproval)
}

/// Holds each open value against the one in force; answers with those that come into force. A held value stays held unless it is known.
fn hold(items: &mut [Stored], head: &Head, known: &HashMap<Key, Observation>, then: Then) -> Vec<Observation> {
    let source = Source { report_id: &head.report_id, simulated: head.simulated };
    let mut new = Vec::new();
    for stored in items.iter_mut().filter(|stored| is_open(stored)) {
        let Some(outcome) = settle(stored, source, known.get(&stored.key()), then) else { continue };
        if stored.item.reason() == ItemReason::Held && outcome.reason != ItemReason::Unchanged {
            continue;
        }
        stored.item.reason = outcome.reason.into();
        stored.item.message = outcome.message;
        stored.revision = outcome.observation.as_ref().map(|value| value.revision).filter(|revision| *revision > 1);
        new.extend(outcome.observation);
    }
    new
}

fn values_hash(items: &[Stored], simulated: bool) -> String {
    let of_value = |stored: &&Stored| stored.item.reason() != ItemReason::Unchanged && OF_VALUE.contains(&stored.item.reason());
    let mut values: Vec<&Stored> = items.iter().filter(of_value).collect();
    values.sort_by(|one, other| one.item.division_code.cmp(&other.item.division_code));
    let mut hash = ValuesHash::default();
    values.into_iter().for_each(|stored| hash.push(&Line::of(stored, simulated)));
    hash.finish()
}

/// Of the items as they were judged, before they were held against anything.
fn judged(items: &[Stored], simulated: bool) -> String {
    let mut hash = Sha256::new_with_prefix([u8::from(simulated)]);
    for stored in items {
        hash.update(stored.item.encode_length_delimited_to_vec());
        hash.update(format!("{:?}\t{}\n", stored.printed_rank, stored.proxy));
    }
    hex(hash)
}

fn summary(items: &[Stored]) -> Report {
    let mut counts: BTreeMap<i32, i32> = BTreeMap::new();
    let mut periods: BTreeSet<&str> = BTreeSet::new();
    for Stored { item, .. } in items {
        *counts.entry(item.reason).or_default() += 1;
        if OF_VALUE.contains(&item.reason()) {
            periods.insert(&item.period);
        }
    }
    let counts = counts.into_iter().map(|(reason, count)| ReasonCount { reason, count }).collect();
    Report { counts, periods: periods.into_iter().map(str::to_owned).collect(), ..Report::default() }
}
