//! Roles of this process for one piece of work: on a directory of their own, on free loopback ports, stopped when the work is done.

use std::{future::Future, path::Path};

use anyhow::Context;
use leitai_rpc::CancellationToken;

use crate::{
    cli::RoleName,
    clients::{Clients, Endpoints},
    roles::{self, Running},
    settings::Settings,
};

/// The settings with every role on a free loopback port and its database in the directory.
pub fn settings(mut settings: Settings, directory: &Path) -> anyhow::Result<Settings> {
    let free = "127.0.0.1:0".parse().context("loopback")?;
    (settings.ingestion.listen, settings.ingestion.database) = (free, database(directory, "ingestion"));
    (settings.evaluation.listen, settings.evaluation.database) = (free, database(directory, "evaluation"));
    (settings.notification.listen, settings.notification.database) = (free, database(directory, "notification"));
    Ok(settings)
}

fn database(directory: &Path, role: &str) -> String {
    // These three end or escape a path inside an address.
    let path = directory.join(format!("{role}.sqlite")).display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite://{path}?mode=rwc")
}

/// Starts the roles, works with them, and stops them again; an error of the work goes before one of the stopping.
pub async fn run<T, W: Future<Output = anyhow::Result<T>>>(
    roles: &[RoleName],
    settings: &Settings,
    work: impl FnOnce(Clients) -> W,
) -> anyhow::Result<T> {
    let shutdown = CancellationToken::new();
    let running = roles::start(roles, settings, &shutdown).await?;
    let clients = Clients::new(&endpoints(&running, &settings.endpoints))?;
    let ended = running.ended();
    tokio::pin!(ended);
    let worked = tokio::select! {
        result = work(clients) => result,
        early = &mut ended => return early.and_then(|()| anyhow::bail!("every role ended by itself")),
    };
    shutdown.cancel();
    let stopped = ended.await;
    let value = worked?;
    stopped.map(|()| value)
}

/// Where the roles listen that run here; the others stay where they are configured.
fn endpoints(running: &Running, configured: &Endpoints) -> Endpoints {
    let of = |role: &str, configured: &str| {
        let here = running.addresses().iter().find(|(name, _)| *name == role);
        here.map_or_else(|| configured.to_owned(), |(_, address)| format!("http://{address}"))
    };
    Endpoints {
        ingestion: of("ingestion", &configured.ingestion),
        evaluation: of("evaluation", &configured.evaluation),
        notification: of("notification", &configured.notification),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_may_lie_below_any_name() {
        assert_eq!(database(Path::new("/a?b#c%d"), "x"), "sqlite:///a%3Fb%23c%25d/x.sqlite?mode=rwc");
    }
}
