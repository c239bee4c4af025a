//! The command line's words.

mod analysis;
mod bench;
mod cases;
mod duties;
mod findings;
mod layout;
mod mail;
mod observations;
mod report;
mod revisions;
mod round;
mod template;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use leitai_domain::period::Period;

pub use self::{
    analysis::{
        AsOfArgs, BacktestArgs, DossierArgs, PolicyCommand, ProvincialCommand, SignalsArgs, SignalsCommand, SupposeArgs, SupposedValue,
    },
    bench::{BenchCommand, BenchFindingsArgs, BenchMailArgs, SizeArgs},
    cases::{ActArgs, CasesCommand, SilencesCommand},
    duties::{DutyActArgs, LevelName, MeasureStateName, MeasuresArgs, MeasuresCommand, ProblemsCommand},
    findings::FindingsCommand,
    layout::{LayoutCommand, SuggestArgs},
    mail::{BouncesCommand, CorrectArgs, DeliveryStateName, LetterPart, LettersCommand, ResendArgs, TouchedArgs, WorkerCommand},
    observations::{
        AsInForce, ExchangeFormat, ObservationExportArgs, ObservationFilterArgs, ObservationHistoryArgs, ObservationImportArgs,
        ObservationListArgs, ObservationsCommand,
    },
    report::{ReportActArgs, ReportCommand, StateName, SubmitArgs},
    revisions::{EffectsArgs, RevisionListArgs, RevisionsCommand},
    round::{ByName, CompletenessArgs, ObligationStateName, ObligationsArgs, RoundCommand, RoundStateName},
    template::TemplateArgs,
};

/// The plan of commands that are given none.
pub const PLAN: &str = "heilongjiang-county-economy-2025";

/// Holds every county against the plan's targets, ranks them, and writes to the agencies of those that fall behind.
#[derive(Debug, Parser)]
#[command(name = "leitai", version, arg_required_else_help = true)]
pub struct Cli {
    /// Configuration file (TOML) over the built-in defaults.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The main job, whole: all roles in one process, a plan, data, ranking and letters.
    Demo(DemoArgs),
    /// Run one role, or all of them, until a signal.
    Serve(ServeArgs),
    /// Write the simulated year of the demo as CSV files, one for each period, to try the commands with.
    Simulate {
        /// Directory for the files.
        directory: PathBuf,
    },
    /// Plan documents.
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Policies: tolerances, weights, vetoes.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Reports.
    #[command(subcommand)]
    Report(ReportCommand),
    /// Layouts: what the texts of a foreign workbook mean.
    #[command(subcommand)]
    Layout(LayoutCommand),
    /// What the plan's rules found in reports.
    #[command(subcommand)]
    Findings(FindingsCommand),
    /// Values in force, and what they were.
    #[command(subcommand)]
    Observations(ObservationsCommand),
    /// Rounds (调度): plan × period.
    #[command(subcommand)]
    Round(RoundCommand),
    /// Verdicts: target × division × period.
    #[command(subcommand)]
    Verdicts(VerdictsCommand),
    /// Standings: the ranking of a round.
    #[command(subcommand)]
    Standings(StandingsCommand),
    /// Why a county has its place: each indicator's part, its neighbours, its movement.
    Dossier(DossierArgs),
    /// What if: verdicts and places as they would be with other values.
    Suppose(SupposeArgs),
    /// Revisions and what they changed.
    #[command(subcommand)]
    Revisions(RevisionsCommand),
    /// The province's own targets (附件1).
    #[command(subcommand)]
    Provincial(ProvincialCommand),
    /// Replay a year of reports against a policy: how many letters each agency would have had, how many cases healed by themselves.
    Backtest(BacktestArgs),
    /// What the data providers are asked to verify.
    #[command(subcommand)]
    Signals(SignalsCommand),
    /// The responsibility list (责任清单): target → project → measure.
    #[command(subcommand)]
    Measures(MeasuresCommand),
    /// Problems (困难问题) that stand in the way of measures.
    #[command(subcommand)]
    Problems(ProblemsCommand),
    /// Cases (督办件).
    #[command(subcommand)]
    Cases(CasesCommand),
    /// What no letter is written about for a while.
    #[command(subcommand)]
    Silences(SilencesCommand),
    /// Letters.
    #[command(subcommand)]
    Letters(LettersCommand),
    /// What mail systems return about letters (RFC 3464).
    #[command(subcommand)]
    Bounces(BouncesCommand),
    /// What a mail administrator sets up for the worker.
    #[command(subcommand)]
    Worker(WorkerCommand),
    /// Measure the program itself.
    #[command(subcommand)]
    Bench(BenchCommand),
}

impl Command {
    /// True for commands whose output a person reads: the log then shows warnings only.
    pub fn quiet_by_default(&self) -> bool {
        !matches!(self, Self::Serve(_))
    }
}

/// Which data the demo takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DemoData {
    /// Real: twelve counties' published first quarter of 2025.
    Shaoyang,
    /// Simulated: the plan's own 67 counties, February to December 2025.
    Heilongjiang,
}

/// `leitai demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Which data.
    #[arg(long, value_enum, default_value = "shaoyang")]
    pub data: DemoData,
    /// Where databases and letters go; an interrupted demo goes on there. Default: leitai-demo/DATA.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Send the letters to this server (smtp://HOST:PORT) in place of .eml files in DIR/letters.
    #[arg(long, value_name = "URL")]
    pub smtp: Option<String>,
}

/// A role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    /// Plans, rounds, reports.
    Ingestion,
    /// Verdicts, standings.
    Evaluation,
    /// Cases, letters.
    Notification,
    /// Sends the letters.
    Worker,
    /// All four in one process.
    All,
}

impl RoleName {
    /// The roles that it stands for, each before those that follow it.
    pub fn parts(self) -> &'static [Self] {
        match self {
            Self::Ingestion => &[Self::Ingestion],
            Self::Evaluation => &[Self::Evaluation],
            Self::Notification => &[Self::Notification],
            Self::Worker => &[Self::Worker],
            Self::All => &[Self::Ingestion, Self::Evaluation, Self::Notification, Self::Worker],
        }
    }
}

/// `leitai serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Which role.
    #[arg(long, value_enum, default_value = "all")]
    pub role: RoleName,
}

/// How a listing is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// One array of objects.
    Json,
    /// With a heading line.
    Csv,
}

/// Every listing has it.
#[derive(Debug, Clone, Copy, Args)]
pub struct FormatArgs {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

/// Which round.
#[derive(Debug, Clone, Args)]
pub struct RoundArgs {
    /// Plan id.
    #[arg(long, value_name = "ID", default_value = PLAN)]
    pub plan: String,
    /// Period: 2025-M03 is January to March.
    #[arg(long, value_name = "PERIOD")]
    pub period: Period,
}

/// Which plan, or all.
#[derive(Debug, Clone, Args)]
pub struct PlanFilter {
    /// Only this plan's.
    #[arg(long, value_name = "ID", default_value = "")]
    pub plan: String,
}

/// `leitai plan …`.
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Hold a plan against itself and say what does not add up.
    Lint {
        /// Plan file or shipped plan's id; none: every shipped plan.
        plan: Option<String>,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Show a plan's targets as they were read.
    Show {
        /// Plan file or shipped plan's id.
        plan: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Give a plan to ingestion.
    Apply {
        /// Plan file or shipped plan's id.
        plan: String,
        /// Judge these counties (six-digit codes) in place of the plan's own set.
        #[arg(long, value_delimiter = ',', value_name = "CODES")]
        counties: Vec<String>,
    },
    /// Plans that were applied.
    List {
        #[command(flatten)]
        format: FormatArgs,
    },
}

/// A light, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LightName {
    /// Met, on pace, within band.
    Green,
    /// Behind, inside the margin.
    Yellow,
    /// Behind.
    Red,
    /// Not due, not applicable.
    Grey,
    /// Due and not reported.
    Missing,
}

/// `leitai verdicts …`.
#[derive(Debug, Subcommand)]
pub enum VerdictsCommand {
    /// List a round's.
    List {
        #[command(flatten)]
        round: RoundArgs,
        /// Only this division's.
        #[arg(long, value_name = "CODE", default_value = "")]
        division: String,
        /// Only this indicator's.
        #[arg(long, value_name = "ID", default_value = "")]
        indicator: String,
        /// Only these lights.
        #[arg(long, value_enum, value_delimiter = ',')]
        light: Vec<LightName>,
        /// Only what this agency evaluates.
        #[arg(long, value_name = "AGENCY", default_value = "")]
        agency: String,
        #[command(flatten)]
        as_of: AsOfArgs,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Ranks printed in the source beside ours, where they differ.
    PrintedRanks {
        #[command(flatten)]
        round: RoundArgs,
        #[command(flatten)]
        format: FormatArgs,
    },
}

/// `leitai standings …`.
#[derive(Debug, Subcommand)]
pub enum StandingsCommand {
    /// List a round's, best first.
    List {
        #[command(flatten)]
        round: RoundArgs,
        #[command(flatten)]
        as_of: AsOfArgs,
        #[command(flatten)]
        format: FormatArgs,
    },
}
