//! Letters a minute for each recipient domain, for all lanes of one worker.
//!
//! A letter that comes too early is not kept: it is given back and is due again at a time of its own, so no queue grows here, and a slow domain
//! holds no other one back. Other workers have a pace of their own.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Letters that may go at once after a pause.
const BURST: u32 = 10;
/// The longest wait that is given: what is promised beyond is asked for again.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Domains remembered before those that are idle are forgotten.
const REMEMBERED: usize = 1_024;

/// The pace of one worker.
pub struct Pace {
    /// Between two letters; zero where there is no limit.
    interval: Duration,
    domains: Mutex<HashMap<String, Course>>,
}

/// Where one domain is.
#[derive(Debug, Clone, Copy)]
struct Course {
    /// When the letters begun so far would have begun at an even pace, and the next could.
    even: Instant,
    /// When the last of the letters that were told to wait is due.
    promised: Instant,
}

impl Pace {
    /// A pace of so many letters a minute; 0 means none.
    pub fn new(letters_per_minute: u32) -> Self {
        let interval = Duration::from_secs(60).checked_div(letters_per_minute).unwrap_or_default();
        Self { interval, domains: Mutex::default() }
    }

    /// `None` where a letter to this domain may begin now, which is then counted; else how long it has to wait, each later one longer.
    pub fn wait(&self, domain: &str, now: Instant) -> Option<Duration> {
        if self.interval.is_zero() {
            return None;
        }
        let mut domains = self.domains.lock().unwrap_or_else(PoisonError::into_inner);
        if domains.len() >= REMEMBERED {
            domains.retain(|_, course| course.even.max(course.promised) > now);
        }
        let course = domains.entry(domain.to_ascii_lowercase()).or_insert(Course { even: now, promised: now });
        course.next(now, self.interval)
    }
}

impl Course {
    fn next(&mut self, now: Instant, interval: Duration) -> Option<Duration> {
        self.even = self.even.max(now);
        let earliest = now + (self.even - now).saturating_sub(interval * (BURST - 1));
        if earliest <= now {
            self.even += interval;
            return None;
        }
        self.promised = earliest.max(self.promised + interval).min(now + LONGEST);
        Some(self.promised - now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn a_burst_then_an_even_pace_and_waits_in_a_row() {
        let (pace, now) = (Pace::new(60), Instant::now());
        let burst: Vec<_> = (0..10).map(|_| pace.wait("a.example", now)).collect();
        assert_eq!(burst, [None; 10]);
        let waits: Vec<_> = (0..3).map(|_| pace.wait("A.example", now)).collect();
        assert_eq!(waits, [Some(SECOND), Some(2 * SECOND), Some(3 * SECOND)]);
        assert_eq!(pace.wait("b.example", now), None, "another domain");
        for second in 1..=3 {
            assert_eq!(pace.wait("a.example", now + second * SECOND), None, "what was promised is kept");
        }
        assert_eq!(pace.wait("a.example", now + 3 * SECOND), Some(SECOND));
    }

    #[tokio::test]
    async fn no_limit_never_waits() {
        let now = Instant::now();
        assert!((0..1_000).all(|_| Pace::new(0).wait("a.example", now).is_none()));
    }

    #[tokio::test]
    async fn no_wait_is_longer_than_an_hour_and_idle_domains_are_forgotten() {
        let (pace, now) = (Pace::new(1), Instant::now());
        let longest = (0..200).filter_map(|_| pace.wait("a.example", now)).max();
        assert_eq!(longest, Some(LONGEST));
        for domain in 0..3_000 {
            pace.wait(&format!("{domain}.example"), now + 7_200 * SECOND * domain);
        }
        assert!(pace.domains.lock().unwrap().len() <= REMEMBERED + 1);
    }

    proptest! {
        /// However letters come, no window of a minute holds more than a minute's letters and a burst.
        #[test]
        fn no_minute_has_more_than_its_letters_and_a_burst(gaps in prop::collection::vec(0_u64..3_000, 1..300)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let mut at = runtime.block_on(async { Instant::now() });
            let pace = Pace::new(30);
            let mut begun = Vec::new();
            for gap in gaps {
                at += Duration::from_millis(gap);
                if pace.wait("a.example", at).is_none() {
                    begun.push(at);
                }
            }
            for start in &begun {
                let within = begun.iter().filter(|one| *one >= start && **one < *start + 60 * SECOND).count();
                prop_assert!(within <= 30 + 10, "{within}");
            }
        }
    }
}
