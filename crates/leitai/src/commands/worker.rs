//! `leitai worker`: what a mail administrator sets up.

use leitai_worker::WorkerConfig;

use crate::{cli::WorkerCommand, say::say};

pub fn run(command: &WorkerCommand, config: &WorkerConfig) -> anyhow::Result<()> {
    match command {
        WorkerCommand::DkimRecord => say!("{}", leitai_worker::dkim_record(&config.dkim)?),
    }
    Ok(())
}
