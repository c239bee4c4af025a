//! Serving: health, reflection, bounds, deadlines and a stop in two steps.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    time,
};
use tokio_util::sync::CancellationToken;
use tonic::{
    codegen::tokio_stream::Stream,
    service::Routes,
    transport::{
        Server,
        server::{Connected, TcpIncoming},
    },
};
use tonic_health::{ServingStatus, server::health_reporter};

use crate::limits::{CALL_DEADLINE, KEEP_ALIVE};

/// After the stop is asked for, calls under way have this long to end.
pub const DRAIN: Duration = Duration::from_secs(10);

/// Why serving ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's word.
        source: io::Error,
    },
    /// The descriptor set is not one that reflection can serve.
    #[error("reflection cannot be set up")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the server failed")]
    Transport(#[from] tonic::transport::Error),
}

/// Listens; port 0 takes a free one.
///
/// # Errors
/// [`ServeError::Listen`] names the address.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

/// Serves until `shutdown`, then lets calls under way end within [`DRAIN`] and cuts the rest. Each of `services` is reported healthy meanwhile.
///
/// # Errors
/// [`ServeError`] where serving could not begin or failed.
pub async fn serve(listener: TcpListener, routes: Routes, services: &[&str], shutdown: CancellationToken) -> Result<(), ServeError> {
    serve_over(TcpIncoming::from(listener).with_nodelay(Some(true)), routes, services, shutdown).await
}

/// [`serve`] over connections that are accepted elsewhere.
///
/// # Errors
/// [`ServeError`] where serving could not begin or failed.
pub async fn serve_over<C: AsyncRead + AsyncWrite + Connected + Send + Unpin + 'static>(
    connections: impl Stream<Item = io::Result<C>>,
    routes: Routes,
    services: &[&str],
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let (reporter, health) = health_reporter();
    for service in services {
        reporter.set_service_status(*service, ServingStatus::Serving).await;
    }
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(leitai_proto::DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let draining = shutdown.clone();
    let server = Server::builder()
        .timeout(CALL_DEADLINE)
        .http2_keepalive_interval(Some(KEEP_ALIVE))
        .http2_keepalive_timeout(Some(KEEP_ALIVE))
        .max_concurrent_streams(1_024)
        .add_routes(routes)
        .add_service(health)
        .add_service(reflection().build_v1()?)
        // Python's client and older tools know only this one.
        .add_service(reflection().build_v1alpha()?)
        .serve_with_incoming_shutdown(connections, async move { draining.cancelled().await });
    tokio::select! {
        ended = server => Ok(ended?),
        () = async { shutdown.cancelled().await; time::sleep(DRAIN).await } => {
            tracing::warn!("calls still under way after {DRAIN:?} were cut");
            Ok(())
        }
    }
}
