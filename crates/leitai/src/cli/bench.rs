//! Words of the commands that measure.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

use super::FormatArgs;

/// `leitai bench …`.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// From a frozen round's findings to the mail server's 250 for each letter: a notification role and worker roles as processes of their own,
    /// on an empty SQLite store.
    Mail(BenchMailArgs),
    /// Serve one made-up frozen round, as evaluation would, until a signal: to try notification and workers with.
    Findings(BenchFindingsArgs),
}

/// How large the made-up round is: all of it is behind, so every division gets one letter with all indicators.
#[derive(Debug, Clone, Copy, Args)]
pub struct SizeArgs {
    /// Divisions, one letter each. 2,844 is every county of China.
    #[arg(long, value_name = "N", default_value_t = 2_844, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub divisions: u32,
    /// County indicators of the shipped plan, 1 to 13.
    #[arg(long, value_name = "N", default_value_t = 13, value_parser = clap::value_parser!(u32).range(1..=13))]
    pub indicators: u32,
}

/// `leitai bench mail`.
#[derive(Debug, Args)]
pub struct BenchMailArgs {
    /// The mail server, smtp://HOST:PORT. It gets every letter.
    #[arg(long, value_name = "URL")]
    pub smtp: String,
    #[command(flatten)]
    pub size: SizeArgs,
    /// Connections to the mail server, of all workers together; each number given is measured on a store of its own.
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [20], value_parser = clap::value_parser!(u8).range(1..=64))]
    pub connections: Vec<u8>,
    /// Worker processes that share the connections.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    pub workers: u8,
    /// Where stores and logs go, and stay. None: a temporary directory.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Give up after so many seconds.
    #[arg(long, value_name = "S", default_value_t = 600)]
    pub deadline_seconds: u64,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai bench findings`.
#[derive(Debug, Args)]
pub struct BenchFindingsArgs {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub size: SizeArgs,
    /// Gets policy.toml and addresses.toml that fit the round.
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
}
