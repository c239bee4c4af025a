//! What must hold at every moment, whatever goes wrong, read from the stores past the roles.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use leitai_proto::ingestion::v1::{Change, change::Kind};
use prost::Message;
use sea_orm::sqlx::Row;

use crate::database::{Connection, Disk};

/// The three stores and what was in them when they were last looked at.
pub struct Promises {
    ingestion: Store,
    evaluation: Store,
    notification: Store,
    sent: BTreeSet<String>,
}

/// One store.
struct Store {
    disk: Disk,
    connection: Connection,
    log: Vec<Vec<u8>>,
    cursor: i64,
}

/// A delivery.
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// The address.
    pub recipient: String,
    /// As stored.
    pub state: String,
    /// The letter's bytes.
    pub message: Vec<u8>,
}

impl Store {
    fn open(disk: Disk) -> anyhow::Result<Self> {
        Ok(Self { connection: disk.look()?, disk, log: Vec::new(), cursor: 0 })
    }

    /// False before its role has made its tables.
    fn is_ready(&mut self) -> anyhow::Result<bool> {
        Ok(!self.connection.look("SELECT 1 FROM sqlite_master WHERE name = 'change_log'", |_| Ok(()))?.is_empty())
    }

    /// The log counts from 1 without gaps, ends where its head says, and what was in it stays.
    fn check_log(&mut self) -> anyhow::Result<()> {
        let entries = self.connection.look("SELECT sequence, payload FROM change_log ORDER BY sequence", |row| {
            Ok((row.try_get::<i64, _>(0)?, row.try_get::<Vec<u8>, _>(1)?))
        })?;
        let head = self.connection.look("SELECT last FROM change_log_head", |row| row.try_get::<i64, _>(0))?;
        ensure!((1..).zip(&entries).all(|(place, (sequence, _))| place == *sequence), "{self}: the log has a gap");
        ensure!(head == [entries.len() as i64], "{self}: the log has {} entries and its head says {head:?}", entries.len());
        let log: Vec<Vec<u8>> = entries.into_iter().map(|(_, payload)| payload).collect();
        ensure!(log.starts_with(&self.log), "{self}: an entry of the log was changed or lost");
        self.log = log;
        Ok(())
    }

    fn check_cursor(&mut self, name: &str, head: usize) -> anyhow::Result<()> {
        let stored = self.connection.look(&format!("SELECT sequence FROM cursor WHERE name = '{name}'"), |row| row.try_get::<i64, _>(0))?;
        let cursor = stored.first().copied().unwrap_or_default();
        ensure!(cursor >= self.cursor, "{self}: the cursor went back from {} to {cursor}", self.cursor);
        ensure!(cursor <= head as i64, "{self}: the cursor is at {cursor}, past the head {head}");
        self.cursor = cursor;
        Ok(())
    }

    fn texts(&mut self, sql: &str) -> anyhow::Result<Vec<String>> {
        Ok(self.connection.look(sql, |row| row.try_get(0))?)
    }

    fn numbers(&mut self, sql: &str) -> anyhow::Result<Vec<i64>> {
        Ok(self.connection.look(sql, |row| row.try_get(0))?)
    }

    fn count(&mut self, of: &str) -> anyhow::Result<i64> {
        self.numbers(&format!("SELECT count(*) FROM {of}"))?.first().copied().context("a count")
    }
}

impl std::fmt::Display for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.disk.host.name())
    }
}

impl Promises {
    /// Looks at the stores of ingestion, evaluation and notification.
    pub fn new(disks: [Disk; 3]) -> anyhow::Result<Self> {
        let [ingestion, evaluation, notification] = disks.map(Store::open);
        Ok(Self { ingestion: ingestion?, evaluation: evaluation?, notification: notification?, sent: BTreeSet::new() })
    }

    /// Checks everything that must hold at every moment. `answered` are the reports that ingestion said it has.
    pub fn check(&mut self, answered: &BTreeSet<String>) -> anyhow::Result<()> {
        if self.ingestion.is_ready()? {
            self.check_ingestion(answered)?;
        }
        if self.evaluation.is_ready()? {
            self.check_evaluation()?;
        }
        if self.notification.is_ready()? {
            self.check_notification()?;
        }
        Ok(())
    }

    fn check_ingestion(&mut self, answered: &BTreeSet<String>) -> anyhow::Result<()> {
        self.ingestion.check_log()?;
        let reports: Vec<String> = self.ingestion.texts("SELECT report_id FROM report")?;
        let lost: Vec<_> = answered.iter().filter(|report| !reports.contains(report)).collect();
        ensure!(lost.is_empty(), "ingestion: answered reports are lost: {lost:?}");
        // A value is accepted once: the log has each of them, and has it once.
        let accepted = self.ingestion.count("observation_revision")?;
        let logged = self.changes()?.into_iter().filter(|kind| matches!(kind, Kind::ObservationAccepted(_))).count();
        ensure!(accepted == logged as i64, "ingestion: {accepted} values were ever in force and {logged} are in the log");
        Ok(())
    }

    /// A finding for each frozen round that the cursor has passed, and no other.
    fn check_evaluation(&mut self) -> anyhow::Result<()> {
        self.evaluation.check_log()?;
        self.evaluation.check_cursor("ingestion", self.ingestion.log.len())?;
        let frozen = self.frozen()?.into_iter().filter(|sequence| *sequence <= self.evaluation.cursor).collect::<Vec<_>>();
        let evaluated = self.evaluation.numbers("SELECT source_sequence FROM evaluated_round ORDER BY 1")?;
        ensure!(frozen == evaluated, "evaluation: rounds frozen at {frozen:?}, evaluated {evaluated:?}");
        ensure!(self.evaluation.log.len() == frozen.len(), "evaluation: {} findings of {} rounds", self.evaluation.log.len(), frozen.len());
        Ok(())
    }

    /// An issued round for each finding that the cursor has passed, one case for each target and county, letters numbered without a gap, and
    /// what was sent stays sent.
    fn check_notification(&mut self) -> anyhow::Result<()> {
        let store = &mut self.notification;
        store.check_cursor("evaluation", self.evaluation.log.len())?;
        let issued = store.numbers("SELECT sequence FROM issued_rounds ORDER BY 1")?;
        ensure!(issued == (1..=store.cursor).collect::<Vec<_>>(), "notification: issued {issued:?}, the cursor is at {}", store.cursor);
        let doubled = store.texts("SELECT case_id FROM case_history WHERE what = 'opened' GROUP BY case_id HAVING count(*) > 1")?;
        ensure!(doubled.is_empty(), "notification: cases were opened twice: {doubled:?}");
        let ids = store.count("(SELECT DISTINCT case_id FROM case_history)")?;
        ensure!(ids == store.count("cases")?, "notification: {ids} cases have a history");
        let broken = store.texts("SELECT case_id FROM case_history GROUP BY case_id HAVING count(*) <> max(entry)")?;
        ensure!(broken.is_empty(), "notification: histories with a gap: {broken:?}");
        let numbers = store.numbers("SELECT ordinal FROM letters ORDER BY 1")?;
        ensure!((1..).zip(&numbers).all(|(place, number)| place == *number), "notification: letters are numbered {numbers:?}");
        let sent: BTreeSet<String> = store.texts("SELECT delivery_id FROM deliveries WHERE state = 'sent'")?.into_iter().collect();
        ensure!(sent.is_superset(&self.sent), "notification: sent letters are unsent again: {:?}", self.sent.difference(&sent));
        self.sent = sent;
        Ok(())
    }

    /// True where nothing is under way any more: every change is followed up and every letter is out.
    pub fn at_rest(&mut self) -> anyhow::Result<bool> {
        if !self.ingestion.is_ready()? || !self.evaluation.is_ready()? || !self.notification.is_ready()? {
            return Ok(false);
        }
        let followed = self.frozen()?.last().copied().unwrap_or_default() == self.evaluation.cursor
            && self.evaluation.log.len() as i64 == self.notification.cursor;
        Ok(followed && self.notification.count("deliveries WHERE state IN ('pending', 'leased')")? == 0)
    }

    /// Every delivery with its letter.
    pub fn deliveries(&mut self) -> anyhow::Result<Vec<Delivery>> {
        let sql =
            "SELECT delivery_id, recipient, state, message FROM deliveries JOIN letter_messages USING (letter_id) ORDER BY delivery_id";
        let take = |row: &sea_orm::sqlx::sqlite::SqliteRow| {
            Ok(Delivery { id: row.try_get(0)?, recipient: row.try_get(1)?, state: row.try_get(2)?, message: row.try_get(3)? })
        };
        Ok(self.notification.connection.look(sql, take)?)
    }

    fn changes(&self) -> anyhow::Result<Vec<Kind>> {
        self.ingestion.log.iter().map(|payload| Change::decode(payload.as_slice())?.kind.context("a change of no kind")).collect()
    }

    fn frozen(&self) -> anyhow::Result<Vec<i64>> {
        Ok((1..).zip(self.changes()?).filter(|(_, kind)| matches!(kind, Kind::RoundFrozen(_))).map(|(sequence, _)| sequence).collect())
    }
}
