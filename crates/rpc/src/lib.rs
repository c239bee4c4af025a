//! What every gRPC server and client of Leitai shares: failures, paging, the clock, serving, connecting, backing off.
//!
//! It knows no service. Every server made here has health and reflection, a bound on message sizes and a deadline on every call;
//! every client has a deadline on connecting and on each call.

pub mod backoff;
pub mod blocking;
pub mod client;
pub mod clock;
pub mod failure;
pub mod limits;
pub mod paging;
pub mod server;
#[cfg(feature = "simulation")]
pub mod simulation;

pub use tokio_util::sync::CancellationToken;
