//! Exit codes that a mail server's pipe understands (sysexits.h).

use std::{error::Error, fmt};

/// The message is not what was expected: the mail server returns it.
const DATA_ERROR: u8 = 65;
/// Try again later: the mail server keeps it.
const TEMPORARY: u8 = 75;

/// An error with its own exit code.
#[derive(Debug)]
pub struct Exit {
    code: u8,
    text: String,
}

impl Exit {
    /// The message is no report.
    pub fn no_report(reason: String) -> Self {
        Self { code: DATA_ERROR, text: format!("no delivery status report: {reason}") }
    }

    /// It could not be read or recorded now.
    pub fn again(error: &impl fmt::Display) -> Self {
        Self { code: TEMPORARY, text: format!("not recorded: {error:#}") }
    }

    /// For the shell.
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Exit {}
