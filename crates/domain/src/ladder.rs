//! The ladder of tiers (提示, 预警, 督办, 约谈): how urgently a lagging target is written about, and why it is or is not.
//!
//! The plans ask for oversight that grows stricter (督导问责) and give no rule for it: the rules are a policy's, each with its origin.

mod climb;
mod rules;

use serde::{Deserialize, Serialize};

pub use self::{
    climb::{Climbed, Decision, Gap, Hold, Situation, Told, decide},
    rules::{Ladder, LadderError, Recipient, Step, Trigger},
};

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
    /// All, gentlest first.
    pub const ALL: [Self; 4] = [Self::Notice, Self::Warning, Self::Supervision, Self::Interview];

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

    /// Its name in files and stores.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Supervision => "supervision",
            Self::Interview => "interview",
        }
    }

    /// The tier of that name; `None` for any other text.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.word() == word)
    }
}
