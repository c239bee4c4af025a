//! What happened, in order: two runs of one seed must agree on all of it.

use std::{
    fmt,
    fs::File,
    hash::{DefaultHasher, Hash, Hasher},
    io::{BufWriter, Write},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::clock;

/// The record of one simulation; copies share it.
#[derive(Clone)]
pub struct Trace(Arc<Mutex<Record>>);

struct Record {
    /// With the keys that it always has.
    hash: DefaultHasher,
    events: u64,
    file: Option<BufWriter<File>>,
}

impl Trace {
    /// An empty record, written to a file too where one is named.
    pub fn new(file: Option<&Path>) -> anyhow::Result<Self> {
        let file = file.map(File::create).transpose()?.map(BufWriter::new);
        Ok(Self(Arc::new(Mutex::new(Record { hash: DefaultHasher::new(), events: 0, file }))))
    }

    /// Notes what happens now, at the host that is running.
    pub fn note(&self, who: &str, what: fmt::Arguments<'_>) {
        self.note_at(clock::elapsed(), who, what);
    }

    /// Notes what happens at a time.
    pub fn note_at(&self, at: Duration, who: &str, what: fmt::Arguments<'_>) {
        let line = format!("{:>9.3} {who} {what}", at.as_secs_f64());
        tracing::trace!("{line}");
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        line.hash(&mut record.hash);
        record.events += 1;
        if let Some(file) = &mut record.file {
            // A file that cannot be written is missed by who asked for it.
            let _ = writeln!(file, "{line}");
        }
    }

    /// How much was noted, and the hash of it.
    pub fn sum(&self) -> (u64, u64) {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut record.file {
            let _ = file.flush();
        }
        (record.events, record.hash.finish())
    }
}
