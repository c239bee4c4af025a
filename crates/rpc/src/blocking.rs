//! Work that would hold up whatever else its thread has to do.

use tokio::task::{JoinError, spawn_blocking};

/// Does the work on a thread of its own; in a simulation at once, so that nothing depends on how long it takes.
///
/// # Errors
/// [`JoinError`] where it panicked, or was cancelled because the process ends.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    #[cfg(feature = "simulation")]
    if crate::simulation::network().is_some() {
        return Ok(work());
    }
    spawn_blocking(work).await
}
