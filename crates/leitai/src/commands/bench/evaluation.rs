//! An evaluation that has one frozen round and nothing else.

use std::{pin::Pin, sync::Arc};

use anyhow::Context;
use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use leitai_proto::evaluation::v1::{
    self as wire, FrozenRound, WatchFindingsRequest, WatchFindingsResponse,
    evaluation_service_server::{EvaluationService, EvaluationServiceServer},
};
use leitai_rpc::{CancellationToken, limits::MESSAGE_BYTES, server};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::Instant,
};
use tonic::{Request, Response, Status, service::Routes};

use super::round;
use crate::{cli::BenchFindingsArgs, say::say};

/// Serves the round to who asks from the log's beginning, then stays silent. Tells when it was first handed over.
pub struct OneRound {
    round: Arc<FrozenRound>,
    handed_over: watch::Sender<Option<Instant>>,
}

type Answer<T> = Result<Response<T>, Status>;

#[async_trait::async_trait]
impl EvaluationService for OneRound {
    type WatchFindingsStream = Pin<Box<dyn Stream<Item = Result<WatchFindingsResponse, Status>> + Send>>;

    async fn watch_findings(&self, request: Request<WatchFindingsRequest>) -> Answer<Self::WatchFindingsStream> {
        let silent: BoxStream<'static, _> = stream::pending().boxed();
        if request.into_inner().after_sequence > 0 {
            return Ok(Response::new(silent));
        }
        self.handed_over.send_if_modified(|first| first.is_none() && first.replace(Instant::now()).is_none());
        let message = WatchFindingsResponse { sequence: 1, head_sequence: 1, round: Some(FrozenRound::clone(&self.round)) };
        Ok(Response::new(stream::iter([Ok(message)]).chain(silent).boxed()))
    }

    async fn get_verdict(&self, _: Request<wire::GetVerdictRequest>) -> Answer<wire::GetVerdictResponse> {
        Err(only_findings())
    }

    async fn list_verdicts(&self, _: Request<wire::ListVerdictsRequest>) -> Answer<wire::ListVerdictsResponse> {
        Err(only_findings())
    }

    async fn list_standings(&self, _: Request<wire::ListStandingsRequest>) -> Answer<wire::ListStandingsResponse> {
        Err(only_findings())
    }

    async fn list_evaluated_rounds(&self, _: Request<wire::ListEvaluatedRoundsRequest>) -> Answer<wire::ListEvaluatedRoundsResponse> {
        Err(only_findings())
    }
}

fn only_findings() -> Status {
    Status::unimplemented("a measurement serves findings only")
}

/// Serves the round until `shutdown`; the receiver tells when it was handed over.
pub fn serve(listener: TcpListener, round: Arc<FrozenRound>, shutdown: CancellationToken) -> watch::Receiver<Option<Instant>> {
    let (handed_over, handed) = watch::channel(None);
    let service = EvaluationServiceServer::new(OneRound { round, handed_over }).max_encoding_message_size(MESSAGE_BYTES);
    tokio::spawn(async move {
        if let Err(error) = server::serve(listener, Routes::new(service), &leitai_evaluation::SERVICES, shutdown).await {
            tracing::error!(%error, "the findings are not served");
        }
    });
    handed
}

/// `leitai bench findings`.
pub async fn until_signal(args: &BenchFindingsArgs) -> anyhow::Result<()> {
    round::files(&args.dir, args.size)?;
    let shutdown = CancellationToken::new();
    let listener = server::listen(args.listen).await?;
    let address = listener.local_addr()?;
    let _handed = serve(listener, Arc::new(round::frozen(args.size)?), shutdown.clone());
    say!("findings for {} letters at http://{address}", args.size.divisions);
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    shutdown.cancel();
    Ok(())
}
