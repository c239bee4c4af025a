//! Whether the mail server can be reached, as all lanes of a worker know it.
//!
//! A server that is away is no letter's fault: lanes then lease nothing, and one at a time tries to connect, later and later.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use leitai_rpc::backoff::Backoff;
use tokio::time::Instant;

/// Bound of the first wait before the server is tried again.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Bound of the longest wait: so long at most stands everything still after the server's return.
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// Longest sleep of a lane that waits for another's try.
const LOOK: Duration = Duration::from_millis(250);

/// What the lanes of a worker know together.
#[derive(Debug)]
pub struct Reach(Mutex<State>);

#[derive(Debug)]
struct State {
    /// When the next lane may try; `None` while the server is there.
    next_try: Option<Instant>,
    backoff: Backoff,
}

/// What a lane does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Lease and send.
    Work,
    /// Try to connect; no other lane does.
    Try,
    /// Ask again after this.
    Wait(Duration),
}

impl Default for Reach {
    fn default() -> Self {
        Self(Mutex::new(State { next_try: None, backoff: Backoff::new(FIRST_WAIT, LONGEST_WAIT) }))
    }
}

impl Reach {
    /// What to do now. Who is told to try says what came of it with [`Reach::found`] or [`Reach::lost`].
    pub fn turn(&self, now: Instant) -> Turn {
        self.with(|state| match state.next_try {
            None => Turn::Work,
            Some(at) if at > now => Turn::Wait((at - now).min(LOOK)),
            Some(_) => {
                // Another may try only where this lane never comes back.
                state.next_try = Some(now + Duration::from_secs(60));
                Turn::Try
            }
        })
    }

    /// No connection could be made.
    pub fn lost(&self, now: Instant) {
        self.with(|state| state.next_try = Some(now + state.backoff.next_wait()));
    }

    /// A connection was made.
    pub fn found(&self) {
        self.with(|state| {
            state.next_try = None;
            state.backoff.reset();
        });
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lane_at_a_time_tries_until_the_server_is_found() {
        let (reach, now) = (Reach::default(), Instant::now());
        assert_eq!(reach.turn(now), Turn::Work);
        reach.lost(now);
        let later = now + FIRST_WAIT;
        assert_eq!(reach.turn(later), Turn::Try);
        assert_eq!(reach.turn(later), Turn::Wait(LOOK), "another lane is trying");
        reach.found();
        assert_eq!(reach.turn(later), Turn::Work);
    }

    #[test]
    fn an_hour_away_is_tried_some_thousands_of_times_and_never_waits_longer_than_4_s() {
        let (reach, mut now, mut tries) = (Reach::default(), Instant::now(), 0);
        let end = now + Duration::from_secs(3_600);
        reach.lost(now);
        let mut last = now;
        while now < end {
            match reach.turn(now) {
                Turn::Work => panic!("nobody found the server"),
                Turn::Wait(wait) => now += wait.max(Duration::from_micros(1)),
                Turn::Try => {
                    assert!(now - last <= LONGEST_WAIT + Duration::from_millis(1));
                    (tries, last) = (tries + 1, now);
                    reach.lost(now);
                }
            }
        }
        // The waits are drawn evenly up to 4 s: 1,800 on average.
        assert!((1_500..2_200).contains(&tries), "{tries}");
    }
}
