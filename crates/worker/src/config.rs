//! The configuration of the worker role.

mod limits;
mod transport;

use std::{io, path::PathBuf, time::Duration};

use serde::Deserialize;

pub use self::limits::Limits;
pub(crate) use self::transport::{Security, SmtpServer};
pub use self::transport::{TransportConfig, TransportKind};

use crate::dkim::{DkimConfig, DkimError};

/// Where letters come from and how they leave.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerConfig {
    /// Notification's address, `http://HOST:PORT`.
    pub notification_endpoint: String,
    /// Names this worker with its leases, 1 to 100 characters.
    pub worker_id: String,
    /// Letters sent at once, each over its own connection, 1 to 64.
    pub concurrency: u8,
    /// How long leased letters are this worker's own, 5 to 600 s: after a crash others wait so long to take them up.
    pub lease_seconds: u16,
    /// How letters leave.
    pub transport: TransportConfig,
    /// Who signs them.
    #[serde(default)]
    pub dkim: DkimConfig,
    /// How politely they go to mail servers; files know no limits.
    #[serde(default)]
    pub limits: Limits,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No address that a client can connect to.
    #[error("notification_endpoint `{0}` must be http://HOST:PORT")]
    Endpoint(String, #[source] tonic::transport::Error),
    /// A value out of bounds.
    #[error("{0}")]
    Bounds(&'static str),
    /// Not one of the three forms.
    #[error("smtp_url `{0}` must be smtp://HOST:PORT, smtp+starttls://HOST:PORT or smtps://HOST:PORT")]
    SmtpUrl(String),
    /// A log-in over a readable line.
    #[error("smtp_user needs smtp+starttls:// or smtps://: a password must not travel in the clear")]
    PlainLogin,
    /// A file cannot be read.
    #[error("{key} `{path}` cannot be read", path = path.display())]
    File {
        /// The key that names it.
        key: &'static str,
        /// As configured.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A file without certificates.
    #[error("ca_file `{path}` holds no certificate in PEM", path = .0.display())]
    NoCertificate(PathBuf),
    /// A name that no server takes.
    #[error("hello_name `{0}` must be a host name of ASCII letters, digits, dashes and points")]
    HelloName(String),
    /// Letters cannot be signed.
    #[error(transparent)]
    Dkim(#[from] DkimError),
    /// No certificate authorities could be loaded.
    #[error("TLS cannot be set up")]
    Tls(#[from] lettre::transport::smtp::Error),
}

impl WorkerConfig {
    /// For this notification and this way out: unsigned, without limits.
    #[must_use]
    pub fn at(notification_endpoint: &str, transport: TransportConfig) -> Self {
        Self {
            notification_endpoint: notification_endpoint.to_owned(),
            worker_id: "worker".to_owned(),
            concurrency: 4,
            lease_seconds: 60,
            transport,
            dkim: DkimConfig::default(),
            limits: Limits::NONE,
        }
    }

    /// How long leased letters are this worker's own.
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.into())
    }

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`ConfigError::Bounds`] says which.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if !(1..=64).contains(&self.concurrency) {
            return Err(ConfigError::Bounds("concurrency must be 1 to 64"));
        }
        if !(5..=600).contains(&self.lease_seconds) {
            return Err(ConfigError::Bounds("lease_seconds must be 5 to 600"));
        }
        self.limits.check()?;
        if self.worker_id.is_empty() || self.worker_id.chars().count() > 100 {
            return Err(ConfigError::Bounds("worker_id must have 1 to 100 characters"));
        }
        if self.transport.kind == TransportKind::File && self.transport.directory.as_os_str().is_empty() {
            return Err(ConfigError::Bounds("transport.directory must be named for files"));
        }
        Ok(())
    }
}
