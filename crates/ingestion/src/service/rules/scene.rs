//! Values of a report beside what rules look at of those in force, and of those that its submitter said before.

use std::sync::Arc;

use leitai_checks::{Checked, Incoming, Known, Pass, RuleSet, Tables, Values};
use leitai_domain::{division::Registry, period::Period};
use sea_orm::ConnectionTrait;

use crate::{
    error::Error,
    service::Service,
    store::{
        awaiting,
        items::Stored,
        observations::{self, Key},
        reports::Head,
    },
};

/// A value of the report.
pub struct Row {
    /// Index of its item.
    at: usize,
    division: String,
    indicator: String,
    period: Period,
    micros: i64,
    source_text: String,
}

impl Row {
    /// The value of an item; `None` where it has none.
    #[must_use]
    pub fn of((at, stored): (usize, &Stored)) -> Option<Self> {
        let item = &stored.item;
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
pub struct Found {
    /// Index of the item.
    pub at: usize,
    /// What it found.
    pub finding: leitai_checks::Finding,
}

/// All that rules look at.
pub struct Scene {
    set: Arc<RuleSet>,
    registry: Arc<Registry>,
    rows: Vec<Row>,
    known: Vec<(Key, i64)>,
    /// Operands in place of those in force; they make no value an old one.
    awaiting: Vec<(Key, i64)>,
}

impl Scene {
    /// What rules find in a whole report.
    pub fn check(&self) -> Vec<Found> {
        self.found(|incoming, values| self.set.check(incoming, values))
    }

    /// What rules find in a part of a report with these tables.
    pub fn check_part(&self, tables: &Tables) -> Vec<Found> {
        self.found(|incoming, values| self.set.check_part(incoming, values, tables))
    }

    /// The tables of a part.
    pub fn tables(&self, pass: Pass, before: &Tables) -> Tables {
        self.look(|_, incoming, values| self.set.tables(pass, incoming, values, before))
    }

    fn found(&self, check: impl Fn(&[Incoming<'_>], &Values<'_>) -> Checked) -> Vec<Found> {
        self.look(|rows, incoming, values| {
            let findings = check(incoming, values).findings.into_iter();
            findings.filter_map(|finding| Some(Found { at: rows.get(finding.item)?.at, finding })).collect()
        })
    }

    /// Only values that differ from those in force are looked at.
    fn look<T>(&self, see: impl FnOnce(&[&Row], &[Incoming<'_>], &Values<'_>) -> T) -> T {
        let mut values = Values::new(&self.registry);
        insert(&mut values, &self.known);
        let is_new = |row: &&Row| values.value(&row.division, &row.indicator, row.period) != Some(row.micros);
        let rows: Vec<&Row> = self.rows.iter().filter(is_new).collect();
        insert(&mut values, &self.awaiting);
        let incoming: Vec<Incoming<'_>> = rows.iter().map(|row| row.incoming()).collect();
        see(&rows, &incoming, &values)
    }
}

fn insert(values: &mut Values<'_>, found: &[(Key, i64)]) {
    for ((division, indicator, period), micros) in found {
        if let Ok(period) = period.parse() {
            values.insert(division, indicator, period, *micros);
        }
    }
}

impl Service {
    /// Reads what rules look at beside these values.
    pub(in crate::service) async fn beside(
        &self,
        conn: &impl ConnectionTrait,
        head: &Head,
        set: Arc<RuleSet>,
        rows: Vec<Row>,
    ) -> Result<Scene, Error> {
        let needs = {
            let incoming: Vec<Incoming<'_>> = rows.iter().map(Row::incoming).collect();
            set.needs(&incoming, &Values::new(&self.registry))
        };
        let known = observations::needed(conn, &head.plan_id, &needs).await?;
        let awaiting = awaiting::needed(conn, head, &needs).await?;
        Ok(Scene { set, registry: Arc::clone(&self.registry), rows, known, awaiting })
    }
}
