//! One file for each noun of the command line.

mod backtest;
mod bench;
mod bounces;
mod cases;
mod change;
mod demo;
mod dossier;
mod duties;
mod findings;
mod layout;
mod letters;
mod observations;
mod plan;
mod policy;
mod provincial;
mod report;
mod revisions;
mod round;
mod serve;
mod signals;
mod silences;
mod simulate;
mod standings;
mod suppose;
mod template;
mod verdicts;
mod wait;
mod worker;

pub use self::bounces::Exit;
use crate::{cli::Command, clients::Clients, settings::Settings};

/// Runs a command.
pub async fn run(command: Command, settings: Settings) -> anyhow::Result<()> {
    let clients = || Clients::new(&settings.endpoints);
    match command {
        Command::Backtest(args) => backtest::run(args, settings).await,
        Command::Bench(command) => bench::run(command).await,
        Command::Demo(args) => demo::run(args, settings).await,
        Command::Serve(args) => serve::run(args.role, settings).await,
        Command::Simulate { directory } => simulate::run(&directory),
        Command::Policy(command) => policy::run(command, clients()?).await,
        Command::Plan(command) => plan::run(command, clients()?).await,
        Command::Report(command) => report::run(command, clients()?).await,
        Command::Layout(command) => layout::run(command),
        Command::Findings(command) => findings::run(command, clients()?).await,
        Command::Observations(command) => observations::run(command, clients()?).await,
        Command::Round(command) => round::run(command, clients()?).await,
        Command::Verdicts(command) => verdicts::run(command, clients()?).await,
        Command::Standings(command) => standings::run(command, clients()?).await,
        Command::Dossier(args) => dossier::run(args, clients()?).await,
        Command::Suppose(args) => suppose::run(args, clients()?).await,
        Command::Revisions(command) => revisions::run(command, clients()?).await,
        Command::Provincial(command) => provincial::run(command, clients()?).await,
        Command::Signals(command) => signals::run(command, clients()?).await,
        Command::Measures(command) => duties::run(command, clients()?).await,
        Command::Problems(command) => duties::problems(command, clients()?).await,
        Command::Cases(command) => cases::run(command, clients()?).await,
        Command::Silences(command) => silences::run(command, clients()?).await,
        Command::Letters(command) => letters::run(command, clients()?, &settings.notification.service).await,
        Command::Bounces(command) => bounces::run(command, clients()?).await,
        Command::Worker(command) => worker::run(&command, &settings.worker),
    }
}

/// A random request id, for writes that a person asks for once.
fn new_request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
