//! Connecting to another service.

use tonic::transport::{Channel, Endpoint, Error};

use crate::limits::{CALL_DEADLINE, CONNECT_DEADLINE, KEEP_ALIVE};

/// Bytes of one answer that may be under way: a lease of letters at once, not in pieces of HTTP/2's own 64 KiB that each wait for a word back.
const STREAM_WINDOW: u32 = 1024 * 1024;
/// Bytes under way in all answers of a connection.
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// A channel that connects when first used and again whenever the connection is lost. Each call has 60 s until its answer begins.
///
/// # Errors
/// `endpoint` is no `http://HOST:PORT`.
pub fn channel(endpoint: &str) -> Result<Channel, Error> {
    let endpoint = Endpoint::from_shared(endpoint.to_owned())?
        .connect_timeout(CONNECT_DEADLINE)
        .timeout(CALL_DEADLINE)
        .tcp_nodelay(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true);
    Ok(endpoint.connect_lazy())
}
