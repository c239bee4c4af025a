//! The configuration of the evaluation role.

use std::{fs, io, path::PathBuf};

use leitai_domain::policy::{EXAMPLE_TOML, Policy, PolicyError};
use serde::Deserialize;

/// Where the values come from and by which policy they are judged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationConfig {
    /// Ingestion's address, `http://HOST:PORT`; of several copies each, with commas between.
    pub ingestion_endpoint: String,
    /// A policy file; absent: the example policy that ships.
    pub policy_file: Option<PathBuf>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No address that a client can connect to.
    #[error("ingestion_endpoint `{0}` must start with http:// and name a host")]
    Endpoint(String),
    /// The policy file cannot be read.
    #[error("policy_file `{path}` cannot be read", path = path.display())]
    PolicyFile {
        /// As configured.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The policy has a fault.
    #[error("the policy cannot be used")]
    Policy(#[from] PolicyError),
}

impl EvaluationConfig {
    /// Checks the address.
    ///
    /// # Errors
    /// [`ConfigError::Endpoint`] names it.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let is_one = |endpoint: &str| endpoint.trim().strip_prefix("http://").is_some_and(|host| !host.is_empty());
        let all = self.ingestion_endpoint.split(',').all(is_one);
        if all { Ok(()) } else { Err(ConfigError::Endpoint(self.ingestion_endpoint.clone())) }
    }

    /// The text of the policy file, or of the example, which a policy can be read from.
    ///
    /// # Errors
    /// [`ConfigError`] names the file or the field.
    pub fn policy_text(&self) -> Result<String, ConfigError> {
        let text = match &self.policy_file {
            None => EXAMPLE_TOML.to_owned(),
            Some(path) => fs::read_to_string(path).map_err(|source| ConfigError::PolicyFile { path: path.clone(), source })?,
        };
        Policy::from_toml(&text)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(endpoint: &str, policy_file: Option<PathBuf>) -> EvaluationConfig {
        EvaluationConfig { ingestion_endpoint: endpoint.to_owned(), policy_file }
    }

    #[test]
    fn an_address_names_a_host() {
        assert!(config("http://127.0.0.1:7001", None).validate().is_ok());
        assert!(config("http://a:7001, http://b:7001", None).validate().is_ok());
        assert!(matches!(config("http://a:7001,", None).validate(), Err(ConfigError::Endpoint(_))));
        assert!(matches!(config("http://", None).validate(), Err(ConfigError::Endpoint(_))));
        assert!(matches!(config("127.0.0.1:7001", None).validate(), Err(ConfigError::Endpoint(_))));
    }

    #[test]
    fn a_policy_file_takes_the_place_of_the_example() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy.toml");
        fs::write(&path, EXAMPLE_TOML.replace("示例政策", "某市政策")).unwrap();
        assert!(config("http://x", Some(path.clone())).policy_text().unwrap().contains("某市政策"));
        assert_eq!(config("http://x", None).policy_text().unwrap(), EXAMPLE_TOML);
        let absent = directory.path().join("absent.toml");
        assert!(matches!(config("http://x", Some(absent)).policy_text(), Err(ConfigError::PolicyFile { .. })));
        fs::write(&path, "title = 1").unwrap();
        assert!(matches!(config("http://x", Some(path)).policy_text(), Err(ConfigError::Policy(_))));
    }
}
