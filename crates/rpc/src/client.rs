//! Connecting to another service, of which several copies may run.

mod repeat;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rand::Rng;
use tonic::transport::{self, Endpoint};

use crate::limits::{CALL_DEADLINE, CONNECT_DEADLINE, KEEP_ALIVE};

/// Bytes of one answer that may be under way: a lease of letters at once, not in pieces of HTTP/2's own 64 KiB that each wait for a word back.
const STREAM_WINDOW: u32 = 1024 * 1024;
/// Bytes under way in all answers of a connection.
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// Calls go to one copy of the service until it fails, then to the next. Clones share which copy that is.
///
/// A call that no copy answered, or that one answered with `UNAVAILABLE`, is made again: at each other copy at once, then at all of them after
/// a wait, a few times. Every call of Leitai may be made twice (a read, or a write that is known by its `request_id` or lease), but for those
/// whose request is a stream.
#[derive(Debug, Clone)]
pub struct Channel {
    copies: Arc<[transport::Channel]>,
    /// The copy that is asked, an index of `copies`.
    current: Arc<AtomicUsize>,
}

/// A channel to all copies of a service that connects when first used and again whenever a connection is lost. `endpoints` is
/// `http://HOST:PORT`, one for each copy, with commas between. Which copy is asked first is drawn. Each try has 60 s until its answer begins.
///
/// # Errors
/// One of `endpoints` is no `http://HOST:PORT`.
pub fn channel(endpoints: &str) -> Result<Channel, transport::Error> {
    let copies = endpoints.split(',').map(|endpoint| connection(endpoint.trim())).collect::<Result<Arc<[_]>, _>>()?;
    let first = rand::rng().random_range(0..copies.len());
    Ok(Channel { copies, current: Arc::new(AtomicUsize::new(first)) })
}

fn connection(endpoint: &str) -> Result<transport::Channel, transport::Error> {
    let endpoint = Endpoint::from_shared(endpoint.to_owned())?
        .connect_timeout(CONNECT_DEADLINE)
        .timeout(CALL_DEADLINE)
        .tcp_nodelay(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true);
    #[cfg(feature = "simulation")]
    if let Some(network) = crate::simulation::network() {
        return Ok(endpoint.connect_with_connector_lazy(crate::simulation::Connector(network)));
    }
    Ok(endpoint.connect_lazy())
}

impl Channel {
    /// The copy that is asked now.
    fn current(&self) -> usize {
        self.current.load(Ordering::Relaxed)
    }

    /// Leaves a copy that failed, unless another call has left it already.
    fn leave(&self, failed: usize) {
        let next = (failed + 1) % self.copies.len();
        // A lost race means that the copy was left meanwhile.
        let _ = self.current.compare_exchange(failed, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
