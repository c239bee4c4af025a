//! Connecting to another service.

use tonic::transport::{Channel, Endpoint, Error};

use crate::limits::{CALL_DEADLINE, CONNECT_DEADLINE, KEEP_ALIVE};

/// A channel that connects when first used and again whenever the connection is lost. Each call has 60 s until its answer begins.
///
/// # Errors
/// `endpoint` is no `http://HOST:PORT`.
pub fn channel(endpoint: &str) -> Result<Channel, Error> {
    let endpoint = Endpoint::from_shared(endpoint.to_owned())?
        .connect_timeout(CONNECT_DEADLINE)
        .timeout(CALL_DEADLINE)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true);
    Ok(endpoint.connect_lazy())
}
