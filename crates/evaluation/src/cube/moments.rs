//! Moments: the points of ingestion's log between which nothing was recorded, so that "as known then" needs four bytes a value.

use time::OffsetDateTime;

/// A point of the log. Later points are larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Moment(u32);

impl Moment {
    /// After everything.
    pub const NEWEST: Self = Self(u32::MAX);
}

/// When each moment was, ascending.
#[derive(Debug, Default)]
pub(crate) struct Moments {
    recorded_at_ms: Vec<i64>,
}

impl Moments {
    /// The moment of an entry: a new one where the time went on. An entry without a time, or with one that went back, counts as
    /// recorded with the entry before it.
    pub fn of_entry(&mut self, recorded_at_ms: i64) -> Moment {
        if self.recorded_at_ms.last().is_none_or(|last| *last < recorded_at_ms) {
            self.recorded_at_ms.push(recorded_at_ms);
        }
        self.last()
    }

    /// Ends the running moment: the next entry begins another even within the same millisecond. Answers with the ended one.
    pub fn end(&mut self) -> Moment {
        let ended = self.last();
        self.recorded_at_ms.extend(self.recorded_at_ms.last().copied());
        ended
    }

    /// The last moment that was not after a time; `None` where the first was.
    pub fn at(&self, time: OffsetDateTime) -> Option<Moment> {
        let millis = time.unix_timestamp_nanos().div_euclid(1_000_000);
        let passed = self.recorded_at_ms.partition_point(|recorded| i128::from(*recorded) <= millis);
        passed.checked_sub(1).map(moment)
    }

    /// When a moment was, Unix milliseconds; `None` for one that never was.
    pub fn time_of(&self, moment: Moment) -> Option<i64> {
        self.recorded_at_ms.get(usize::try_from(moment.0).ok()?).copied()
    }

    fn last(&self) -> Moment {
        moment(self.recorded_at_ms.len().saturating_sub(1))
    }
}

fn moment(index: usize) -> Moment {
    // More than four billion reports: what is newer then counts as newest.
    Moment(u32::try_from(index).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i128) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(millis * 1_000_000).unwrap()
    }

    #[test]
    fn entries_of_one_time_share_a_moment() {
        let mut moments = Moments::default();
        let first = moments.of_entry(1_000);
        assert_eq!((moments.of_entry(1_000), moments.of_entry(0), moments.of_entry(999)), (first, first, first));
        let second = moments.of_entry(1_001);
        assert!(second > first && second < Moment::NEWEST);
        assert_eq!((moments.time_of(first), moments.time_of(second), moments.time_of(Moment::NEWEST)), (Some(1_000), Some(1_001), None));
        assert_eq!((moments.at(at(999)), moments.at(at(1_000)), moments.at(at(5_000))), (None, Some(first), Some(second)));
    }

    #[test]
    fn an_ended_moment_takes_nothing_more() {
        let mut moments = Moments::default();
        let first = moments.of_entry(1_000);
        assert_eq!(moments.end(), first);
        let second = moments.of_entry(1_000);
        assert!(second > first);
        assert_eq!(moments.at(at(1_000)), Some(second));
    }
}
