//! The configuration of the ingestion role.

use std::{fs, io, path::PathBuf};

use leitai_domain::{
    calendar::{CHINA_TOML, Calendar, CalendarError},
    division::{Registry, RegistryError},
};
use serde::Deserialize;

use crate::responsibility::ResponsibilityConfig;

/// Which divisions there are, and which days are worked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IngestionConfig {
    /// A list of divisions, CSV with the columns `code,name,parent_code,level,type`; absent: the list that ships.
    pub divisions_file: Option<PathBuf>,
    /// Days off and make-up workdays; absent: China's notices as they ship.
    pub calendar_file: Option<PathBuf>,
    /// What task forces are called, and how long they have to answer a problem.
    pub responsibility: ResponsibilityConfig,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The list cannot be read from its file.
    #[error("divisions_file `{path}` cannot be read", path = path.display())]
    DivisionsFile {
        /// As configured.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The calendar cannot be read from its file.
    #[error("calendar_file `{path}` cannot be read", path = path.display())]
    CalendarFile {
        /// As configured.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The calendar has a fault.
    #[error("the calendar cannot be used")]
    Calendar(#[from] CalendarError),
    /// The list contradicts itself.
    #[error("the list of divisions cannot be used")]
    Divisions(#[from] RegistryError),
}

impl IngestionConfig {
    /// The divisions of the file, or those that ship.
    ///
    /// # Errors
    /// [`ConfigError`] names the file or the division.
    pub fn registry(&self) -> Result<Registry, ConfigError> {
        let Some(path) = &self.divisions_file else { return Ok(Registry::shipped()?) };
        let text = fs::read_to_string(path).map_err(|source| ConfigError::DivisionsFile { path: path.clone(), source })?;
        Ok(Registry::from_csv(&text)?)
    }

    /// The days off of the file, or those that ship.
    ///
    /// # Errors
    /// [`ConfigError`] names the file, the year or the day.
    pub fn calendar(&self) -> Result<Calendar, ConfigError> {
        let Some(path) = &self.calendar_file else { return Ok(Calendar::from_toml(CHINA_TOML)?) };
        let text = fs::read_to_string(path).map_err(|source| ConfigError::CalendarFile { path: path.clone(), source })?;
        Ok(Calendar::from_toml(&text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_takes_the_place_of_the_shipped_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("divisions.csv");
        fs::write(&path, "code,name,parent_code,level,type\n990000,某省,,1,省\n").unwrap();
        let registry = |file: Option<PathBuf>| IngestionConfig { divisions_file: file, ..IngestionConfig::default() }.registry();
        let own = registry(Some(path)).unwrap();
        assert!(own.get("990000").is_some() && own.get("430500").is_none());
        assert!(registry(None).unwrap().get("430500").is_some());
        assert!(matches!(registry(Some(directory.path().join("absent"))), Err(ConfigError::DivisionsFile { .. })));
    }

    #[test]
    fn a_calendar_takes_the_place_of_the_shipped_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("calendar.toml");
        fs::write(&path, "[[year]]\nyear = 2027\nnotice = 'x'\ndays_off = []\nmake_up_workdays = []\n").unwrap();
        let calendar = |file| IngestionConfig { calendar_file: file, ..IngestionConfig::default() }.calendar();
        let years = |calendar: &Calendar| calendar.notices().map(|(year, _)| year).collect::<Vec<_>>();
        assert_eq!((years(&calendar(Some(path)).unwrap()), years(&calendar(None).unwrap())), (vec![2027], vec![2024, 2025, 2026]));
        assert!(matches!(calendar(Some(directory.path().join("absent"))), Err(ConfigError::CalendarFile { .. })));
    }
}
