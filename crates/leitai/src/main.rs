//! `leitai`: every role of the system and the task force's command line, in one binary.
//!
//! It owns the wiring only: which role runs where, with which configuration. Roles speak gRPC to each other even when they share a process.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod cli;
mod clients;
mod commands;
mod files;
mod in_process;
mod listing;
mod logging;
mod progress;
mod roles;
mod say;
mod settings;
mod words;

use std::process::ExitCode;

use clap::Parser;

use crate::{cli::Cli, say::remark, settings::Settings};

/// Keeps freed memory for the next column: with the C library's, a round of 40,000 counties spends a third of its time on new pages.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            remark!("leitai: {error:#}");
            error.downcast_ref::<commands::Exit>().map_or(ExitCode::FAILURE, |exit| ExitCode::from(exit.code()))
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let settings = Settings::load(cli.config.as_deref())?;
    logging::start(&settings.log, cli.command.quiet_by_default())?;
    commands::run(cli.command, settings).await
}
