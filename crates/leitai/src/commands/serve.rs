//! `leitai serve`: roles until a signal.

use anyhow::Context;
use leitai_rpc::CancellationToken;
use tokio::signal::unix::{SignalKind, signal};

use crate::{cli::RoleName, roles, settings::Settings};

/// Runs the role until SIGTERM or SIGINT, then stops it in order. A second signal ends the process at once.
pub async fn run(role: RoleName, settings: Settings) -> anyhow::Result<()> {
    let shutdown = CancellationToken::new();
    let running = roles::start(role.parts(), &settings, &shutdown).await?;
    for (name, address) in running.addresses() {
        tracing::info!(role = name, %address, "serving");
    }
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    let stopped = running.ended();
    tokio::pin!(stopped);
    tokio::select! {
        _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
        _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
        early = &mut stopped => return early.context("a role ended by itself"),
    }
    shutdown.cancel();
    tokio::select! {
        result = stopped => result,
        _ = terminate.recv() => anyhow::bail!("cut by a second signal"),
        _ = interrupt.recv() => anyhow::bail!("cut by a second signal"),
    }
}
