//! `leitai layout`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::PLAN;

/// `leitai layout …`.
#[derive(Debug, Subcommand)]
pub enum LayoutCommand {
    /// Draft the layout of a workbook that has none; what is not sure stands in comments. Needs no service.
    Suggest(SuggestArgs),
}

/// `leitai layout suggest`.
#[derive(Debug, Args)]
pub struct SuggestArgs {
    /// Workbook: .xlsx, .xls, .ods, or a sheet saved as .csv.
    pub file: PathBuf,
    /// Row names are divisions under this six-digit code; none: the prefecture or province that most names lie under.
    #[arg(long, value_name = "CODE")]
    pub under: Option<String>,
    /// Plan file or shipped plan's id, whose indicators are looked for.
    #[arg(long, value_name = "ID|FILE", default_value = PLAN)]
    pub plan: String,
    /// Where the layout goes, never over another file; none: printed.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
