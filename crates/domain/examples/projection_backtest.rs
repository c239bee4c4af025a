//! Prints the tables of `docs/projection.md`: what the projection was worth on two real monthly panels.
//!
//! `cargo run --release -p leitai-domain --example projection_backtest`

use std::error::Error;

#[path = "../tests/projection/backtest.rs"]
mod backtest;

use backtest::{CASES, Outcome, brier, covered_around, mean, replay};

fn main() -> Result<(), Box<dyn Error>> {
    let replayed = CASES.iter().map(|case| Ok((case.label, replay(case)?))).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let unseen: Vec<(&str, Vec<Outcome>)> =
        replayed.iter().map(|(label, all)| (*label, all.iter().copied().filter(Outcome::unseen).collect())).collect();
    splits(&replayed);
    rivals(&unseen);
    thresholds(&unseen);
    by_month(&unseen);
    by_year(&unseen);
    reliability(&unseen);
    Ok(())
}

fn covered(outcome: &Outcome) -> f64 {
    f64::from(outcome.covered())
}

/// Coverage where the method was chosen and where it was not, and its error: series × years are counted as independent, months are not.
fn splits(replayed: &[(&str, Vec<Outcome>)]) {
    println!(
        "| case | seen | other series, seen years | seen series, other years | unseen | ± | projections |\n|---|---|---|---|---|---|---|"
    );
    for (label, all) in replayed {
        let part = |odd: usize, late: bool| {
            mean(all.iter().filter(|outcome| outcome.series % 2 == odd && (outcome.year >= 2008) == late), covered)
        };
        let count = all.iter().filter(|outcome| outcome.unseen()).count();
        let error = 1.96 * (0.8 * 0.2 / (count as f64 / 10.0)).sqrt();
        let (seen, unseen) = (part(0, false), part(1, true));
        println!("| {label} | {seen:.3} | {:.3} | {:.3} | **{unseen:.3}** | {error:.3} | {count} |", part(1, false), part(0, true));
    }
    println!();
}

fn rivals(unseen: &[(&str, Vec<Outcome>)]) {
    println!(
        "| case | mean absolute error | to date goes on | straight line | coverage | to date, same width | line, same width |\n|---|---|---|---|---|---|---|"
    );
    for (label, outcomes) in unseen {
        let error = |centre: fn(&Outcome) -> f64| mean(outcomes, |outcome| (outcome.truth - centre(outcome)).abs());
        let hits = |centre: fn(&Outcome) -> f64| mean(outcomes, |outcome| covered_around(outcome, centre(outcome)));
        let errors = [error(|o| o.central), error(|o| o.persistence), error(|o| o.line)].map(|error| format!("{error:.2}"));
        let hits = [hits(|o| o.central), hits(|o| o.persistence), hits(|o| o.line)].map(|hits| format!("{hits:.3}"));
        println!("| {label} | {} | {} |", errors.join(" | "), hits.join(" | "));
    }
    println!();
}

fn thresholds(unseen: &[(&str, Vec<Outcome>)]) {
    println!(
        "| case | Brier score | to date goes on, yes or no | straight line, yes or no | share that reached | mean probability |\n|---|---|---|---|---|---|"
    );
    for (label, outcomes) in unseen {
        let sure = |centre: fn(&Outcome) -> f64| mean(outcomes, |o| brier(o, f64::from(centre(o) >= o.threshold)));
        let scores = [mean(outcomes, |o| brier(o, o.probability)), sure(|o| o.persistence), sure(|o| o.line)];
        let reached = mean(outcomes, |o| f64::from(o.reached()));
        let scores = scores.map(|score| format!("{score:.3}")).join(" | ");
        println!("| {label} | {scores} | {reached:.3} | {:.3} |", mean(outcomes, |o| o.probability));
    }
    println!();
}

fn by_month(unseen: &[(&str, Vec<Outcome>)]) {
    println!("| case | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 |\n|---|---|---|---|---|---|---|---|---|---|---|");
    for (label, outcomes) in unseen {
        let cell = |month: u8| format!("{:.2}", mean(outcomes.iter().filter(|o| o.month == month), covered));
        println!("| {label} | {} |", (2..=11).map(cell).collect::<Vec<_>>().join(" | "));
    }
    println!();
}

fn by_year(unseen: &[(&str, Vec<Outcome>)]) {
    println!("| case | 2008 | 2009 | 2010 | 2011 | 2012 | 2013 | 2014 | 2015 |\n|---|---|---|---|---|---|---|---|---|");
    for (label, outcomes) in unseen {
        let cell = |year: i32| match mean(outcomes.iter().filter(|o| o.year == year), covered) {
            share if share.is_nan() => "–".to_owned(),
            share => format!("{share:.2}"),
        };
        println!("| {label} | {} |", (2008..=2015).map(cell).collect::<Vec<_>>().join(" | "));
    }
    println!();
}

fn reliability(unseen: &[(&str, Vec<Outcome>)]) {
    println!("| said probability | projections | mean said | came true |\n|---|---|---|---|");
    let edges = [0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.000_1];
    for (low, high) in edges.iter().zip(edges.iter().skip(1)) {
        // The first five cases: with last year's months.
        let inside: Vec<Outcome> =
            unseen.iter().take(5).flat_map(|(_, all)| all).copied().filter(|o| (*low..*high).contains(&o.probability)).collect();
        let (said, came) = (mean(&inside, |o| o.probability), mean(&inside, |o| f64::from(o.reached())));
        println!("| {low:.2}–{:.2} | {} | {said:.2} | {came:.2} |", high.min(1.0), inside.len());
    }
}
