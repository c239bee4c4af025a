//! How letters leave, checked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Certificate, CertificateStore, TlsParameters, TlsParametersBuilder},
    extension::ClientId,
};
use serde::Deserialize;

use super::ConfigError;

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
    /// PEM file of the certificate authorities to trust in place of the built-in public ones; empty: those.
    #[serde(default)]
    pub ca_file: PathBuf,
    /// The name to greet the server with; empty: `[127.0.0.1]`, which a relay on the same machine takes and few others do.
    #[serde(default)]
    pub hello_name: String,
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
    pub hello: ClientId,
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
            ca_file: PathBuf::new(),
            hello_name: String::new(),
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
        let tls = || self.tls(host.clone());
        let security = match scheme {
            "smtp" => Security::None,
            "smtp+starttls" => Security::StartTls(tls()?),
            "smtps" => Security::Tls(tls()?),
            _ => return Err(wrong()),
        };
        let credentials = self.credentials(&security)?;
        Ok(SmtpServer { host, port, security, credentials, hello: self.hello()? })
    }

    fn tls(&self, host: String) -> Result<TlsParameters, ConfigError> {
        let mut builder = TlsParametersBuilder::new(host);
        if !self.ca_file.as_os_str().is_empty() {
            let pem = read("ca_file", &self.ca_file)?;
            if !pem.contains("-----BEGIN CERTIFICATE-----") {
                return Err(ConfigError::NoCertificate(self.ca_file.clone()));
            }
            let authorities = Certificate::from_pem(pem.as_bytes())?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authorities);
        }
        Ok(builder.build()?)
    }

    fn hello(&self) -> Result<ClientId, ConfigError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        match self.hello_name.as_str() {
            "" => Ok(ClientId::default()),
            name if name.len() <= 253 && name.chars().all(plain) => Ok(ClientId::Domain(name.to_owned())),
            name => Err(ConfigError::HelloName(name.to_owned())),
        }
    }

    fn credentials(&self, security: &Security) -> Result<Option<Credentials>, ConfigError> {
        if self.smtp_user.is_empty() {
            return Ok(None);
        }
        if matches!(security, Security::None) {
            return Err(ConfigError::PlainLogin);
        }
        let text = read("smtp_password_file", &self.smtp_password_file)?;
        let password = text.lines().next().unwrap_or_default().to_owned();
        Ok(Some(Credentials::new(self.smtp_user.clone(), password)))
    }
}

fn read(key: &'static str, path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|source| ConfigError::File { key, path: path.to_owned(), source })
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
        assert!(matches!(config.server(), Err(ConfigError::File { key: "smtp_password_file", .. })));
    }

    #[test]
    fn a_file_of_authorities_must_hold_some() {
        let with = |ca_file: &str| TransportConfig { ca_file: ca_file.into(), ..TransportConfig::smtp("smtps://host:465") }.server();
        assert!(matches!(with("/nowhere"), Err(ConfigError::File { key: "ca_file", .. })));
        assert!(matches!(with(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")), Err(ConfigError::NoCertificate(_))));
    }

    #[test]
    fn a_greeting_is_one_name() {
        let with = |name: &str| TransportConfig { hello_name: name.to_owned(), ..TransportConfig::smtp("smtp://host:25") }.server();
        assert_eq!(with("mail.province.example").unwrap().hello.to_string(), "mail.province.example");
        assert!(matches!(with("a b\r\nMAIL"), Err(ConfigError::HelloName(_))));
    }
}
