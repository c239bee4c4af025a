//! How politely letters go to mail servers.

use serde::Deserialize;

use super::ConfigError;

/// Limits towards mail servers; 0 means none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Letters over one connection, at most 100,000; then a new one is made.
    pub letters_per_connection: u32,
    /// Connections that carry letters to one recipient domain at once, at most 1,000, over all workers with the same number.
    pub connections_per_domain: u16,
    /// Letters that this worker begins to one recipient domain in a minute, at most 60,000. Ten may go at once after a pause.
    pub letters_per_minute_per_domain: u32,
}

impl Limits {
    /// No limits.
    pub const NONE: Self = Self { letters_per_connection: 0, connections_per_domain: 0, letters_per_minute_per_domain: 0 };

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`ConfigError::Bounds`] says which.
    pub(crate) fn check(self) -> Result<(), ConfigError> {
        match self {
            Self { letters_per_connection: 100_001.., .. } => {
                Err(ConfigError::Bounds("limits.letters_per_connection must be 0 to 100,000"))
            }
            Self { connections_per_domain: 1_001.., .. } => Err(ConfigError::Bounds("limits.connections_per_domain must be 0 to 1,000")),
            Self { letters_per_minute_per_domain: 60_001.., .. } => {
                Err(ConfigError::Bounds("limits.letters_per_minute_per_domain must be 0 to 60,000"))
            }
            _ => Ok(()),
        }
    }
}

impl Default for Limits {
    /// Polite to a small server: chosen, no server's own rule.
    fn default() -> Self {
        Self { letters_per_connection: 100, connections_per_domain: 4, letters_per_minute_per_domain: 120 }
    }
}
