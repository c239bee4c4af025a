//! What follows from an attempt. Pure.

use crate::config::Retry;

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The server answered 2xx, or the file was written.
    Sent,
    /// To be tried again.
    Temporary,
    /// Not to be tried again.
    Permanent,
}

impl Outcome {
    /// The word in the attempts log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Temporary => "temporary",
            Self::Permanent => "permanent",
        }
    }
}

/// What becomes of the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Done.
    Sent,
    /// Set aside for a person to look at.
    Failed,
    /// Tried again at this time, milliseconds since 1970.
    At(i64),
}

/// Decides after `attempts` attempts, this one included. The wait doubles from one attempt to the next and is capped; `draw`, 0 to 1, places
/// it in the upper half of its bound, so that many deliveries refused together do not come back together.
#[must_use]
pub fn next(outcome: Outcome, attempts: i32, retry: Retry, now_ms: i64, draw: f64) -> Next {
    match outcome {
        Outcome::Sent => Next::Sent,
        Outcome::Permanent => Next::Failed,
        Outcome::Temporary if attempts >= retry.max_attempts => Next::Failed,
        Outcome::Temporary => Next::At(now_ms + wait_ms(attempts, retry, draw)),
    }
}

fn wait_ms(attempts: i32, retry: Retry, draw: f64) -> i64 {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(32);
    let bound = (u64::from(retry.first_seconds) << doublings).min(u64::from(retry.most_seconds));
    let bound_ms = std::time::Duration::from_secs(bound).mul_f64(0.5 + draw.clamp(0.0, 1.0) / 2.0).as_millis();
    i64::try_from(bound_ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const RETRY: Retry = Retry { first_seconds: 10, most_seconds: 60, max_attempts: 5 };

    #[rstest]
    #[case(Outcome::Sent, 1, Next::Sent)]
    #[case(Outcome::Sent, 99, Next::Sent)]
    #[case(Outcome::Permanent, 1, Next::Failed)]
    #[case(Outcome::Temporary, 1, Next::At(11_000))]
    #[case(Outcome::Temporary, 2, Next::At(21_000))]
    #[case(Outcome::Temporary, 4, Next::At(61_000))]
    #[case(Outcome::Temporary, 5, Next::Failed)]
    fn outcomes(#[case] outcome: Outcome, #[case] attempts: i32, #[case] expected: Next) {
        assert_eq!(next(outcome, attempts, RETRY, 1_000, 1.0), expected);
    }

    proptest! {
        #[test]
        fn waits_stay_in_the_upper_half_of_their_bound(attempts in 1_i32..1_000, draw in 0.0_f64..=1.0) {
            let retry = Retry { max_attempts: i32::MAX, ..RETRY };
            let bound = 10_000_i64.checked_shl(u32::try_from(attempts - 1).unwrap().min(10)).unwrap().min(60_000);
            let Next::At(at) = next(Outcome::Temporary, attempts, retry, 0, draw) else { panic!("not tried again") };
            prop_assert!((bound / 2..=bound).contains(&at));
        }
    }
}
