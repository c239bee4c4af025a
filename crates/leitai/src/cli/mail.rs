//! The command line's words about letters on their way.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use leitai_domain::period::Period;

use super::{FormatArgs, PlanFilter, RoundArgs};

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DeliveryStateName {
    /// Waiting to be sent, or to be tried again.
    Pending,
    /// A worker holds it.
    Leased,
    /// Taken by the mail server.
    Sent,
    /// Refused for good, or tried too often.
    Failed,
    /// Taken by our server, returned later by another.
    Bounced,
}

/// What of a letter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LetterPart {
    /// The stored bytes (RFC 5322).
    Eml,
    /// The page.
    Html,
    /// The plain text.
    Text,
}

/// `leitai letters …`.
#[derive(Debug, Subcommand)]
pub enum LettersCommand {
    /// List them with their deliveries.
    List {
        #[command(flatten)]
        plan: PlanFilter,
        /// Only this round's.
        #[arg(long, value_name = "PERIOD")]
        period: Option<Period>,
        /// Only deliveries in this state.
        #[arg(long, value_enum)]
        state: Option<DeliveryStateName>,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// One letter: its deliveries, then every attempt and whatever else happened to them.
    Show {
        /// Letter id.
        letter: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Write a letter as it is stored, or one part of it.
    Render {
        /// Letter id.
        letter: String,
        /// File to write; none: standard output.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// What of it.
        #[arg(long, value_enum, default_value = "eml")]
        part: LetterPart,
    },
    /// Letters of a round that print what was corrected since: what was told, what is right, and where the cases are.
    Touched(TouchedArgs),
    /// Write a letter that corrects another (更正函), to the same agency: what was told, what is right, since when, and what becomes of the cases.
    Correct(CorrectArgs),
    /// Corrections that were written.
    Corrections {
        #[command(flatten)]
        plan: PlanFilter,
        /// Only this round's.
        #[arg(long, value_name = "PERIOD")]
        period: Option<Period>,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Send a letter again that was sent, failed or bounced: the same bytes under the same Message-ID.
    Resend(ResendArgs),
    /// Write sample letters of every tier and a reminder (.eml), made with the configured templates: what a change of these looks like.
    Samples {
        /// Directory for the files; what is there is written anew.
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Write the shipped templates, to change them and name their directory as `templates_dir` of notification.
    Templates {
        /// Directory for the files; files that are there stay as they are, and end the command.
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
}

/// `leitai letters resend`.
#[derive(Debug, Args)]
pub struct ResendArgs {
    /// Letter id.
    pub letter: String,
    /// Only to this address of the letter; may be repeated. None: to every one that it is not on its way to.
    #[arg(long, value_name = "ADDRESS")]
    pub recipient: Vec<String>,
    /// Who asks for it; kept with the delivery.
    #[arg(long, value_name = "NAME")]
    pub who: String,
    /// Why; kept with the delivery.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// A chosen id: a repeat is answered with the first answer. None: a random one.
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai letters touched`.
#[derive(Debug, Args)]
pub struct TouchedArgs {
    #[command(flatten)]
    pub round: RoundArgs,
    /// Only this division's findings.
    #[arg(long, value_name = "CODE", default_value = "")]
    pub division: String,
    /// Only this indicator's findings.
    #[arg(long, value_name = "ID", default_value = "")]
    pub indicator: String,
    /// Findings of which only the place is another as well: other counties' values were corrected or came in.
    #[arg(long)]
    pub ranks: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai letters correct`.
#[derive(Debug, Args)]
pub struct CorrectArgs {
    /// The letter's number (县调督〔2025〕12号) or id.
    #[arg(long, value_name = "NUMBER|ID")]
    pub letter: String,
    /// Why the data were corrected; the letter says it.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who has it written; kept.
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run")]
    pub who: Option<String>,
    /// Write nothing: print what the letter would say.
    #[arg(long)]
    pub dry_run: bool,
    /// What of it is printed in a dry run: text or html.
    #[arg(long, value_enum, default_value = "text", requires = "dry_run")]
    pub part: LetterPart,
    /// A chosen id: a repeat is answered with the first answer. None: a random one.
    #[arg(long, value_name = "ID", conflicts_with = "dry_run")]
    pub request_id: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai bounces …`.
#[derive(Debug, Subcommand)]
pub enum BouncesCommand {
    /// Read every unread message of a Maildir. A report is recorded and marked as seen; any other message stays as it is, and is named.
    Read {
        /// The Maildir, with `new` and `cur` in it.
        #[arg(long, value_name = "DIR")]
        maildir: PathBuf,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Read one message from standard input, for a mail server's pipe. Exits with 65 where it is no report, with 75 (try again) where it could
    /// not be recorded.
    Pipe {
        #[command(flatten)]
        format: FormatArgs,
    },
    /// List what was recorded.
    List {
        /// Only what is about no delivery for certain.
        #[arg(long)]
        unmatched: bool,
        #[command(flatten)]
        format: FormatArgs,
    },
}

/// `leitai worker …`.
#[derive(Debug, Subcommand)]
pub enum WorkerCommand {
    /// Print the DNS TXT record of the key in [worker.dkim], as a line of a zone file.
    DkimRecord,
}
