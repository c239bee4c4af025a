//! Holding a report's values against the plan's rules, before they are held against what is in force.

mod scene;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use leitai_checks::{RuleError, RuleSet};
use leitai_domain::plan::{Plan as Document, Severity};
use leitai_proto::ingestion::v1::{Finding, FindingSeverity, ItemReason};
use leitai_rpc::blocking;
use sea_orm::ConnectionTrait;

pub use self::scene::{Found, Row, Scene};
use super::{Service, submit::Draft};
use crate::{
    error::Error,
    store::{items::Stored, reports::Head},
};

/// Plans whose compiled rules are kept.
const KEPT: usize = 64;

/// Compiled rules of the newest revision of each plan that was used.
#[derive(Debug, Clone, Default)]
pub struct RuleSets(Arc<Mutex<HashMap<String, OfRevision>>>);

type OfRevision = (i32, Arc<RuleSet>);

impl RuleSets {
    /// The rules of a plan's revision, compiled where they are not kept.
    ///
    /// # Errors
    /// [`RuleError`] where the plan was applied before its rules were checked.
    pub fn get(&self, revision: i32, document: &Document) -> Result<Arc<RuleSet>, RuleError> {
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
        let accepted = draft.items.iter().enumerate().filter(|(_, stored)| stored.item.reason() == ItemReason::Accepted);
        let rows = accepted.filter_map(Row::of).collect();
        let scene = self.beside(conn, &draft.head, set, rows).await?;
        let found = blocking::run(move || scene.check()).await?;
        mark(&mut draft.items, &found);
        draft.findings = found.into_iter().filter_map(|found| finding(found, &draft.items, &draft.head)).collect();
        Ok(draft)
    }
}

/// What breaks a rule is refused, or held; one message tells everything that was found at an item.
pub fn mark(items: &mut [Stored], found: &[Found]) {
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

/// A finding as it is kept; its number comes later.
pub fn finding(Found { at, finding }: Found, items: &[Stored], head: &Head) -> Option<Finding> {
    let item = &items.get(at)?.item;
    let severity = match finding.severity {
        Severity::Error => FindingSeverity::Error,
        Severity::Explain => FindingSeverity::Explain,
        Severity::Note => FindingSeverity::Note,
    };
    Some(Finding {
        report_id: head.report_id.clone(),
        plan_id: head.plan_id.clone(),
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
