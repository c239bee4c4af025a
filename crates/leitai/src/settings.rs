//! The configuration: built-in defaults, then a file, then the environment (`LEITAI__SECTION__KEY`). Unknown keys are errors.

use std::{net::SocketAddr, path::Path};

use anyhow::Context;
use config::{Config, Environment, File, FileFormat};
use leitai_evaluation::EvaluationConfig;
use leitai_ingestion::IngestionConfig;
use leitai_notification::NotificationConfig;
use leitai_worker::WorkerConfig;
use serde::Deserialize;

use crate::{clients::Endpoints, logging::LogSettings};

/// The defaults, commented: what `leitai` does without a file.
pub const DEFAULTS: &str = include_str!("settings.default.toml");

/// Every section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub log: LogSettings,
    pub endpoints: Endpoints,
    pub ingestion: Served<IngestionConfig>,
    pub evaluation: Served<EvaluationConfig>,
    pub notification: Served<NotificationConfig>,
    pub worker: WorkerConfig,
}

/// A role that listens and owns a database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Served<C> {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `sqlite://FILE?mode=rwc` or `postgres://…`.
    pub database: String,
    /// What the service itself needs to know.
    pub service: C,
}

impl Settings {
    /// Reads the layers; without a file only defaults and environment.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut layers = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = file {
            layers = layers.add_source(File::from(path).format(FileFormat::Toml));
        }
        let environment = Environment::with_prefix("LEITAI").prefix_separator("__").separator("__").try_parsing(true);
        let settings = layers.add_source(environment).build().context("the configuration cannot be read")?;
        settings.try_deserialize().context("the configuration has a fault")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The keys of each section of the defaults, those that are commented out too; the sections themselves as keys of the one they are in.
    fn written() -> BTreeMap<String, BTreeSet<String>> {
        let mut sections = BTreeMap::from([(String::new(), BTreeSet::new())]);
        let mut section = String::new();
        for line in DEFAULTS.lines() {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                let (above, key) = name.rsplit_once('.').unwrap_or(("", name));
                sections.get_mut(above).unwrap().insert(key.to_owned());
                section = name.to_owned();
                sections.insert(section.clone(), BTreeSet::new());
            } else if let Some((key, _)) = line.trim_start_matches("# ").split_once(" = ")
                && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            {
                sections.get_mut(&section).unwrap().insert(key.to_owned());
            }
        }
        sections
    }

    /// The keys that a section may have, from the refusal of one that it may not have.
    fn known(section: &str) -> BTreeSet<String> {
        let header = if section.is_empty() { String::new() } else { format!("[{section}]\n") };
        let layers = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        let layers = layers.add_source(File::from_str(&format!("{header}no_such_key = 1"), FileFormat::Toml));
        let refused = layers.build().unwrap().try_deserialize::<Settings>().unwrap_err().to_string();
        let (_, keys) = refused.split_once("expected ").unwrap();
        let keys = keys.split(" for key ").next().unwrap();
        keys.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_defaults_show_every_key() {
        for (section, keys) in written() {
            assert_eq!(keys, known(&section), "[{section}]");
        }
    }

    #[test]
    fn the_defaults_are_settings() {
        Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)).build().unwrap().try_deserialize::<Settings>().unwrap();
    }
}
