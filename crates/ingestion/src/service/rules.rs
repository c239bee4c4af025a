//! Holding a report's values against the plan's rules, before they are held against what is in force.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use leitai_checks::{Incoming, Known, RuleError, RuleSet, Values};
use leitai_domain::{
    division::Registry,
    period::Period,
    plan::{Plan as Document, Severity},
};
use leitai_proto::ingestion::v1::{Finding, FindingSeverity, ItemReason};
use sea_orm::ConnectionTrait;
use tokio::task::spawn_blocking;

use super::{Service, submit::Draft};
use crate::{
    error::Error,
    store::{
        items::Stored,
        observations::{self, Key},
    },
};

/// Plans whose compiled rules are kept.
const KEPT: usize = 64;

/// Compiled rules of the newest revision of each plan that was used.
#[derive(Debug, Clone, Default)]
pub struct RuleSets(Arc<Mutex<HashMap<String, OfRevision>>>);

type OfRevision = (i32, Arc<RuleSet>);

impl RuleSets {
    fn get(&self, revision: i32, document: &Document) -> Result<Arc<RuleSet>, RuleError> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, set)) = kept().get(&document.id).filter(|(of, _)| *of == revision) {
            return Ok(Arc::clone(set));
        }
        let set = Arc::new(RuleSet::compile(document)?);
        let mut kept = kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(document.id.clone(), (revision, Arc::clone(&set)));
        Ok(set)
    }
}

/// A value of the report.
struct Row {
    /// Index of its item.
    at: usize,
    division: String,
    indicator: String,
    period: Period,
    micros: i64,
    source_text: String,
}

impl Row {
    fn of((at, stored): (usize, &Stored)) -> Option<Self> {
        let item = Some(&stored.item).filter(|item| item.reason() == ItemReason::Accepted)?;
        let (division, indicator) = (item.division_code.clone(), item.indicator_id.clone());
        Some(Self {
            at,
            division,
            indicator,
            period: item.period.parse().ok()?,
            micros: item.value_micros?,
            source_text: item.source_text.clone(),
        })
    }

    fn incoming(&self) -> Incoming<'_> {
        let Self { division, indicator, period, micros, source_text, .. } = self;
        Incoming { division, indicator, period: *period, micros: *micros, source_text }
    }
}

/// What a rule found at an item.
struct Found {
    at: usize,
    finding: leitai_checks::Finding,
}

impl Service {
    /// Holds every value that differs from the one in force against the plan's rules: marks those that are held or refused, and keeps what
    /// was found in the draft.
    ///
    /// # Errors
    /// The database's own; [`Error::Rule`] where the plan was applied before its rules were checked.
    pub(super) async fn hold_against_rules(&self, conn: &impl ConnectionTrait, mut draft: Draft) -> Result<Draft, Error> {
        let set = self.rules.get(draft.head.plan_revision, &draft.document)?;
        if set.is_empty() {
            return Ok(draft);
        }
        let rows: Vec<Row> = draft.items.iter().enumerate().filter_map(Row::of).collect();
        let needs = {
            let incoming: Vec<Incoming<'_>> = rows.iter().map(Row::incoming).collect();
            set.needs(&incoming, &Values::new(&self.registry))
        };
        let known = observations::needed(conn, &draft.head.plan_id, &needs).await?;
        let registry = Arc::clone(&self.registry);
        let found = spawn_blocking(move || held_against(&set, &registry, &rows, known)).await?;
        mark(&mut draft.items, &found);
        draft.findings = found.into_iter().filter_map(|found| finding(found, &draft.items, &draft.head.plan_id)).collect();
        Ok(draft)
    }
}

fn held_against(set: &RuleSet, registry: &Registry, rows: &[Row], known: Vec<(Key, i64)>) -> Vec<Found> {
    let mut values = Values::new(registry);
    for ((division, indicator, period), micros) in known {
        if let Ok(period) = period.parse() {
            values.insert(&division, &indicator, period, micros);
        }
    }
    let is_new = |row: &&Row| values.value(&row.division, &row.indicator, row.period) != Some(row.micros);
    let rows: Vec<&Row> = rows.iter().filter(is_new).collect();
    let incoming: Vec<Incoming<'_>> = rows.iter().map(|row| row.incoming()).collect();
    let findings = set.check(&incoming, &values).findings;
    findings.into_iter().filter_map(|finding| Some(Found { at: rows.get(finding.item)?.at, finding })).collect()
}

/// What breaks a rule is refused, or held; one message tells everything that was found at an item.
fn mark(items: &mut [Stored], found: &[Found]) {
    let mut by_item: BTreeMap<usize, Vec<&Found>> = BTreeMap::new();
    for one in found.iter().filter(|one| one.finding.severity != Severity::Note) {
        by_item.entry(one.at).or_default().push(one);
    }
    for (at, found) in by_item {
        let Some(stored) = items.get_mut(at) else { continue };
        let words = |one: &&Found| format!("{}；要求：{}（规则{}）", one.finding.message, one.finding.expected, one.finding.rule_id);
        let message = found.iter().map(words).collect::<Vec<_>>().join("；");
        match found.iter().any(|one| one.finding.severity == Severity::Error) {
            true => stored.refuse(message),
            false => stored.hold(message),
        }
    }
}

fn finding(Found { at, finding }: Found, items: &[Stored], plan_id: &str) -> Option<Finding> {
    let item = &items.get(at)?.item;
    let severity = match finding.severity {
        Severity::Error => FindingSeverity::Error,
        Severity::Explain => FindingSeverity::Explain,
        Severity::Note => FindingSeverity::Note,
    };
    Some(Finding {
        plan_id: plan_id.to_owned(),
        position: item.position,
        rule_id: finding.rule_id,
        severity: severity.into(),
        place: item.place.clone(),
        division_code: item.division_code.clone(),
        indicator_id: item.indicator_id.clone(),
        period: item.period.clone(),
        source_text: item.source_text.clone(),
        found: finding.message,
        expected: finding.expected,
        ..Finding::default()
    })
}
