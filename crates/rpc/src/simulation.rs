//! What a simulation puts in place of the machine: once for the process, before anything connects.
//!
//! A build with this feature is the same as one without as long as nobody has put anything in place.

use std::{
    fmt, io,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll},
};

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::codegen::{Service, http::Uri};

/// A simulated connection.
pub trait Connection: AsyncRead + AsyncWrite + fmt::Debug + Send + Sync + Unpin {}

impl<C: AsyncRead + AsyncWrite + fmt::Debug + Send + Sync + Unpin> Connection for C {}

/// A connection being made.
pub type Connecting = Pin<Box<dyn Future<Output = io::Result<Box<dyn Connection>>> + Send>>;

/// A simulated network.
pub trait Network: Send + Sync + 'static {
    /// Connects the host that is running to a port of another.
    fn connect(&self, host: String, port: u16) -> Connecting;
}

static NETWORK: OnceLock<Box<dyn Network>> = OnceLock::new();

/// Connects everything in this process over a simulated network from now on; false where there is one already.
pub fn begin(network: impl Network) -> bool {
    NETWORK.set(Box::new(network)).is_ok()
}

/// The simulated network, where this process has one.
#[must_use]
pub fn network() -> Option<&'static dyn Network> {
    NETWORK.get().map(Box::as_ref)
}

/// Makes a channel's connections over a simulated network.
#[derive(Clone)]
pub(crate) struct Connector(pub &'static dyn Network);

impl Service<Uri> for Connector {
    type Response = TokioIo<Box<dyn Connection>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = self.0.connect(to.host().unwrap_or_default().to_owned(), to.port_u16().unwrap_or(80));
        Box::pin(async move { connecting.await.map(TokioIo::new) })
    }
}
