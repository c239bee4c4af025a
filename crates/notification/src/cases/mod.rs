//! The life of a case (督办件), from the first finding to the evaluating agency's sign-off. Pure.
//!
//! Data open, recover and reopen it ([`data`]); agencies acknowledge, rectify, return, sign off, suspend ([`life`]); days pass
//! ([`deadlines`]). Silence closes nothing.

pub mod data;
pub mod deadlines;
pub mod life;
pub mod record;

use std::{fmt, str::FromStr};

/// Makes an enumeration with a word for each value, as stores and scenarios write it.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $value,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$value),*];

            /// Its word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)*
                }
            }

        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|value| value.word() == word).ok_or(UnknownWord)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

/// A word that none of the values has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWord;

words!(
    /// Where a case is in its life.
    State {
        /// Behind, and not acknowledged yet by the owners that have to.
        Open = "open",
        /// The owners know of it.
        Acknowledged = "acknowledged",
        /// A measure with an owner and a promised day is under way.
        Rectifying = "rectifying",
        /// Later, due and reported data are back on pace; not signed off yet.
        Recovered = "recovered",
        /// Closed by an evaluating agency, or by the provincial task force.
        SignedOff = "signed_off",
    }
);

impl State {
    /// True where the target is still behind.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged | Self::Rectifying)
    }
}

words!(
    /// A deadline that passed.
    Overdue {
        /// Not acknowledged in time.
        Acknowledge = "acknowledge",
        /// No measure filed in time.
        Measure = "measure",
        /// Not back on pace by the promised day.
        Rectify = "rectify",
    }
);

words!(
    /// One change in a case's history.
    Change {
        /// Behind for the first time.
        Opened = "opened",
        /// Behind in one more period.
        StillBehind = "still_behind",
        /// Behind in a period older than what is known already.
        BehindEarlier = "behind_in_earlier_period",
        /// Recovered or signed off before, behind again.
        Reopened = "reopened",
        /// Back on pace in a later period.
        Recovered = "recovered",
        /// A letter was written about it.
        Told = "told",
        /// No letter was written about it, and why.
        Held = "held",
        /// One of its owners acknowledged it.
        Acknowledged = "acknowledged",
        /// A measure with an owner and a promised day was filed.
        RectificationFiled = "rectification_filed",
        /// Sent back for rework.
        Returned = "returned",
        /// Signed off.
        SignedOff = "signed_off",
        /// No letters and no deadlines up to a day.
        Suspended = "suspended",
        /// Not suspended any more.
        Resumed = "resumed",
        /// The day to acknowledge passed.
        AcknowledgeOverdue = "acknowledge_overdue",
        /// The day to file a measure passed.
        MeasureOverdue = "measure_overdue",
        /// The promised day passed.
        RectificationOverdue = "rectification_overdue",
        /// What a letter had told was corrected by another.
        Corrected = "corrected",
    }
);

/// What a case is beside its key: everything that decisions about it need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parties {
    /// The agencies that evaluate the target.
    pub evaluating: Vec<String>,
    /// The county's task force.
    pub county: String,
    /// The province's task force.
    pub province: String,
}
