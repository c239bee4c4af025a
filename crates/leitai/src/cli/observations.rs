//! The command line's words about values and what they were.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use leitai_domain::period::Period;
use time::{
    Date, OffsetDateTime, Time,
    format_description::well_known::Rfc3339,
    macros::{format_description, offset, time},
};

use super::{FormatArgs, PLAN};

/// `leitai observations …`.
#[derive(Debug, Subcommand)]
pub enum ObservationsCommand {
    /// List the values in force, now or at a moment.
    List(ObservationListArgs),
    /// What one value was: each revision with who, when, why, file and cell, and the frozen rounds that saw it.
    History(ObservationHistoryArgs),
    /// Write the values in force to a file for other statistical systems.
    Export(ObservationExportArgs),
    /// Submit such a file as a report.
    Import(ObservationImportArgs),
}

/// A format of exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExchangeFormat {
    /// SDMX-CSV 2.0.
    Sdmx,
}

/// Which values.
#[derive(Debug, Args)]
pub struct ObservationFilterArgs {
    /// Plan id.
    #[arg(long, value_name = "ID", default_value = PLAN)]
    pub plan: String,
    /// Only this division's.
    #[arg(long, value_name = "CODE", default_value = "")]
    pub division: String,
    /// Only this indicator's.
    #[arg(long, value_name = "ID", default_value = "")]
    pub indicator: String,
    /// Only this period's.
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<Period>,
}

/// `leitai observations export`.
#[derive(Debug, Args)]
pub struct ObservationExportArgs {
    #[command(flatten)]
    pub filter: ObservationFilterArgs,
    /// How to write it.
    #[arg(long = "format", value_enum, default_value = "sdmx")]
    pub exchange: ExchangeFormat,
    /// Where to; a file that is there is replaced.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// `leitai observations import`.
#[derive(Debug, Args)]
pub struct ObservationImportArgs {
    /// SDMX-CSV 2.0 or 1.0.
    pub file: PathBuf,
    /// Plan whose indicators are reported.
    #[arg(long, value_name = "ID", default_value = PLAN)]
    pub plan: String,
    /// Agency that submits.
    #[arg(long, value_name = "AGENCY")]
    pub submitter: String,
    /// The values are simulated: every output then says so.
    #[arg(long)]
    pub simulated: bool,
    /// A chosen id: a repeat is answered with the first answer. None: a random one.
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai observations list`.
#[derive(Debug, Args)]
pub struct ObservationListArgs {
    #[command(flatten)]
    pub filter: ObservationFilterArgs,
    /// As they were in force: at the end of a day in Beijing (2025-07-20), at a moment (RFC 3339), or once a number of the change log was
    /// written (4711; a round's frozen_sequence is what the round saw). None: now.
    #[arg(long, value_name = "DAY|MOMENT|NUMBER", value_parser = as_in_force)]
    pub as_of: Option<AsInForce>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai observations history`.
#[derive(Debug, Args)]
pub struct ObservationHistoryArgs {
    /// Plan id.
    #[arg(long, value_name = "ID", default_value = PLAN)]
    pub plan: String,
    /// The division's six-digit code.
    #[arg(long, value_name = "CODE")]
    pub division: String,
    /// The indicator.
    #[arg(long, value_name = "ID")]
    pub indicator: String,
    /// The period; none: every one.
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<Period>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// As in force when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsInForce {
    /// At a moment, RFC 3339.
    Moment(String),
    /// Once this number of the change log was written.
    Sequence(i64),
}

impl AsInForce {
    /// Moment and number as a request holds them.
    pub fn wire(this: Option<Self>) -> (String, i64) {
        match this {
            None => (String::new(), 0),
            Some(Self::Moment(moment)) => (moment, 0),
            Some(Self::Sequence(sequence)) => (String::new(), sequence),
        }
    }
}

/// The last millisecond of a day: times are kept so.
const LAST: Time = time!(23:59:59.999);

/// A day's end in Beijing, a moment, or a number of the change log.
fn as_in_force(text: &str) -> Result<AsInForce, String> {
    if let Ok(sequence) = text.parse::<i64>() {
        return if sequence > 0 { Ok(AsInForce::Sequence(sequence)) } else { Err("a number of the change log counts from 1".to_owned()) };
    }
    moment_at(text, LAST).map(AsInForce::Moment)
}

/// A moment from RFC 3339 as it is, or from a day, at its beginning in Beijing.
pub fn since(text: &str) -> Result<String, String> {
    moment_at(text, Time::MIDNIGHT)
}

fn moment_at(text: &str, of_day: Time) -> Result<String, String> {
    if OffsetDateTime::parse(text, &Rfc3339).is_ok() {
        return Ok(text.to_owned());
    }
    let day = Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(|_| "write 2025-07-20 or 2025-07-20T00:00:00Z")?;
    day.with_time(of_day).assume_offset(offset!(+8)).format(&Rfc3339).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2025-07-20", AsInForce::Moment("2025-07-20T23:59:59.999+08:00".to_owned()))]
    #[case("2025-07-20T00:00:00Z", AsInForce::Moment("2025-07-20T00:00:00Z".to_owned()))]
    #[case("4711", AsInForce::Sequence(4_711))]
    fn when_is_read(#[case] text: &str, #[case] expected: AsInForce) {
        assert_eq!(as_in_force(text), Ok(expected));
    }

    #[rstest]
    #[case("2025-07")]
    #[case("2025-02-30")]
    #[case("0")]
    #[case("-3")]
    #[case("yesterday")]
    fn what_is_no_time_is_refused(#[case] text: &str) {
        assert!(as_in_force(text).is_err());
    }

    #[test]
    fn a_day_to_begin_with_begins_in_beijing() {
        assert_eq!(since("2025-07-20").as_deref(), Ok("2025-07-20T00:00:00+08:00"));
    }
}
