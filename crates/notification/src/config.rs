//! The configuration of the notification role.

use std::{fs, io, path::PathBuf};

use leitai_domain::calendar::{CHINA_TOML, Calendar, CalendarError};
use lettre::{Address, message::Mailbox};
use serde::Deserialize;

use crate::{
    addresses::{self, AddressBook, AddressBookError},
    letter::{self, SampleError, TemplateError, Templates},
    policy::{self, Policy, PolicyError},
};

/// Where findings come from, who issues letters, and how deliveries are tried again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationConfig {
    /// Evaluation's address, `http://HOST:PORT`.
    pub evaluation_endpoint: String,
    /// Ingestion's address, whose open rounds reminders follow; absent: the policy alone says when reports are due.
    pub ingestion_endpoint: Option<String>,
    /// A policy file; absent: the example policy that ships.
    pub policy_file: Option<PathBuf>,
    /// An address book; absent: the example that ships, all of it at reserved domains.
    pub addresses_file: Option<PathBuf>,
    /// Days off and make-up workdays; absent: China's notices as they ship.
    pub calendar_file: Option<PathBuf>,
    /// A directory with templates for letters; absent: those that ship.
    pub templates_dir: Option<PathBuf>,
    /// False leaves the charts out of letters: a third of their size, and most of the time to make them.
    #[serde(default = "charts")]
    pub charts: bool,
    /// The agency that issues letters, as printed at their head.
    #[serde(default = "issuer")]
    pub issuer: String,
    /// The address that letters are from; also the envelope sender.
    #[serde(default = "from")]
    pub from: String,
    /// The address that answers go to.
    #[serde(default = "reply_to")]
    pub reply_to: String,
    /// The domain of Message-IDs.
    #[serde(default = "message_id_domain")]
    pub message_id_domain: String,
    /// How a delivery is tried again.
    #[serde(default)]
    pub retry: Retry,
}

/// How a delivery is tried again: exponential, capped, with jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Bound of the first wait, seconds, at least 1.
    pub first_seconds: u32,
    /// Bound of the longest wait, seconds.
    pub most_seconds: u32,
    /// Attempts until a delivery is set aside for a person, at least 1.
    pub max_attempts: i32,
}

impl Default for Retry {
    /// 100 attempts with waits up to an hour: some three days.
    fn default() -> Self {
        Self { first_seconds: 15, most_seconds: 3_600, max_attempts: 100 }
    }
}

fn charts() -> bool {
    true
}

fn issuer() -> String {
    "省县域经济发展专班".to_owned()
}

fn from() -> String {
    "zhuanban@heilongjiang.example".to_owned()
}

fn reply_to() -> String {
    "diaodu@heilongjiang.example".to_owned()
}

fn message_id_domain() -> String {
    "leitai.example".to_owned()
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No address that a client can connect to.
    #[error("{field} `{found}` must start with http:// and name a host")]
    Endpoint {
        /// The field.
        field: &'static str,
        /// As configured.
        found: String,
    },
    /// A file that cannot be read.
    #[error("`{path}` cannot be read", path = path.display())]
    File {
        /// As configured.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The policy has a fault.
    #[error("the policy cannot be used")]
    Policy(#[from] PolicyError),
    /// The address book has a fault.
    #[error("the address book cannot be used")]
    Addresses(#[from] AddressBookError),
    /// The calendar has a fault.
    #[error("the calendar cannot be used")]
    Calendar(#[from] CalendarError),
    /// The templates have a fault.
    #[error("the templates for letters cannot be used")]
    Templates(#[from] TemplateError),
    /// Text that is no mail address.
    #[error("{field} is no mail address")]
    Address {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: lettre::address::AddressError,
    },
    /// A value out of bounds.
    #[error("{0}")]
    Bounds(&'static str),
}

/// The configuration, read and checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who is told, and by when they answer.
    pub policy: Policy,
    /// Which addresses an agency reads.
    pub addresses: AddressBook,
    /// Which days are worked.
    pub calendar: Calendar,
    /// How letters look and what they say.
    pub templates: Templates,
    /// True where letters may have charts.
    pub charts: bool,
    /// The agency that issues letters.
    pub issuer: String,
    /// Who letters are from.
    pub from: Mailbox,
    /// Who answers go to.
    pub reply_to: Mailbox,
    /// The domain of Message-IDs.
    pub message_id_domain: String,
    /// How a delivery is tried again.
    pub retry: Retry,
}

impl NotificationConfig {
    /// All defaults, following this evaluation.
    #[must_use]
    pub fn at(evaluation_endpoint: &str) -> Self {
        Self {
            evaluation_endpoint: evaluation_endpoint.to_owned(),
            ingestion_endpoint: None,
            policy_file: None,
            addresses_file: None,
            calendar_file: None,
            templates_dir: None,
            charts: charts(),
            issuer: issuer(),
            from: from(),
            reply_to: reply_to(),
            message_id_domain: message_id_domain(),
            retry: Retry::default(),
        }
    }

    /// File names and messages of sample letters, one of each tier to a department and to a county and a reminder, with these templates and this sender.
    ///
    /// # Errors
    /// [`SampleError`] where the configuration cannot be used.
    pub fn samples(&self) -> Result<Vec<(String, Vec<u8>)>, SampleError> {
        letter::samples(&self.load()?)
    }

    /// Reads the files and checks everything.
    ///
    /// # Errors
    /// [`ConfigError`] names the field or the file.
    pub fn load(&self) -> Result<Settings, ConfigError> {
        endpoint("evaluation_endpoint", &self.evaluation_endpoint)?;
        self.ingestion_endpoint.as_deref().map_or(Ok(()), |found| endpoint("ingestion_endpoint", found))?;
        if self.issuer.is_empty() || self.issuer.contains(char::is_control) {
            return Err(ConfigError::Bounds("issuer must be one line"));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if self.message_id_domain.is_empty() || !self.message_id_domain.chars().all(plain) {
            return Err(ConfigError::Bounds("message_id_domain must be a domain of ASCII letters, digits, dashes and points"));
        }
        if self.retry.first_seconds == 0 || self.retry.most_seconds < self.retry.first_seconds || self.retry.max_attempts < 1 {
            return Err(ConfigError::Bounds("retry must have 1 ≤ first_seconds ≤ most_seconds and max_attempts of at least 1"));
        }
        Ok(Settings {
            policy: Policy::from_toml(&text(self.policy_file.as_ref(), policy::EXAMPLE)?)?,
            addresses: AddressBook::from_toml(&text(self.addresses_file.as_ref(), addresses::EXAMPLE)?)?,
            calendar: Calendar::from_toml(&text(self.calendar_file.as_ref(), CHINA_TOML)?)?,
            templates: self.templates_dir.as_deref().map_or_else(Templates::shipped, Templates::from_dir)?,
            charts: self.charts,
            issuer: self.issuer.clone(),
            from: Mailbox::new(Some(self.issuer.clone()), address("from", &self.from)?),
            reply_to: Mailbox::new(None, address("reply_to", &self.reply_to)?),
            message_id_domain: self.message_id_domain.clone(),
            retry: self.retry,
        })
    }
}

fn text(file: Option<&PathBuf>, shipped: &str) -> Result<String, ConfigError> {
    let Some(path) = file else { return Ok(shipped.to_owned()) };
    fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.clone(), source })
}

fn endpoint(field: &'static str, found: &str) -> Result<(), ConfigError> {
    let host = found.strip_prefix("http://").unwrap_or_default();
    if host.is_empty() { Err(ConfigError::Endpoint { field, found: found.to_owned() }) } else { Ok(()) }
}

fn address(field: &'static str, text: &str) -> Result<Address, ConfigError> {
    text.parse().map_err(|source| ConfigError::Address { field, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_be_used() {
        let settings = NotificationConfig::at("http://127.0.0.1:7002").load().unwrap();
        assert!(settings.from.email.domain().ends_with(".example") && settings.reply_to.email.domain().ends_with(".example"));
    }

    #[test]
    fn refuses_what_would_fail_later() {
        let base = || NotificationConfig::at("http://127.0.0.1:7002");
        let endpoint = NotificationConfig { evaluation_endpoint: "127.0.0.1:7002".to_owned(), ..base() };
        assert!(matches!(endpoint.load(), Err(ConfigError::Endpoint { field: "evaluation_endpoint", .. })));
        let rounds = NotificationConfig { ingestion_endpoint: Some("http://".to_owned()), ..base() };
        assert!(matches!(rounds.load(), Err(ConfigError::Endpoint { field: "ingestion_endpoint", .. })));
        let from = NotificationConfig { from: "a@b\r\nBcc: c@d".to_owned(), ..base() };
        assert!(matches!(from.load(), Err(ConfigError::Address { field: "from", .. })));
        let issuer = NotificationConfig { issuer: "专班\r\nBcc: c@d".to_owned(), ..base() };
        assert!(matches!(issuer.load(), Err(ConfigError::Bounds(_))));
        let domain = NotificationConfig { message_id_domain: "a b".to_owned(), ..base() };
        assert!(matches!(domain.load(), Err(ConfigError::Bounds(_))));
        let retry = NotificationConfig { retry: Retry { max_attempts: 0, ..Retry::default() }, ..base() };
        assert!(matches!(retry.load(), Err(ConfigError::Bounds(_))));
        let file = NotificationConfig { addresses_file: Some("/nonexistent/addresses.toml".into()), ..base() };
        assert!(matches!(file.load(), Err(ConfigError::File { .. })));
    }
}
