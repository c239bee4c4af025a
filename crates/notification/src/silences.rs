//! Silences: no letter about what they cover, up to and including a day, for a reason that is kept. Cases live on meanwhile. Pure.

use time::Date;

use crate::{
    cases::record::day,
    store::entities::{case, silence},
};

/// A silence in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Its id.
    pub id: String,
    /// One plan's cases only.
    pub plan_id: Option<String>,
    /// One indicator's only.
    pub indicator_id: Option<String>,
    /// One division's only.
    pub division_code: Option<String>,
    /// The last day.
    pub until: Date,
}

/// A stored day that is none: somebody else wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("silence `{silence_id}` ends on `{found}`, which is no day")]
pub struct UnreadableSilence {
    silence_id: String,
    found: String,
}

impl Silence {
    /// As they are stored.
    ///
    /// # Errors
    /// As [`Silence::of`], of the first that cannot be read.
    pub fn all(rows: Vec<silence::Model>) -> Result<Vec<Self>, UnreadableSilence> {
        rows.into_iter().map(Self::of).collect()
    }

    /// As it is stored.
    ///
    /// # Errors
    /// [`UnreadableSilence`]: no letter is written while it is not known what it covers.
    pub fn of(row: silence::Model) -> Result<Self, UnreadableSilence> {
        let Some(until) = day(&row.until_day) else {
            return Err(UnreadableSilence { silence_id: row.silence_id, found: row.until_day });
        };
        Ok(Self { id: row.silence_id, plan_id: row.plan_id, indicator_id: row.indicator_id, division_code: row.division_code, until })
    }

    /// True where no letter is written about the case on this day.
    #[must_use]
    pub fn covers(&self, case: &case::Model, today: Date) -> bool {
        self.covers_target(&case.plan_id, &case.indicator_id, &case.division_code, today)
    }

    /// True where no letter is written about this target and division on this day.
    #[must_use]
    pub fn covers_target(&self, plan_id: &str, indicator_id: &str, division_code: &str, today: Date) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        today <= self.until && is(&self.plan_id, plan_id) && is(&self.indicator_id, indicator_id) && is(&self.division_code, division_code)
    }
}
