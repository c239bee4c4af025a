//! One measured process of ours: the same steps as `python/common.py` takes.

use std::{
    error::Error,
    fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use leitai_domain::{assessment, micros, period::Period, ranking, score};
use serde_json::json;

use super::{
    files,
    job::{self, Asking, Input, Round},
};

/// Runs once unmeasured but for its memory, then times each repeat; prints one line of JSON.
pub fn run(folder: &Path, asking: Asking, repeats: usize) -> Result<(), Box<dyn Error>> {
    let input = files::read_input(folder)?;
    let months = files::year_of(&input)?;
    fs::write("/proc/self/clear_refs", "5")?;
    let before = memory("VmRSS")?;
    let mut rounds = job::year(&input, &months, asking);
    let peak = memory("VmHWM")?.saturating_sub(before);
    let mut seconds = Vec::new();
    for _ in 0..repeats {
        drop(rounds);
        let start = Instant::now();
        rounds = black_box(job::year(black_box(&input), &months, asking));
        seconds.push(start.elapsed().as_secs_f64());
    }
    println!("{}", json!({ "seconds": seconds, "peak_kib": peak }));
    Ok(())
}

/// `VmRSS` or `VmHWM` in KiB.
fn memory(name: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).ok_or("no memory figures")?;
    Ok(line.split_whitespace().next().ok_or("no memory figure")?.parse()?)
}

/// Where the time of a year goes: each stage over all rounds, the least of several repeats.
pub fn stages(input: &Input, months: &[Period], repeats: usize) -> Vec<(&'static str, Duration)> {
    let rounds = job::year(input, months, Asking::Year);
    let least = |work: &dyn Fn(&Round)| {
        let pass = |_| {
            let start = Instant::now();
            rounds.iter().for_each(work);
            start.elapsed()
        };
        (0..repeats).map(pass).min().unwrap_or_default()
    };
    let targets = || input.plan.county_targets();
    let columns: Vec<_> = rounds.iter().map(|round| job::columns(input, &round.targets)).collect();
    let scored: Vec<_> = columns.iter().map(|columns| score::score(columns, input.counties, &input.policy.composite)).collect();
    let of_columns = |work: &dyn Fn(&[score::Column])| {
        let pass = |_| {
            let start = Instant::now();
            columns.iter().for_each(|columns| work(columns));
            start.elapsed()
        };
        (0..repeats).map(pass).min().unwrap_or_default()
    };
    let rules = &input.policy.composite;
    let assess = (0..repeats).map(|_| {
        let start = Instant::now();
        for period in months {
            for (indicator, target) in targets() {
                let view = job::View::new(input, indicator, *period);
                black_box(assessment::assess(indicator, target, *period, &view, input.counties, &input.policy));
            }
        }
        start.elapsed()
    });
    let ranked = (0..repeats).map(|_| {
        let start = Instant::now();
        for scored in &scored {
            let published = scored.scores.iter().map(|score| score.map_or(micros::ABSENT, |score| (score * 100.0).round() as i64 * 10_000));
            black_box(ranking::column_places(&published.collect::<Vec<_>>(), 2));
        }
        start.elapsed()
    });
    vec![
        ("assess: reasons and published values", assess.min().unwrap_or_default()),
        (
            "places of every indicator",
            least(&|round| {
                for ((indicator, _), judged) in targets().zip(&round.targets) {
                    black_box(judged.assessment.places(indicator.decimals));
                }
            }),
        ),
        (
            "behind since",
            least(&|round| round.targets.iter().for_each(|judged| drop(black_box(job::since(&judged.assessment, Some(judged), 12))))),
        ),
        ("lights of each county", least(&|round| drop(black_box(job::lights(&round.targets, input.counties))))),
        ("columns for the score", least(&|round| drop(black_box(job::columns(input, &round.targets))))),
        (
            "score: normalise",
            of_columns(&|columns| {
                columns.iter().for_each(|column| drop(black_box(score::normalise(column, rules.normalisation, rules))));
            }),
        ),
        ("score: all of it", of_columns(&|columns| drop(black_box(score::score(columns, input.counties, rules))))),
        ("of it: ranks by score", ranked.min().unwrap_or_default()),
        (
            "movement and order",
            least(&|round| {
                black_box(job::movement(Some(round), &round.ranks));
                black_box(ranking::order(&round.ranks));
            }),
        ),
    ]
}
