//! One simulation from its beginning until everything has come to rest.

use std::{
    cell::RefCell,
    path::Path,
    rc::Rc,
    time::{Duration, SystemTime},
};

use anyhow::{Context, anyhow, ensure};
use turmoil::{Builder, Sim};

use crate::{
    clock::BEGIN,
    database::Disk,
    dice::Dice,
    faults::Troubles,
    hosts::{self, Host},
    letters,
    mail::Mailbox,
    office::{Desk, Office, Outcome},
    panics,
    promises::Promises,
    trace::Trace,
};

/// A step of simulated time.
const TICK: Duration = Duration::from_millis(5);
/// Steps from one look at the stores to the next.
const LOOK: u32 = 100;
/// Everything must have come to rest so long after the last fault.
const SETTLE: Duration = Duration::from_secs(300);
/// Longest that a message takes where nothing slows it, milliseconds; each seed has one of these.
const LATENCIES: [u32; 5] = [5, 20, 60, 150, 400];

/// What a simulation is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// No faults, and a mail server in a good mood.
    Calm,
    /// Faults of every kind.
    Troubled,
    /// The roles' transactions are torn in two where they store a cursor, and the power fails there: the promises cannot be kept.
    Torn,
}

/// How it went.
pub struct Course {
    /// What came of it.
    pub outcome: Outcome,
    /// Faults.
    pub faults: usize,
    /// Letters that arrived once more than they should, each for a reason.
    pub doubled: usize,
    /// When everything had come to rest.
    pub rested: Duration,
}

impl Course {
    /// In words.
    pub fn said(&self) -> String {
        let Self { outcome, faults, doubled, rested } = self;
        let (letters, cases) = (outcome.letters.len(), outcome.cases.len());
        format!("{faults} faults, {cases} cases, {letters} letters, {doubled} more copies, at rest after {:.1} s", rested.as_secs_f64())
    }
}

/// What there is beside the hosts.
struct World {
    desk: Rc<RefCell<Desk>>,
    mailbox: Mailbox,
    troubles: Troubles,
    promises: Promises,
    trace: Trace,
}

/// Runs one.
///
/// # Errors
/// A promise was not kept; or it never came to rest.
pub fn run(seed: u64, way: Way, trace: &Trace) -> anyhow::Result<Course> {
    let directory = tempfile::tempdir()?;
    let latency = *Dice::new(seed, 1).one_of(&LATENCIES);
    let disks = disks(seed, way, directory.path(), trace);
    let mut sim = network(seed, latency);
    let mut world = World {
        desk: Rc::default(),
        mailbox: Mailbox::new(way == Way::Troubled, Dice::new(seed, 5), trace.clone()),
        troubles: troubles(seed, way, latency, &disks),
        promises: Promises::new(disks.clone())?,
        trace: trace.clone(),
    };
    settle_in(&mut sim, disks, &world.mailbox);
    let (desk, dice, trace) = (Rc::clone(&world.desk), Dice::new(seed, 7), trace.clone());
    let pause = if way == Way::Calm { 100 } else { 4_000 };
    sim.client(Host::Office.name(), async move { Office::new(dice, trace, desk, pause)?.work().await });
    world.live(&mut sim)
}

/// Ingestion's, evaluation's and notification's.
fn disks(seed: u64, way: Way, directory: &Path, trace: &Trace) -> [Disk; 3] {
    [(Host::Ingestion, 2), (Host::Evaluation, 3), (Host::Notification, 4)].map(|(role, purpose)| {
        let disk = Disk::new(role, directory, Dice::new(seed, purpose), trace.clone());
        if way == Way::Torn { disk.torn() } else { disk }
    })
}

fn troubles(seed: u64, way: Way, latency: u32, disks: &[Disk]) -> Troubles {
    let fuses = disks.iter().map(|disk| (disk.host, disk.fuse().clone())).collect();
    let dice = Dice::new(seed, 6);
    match way {
        Way::Calm => Troubles::none(),
        Way::Troubled => Troubles::draw(&dice, Duration::from_millis(latency.into()), fuses),
        Way::Torn => Troubles::draw_failing_power(&dice, fuses),
    }
}

fn network<'a>(seed: u64, latency: u32) -> Sim<'a> {
    Builder::new()
        .rng_seed(seed)
        .epoch(SystemTime::from(BEGIN))
        .tick_duration(TICK)
        .simulation_duration(Duration::MAX)
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(latency.into()))
        .tcp_capacity(1_024)
        .enable_random_order()
        .build()
}

/// Starts every host but the office; each begins again on its own disk after a crash.
fn settle_in(sim: &mut Sim<'_>, [ingestion, evaluation, notification]: [Disk; 3], mailbox: &Mailbox) {
    sim.host(Host::Ingestion.name(), move || hosts::ingestion(ingestion.clone()));
    sim.host(Host::Evaluation.name(), move || hosts::evaluation(evaluation.clone()));
    sim.host(Host::Notification.name(), move || hosts::notification(notification.clone()));
    sim.host(Host::Worker.name(), hosts::worker);
    let server = mailbox.server();
    sim.host(Host::Mail.name(), move || hosts::mail(server.clone()));
}

impl World {
    fn live(&mut self, sim: &mut Sim<'_>) -> anyhow::Result<Course> {
        let (mut quiet_since, mut rested) = (None, None);
        for step in 1_u32.. {
            self.troubles.pass(sim, &self.trace);
            let ended = sim.step().map_err(|error| anyhow!("{error}"))?;
            panics::none()?;
            if ended {
                break;
            }
            if self.troubles.are_over() && quiet_since.is_none() {
                self.mailbox.behave();
                quiet_since = Some(sim.elapsed());
            }
            if step.is_multiple_of(LOOK) {
                let now = sim.elapsed();
                self.look().with_context(|| format!("at {now:?}"))?;
                if rested.is_none() && quiet_since.is_some() && self.is_at_rest()? {
                    rested = Some(now);
                }
                ensure!(quiet_since.is_none_or(|since| now < since + SETTLE), "not at rest {SETTLE:?} after the last fault");
            }
        }
        self.course(rested.unwrap_or_default())
    }

    fn look(&mut self) -> anyhow::Result<()> {
        self.promises.check(&self.desk.borrow().reports)
    }

    /// True where nothing is left to do; then the office may look at what came of it.
    fn is_at_rest(&mut self) -> anyhow::Result<bool> {
        let at_rest = self.desk.borrow().done && self.promises.at_rest()?;
        self.desk.borrow_mut().at_rest |= at_rest;
        Ok(at_rest)
    }

    fn course(&mut self, rested: Duration) -> anyhow::Result<Course> {
        self.look()?;
        let outcome = self.desk.borrow_mut().outcome.take().context("the office left without an outcome")?;
        let doubled = letters::check(&self.promises.deliveries()?, &self.mailbox, &self.troubles)?;
        Ok(Course { outcome, faults: self.troubles.count(), doubled, rested })
    }
}
