//! `cargo bench -p leitai-domain`: a full evaluation of 67, 2,844 and 40,000 counties × 13 indicators × 12 months, side by side with pandas
//! and polars.
//!
//! What is measured, how, and what came out stands in `docs/benchmarks.md`. Exit code 0 says that every tool that ran made the same.

mod files;
mod job;
mod measure;
mod plans;
mod report;
mod sample;
mod tools;

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
};

use job::Asking;
use plans::Variant;
use tools::{Measured, TOOLS, Tool};

/// As the program has it: memory that was freed is kept for the next column.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The sizes: Heilongjiang's counties, China's, and about its townships.
const SIZES: [usize; 3] = [67, 2_844, 40_000];

/// Of the made-up values.
const SEED: u64 = 20_250_101;

/// Fresh processes of each tool and size.
const PROCESSES: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["--measure", asking, input, repeats] => measured(asking, Path::new(input), repeats),
        ["--stages", input] => staged(Path::new(input)),
        ["--write", variant, counties, folder] => written(variant, counties, Path::new(folder)),
        [] | ["--bench"] => bench(),
        other => Err(format!("unknown arguments {other:?}").into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A process that a bench started.
fn measured(asking: &str, input: &Path, repeats: &str) -> Result<(), Box<dyn Error>> {
    let asking = if asking == "each_alone" { Asking::EachAlone } else { Asking::Year };
    measure::run(input, asking, repeats.parse()?)
}

/// Writes an input for the scripts to be tried on by hand.
fn written(variant: &str, counties: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    input(Variant::named(variant)?, counties.parse()?, folder).map(drop)
}

/// Where our own time goes on one input.
fn staged(input: &Path) -> Result<(), Box<dyn Error>> {
    let known = files::read_input(input)?;
    report::stages(&known, &measure::stages(&known, &files::year_of(&known)?, repeats(known.counties)));
    Ok(())
}

fn bench() -> Result<(), Box<dyn Error>> {
    let python = tools::python();
    report::machine(python.as_deref().map_err(ToString::to_string));
    let tools: Vec<Tool> = TOOLS.into_iter().filter(|tool| tool.is_ours() || python.is_ok()).collect();
    let python = python.unwrap_or_default();
    let cases = SIZES.map(|counties| (Variant::Shipped, counties)).into_iter().chain([(Variant::Paced, 40_000)]);
    let inputs = cases.map(|(variant, counties)| made(variant, counties)).collect::<Result<Vec<_>, _>>()?;
    for input in &inputs {
        report::equal(input, &equal(&tools, &python, input)?);
    }
    for input in &inputs {
        let figures = tools.iter().map(|tool| Ok((*tool, figures(tool, &python, input)?))).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
        report::table(input, &figures);
    }
    for input in &inputs {
        println!("\nStages of a year, {} plan, {} counties\n", input.variant.name(), input.counties);
        staged(&input.folder)?;
    }
    report::load();
    Ok(())
}

/// A year of values in a folder.
#[derive(Debug)]
struct Made {
    variant: Variant,
    counties: usize,
    folder: PathBuf,
}

fn made(variant: Variant, counties: usize) -> Result<Made, Box<dyn Error>> {
    input(variant, counties, &tools::folder().join(format!("{}-{counties}", variant.name())))
}

fn input(variant: Variant, counties: usize, folder: &Path) -> Result<Made, Box<dyn Error>> {
    let plan = variant.plan()?;
    let columns = sample::columns(&plan, &plans::months(plan.year)?, &plans::months(plan.year - 1)?, counties, SEED);
    files::write_input(folder, variant, &columns, counties)?;
    Ok(Made { variant, counties, folder: folder.to_owned() })
}

/// What all tools make of an input, once it is known to be the same.
fn equal(tools: &[Tool], python: &Path, input: &Made) -> Result<[u64; 5], Box<dyn Error>> {
    let known = files::read_input(&input.folder)?;
    let months = files::year_of(&known)?;
    let ours = files::Outcome::of(&job::year(&known, &months, Asking::Year));
    let alone = files::Outcome::of(&job::year(&known, &months, Asking::EachAlone));
    if let Some(difference) = ours.differs(&alone) {
        return Err(format!("twelve rounds each alone differ from the year: {difference}").into());
    }
    for tool in tools.iter().filter(|tool| !tool.is_ours()) {
        if let Some(difference) = ours.differs(&tool.outcome(python, &input.folder)?) {
            return Err(format!("{} differs at {} counties: {difference}", tool.name, input.counties).into());
        }
    }
    Ok(ours.by_light())
}

/// Of as many fresh processes, fastest first.
fn figures(tool: &Tool, python: &Path, input: &Made) -> Result<Vec<Measured>, Box<dyn Error>> {
    let once = |_| tool.measure(python, &input.folder, repeats(input.counties));
    let mut figures = (0..PROCESSES).map(once).collect::<Result<Vec<_>, _>>()?;
    figures.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    Ok(figures)
}

/// Timed repeats in one process.
fn repeats(counties: usize) -> usize {
    if counties < 10_000 { 9 } else { 3 }
}
