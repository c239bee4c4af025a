//! What the product's library is answered, in place of a pool of connections.

use std::sync::Arc;

use sea_orm::{DbBackend, DbErr, ExecResult, MockDatabaseTrait, QueryResult, Statement, Transaction};
use tokio::sync::OwnedMutexGuard;

use super::{Session, connection::shown};

/// Answers to what is asked outside transactions, or in one of them.
#[derive(Debug)]
pub(super) struct Answers {
    session: Arc<Session>,
    within: bool,
    /// The disk, until the transaction ends.
    held: Option<OwnedMutexGuard<()>>,
}

impl Answers {
    /// Outside transactions.
    pub fn outside(session: Arc<Session>) -> Self {
        Self { session, within: false, held: None }
    }

    /// Within one, which has the disk.
    pub fn within(session: Arc<Session>, held: OwnedMutexGuard<()>) -> Self {
        Self { session, within: true, held: Some(held) }
    }

    /// Does something, unless the power is gone; it may go right after.
    fn powered<T>(&self, what: &str, does: impl FnOnce() -> Result<T, DbErr>) -> Result<T, DbErr> {
        let fuse = self.session.disk.fuse();
        if fuse.is_blown() {
            return Err(DbErr::Custom("the power is gone".to_owned()));
        }
        self.session.note(format_args!("{what}"));
        let done = does();
        if self.within && fuse.burn(self.session.disk.host, what == "COMMIT") {
            self.session.note(format_args!("the power fails"));
        }
        done
    }

    /// The library asks for no answer: SQLite has no reason to refuse who has the disk to himself.
    fn does(&self, what: &'static str) {
        let done = self.powered(what, || self.session.writing().does(what));
        assert!(done.is_ok() || self.session.disk.fuse().is_blown(), "{what}: {done:?}");
    }

    fn end(&mut self, by: &'static str) {
        if self.held.is_some() {
            self.does(by);
            if self.session.disk.fuse().is_blown() {
                // Who lost the power has no transaction any more. Nobody counts on an answer here: there is none where it was committed.
                let _ = self.session.writing().does("ROLLBACK");
            }
            self.held = None;
        }
    }

    /// Where transactions are torn: commits what was done so far before a cursor is stored.
    fn tear(&self, statement: &Statement) {
        if self.session.disk.torn && self.within && statement.sql.starts_with("INSERT INTO \"cursor\"") {
            self.does("COMMIT");
            self.does("BEGIN IMMEDIATE");
        }
    }
}

impl MockDatabaseTrait for Answers {
    fn query(&mut self, _: usize, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let reads = !self.within && statement.sql.starts_with("SELECT");
        let does = || if reads { self.session.reading().query(&statement) } else { self.session.writing().query(&statement) };
        self.powered(&shown(&statement), does)
    }

    fn execute(&mut self, _: usize, statement: Statement) -> Result<ExecResult, DbErr> {
        self.tear(&statement);
        self.powered(&shown(&statement), || self.session.writing().execute(&statement))
    }

    fn begin(&mut self) {
        self.does("BEGIN IMMEDIATE");
    }

    fn commit(&mut self) {
        self.end("COMMIT");
    }

    fn rollback(&mut self) {
        self.end("ROLLBACK");
    }

    fn drain_transaction_log(&mut self) -> Vec<Transaction> {
        Vec::new()
    }

    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    fn ping(&self) -> Result<(), DbErr> {
        Ok(())
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.end("ROLLBACK");
    }
}
