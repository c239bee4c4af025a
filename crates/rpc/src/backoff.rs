//! Waiting longer after each failure, with jitter.

use std::time::Duration;

use rand::Rng;

/// Exponential, capped, with full jitter: each wait is drawn evenly between nothing and the doubled bound.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    bound: Duration,
}

impl Backoff {
    /// The first bound and the largest one.
    #[must_use]
    pub fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, bound: first }
    }

    /// The next wait, drawn from the thread's generator.
    pub fn next_wait(&mut self) -> Duration {
        self.draw(&mut rand::rng())
    }

    /// The next wait, drawn from a given generator.
    pub fn draw(&mut self, random: &mut impl Rng) -> Duration {
        let wait = self.bound.mul_f64(random.random::<f64>());
        self.bound = (self.bound * 2).min(self.most);
        wait
    }

    /// Starts over after a success.
    pub fn reset(&mut self) {
        self.bound = self.first;
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn waits_stay_under_a_bound_that_doubles_and_is_capped() {
        let mut random = StdRng::seed_from_u64(1);
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        for bound in [100, 200, 400, 800, 1_000, 1_000] {
            assert!(backoff.draw(&mut random) <= Duration::from_millis(bound));
        }
        backoff.reset();
        assert!(backoff.draw(&mut random) <= Duration::from_millis(100));
    }
}
