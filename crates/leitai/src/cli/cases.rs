//! Words of cases and silences.

use clap::{Args, Subcommand};

use super::{FormatArgs, PlanFilter};

/// `leitai cases …`.
#[derive(Debug, Subcommand)]
pub enum CasesCommand {
    /// List them.
    List {
        #[command(flatten)]
        plan: PlanFilter,
        /// Only those still behind: open, acknowledged or rectifying.
        #[arg(long)]
        open: bool,
        /// Only those with a deadline that passed.
        #[arg(long)]
        overdue: bool,
        /// Only what this agency evaluates.
        #[arg(long, value_name = "AGENCY", default_value = "")]
        agency: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// One case with everything that happened to it: who, when, why, and which round's finding led to it.
    Show {
        /// Case id.
        case: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// An evaluating agency says that it knows of the case.
    Acknowledge(ActArgs),
    /// An evaluating agency or the county's task force files a measure.
    Rectify {
        #[command(flatten)]
        act: ActArgs,
        /// What is done.
        #[arg(long, value_name = "TEXT")]
        measure: String,
        /// The person or office answerable for it.
        #[arg(long, value_name = "NAME")]
        owner: String,
        /// The promised day: 2025-06-30.
        #[arg(long, value_name = "DAY")]
        by: String,
    },
    /// An evaluating agency or the provincial task force sends a measure or a recovery back for rework.
    Return(ActArgs),
    /// An evaluating agency or the provincial task force closes a recovered case; not whoever submitted the value.
    SignOff(ActArgs),
    /// The provincial task force stops letters and deadlines up to and including a day.
    Suspend {
        #[command(flatten)]
        act: ActArgs,
        /// The last day: 2025-06-30.
        #[arg(long, value_name = "DAY")]
        until: String,
    },
    /// The provincial task force ends a suspension.
    Resume(ActArgs),
}

/// Who does something to which case.
#[derive(Debug, Args)]
pub struct ActArgs {
    /// Case id.
    pub case: String,
    /// The agency that acts, as plans and letters name it.
    #[arg(long, value_name = "NAME")]
    pub agency: String,
    /// The person or office that acts for it; kept in the history.
    #[arg(long, value_name = "NAME")]
    pub who: String,
    /// Why; kept in the history.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Names this request, so that a repeat changes nothing; none: a random one.
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai silences …`.
#[derive(Debug, Subcommand)]
pub enum SilencesCommand {
    /// List those in force.
    List {
        /// Those that are over as well.
        #[arg(long)]
        ended: bool,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// No letter about what it covers, up to and including a day; the cases live on.
    Create {
        /// One plan's cases only.
        #[arg(long, value_name = "ID", default_value = "")]
        plan: String,
        /// One indicator's only.
        #[arg(long, value_name = "ID", default_value = "")]
        indicator: String,
        /// One division's only.
        #[arg(long, value_name = "CODE", default_value = "")]
        division: String,
        /// The last day: 2025-06-30.
        #[arg(long, value_name = "DAY")]
        until: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who asks for it.
        #[arg(long, value_name = "NAME")]
        who: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// End one before its day.
    End {
        /// Silence id.
        silence: String,
        /// Who ends it.
        #[arg(long, value_name = "NAME")]
        who: String,
        #[command(flatten)]
        format: FormatArgs,
    },
}
