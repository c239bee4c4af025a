//! Words of the responsibility list (责任清单) and its problems.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{FormatArgs, PLAN};

/// `leitai measures …`.
#[derive(Debug, Subcommand)]
pub enum MeasuresCommand {
    /// Write the workbook that a list is filled into.
    Template {
        /// Where to write it, .xlsx.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Plan file or shipped plan's id: its indicators can be chosen from.
        #[arg(long, value_name = "PLAN", default_value = PLAN)]
        plan: String,
        /// Fill it with the example rows; everything in them is made up.
        #[arg(long)]
        example: bool,
    },
    /// Apply a whole list; every bad cell is named, and a list with one stores nothing.
    Import {
        /// Workbook, .xlsx.
        file: PathBuf,
        /// Plan id.
        #[arg(long, value_name = "ID", default_value = PLAN)]
        plan: String,
        /// The list's name under the plan; it belongs to the agency that applies it first.
        #[arg(long, value_name = "ID", default_value = "main")]
        list: String,
        /// The agency that keeps the list.
        #[arg(long, value_name = "NAME")]
        agency: String,
        /// The person or office that acts for it; kept in the history.
        #[arg(long, value_name = "NAME")]
        who: String,
        /// The sheet to read; none: the only one with a list's headings.
        #[arg(long, value_name = "NAME", default_value = "")]
        sheet: String,
        /// Cancel measures in force that the list lacks, for this reason; none: they stay in force.
        #[arg(long, value_name = "REASON", default_value = "")]
        cancel_missing: String,
        /// Say what would happen, and store nothing.
        #[arg(long)]
        dry_run: bool,
        /// Names this request, so that a repeat changes nothing; none: a random one.
        #[arg(long, value_name = "ID")]
        request_id: Option<String>,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Measures.
    List(MeasuresArgs),
    /// Measures whose due day has passed.
    Overdue(MeasuresArgs),
    /// Projects with the counts of their measures.
    Projects {
        /// Plan id.
        #[arg(long, value_name = "ID", default_value = PLAN)]
        plan: String,
        /// Only this division's.
        #[arg(long, value_name = "CODE", default_value = "")]
        division: String,
        /// Only this indicator's.
        #[arg(long, value_name = "ID", default_value = "")]
        indicator: String,
        /// The day that overdue is told for; none: today in Beijing.
        #[arg(long, value_name = "DAY", default_value = "")]
        on: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// One measure with everything that happened to it.
    Show {
        /// Measure id.
        measure: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// The owner, or an agency that helps, reports progress.
    Progress {
        #[command(flatten)]
        act: DutyActArgs,
        /// As of which day; none: today in Beijing.
        #[arg(long, value_name = "DAY", default_value = "")]
        day: String,
        /// Per cent done, where it can be told.
        #[arg(long, value_name = "0-100")]
        percent: Option<i32>,
    },
    /// The owner says that the measure is done; the words are what shows it.
    Done {
        #[command(flatten)]
        act: DutyActArgs,
        /// The day it was done; none: today in Beijing.
        #[arg(long, value_name = "DAY", default_value = "")]
        day: String,
    },
}

/// Which measures.
#[derive(Debug, Args)]
pub struct MeasuresArgs {
    /// Plan id.
    #[arg(long, value_name = "ID", default_value = PLAN)]
    pub plan: String,
    /// Only this division's.
    #[arg(long, value_name = "CODE", default_value = "")]
    pub division: String,
    /// Only this indicator's.
    #[arg(long, value_name = "ID", default_value = "")]
    pub indicator: String,
    /// Only this owner's.
    #[arg(long, value_name = "AGENCY", default_value = "")]
    pub owner: String,
    /// Only this list's.
    #[arg(long, value_name = "ID", default_value = "")]
    pub list: String,
    /// Only this state's.
    #[arg(long, value_enum)]
    pub state: Option<MeasureStateName>,
    /// The day that overdue is told for; none: today in Beijing.
    #[arg(long, value_name = "DAY", default_value = "")]
    pub on: String,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// A measure's state, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MeasureStateName {
    /// Nothing was reported yet.
    NotStarted,
    /// Reported on.
    UnderWay,
    /// Done.
    Done,
    /// Cancelled.
    Cancelled,
}

/// Who does something about what, and what they say.
#[derive(Debug, Args)]
pub struct DutyActArgs {
    /// Measure or problem id.
    pub id: String,
    /// The agency that acts.
    #[arg(long, value_name = "NAME")]
    pub agency: String,
    /// The person or office that acts for it; kept in the history.
    #[arg(long, value_name = "NAME")]
    pub who: String,
    /// What is said: progress, evidence, problem, answer or reason; kept in the history.
    #[arg(long, value_name = "TEXT")]
    pub words: String,
    /// Names this request, so that a repeat changes nothing; none: a random one.
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai problems …`.
#[derive(Debug, Subcommand)]
pub enum ProblemsCommand {
    /// The owner of a measure raises a problem that belongs to its progress report.
    Raise {
        #[command(flatten)]
        act: DutyActArgs,
        /// Whose task force it is put before; none: the measure's own division's.
        #[arg(long, value_enum)]
        level: Option<LevelName>,
        /// The progress report, by its entry in the measure's history; none: the newest.
        #[arg(long, value_name = "ENTRY", default_value_t = 0)]
        progress: i32,
    },
    /// The task force that has it puts it before the next level; so may who raised it once the answer is overdue.
    Escalate(DutyActArgs),
    /// The task force that has it answers it.
    Resolve(DutyActArgs),
    /// The task force that has it sends it one level back, or to who raised it.
    Return(DutyActArgs),
    /// Who raised it puts it before the same level once more.
    Reopen(DutyActArgs),
    /// Who raised it closes it.
    Close(DutyActArgs),
    /// Problems.
    List {
        /// Plan id.
        #[arg(long, value_name = "ID", default_value = PLAN)]
        plan: String,
        /// Only this measure's.
        #[arg(long, value_name = "ID", default_value = "")]
        measure: String,
        /// Only this division's.
        #[arg(long, value_name = "CODE", default_value = "")]
        division: String,
        /// Only those before this level, or last before it.
        #[arg(long, value_enum)]
        level: Option<LevelName>,
        /// Only open ones.
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// One problem with everything that happened to it.
    Show {
        /// Problem id.
        problem: String,
        #[command(flatten)]
        format: FormatArgs,
    },
}

/// A level, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelName {
    /// The county's task force.
    County,
    /// The prefecture's.
    City,
    /// The province's.
    Province,
}
