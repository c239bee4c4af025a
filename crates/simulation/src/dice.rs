//! Chance, all of it from the seed.

use std::{
    ops::RangeInclusive,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rand_0_10::{RngExt, SeedableRng, rngs::StdRng};

/// A sequence of draws; copies share it.
#[derive(Clone)]
pub struct Dice(Arc<Mutex<StdRng>>);

impl Dice {
    /// The sequence of a seed, and of what it is for.
    pub fn new(seed: u64, purpose: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed ^ purpose.rotate_left(32)))))
    }

    /// True once in so many times.
    pub fn once_in(&self, times: u32) -> bool {
        self.within(1..=times) == 1
    }

    /// A number within bounds.
    pub fn within(&self, bounds: RangeInclusive<u32>) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random_range(bounds)
    }

    /// A whole number of milliseconds within bounds.
    pub fn milliseconds(&self, bounds: RangeInclusive<u32>) -> Duration {
        Duration::from_millis(self.within(bounds).into())
    }

    /// One of several.
    pub fn one_of<'a, T>(&self, several: &'a [T]) -> &'a T {
        let last = u32::try_from(several.len() - 1).unwrap_or(u32::MAX);
        &several[self.within(0..=last) as usize]
    }
}
