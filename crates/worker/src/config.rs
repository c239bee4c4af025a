//! The configuration of the worker role.

use std::{fs, io, path::PathBuf, time::Duration};

use lettre::transport::smtp::{
    authentication::Credentials,
    client::{TlsParameters, TlsParametersBuilder},
};
use serde::Deserialize;

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
}

/// How letters leave. The keys of the other kind are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransportConfig {
    /// As files or by SMTP.
    pub kind: TransportKind,
    /// Where `.eml` files go.
    pub directory: PathBuf,
    /// `smtp://HOST:PORT` without TLS, `smtp+starttls://HOST:PORT`, or `smtps://HOST:PORT`. Certificates are always verified.
    pub smtp_url: String,
    /// Name to log in with; empty: no log-in.
    pub smtp_user: String,
    /// File that holds the password, its first line.
    pub smtp_password_file: PathBuf,
}

/// As files or by SMTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// One `.eml` file for each delivery.
    File,
    /// To a mail server.
    Smtp,
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
    /// The password file cannot be read.
    #[error("smtp_password_file `{path}` cannot be read", path = path.display())]
    PasswordFile {
        /// As configured.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// Letters cannot be signed.
    #[error(transparent)]
    Dkim(#[from] DkimError),
    /// No certificate authorities could be loaded.
    #[error("TLS cannot be set up")]
    Tls(#[from] lettre::transport::smtp::Error),
}

/// Whether and when a connection is encrypted.
#[derive(Clone)]
pub(crate) enum Security {
    /// Never.
    None,
    /// After a greeting in the clear; refused where the server does not offer it.
    StartTls(TlsParameters),
    /// From the first byte.
    Tls(TlsParameters),
}

/// A mail server, checked.
#[derive(Clone)]
pub(crate) struct SmtpServer {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub credentials: Option<Credentials>,
}

impl TransportConfig {
    /// Letters as files in a directory.
    #[must_use]
    pub fn files(directory: PathBuf) -> Self {
        Self { kind: TransportKind::File, directory, ..Self::smtp("") }
    }

    /// Letters to a mail server without log-in.
    #[must_use]
    pub fn smtp(url: &str) -> Self {
        Self {
            kind: TransportKind::Smtp,
            directory: PathBuf::new(),
            smtp_url: url.to_owned(),
            smtp_user: String::new(),
            smtp_password_file: PathBuf::new(),
        }
    }

    /// The mail server, checked.
    ///
    /// # Errors
    /// [`ConfigError`] names the key.
    pub(crate) fn server(&self) -> Result<SmtpServer, ConfigError> {
        let wrong = || ConfigError::SmtpUrl(self.smtp_url.clone());
        let (scheme, rest) = self.smtp_url.split_once("://").ok_or_else(wrong)?;
        let (host, port) = rest.trim_end_matches('/').rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || host.contains(['@', '/']) {
            return Err(wrong());
        }
        let tls = || TlsParametersBuilder::new(host.clone()).build();
        let security = match scheme {
            "smtp" => Security::None,
            "smtp+starttls" => Security::StartTls(tls()?),
            "smtps" => Security::Tls(tls()?),
            _ => return Err(wrong()),
        };
        let credentials = self.credentials(&security)?;
        Ok(SmtpServer { host, port, security, credentials })
    }

    fn credentials(&self, security: &Security) -> Result<Option<Credentials>, ConfigError> {
        if self.smtp_user.is_empty() {
            return Ok(None);
        }
        if matches!(security, Security::None) {
            return Err(ConfigError::PlainLogin);
        }
        let path = &self.smtp_password_file;
        let text = fs::read_to_string(path).map_err(|source| ConfigError::PasswordFile { path: path.clone(), source })?;
        let password = text.lines().next().unwrap_or_default().to_owned();
        Ok(Some(Credentials::new(self.smtp_user.clone(), password)))
    }
}

impl WorkerConfig {
    /// All defaults, for this notification and this way out.
    #[must_use]
    pub fn at(notification_endpoint: &str, transport: TransportConfig) -> Self {
        Self {
            notification_endpoint: notification_endpoint.to_owned(),
            worker_id: "worker".to_owned(),
            concurrency: 4,
            lease_seconds: 60,
            transport,
            dkim: DkimConfig::default(),
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
        if self.worker_id.is_empty() || self.worker_id.chars().count() > 100 {
            return Err(ConfigError::Bounds("worker_id must have 1 to 100 characters"));
        }
        if self.transport.kind == TransportKind::File && self.transport.directory.as_os_str().is_empty() {
            return Err(ConfigError::Bounds("transport.directory must be named for files"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("smtp://127.0.0.1:25", "127.0.0.1", 25)]
    #[case("smtp+starttls://mx.province.example:587/", "mx.province.example", 587)]
    #[case("smtps://[::1]:465", "::1", 465)]
    fn reads_addresses(#[case] url: &str, #[case] host: &str, #[case] port: u16) {
        let server = TransportConfig::smtp(url).server().unwrap();
        assert_eq!((server.host.as_str(), server.port), (host, port));
    }

    #[rstest]
    #[case("127.0.0.1:25")]
    #[case("smtp://host")]
    #[case("http://host:25")]
    #[case("smtp://:25")]
    #[case("smtp://user:secret@host:25")]
    fn refuses_addresses(#[case] url: &str) {
        assert!(matches!(TransportConfig::smtp(url).server(), Err(ConfigError::SmtpUrl(_))));
    }

    #[test]
    fn a_password_never_travels_in_the_clear() {
        let config = TransportConfig { smtp_user: "u".to_owned(), ..TransportConfig::smtp("smtp://host:25") };
        assert!(matches!(config.server(), Err(ConfigError::PlainLogin)));
        let config = TransportConfig { smtp_url: "smtps://host:465".to_owned(), smtp_password_file: "/nowhere".into(), ..config };
        assert!(matches!(config.server(), Err(ConfigError::PasswordFile { .. })));
    }
}
