//! `leitai bench`: measures the program itself.

mod evaluation;
mod mail;
mod processes;
mod round;
mod store;

use crate::cli::BenchCommand;

pub async fn run(command: BenchCommand) -> anyhow::Result<()> {
    match command {
        BenchCommand::Mail(args) => mail::run(&args).await,
        BenchCommand::Findings(args) => evaluation::until_signal(&args).await,
    }
}
