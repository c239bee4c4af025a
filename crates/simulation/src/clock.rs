//! Simulated time.

use std::time::Duration;

use leitai_rpc::clock::{Clock, SharedClock};
use std::sync::Arc;
use time::{OffsetDateTime, macros::datetime};

/// When every simulation begins: a Tuesday morning in China, after the months that are reported, far from any deadline.
pub const BEGIN: OffsetDateTime = datetime!(2025-05-20 02:00 UTC);

/// Tells the simulated time.
pub struct SimulatedClock;

impl SimulatedClock {
    /// One to share.
    pub fn shared() -> SharedClock {
        Arc::new(Self)
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> OffsetDateTime {
        BEGIN + elapsed()
    }
}

/// Since the simulation began, for the host that is running; nothing where none is.
pub fn elapsed() -> Duration {
    turmoil::sim_elapsed().unwrap_or_default()
}
