//! `leitai round …`.

use clap::{Args, Subcommand, ValueEnum};

use super::{AsOfArgs, FormatArgs, PlanFilter, RoundArgs};

/// `leitai round …`.
#[derive(Debug, Subcommand)]
pub enum RoundCommand {
    /// Open a round by hand: reports are asked for. The schedule does so on the opening day of the plan's [rounds].
    Open {
        #[command(flatten)]
        round: RoundArgs,
        /// A chosen id: a repeat is answered with the first answer. None: a random one.
        #[arg(long, value_name = "ID")]
        request_id: Option<String>,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Freeze a round: its letters are made from what is accepted by now. Says where that is early or leaves gaps.
    Freeze {
        #[command(flatten)]
        round: RoundArgs,
        /// A chosen id: a repeat is answered with the first answer. None: a random one.
        #[arg(long, value_name = "ID")]
        request_id: Option<String>,
    },
    /// One round: its days and completeness, its verdicts by light, and how they were made. As it was frozen, where it was.
    Show {
        #[command(flatten)]
        round: RoundArgs,
        #[command(flatten)]
        as_of: AsOfArgs,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Rounds that are scheduled, open, frozen, or just have values, and their verdicts by light.
    List {
        #[command(flatten)]
        plan: PlanFilter,
        /// Only these states.
        #[arg(long, value_enum, value_delimiter = ',')]
        state: Vec<RoundStateName>,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Who owes what in a round, and whether and when it came.
    Obligations(ObligationsArgs),
    /// How complete and how timely a round is.
    Completeness(CompletenessArgs),
}

/// `leitai round obligations`.
#[derive(Debug, Args)]
pub struct ObligationsArgs {
    #[command(flatten)]
    pub round: RoundArgs,
    /// Only what this agency owes.
    #[arg(long, value_name = "AGENCY", default_value = "")]
    pub agency: String,
    /// Only this division's.
    #[arg(long, value_name = "CODE", default_value = "")]
    pub division: String,
    /// Only this indicator's.
    #[arg(long, value_name = "ID", default_value = "")]
    pub indicator: String,
    /// Only these states.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub state: Vec<ObligationStateName>,
    #[command(flatten)]
    pub moment: MomentArgs,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai round completeness`.
#[derive(Debug, Args)]
pub struct CompletenessArgs {
    #[command(flatten)]
    pub round: RoundArgs,
    /// What it is told by; the whole stands last.
    #[arg(long, value_enum, default_value = "agency")]
    pub by: ByName,
    #[command(flatten)]
    pub moment: MomentArgs,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Now, at a moment, or at the freeze.
#[derive(Debug, Clone, Args)]
pub struct MomentArgs {
    #[command(flatten)]
    pub as_of: AsOfArgs,
    /// As the round was frozen.
    #[arg(long, conflicts_with = "as_of")]
    pub at_freeze: bool,
}

/// A round's state, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoundStateName {
    /// Its opening day has not come, or was missed.
    Scheduled,
    /// Reports are asked for.
    Open,
    /// Its data stand.
    Frozen,
}

/// Whether something owed came, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ObligationStateName {
    /// Not reported, and there is still time.
    NotYetDue,
    /// Reported by the due day.
    OnTime,
    /// Reported after it.
    Late,
    /// Not reported though due.
    Missing,
}

/// What completeness is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ByName {
    /// By agency; what several owe together counts for each.
    Agency,
    /// By division.
    Division,
    /// By indicator.
    Indicator,
}
