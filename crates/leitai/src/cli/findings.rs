//! `leitai findings …`.

use clap::Subcommand;

use super::FormatArgs;

/// `leitai findings …`.
#[derive(Debug, Subcommand)]
pub enum FindingsCommand {
    /// Values that break a rule of the plan: what was found, what was expected, how it was explained.
    List {
        /// Only this report's.
        #[arg(long, value_name = "REPORT", default_value = "")]
        report: String,
        /// Only this plan's.
        #[arg(long, value_name = "ID", default_value = "")]
        plan: String,
        /// Only those that wait for an explanation.
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Say in words why values are right: they are then held no longer.
    Explain {
        /// Report id.
        report: String,
        /// Numbers of the findings; none: all that wait.
        numbers: Vec<i32>,
        /// The report's submitter.
        #[arg(long, value_name = "AGENCY")]
        agency: String,
        /// The person.
        #[arg(long, value_name = "NAME", default_value = "")]
        who: String,
        /// Why, at most 500 characters.
        #[arg(long, value_name = "TEXT")]
        words: String,
        /// A chosen id: a repeat is answered with the first answer. None: a random one.
        #[arg(long, value_name = "ID")]
        request_id: Option<String>,
        #[command(flatten)]
        format: FormatArgs,
    },
}
