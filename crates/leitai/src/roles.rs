//! Starting roles: each with its own database and listener, speaking gRPC to the others even inside one process.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use leitai_evaluation::Evaluation;
use leitai_ingestion::Ingestion;
use leitai_notification::Notification;
use leitai_rpc::{CancellationToken, clock::SystemClock, server};
use leitai_storage::Database;
use leitai_worker::Worker;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{cli::RoleName, settings::Settings};

/// Roles under way.
pub struct Running {
    addresses: Vec<(&'static str, SocketAddr)>,
    tasks: JoinSet<anyhow::Result<()>>,
    /// Ends the services; cancelled once the worker, which records its last attempts with them, has ended.
    services: CancellationToken,
}

impl Running {
    /// Where each role listens.
    pub fn addresses(&self) -> &[(&'static str, SocketAddr)] {
        &self.addresses
    }

    /// Ends when every task has, or with the first that failed.
    pub async fn ended(mut self) -> anyhow::Result<()> {
        while let Some(task) = self.tasks.join_next().await {
            task.context("a role panicked")??;
        }
        Ok(())
    }

    fn new() -> Self {
        Self { addresses: Vec::new(), tasks: JoinSet::new(), services: CancellationToken::new() }
    }

    async fn listen(&mut self, role: &'static str, address: SocketAddr) -> anyhow::Result<TcpListener> {
        let listener = server::listen(address).await.with_context(|| format!("role {role}"))?;
        self.addresses.push((role, listener.local_addr()?));
        Ok(listener)
    }
}

/// Starts roles, each one's endpoint set to where the one before it listens, where that starts here too. `shutdown` stops the worker first,
/// then the rest.
pub async fn start(roles: &[RoleName], settings: &Settings, shutdown: &CancellationToken) -> anyhow::Result<Running> {
    let mut running = Running::new();
    let here = |running: &Running| running.addresses.last().map(|(_, address)| format!("http://{address}"));
    let mut settings = settings.clone();
    let wanted = |role: RoleName| roles.contains(&role);
    if wanted(RoleName::Ingestion) {
        ingestion(&mut running, &settings).await.context("role ingestion")?;
        settings.notification.service.ingestion_endpoint = here(&running);
    }
    if wanted(RoleName::Evaluation) {
        if let Some(endpoint) = here(&running) {
            settings.evaluation.service.ingestion_endpoint = endpoint;
        }
        evaluation(&mut running, &settings).await.context("role evaluation")?;
    }
    if wanted(RoleName::Notification) {
        if let Some(endpoint) = here(&running) {
            settings.notification.service.evaluation_endpoint = endpoint;
        }
        notification(&mut running, &settings).await.context("role notification")?;
    }
    if wanted(RoleName::Worker) {
        if let Some(endpoint) = here(&running) {
            settings.worker.notification_endpoint = endpoint;
        }
        let worker = Worker::new(&settings.worker).context("role worker")?;
        let (shutdown, services) = (shutdown.clone(), running.services.clone());
        running.tasks.spawn(async move {
            let ended = worker.run(shutdown).await.context("role worker");
            services.cancel();
            ended
        });
    } else {
        let (shutdown, services) = (shutdown.clone(), running.services.clone());
        running.tasks.spawn(async move {
            shutdown.cancelled().await;
            services.cancel();
            Ok(())
        });
    }
    Ok(running)
}

async fn ingestion(running: &mut Running, settings: &Settings) -> anyhow::Result<()> {
    let role = &settings.ingestion;
    let listener = running.listen("ingestion", role.listen).await?;
    let database = Database::open(&role.database).await?;
    let service = Ingestion::new(database, &role.service, Arc::new(SystemClock)).await?;
    let routes = service.routes(&running.services);
    let (serving, scheduling) = (running.services.clone(), running.services.clone());
    running.tasks.spawn(async move { Ok(server::serve(listener, routes, &leitai_ingestion::SERVICES, serving).await?) });
    running.tasks.spawn(async move {
        service.run(scheduling).await;
        Ok(())
    });
    Ok(())
}

async fn evaluation(running: &mut Running, settings: &Settings) -> anyhow::Result<()> {
    let role = &settings.evaluation;
    let listener = running.listen("evaluation", role.listen).await?;
    let service = Evaluation::new(Database::open(&role.database).await?, &role.service, Arc::new(SystemClock)).await?;
    let routes = service.routes(&running.services);
    let (serving, following) = (running.services.clone(), running.services.clone());
    running.tasks.spawn(async move { Ok(server::serve(listener, routes, &leitai_evaluation::SERVICES, serving).await?) });
    running.tasks.spawn(async move { Ok(service.run(following).await?) });
    Ok(())
}

async fn notification(running: &mut Running, settings: &Settings) -> anyhow::Result<()> {
    let role = &settings.notification;
    let listener = running.listen("notification", role.listen).await?;
    let service = Notification::new(Database::open(&role.database).await?, &role.service, Arc::new(SystemClock)).await?;
    let routes = service.routes();
    let (serving, following) = (running.services.clone(), running.services.clone());
    running.tasks.spawn(async move { Ok(server::serve(listener, routes, &leitai_notification::SERVICES, serving).await?) });
    running.tasks.spawn(async move {
        service.run(following).await;
        Ok(())
    });
    Ok(())
}
