//! The ladder of tiers: how urgently a letter is written.

use serde::{Deserialize, Serialize};

/// A tier of the ladder, gentlest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// 提示.
    Notice,
    /// 预警.
    Warning,
    /// 督办.
    Supervision,
    /// 约谈.
    Interview,
}

impl Tier {
    /// Its name as letters print it.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Notice => "提示",
            Self::Warning => "预警",
            Self::Supervision => "督办",
            Self::Interview => "约谈",
        }
    }
}
