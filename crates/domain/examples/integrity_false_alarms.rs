//! Measures the integrity signals on simulated clean and planted data and rewrites `data/integrity_false_alarms.csv`.
//!
//! `cargo run --release -p leitai-domain --example integrity_false_alarms`

use std::{fmt::Write as _, fs, io};

use leitai_domain::integrity::measure::{cases, measure};

const SEED: u64 = 20_250_101;
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/integrity_false_alarms.csv");

fn main() -> io::Result<()> {
    let mut csv = format!(
        "# Signals raised on simulated data under the example rules: `alarms` clean samples with any signal, `caught` planted ones noticed.\n\
         # Seed {SEED}. cargo run --release -p leitai-domain --example integrity_false_alarms\n\
         signal,world,sample,replications,alarms,caught\n"
    );
    for case in cases() {
        let replications = if case.sample > 1_000 { 2_000 } else { 4_000 };
        let count = measure(case, replications, SEED);
        let (kind, world) = (case.kind.name(), case.world.name());
        writeln!(csv, "{kind},{world},{},{replications},{},{}", case.sample, count.alarms, count.caught).map_err(io::Error::other)?;
    }
    fs::write(TABLE, csv)
}
