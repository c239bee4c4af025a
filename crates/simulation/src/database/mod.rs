//! A role's database: SQLite, answered on the host's own thread.
//!
//! The product's SQLite answers from threads of its own, whose pace no seed rules. Here a transaction waits for the one before it and for a time
//! that the seed draws; then each statement is done at once. The power may fail after any statement: what is left is what was committed.

mod answers;
mod connection;
mod fuse;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use leitai_storage::Database;
use sea_orm::{DatabaseConnection, DatabaseConnectionType, DbErr, MockDatabaseConnection};
use tokio::{sync::Mutex as AsyncMutex, time::sleep};

use self::answers::Answers;
pub use self::{
    connection::Connection,
    fuse::{Fuse, Until},
};
use crate::{dice::Dice, hosts::Host, trace::Trace};

/// Longest wait for a transaction that has no other before it, milliseconds.
const SLOWEST: u32 = 25;

/// The file of one role's database, which outlives its host.
#[derive(Clone)]
pub struct Disk {
    /// Whose it is.
    pub host: Host,
    path: PathBuf,
    /// Held by the one transaction that may write.
    writing: Arc<AsyncMutex<()>>,
    fuse: Fuse,
    dice: Dice,
    trace: Trace,
    /// True where transactions are torn in two; see [`Disk::torn`].
    torn: bool,
}

impl Disk {
    /// A file in a directory.
    pub fn new(host: Host, directory: &Path, dice: Dice, trace: Trace) -> Self {
        let path = directory.join(format!("{}.sqlite", host.name()));
        Self { host, path, writing: Arc::default(), fuse: Fuse::default(), dice, trace, torn: false }
    }

    /// The same, but what a transaction does before it stores a cursor is committed apart from the rest: a fault that the checks must find.
    pub fn torn(self) -> Self {
        Self { torn: true, ..self }
    }

    /// Opens the database for a host that starts.
    pub fn open(&self) -> Result<Database, DbErr> {
        let (reading, writing) = (Connection::open(&self.path)?, Connection::open(&self.path)?);
        let session = Arc::new(Session { disk: self.clone(), reading: Mutex::new(reading), writing: Mutex::new(writing) });
        let outside = answered(Answers::outside(Arc::clone(&session)));
        let transaction = move || {
            let session = Arc::clone(&session);
            Box::pin(async move {
                sleep(session.disk.dice.milliseconds(0..=SLOWEST)).await;
                let held = Arc::clone(&session.disk.writing).lock_owned().await;
                answered(Answers::within(session, held))
            }) as _
        };
        Ok(Database::simulated(outside, Arc::new(transaction)))
    }

    /// Opens the file to look at, past the host.
    pub fn look(&self) -> Result<Connection, DbErr> {
        Connection::open(&self.path)
    }

    /// What cuts the power.
    pub fn fuse(&self) -> &Fuse {
        &self.fuse
    }
}

fn answered(answers: Answers) -> DatabaseConnection {
    DatabaseConnectionType::MockDatabaseConnection(Arc::new(MockDatabaseConnection::new(answers))).into()
}

/// The connections of a host for as long as it runs.
struct Session {
    disk: Disk,
    reading: Mutex<Connection>,
    writing: Mutex<Connection>,
}

impl Session {
    fn reading(&self) -> MutexGuard<'_, Connection> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> MutexGuard<'_, Connection> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, what: fmt::Arguments<'_>) {
        self.disk.trace.note(self.disk.host.name(), what);
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the database of {}", self.disk.host.name())
    }
}
