//! The command line's words about revisions and what they change.

use clap::{Args, Subcommand};
use leitai_domain::period::Period;

use super::{FormatArgs, PLAN, observations};

/// `leitai revisions …`.
#[derive(Debug, Subcommand)]
pub enum RevisionsCommand {
    /// Corrections as they came into force, oldest first: who, when, why, file and cell, and the frozen rounds that saw the value before.
    List(RevisionListArgs),
    /// What revisions changed in a round, or in every frozen one: values, verdicts, standings, and the issued letters that hold a changed verdict.
    Effects(EffectsArgs),
}

/// `leitai revisions effects`.
#[derive(Debug, Args)]
pub struct EffectsArgs {
    /// Plan id.
    #[arg(long, value_name = "ID", default_value = PLAN)]
    pub plan: String,
    /// The round: 2025-M03 is January to March. None: every frozen round.
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<Period>,
    /// As known at this moment (RFC 3339). None: when the round was frozen.
    #[arg(long, value_name = "MOMENT", default_value = "")]
    pub before: String,
    /// As known at this moment (RFC 3339). None: now.
    #[arg(long, value_name = "MOMENT", default_value = "")]
    pub after: String,
    /// Only lines about this division.
    #[arg(long, value_name = "CODE", default_value = "")]
    pub division: String,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai revisions list`.
#[derive(Debug, Args)]
pub struct RevisionListArgs {
    /// Plan id.
    #[arg(long, value_name = "ID", default_value = PLAN)]
    pub plan: String,
    /// Only what came into force since the beginning of this day in Beijing (2025-07-20), or since a moment (RFC 3339).
    #[arg(long, value_name = "DAY|MOMENT", value_parser = observations::since)]
    pub since: Option<String>,
    /// First values as well as corrections.
    #[arg(long)]
    pub all: bool,
    /// Only this division's.
    #[arg(long, value_name = "CODE", default_value = "")]
    pub division: String,
    /// Only this indicator's.
    #[arg(long, value_name = "ID", default_value = "")]
    pub indicator: String,
    /// Only this period's.
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<Period>,
    #[command(flatten)]
    pub format: FormatArgs,
}
