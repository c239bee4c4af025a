//! `leitai report template`.

use std::path::PathBuf;

use clap::Args;

use super::RoundArgs;

/// `leitai report template`.
#[derive(Debug, Args)]
pub struct TemplateArgs {
    #[command(flatten)]
    pub round: RoundArgs,
    /// Agency that reports; none: every agency that owes something, each its file in the directory.
    #[arg(long, value_name = "AGENCY")]
    pub agency: Option<String>,
    /// .xlsx or .csv; a directory without --agency.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Write the values in force into the cells to fill: for a correction.
    #[arg(long)]
    pub filled: bool,
    /// Whom the clerk may ask, as printed in the template: a name, a number, an address.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub contact: String,
}
