//! Making a call again where that is safe.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt, Full};
use tokio::time::{self, Instant};
use tonic::{
    Code, Status,
    body::Body,
    codegen::{
        Service,
        http::{HeaderValue, Request, Response},
    },
};

use super::Channel;
use crate::backoff::Backoff;

/// Calls whose request is a stream: it cannot be sent again.
pub(super) const STREAMED: [&str; 3] = [
    "/leitai.ingestion.v1.ReportService/StreamReport",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// Rounds over all copies before a call fails. With the waits between them a copy that restarts in under a second fails no call.
const ROUNDS: usize = 6;
/// Bound of the first wait between two rounds; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// Largest bound of a wait.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// A call that took longer is not made again: what it waits for does not pass by asking elsewhere.
const PATIENCE: Duration = Duration::from_secs(10);

type Answer = Result<Response<Body>, Status>;

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        // Each try waits for its own connection.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let channel = self.clone();
        if STREAMED.contains(&request.uri().path()) {
            Box::pin(async move { channel.ask(request).await })
        } else {
            Box::pin(async move { channel.repeat(request).await })
        }
    }
}

impl Channel {
    async fn repeat(&self, request: Request<Body>) -> Answer {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let again = || Request::from_parts(head.clone(), Body::new(Full::new(body.clone())));
        let (begun, mut backoff) = (Instant::now(), Backoff::new(FIRST_WAIT, LONGEST_WAIT));
        let most = ROUNDS * self.copies.len();
        let mut tried = 0;
        loop {
            tried += 1;
            let answer = self.ask(again()).await;
            if !passes(&answer) || tried == most || begun.elapsed() > PATIENCE {
                return answer;
            }
            if tried % self.copies.len() == 0 {
                time::sleep(backoff.next_wait()).await;
            }
        }
    }

    /// One try at the copy that is asked now; a copy that fails is left.
    async fn ask(&self, request: Request<Body>) -> Answer {
        let asked = self.current();
        let mut copy = self.copies[asked].clone();
        let answer = async {
            poll_fn(|context| copy.poll_ready(context)).await?;
            copy.call(request).await
        };
        let answer = answer.await.map_err(|error| Status::from_error(error.into()));
        if passes(&answer) {
            self.leave(asked);
        }
        answer
    }
}

/// True for a failure that another copy, or this one later, may not have: no answer at all, or the word that the service is not there.
fn passes(answer: &Answer) -> bool {
    let unavailable = |code: &HeaderValue| Code::from_bytes(code.as_bytes()) == Code::Unavailable;
    answer.as_ref().map_or(true, |answer| answer.headers().get("grpc-status").is_some_and(unavailable))
}
