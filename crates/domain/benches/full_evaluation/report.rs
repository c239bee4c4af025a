//! What the bench prints: Markdown, as `docs/benchmarks.md` shows it.

use std::{fs, path::Path, process::Command, time::Duration};

use super::{
    Made, PROCESSES,
    job::Input,
    repeats,
    tools::{self, Measured, Tool},
};

/// Cells of a year and county: 13 targets × 12 months.
const CELLS: f64 = 156.0;

/// The machine and the versions, and why the other tools were not run.
pub fn machine(python: Result<&Path, String>) {
    let model = file_line("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = file_line("/proc/meminfo", "MemTotal").unwrap_or_default();
    println!("Machine: {model}, {cores} cores, {memory}; {}", compiler());
    match python.map(tools::versions) {
        Ok(versions) => println!("Others: {}", versions.unwrap_or_else(|error| error.to_string())),
        Err(error) => println!("pandas, polars: not run ({})", error.trim()),
    }
    load();
    println!();
}

/// How busy the machine is: others' work makes all figures worse.
pub fn load() {
    println!("Load: {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
}

/// What all tools agree on.
pub fn equal(input: &Made, [green, yellow, red, grey, missing]: &[u64; 5]) {
    println!(
        "{} plan, {} counties: all equal; {green} green, {yellow} yellow, {red} red, {grey} grey, {missing} missing",
        input.variant.name(),
        input.counties
    );
}

/// One size, a row a tool.
pub fn table(input: &Made, figures: &[(Tool, Vec<Measured>)]) {
    println!(
        "\n{} plan, {} counties ({PROCESSES} processes, {} repeats in each)\n",
        input.variant.name(),
        input.counties,
        repeats(input.counties)
    );
    println!("| tool | median ms | fastest–slowest | ns a cell | peak MiB | × ours |");
    println!("|---|--:|--:|--:|--:|--:|");
    let median = |figures: &[Measured]| figures.get(figures.len() / 2).map_or(f64::NAN, |figure| figure.seconds);
    let ours = figures.first().map_or(f64::NAN, |(_, figures)| median(figures));
    for (tool, figures) in figures {
        let (seconds, ends) = (median(figures), (figures.first(), figures.last()));
        let (least, most) = (ends.0.map_or(f64::NAN, |one| one.seconds), ends.1.map_or(f64::NAN, |one| one.seconds));
        let mut peaks: Vec<u64> = figures.iter().map(|figure| figure.peak_kib).collect();
        peaks.sort_unstable();
        let peak = peaks.get(peaks.len() / 2).map_or(f64::NAN, |kib| *kib as f64 / 1024.0);
        let each = seconds * 1e9 / (input.counties as f64 * CELLS);
        println!(
            "| {} | {} | {}–{} | {} | {peak:.1} | {:.1} |",
            tool.name,
            shown(seconds * 1e3),
            shown(least * 1e3),
            shown(most * 1e3),
            shown(each),
            seconds / ours
        );
    }
}

/// Where our own time goes.
pub fn stages(input: &Input, stages: &[(&str, Duration)]) {
    println!("| stage | ms | ns a cell |\n|---|--:|--:|");
    for (name, took) in stages {
        let each = took.as_secs_f64() * 1e9 / (input.counties as f64 * CELLS);
        println!("| {name} | {} | {} |", shown(took.as_secs_f64() * 1e3), shown(each));
    }
    println!();
}

/// Three digits.
fn shown(number: f64) -> String {
    match number {
        number if number >= 100.0 => format!("{number:.0}"),
        number if number >= 10.0 => format!("{number:.1}"),
        number if number >= 1.0 => format!("{number:.2}"),
        number => format!("{number:.3}"),
    }
}

fn compiler() -> String {
    let said = Command::new("rustc").arg("--version").output().map(|done| String::from_utf8_lossy(&done.stdout).trim().to_owned());
    said.unwrap_or_else(|_| "unknown rustc".to_owned())
}

fn file_line(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
