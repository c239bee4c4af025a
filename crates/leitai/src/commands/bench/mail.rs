//! `leitai bench mail`: the real roles on a made-up round, from its findings to the mail server's last 250.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use leitai_proto::evaluation::v1::FrozenRound;
use leitai_rpc::{CancellationToken, server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::{
    evaluation,
    processes::{Role, free_address},
    round::{self, Files},
    store::{Sent, Store},
};
use crate::{cli::BenchMailArgs, listing::Listing, progress::Progress};

/// How often the store is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// All letters go to one domain, as fast as they can.
const NO_LIMITS: &str = "[worker.limits]\nletters_per_connection = 0\nconnections_per_domain = 0\nletters_per_minute_per_domain = 0\n";

/// One measurement.
struct Measured {
    connections: u8,
    issuing: Duration,
    sending: Duration,
    sent: Sent,
    notification_mib: Option<f64>,
    /// Of the largest worker.
    worker_mib: Option<f64>,
}

/// A measurement's own directory and addresses.
struct Place<'a> {
    args: &'a BenchMailArgs,
    directory: PathBuf,
    evaluation: String,
    notification: String,
}

/// Measures each number of connections, one after the other.
pub async fn run(args: &BenchMailArgs) -> anyhow::Result<()> {
    let temporary = TempDir::new()?;
    let parent = args.dir.as_deref().unwrap_or(temporary.path());
    let round = Arc::new(round::frozen(args.size)?);
    let mut listing = Listing::new(&[
        ("connections", "connections"),
        ("letters", "letters"),
        ("letter_bytes", "bytes each"),
        ("findings_to_letters_s", "findings to letters s"),
        ("letters_to_250_s", "letters to 250 s"),
        ("first_lease_to_last_record_s", "first lease to last record s"),
        ("letters_per_s", "letters/s"),
        ("attempts", "attempts"),
        ("notification_peak_mib", "notification peak MiB"),
        ("worker_peak_mib", "worker peak MiB"),
    ]);
    for connections in &args.connections {
        let place = Place::new(args, parent.join(format!("{connections}-connections")), *connections)?;
        let deadline = Duration::from_secs(args.deadline_seconds);
        let measured = tokio::time::timeout(deadline, place.measure(&round, *connections)).await;
        listing.push(row(&measured.context("the measurement took too long")??));
    }
    listing.print(args.format.format)
}

impl<'a> Place<'a> {
    fn new(args: &'a BenchMailArgs, directory: PathBuf, connections: u8) -> anyhow::Result<Self> {
        anyhow::ensure!(connections >= args.workers, "{connections} connections cannot be shared by {} workers", args.workers);
        fs::create_dir_all(&directory).with_context(|| format!("new directory `{}`", directory.display()))?;
        Ok(Self { args, directory, evaluation: free_address()?, notification: free_address()? })
    }

    async fn measure(&self, round: &Arc<FrozenRound>, connections: u8) -> anyhow::Result<Measured> {
        let progress = Progress::begin(format!("{connections} connections: issuing"));
        let stop = CancellationToken::new();
        let _stopped = stop.clone().drop_guard();
        let listener = server::listen(self.evaluation.parse()?).await?;
        let mut handed = evaluation::serve(listener, Arc::clone(round), stop);
        let config = self.notification_config(&round::files(&self.directory, self.args.size)?)?;
        let mut notification = Role::start("notification", &config, &self.directory)?;
        let begun = handed.wait_for(Option::is_some).await?.unwrap_or_else(Instant::now);
        let store = Store::open(&self.store()).await?;
        while store.issued().await?.is_none() {
            notification.check()?;
            sleep(LOOK).await;
        }
        let issuing = begun.elapsed();
        progress.say(format!("{connections} connections: sending"));
        let begun = Instant::now();
        let mut workers = self.workers(connections)?;
        while store.unfinished().await? > 0 {
            workers.iter_mut().chain([&mut notification]).try_for_each(Role::check)?;
            sleep(LOOK).await;
        }
        let sending = begun.elapsed();
        let worker_mib = workers.iter().filter_map(Role::peak_mib).reduce(f64::max);
        Ok(Measured { connections, issuing, sending, sent: store.sent().await?, notification_mib: notification.peak_mib(), worker_mib })
    }

    fn store(&self) -> PathBuf {
        self.directory.join("notification.sqlite")
    }

    /// Letters without charts: words, and the workbook that belongs to every letter.
    fn notification_config(&self, files: &Files) -> anyhow::Result<PathBuf> {
        let text = format!(
            "[log]\nfilter = \"warn\"\n[notification]\nlisten = \"{}\"\ndatabase = \"sqlite://{}?mode=rwc\"\n[notification.service]\n\
             evaluation_endpoint = \"http://{}\"\npolicy_file = '{}'\naddresses_file = '{}'\ncharts = false\n",
            self.notification,
            self.store().display(),
            self.evaluation,
            files.policy.display(),
            files.addresses.display()
        );
        write(&self.directory, "notification.toml", &text)
    }

    /// Workers that share the connections; the first ones have one more where they cannot share evenly.
    fn workers(&self, connections: u8) -> anyhow::Result<Vec<Role>> {
        let (each, more) = (connections / self.args.workers, connections % self.args.workers);
        let worker = |number: u8| {
            let text = format!(
                "[log]\nfilter = \"warn\"\n[worker]\nnotification_endpoint = \"http://{}\"\nworker_id = \"worker-{number}\"\n\
                 concurrency = {}\n[worker.transport]\nkind = \"smtp\"\nsmtp_url = \"{}\"\n{NO_LIMITS}",
                self.notification,
                each + u8::from(number < more),
                self.args.smtp
            );
            Role::start("worker", &write(&self.directory, &format!("worker-{number}.toml"), &text)?, &self.directory)
        };
        (0..self.args.workers).map(worker).collect()
    }
}

fn write(directory: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = directory.join(name);
    fs::write(&path, text).with_context(|| format!("file `{}`", path.display()))?;
    Ok(path)
}

fn row(measured: &Measured) -> Vec<Value> {
    let sent = &measured.sent;
    let seconds = measured.sending.as_secs_f64();
    let letters = u32::try_from(sent.letters).unwrap_or(u32::MAX);
    let round = |value: f64, digits: i32| json!((value * 10_f64.powi(digits)).round() / 10_f64.powi(digits));
    let mib = |value: Option<f64>| value.map_or(Value::Null, |value| round(value, 1));
    vec![
        json!(measured.connections),
        json!(sent.letters),
        json!(sent.bytes / sent.letters.max(1)),
        round(measured.issuing.as_secs_f64(), 3),
        round(seconds, 3),
        round(sent.seconds, 3),
        round(f64::from(letters) / seconds, 0),
        json!(sent.attempts),
        mib(measured.notification_mib),
        mib(measured.worker_mib),
    ]
}
