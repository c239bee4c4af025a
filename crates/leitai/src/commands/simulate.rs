//! `leitai simulate`: the demo's simulated year as long CSV files.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use leitai_domain::{
    division::Registry,
    period::Period,
    simulate::{self, SimulatedValue},
};

use crate::say::say;

/// Fixed, so that every run simulates the same year.
pub const SEED: u64 = 2025;

/// Writes `2025-M02.csv` and so on; a file that is there is replaced.
pub fn run(directory: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(directory).with_context(|| format!("directory `{}`", directory.display()))?;
    let mut periods: BTreeMap<Period, Vec<SimulatedValue>> = BTreeMap::new();
    for value in simulate::whole_year(&Registry::shipped()?, SEED)? {
        periods.entry(value.period).or_default().push(value);
    }
    for (period, values) in periods {
        let path = directory.join(format!("{period}.csv"));
        write(&path, &values).with_context(|| format!("file `{}`", path.display()))?;
        say!("{} {}", path.display(), values.len());
    }
    Ok(())
}

fn write(path: &Path, values: &[SimulatedValue]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(["division", "indicator", "period", "value", "unit"])?;
    for value in values {
        writer.write_record([&value.division_code, &value.indicator_id, &value.period.to_string(), &value.value.to_string(), ""])?;
    }
    Ok(writer.flush()?)
}
