//! The clock as an argument.

use std::sync::Arc;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Tells the time; tests give their own.
pub trait Clock: Send + Sync + 'static {
    /// The time now, UTC.
    fn now(&self) -> OffsetDateTime;
}

/// A clock that services share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub OffsetDateTime);

impl Clock for FixedClock {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}

/// Unix milliseconds, as stores keep times.
#[must_use]
pub fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The time of Unix milliseconds; `None` where no calendar has it.
#[must_use]
pub fn from_millis(millis: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

/// Unix milliseconds as RFC 3339, UTC; empty where no calendar has them.
#[must_use]
pub fn rfc3339(millis: i64) -> String {
    from_millis(millis).and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn stored_times_keep_their_milliseconds() {
        let at = datetime!(2025-04-20 01:02:03.456 UTC);
        assert_eq!(rfc3339(millis(at)), "2025-04-20T01:02:03.456Z");
        assert_eq!(from_millis(millis(at)), Some(at));
        assert_eq!(rfc3339(i64::MAX), "");
    }
}
