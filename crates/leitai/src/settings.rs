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
