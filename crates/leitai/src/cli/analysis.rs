//! Words of the commands that ask what would be, what was, and what does not fit.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use leitai_domain::{decimal, period::Period};
use leitai_proto::evaluation::v1::SignalKind;

use super::{FormatArgs, PLAN, RoundArgs};

/// As known when.
#[derive(Debug, Clone, Args)]
pub struct AsOfArgs {
    /// As known at this moment (RFC 3339: 2025-07-20T00:00:00Z). None: now.
    #[arg(long, value_name = "MOMENT", default_value = "")]
    pub as_of: String,
}

/// `leitai dossier`.
#[derive(Debug, Args)]
pub struct DossierArgs {
    #[command(flatten)]
    pub round: RoundArgs,
    /// The county's six-digit code.
    #[arg(long, value_name = "CODE")]
    pub division: String,
    #[command(flatten)]
    pub as_of: AsOfArgs,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai suppose`.
#[derive(Debug, Args)]
pub struct SupposeArgs {
    #[command(flatten)]
    pub round: RoundArgs,
    /// A supposed value in the indicator's unit: 230123:industry_growth=6.5, or =none where nothing was reported. Up to 100.
    #[arg(long = "value", value_name = "DIVISION:INDICATOR=VALUE", required = true, allow_hyphen_values = true, value_parser = supposed)]
    pub values: Vec<SupposedValue>,
    #[command(flatten)]
    pub as_of: AsOfArgs,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// One supposed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupposedValue {
    /// GB/T 2260 code.
    pub division: String,
    /// The indicator's id.
    pub indicator: String,
    /// In the indicator's unit, times 10⁶; `None`: nothing was reported.
    pub micros: Option<i64>,
}

fn supposed(text: &str) -> Result<SupposedValue, String> {
    let right = "write DIVISION:INDICATOR=VALUE, such as 230123:industry_growth=6.5 or 230123:industry_growth=none";
    let parts = text.split_once(':').and_then(|(division, rest)| Some((division, rest.split_once('=')?)));
    let (division, (indicator, value)) = parts.ok_or(right)?;
    if division.is_empty() || indicator.is_empty() {
        return Err(right.to_owned());
    }
    let number = |text: &str| decimal::parse(text).and_then(decimal::to_micros).map_err(|error| format!("VALUE: {error}; {right}"));
    let micros = if value == "none" { None } else { Some(number(value)?) };
    Ok(SupposedValue { division: division.to_owned(), indicator: indicator.to_owned(), micros })
}

/// `leitai provincial …`.
#[derive(Debug, Subcommand)]
pub enum ProvincialCommand {
    /// The province's own targets (附件1): rolled up from the counties, beside the reported figure.
    List {
        #[command(flatten)]
        round: RoundArgs,
        #[command(flatten)]
        as_of: AsOfArgs,
        #[command(flatten)]
        format: FormatArgs,
    },
}

/// `leitai backtest`.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// Directory of reports named by period (2025-M02.csv, 2025-M02-city.xlsx); each round of the plan's year is frozen after its last
    /// one. None: what the running ingestion holds, its rounds as they were frozen.
    #[arg(long, value_name = "DIR")]
    pub reports: Option<PathBuf>,
    /// Plan: a shipped plan's id or, with --reports, a file.
    #[arg(long, value_name = "ID", default_value = PLAN)]
    pub plan: String,
    /// Judge these counties (six-digit codes) in place of the plan's own set.
    #[arg(long, value_delimiter = ',', value_name = "CODES", requires = "reports")]
    pub counties: Vec<String>,
    /// Evaluation policy; none: the configured one.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Policy of who is told; none: the configured one.
    #[arg(long, value_name = "FILE")]
    pub letter_policy: Option<PathBuf>,
    /// Leave later reports out.
    #[arg(long, value_name = "PERIOD", requires = "reports")]
    pub until: Option<Period>,
    /// Layout file for workbooks; none: the shipped shaoyang-monthly.
    #[arg(long, value_name = "FILE", requires = "reports")]
    pub layout: Option<PathBuf>,
    /// The values are simulated: the letters then say so.
    #[arg(long, requires = "reports")]
    pub simulated: bool,
    /// Write the letters as .eml files into this directory. None are ever sent.
    #[arg(long, value_name = "DIR")]
    pub letters: Option<PathBuf>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `leitai signals …`.
#[derive(Debug, Subcommand)]
pub enum SignalsCommand {
    /// Integrity signals of a round (数据质量提示); they stand beside the score and never enter it.
    List(SignalsArgs),
}

/// Which signals.
#[derive(Debug, Args)]
pub struct SignalsArgs {
    #[command(flatten)]
    pub round: RoundArgs,
    /// Only of this kind.
    #[arg(long, value_enum)]
    pub kind: Option<SignalName>,
    /// Only those that name this county: its six-digit code.
    #[arg(long, value_name = "CODE")]
    pub division: Option<String>,
    #[command(flatten)]
    pub as_of: AsOfArgs,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// What a signal noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SignalName {
    /// Values crowded just above the target.
    Bunching,
    /// The same value period after period.
    RepeatedValue,
    /// A target met only against a lowered base.
    BaseLowered,
    /// An unusual part of the year in December.
    DecemberJump,
    /// Counties that do not add up.
    SumMismatch,
    /// Last digits that are not uniform.
    LastDigit,
    /// First digits that do not follow Benford.
    FirstDigit,
}

impl SignalName {
    /// As a request names it.
    pub fn wire(self) -> SignalKind {
        match self {
            Self::Bunching => SignalKind::Bunching,
            Self::RepeatedValue => SignalKind::RepeatedValue,
            Self::BaseLowered => SignalKind::BaseLowered,
            Self::DecemberJump => SignalKind::DecemberJump,
            Self::SumMismatch => SignalKind::SumMismatch,
            Self::LastDigit => SignalKind::LastDigit,
            Self::FirstDigit => SignalKind::FirstDigit,
        }
    }
}

/// `leitai policy …`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Hold a policy against plans and list the names in it that none of them has; fails where there is one.
    Check {
        /// Policy file; none: the example that ships.
        policy: Option<PathBuf>,
        /// Plan file or shipped plan's id that the policy is meant for; once for each.
        #[arg(long = "plan", value_name = "ID|FILE", default_value = PLAN)]
        plans: Vec<String>,
        /// Judge these counties (six-digit codes) in place of the plans' own sets.
        #[arg(long, value_delimiter = ',', value_name = "CODES")]
        counties: Vec<String>,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Try a notification policy with scenarios: given these verdicts by period, these letters to these agencies; given what was
    /// reported when, these reminders. Fails where one differs.
    Test {
        /// Scenario files (TOML); each may name its policy, else the example that ships is tried.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Days off and make-up workdays; none: the notices that ship.
        #[arg(long, value_name = "FILE")]
        calendar: Option<PathBuf>,
    },
    /// Say for a case why a letter was or was not written about it in each round.
    Explain {
        /// Case id.
        case: String,
        #[command(flatten)]
        format: FormatArgs,
    },
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("230123:industry_growth=6.5", Some(6_500_000))]
    #[case("230123:industry_growth=-6.5", Some(-6_500_000))]
    #[case("230123:industry_growth=none", None)]
    fn a_value_is_read(#[case] text: &str, #[case] micros: Option<i64>) {
        assert_eq!(supposed(text), Ok(SupposedValue { division: "230123".to_owned(), indicator: "industry_growth".to_owned(), micros }));
    }

    #[rstest]
    #[case("230123", "write DIVISION:INDICATOR=VALUE")]
    #[case("230123:industry_growth", "write DIVISION:INDICATOR=VALUE")]
    #[case(":industry_growth=1", "write DIVISION:INDICATOR=VALUE")]
    #[case("230123:=1", "write DIVISION:INDICATOR=VALUE")]
    #[case("230123:industry_growth=5.5左右", "`5.5左右`")]
    #[case("230123:industry_growth=", "VALUE: ")]
    #[case("230123:industry_growth=9223372036855", "9223372036855")]
    fn what_is_no_value_is_refused(#[case] text: &str, #[case] says: &str) {
        let error = supposed(text).unwrap_err();
        assert!(error.contains(says) && error.contains("230123:industry_growth=6.5"), "{error}");
    }
}
