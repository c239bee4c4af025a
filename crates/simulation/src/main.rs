//! All roles on a simulated network, with faults that a seed draws: `leitai-simulation SEED [calm|torn]`.
//!
//! One process runs one seed, first without faults and then with them, and holds what came of the second against the first. Time, network,
//! databases' pace, randomness and faults are simulated: two runs of a seed do the same, event for event. `docs/simulation.md` says what is not.

mod clock;
mod database;
mod dice;
mod faults;
mod hosts;
mod letters;
mod mail;
mod network;
mod office;
mod panics;
mod promises;
mod trace;
mod world;

use std::{env, io, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail, ensure};
use rand_0_10::{SeedableRng, rngs::StdRng};
use tracing_subscriber::EnvFilter;

use self::{trace::Trace, world::Way};

/// A file that every event is written to.
const TRACE: &str = "LEITAI_SIMULATION_TRACE";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match begin(&arguments) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("seed {} failed: {error:#}", arguments.join(" "));
            ExitCode::FAILURE
        }
    }
}

fn begin(arguments: &[String]) -> anyhow::Result<String> {
    let seed = arguments.first().and_then(|seed| seed.parse().ok()).context("usage: leitai-simulation SEED [calm|torn]")?;
    let way = match arguments.get(1).map(String::as_str) {
        None => Way::Troubled,
        Some("calm") => Way::Calm,
        Some("torn") => Way::Torn,
        Some(other) => bail!("`{other}` is neither calm nor torn"),
    };
    // Before anything draws: from here on all randomness of this process is the seed's.
    mad_turmoil::rand::set_rng(StdRng::seed_from_u64(seed));
    let _clocks = mad_turmoil::time::SimClocksGuard::init();
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
    ensure!(leitai_rpc::simulation::begin(network::Simulated), "there is a simulation already");
    panics::watch();
    if env::var_os("RUST_LOG").is_some() {
        tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).without_time().with_writer(io::stderr).init();
    }
    let trace = Trace::new(env::var_os(TRACE).map(PathBuf::from).as_deref())?;
    let said = run(seed, way, &trace)?;
    let (events, hash) = trace.sum();
    Ok(format!("seed {seed}: {said}; {events} events, trace {hash:016x}"))
}

fn run(seed: u64, way: Way, trace: &Trace) -> anyhow::Result<String> {
    let calm = world::run(seed, Way::Calm, trace).context("without faults")?;
    ensure!(calm.doubled == 0, "{} letters arrived twice without faults", calm.doubled);
    if way == Way::Calm {
        return Ok(format!("{}\n{}", calm.said(), calm.outcome));
    }
    let course = world::run(seed, way, trace)?;
    match course.outcome.difference(&calm.outcome) {
        Some(difference) => bail!("{difference}"),
        None => Ok(course.said()),
    }
}
