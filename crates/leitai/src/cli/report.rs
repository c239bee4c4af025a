//! Words of reports.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use leitai_proto::ingestion::v1::ReportState;

use super::{FormatArgs, PLAN, PlanFilter, TemplateArgs};

/// `leitai report …`.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Submit a workbook or a CSV file; answers for every cell.
    Submit(SubmitArgs),
    /// Make the file that an agency is to fill for a period; filled, it is submitted without a layout.
    Template(TemplateArgs),
    /// List reports, the newest first: where each is and what it waits for.
    List {
        #[command(flatten)]
        plan: PlanFilter,
        /// Only those in this state.
        #[arg(long, value_enum)]
        state: Option<StateName>,
        /// Only this agency's.
        #[arg(long, value_name = "AGENCY", default_value = "")]
        submitter: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// One report: where it is, what it waits for, and everything that happened to it.
    Show {
        /// Report id.
        report: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// What became of every cell of an earlier report.
    Items {
        /// Report id.
        report: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Approve a report at the level it waits for. The last approval puts its values in force.
    Approve {
        #[command(flatten)]
        act: ReportActArgs,
        /// The level: county, city or evaluator.
        #[arg(long, value_name = "LEVEL")]
        level: String,
        /// At the level evaluator: only these of the agency's indicators. None: all of them.
        #[arg(long, value_delimiter = ',', value_name = "IDS")]
        indicators: Vec<String>,
        /// The report's values_sha256 as it was seen; other values are refused.
        #[arg(long, value_name = "HEX", default_value = "")]
        values: String,
        /// Words to be kept.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Send a report back to its submitter.
    Return {
        #[command(flatten)]
        act: ReportActArgs,
        /// Why; the submitter reads it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take a report back; what is in force stays.
    Withdraw {
        #[command(flatten)]
        act: ReportActArgs,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// `leitai report submit`.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// .xlsx, .xls, .ods (a template or a workbook with a layout), or .csv: a template, SDMX-CSV, division,indicator,period,value,unit, or with
    /// --layout a sheet of a workbook.
    pub file: PathBuf,
    /// Plan whose indicators are reported.
    #[arg(long, value_name = "ID", default_value = PLAN)]
    pub plan: String,
    /// Agency that submits.
    #[arg(long, value_name = "AGENCY")]
    pub submitter: String,
    /// Layout file for a workbook that is no template; none: the shipped shaoyang-monthly.
    #[arg(long, value_name = "FILE")]
    pub layout: Option<PathBuf>,
    /// Year of period labels that print none, where no sheet prints one.
    #[arg(long, value_name = "YEAR", default_value_t = 0)]
    pub year: i32,
    /// The values are simulated: every output then says so.
    #[arg(long)]
    pub simulated: bool,
    /// Why it is sent; a correction says why.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub note: String,
    /// The earlier report that this one replaces; its approvals fall.
    #[arg(long, value_name = "REPORT", default_value = "")]
    pub replaces: String,
    /// Judge and answer for every cell, and store nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Explain values that are held by what stands in the column 说明 of their row; those without words go on waiting.
    #[arg(long, conflicts_with = "dry_run")]
    pub explain: bool,
    /// A chosen id: a repeat is answered with the first answer. None: a random one.
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// Counts only, not every cell.
    #[arg(long)]
    pub summary: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Who does something to which report.
#[derive(Debug, Args)]
pub struct ReportActArgs {
    /// Report id.
    pub report: String,
    /// The agency that acts.
    #[arg(long, value_name = "AGENCY")]
    pub agency: String,
    /// The person who acts for it; kept in the history.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub who: String,
    /// Names this request, so that a repeat changes nothing; none: a random one.
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Where a report is, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StateName {
    /// Nothing waits.
    InForce,
    /// Values wait for explanations.
    Held,
    /// Values wait for approval.
    AwaitingApproval,
    /// An approver sent it back.
    Returned,
    /// The submitter took it back.
    Withdrawn,
    /// A later report took its place.
    Replaced,
}

impl StateName {
    /// As a request names it.
    pub fn wire(self) -> ReportState {
        match self {
            Self::InForce => ReportState::InForce,
            Self::Held => ReportState::Held,
            Self::AwaitingApproval => ReportState::AwaitingApproval,
            Self::Returned => ReportState::Returned,
            Self::Withdrawn => ReportState::Withdrawn,
            Self::Replaced => ReportState::Replaced,
        }
    }
}
