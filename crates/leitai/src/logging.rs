//! Where tracing goes: standard error, as text or JSON.

use std::io::{self, IsTerminal};

use anyhow::Context;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// `[log]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// Filter directives; empty: `info` for roles, `warn` for commands.
    filter: String,
    /// The form of a line.
    format: LogFormat,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LogFormat {
    Text,
    Json,
}

/// Starts logging for the process.
pub fn start(settings: &LogSettings, quiet: bool) -> anyhow::Result<()> {
    let directives = match settings.filter.as_str() {
        "" if quiet => "warn",
        "" => "info",
        given => given,
    };
    let filter = EnvFilter::try_new(directives).with_context(|| format!("log.filter `{directives}`"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // Told by `eprintln!`, which panics where standard error has no reader any more.
    let builder = builder.log_internal_errors(false);
    match settings.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
