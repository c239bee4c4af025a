//! Calls to copies that are there, away or not ready, over real connections.

use std::{collections::HashSet, sync::atomic::AtomicU32};

use prost::Message;
use prost_types::{FileDescriptorSet, MethodDescriptorProto};
use rstest::rstest;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Code, Request, Response, Status, service::Routes};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_client::HealthClient,
    health_server::{Health, HealthServer},
};

use super::{repeat::STREAMED, *};

/// A copy that answers its first calls with a failure; it is told apart by how many it got.
#[derive(Clone)]
struct Copy {
    failures: u32,
    code: Code,
    asked: Arc<AtomicU32>,
}

#[tonic::async_trait]
impl Health for Copy {
    type WatchStream = tokio_stream::Pending<Result<HealthCheckResponse, Status>>;

    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        if self.asked.fetch_add(1, Ordering::Relaxed) < self.failures {
            return Err(Status::new(self.code, "not now"));
        }
        Ok(Response::new(HealthCheckResponse::default()))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("nobody watches"))
    }
}

impl Copy {
    fn failing(failures: u32, code: Code) -> Self {
        Self { failures, code, asked: Arc::default() }
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Serves on a free port until the guard is dropped.
    async fn serve(&self) -> (String, DropGuard) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let incoming = transport::server::TcpIncoming::from(listener);
        let routes = Routes::new(HealthServer::new(self.clone()));
        let stopped = shutdown.clone().cancelled_owned();
        tokio::spawn(transport::Server::builder().add_routes(routes).serve_with_incoming_shutdown(incoming, stopped));
        (endpoint, shutdown.drop_guard())
    }
}

/// An address on which nothing listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A channel that asks the first of these first.
fn starting_at_the_first(endpoints: &[&str]) -> HealthClient<Channel> {
    let channel = channel(&endpoints.join(", ")).unwrap();
    channel.current.store(0, Ordering::Relaxed);
    HealthClient::new(channel)
}

async fn check(client: &mut HealthClient<Channel>) -> Result<(), Code> {
    client.check(HealthCheckRequest::default()).await.map(drop).map_err(|status| status.code())
}

#[tokio::test]
async fn a_copy_that_is_away_is_left_for_the_next() {
    let alive = Copy::failing(0, Code::Ok);
    let (endpoint, _serving) = alive.serve().await;
    let mut client = starting_at_the_first(&[&nobody().await, &nobody().await, &endpoint]);
    assert_eq!((check(&mut client).await, check(&mut client).await), (Ok(()), Ok(())));
    assert_eq!(alive.asked(), 2);
}

#[tokio::test]
async fn a_copy_that_is_not_ready_is_left_and_stays_left() {
    let (behind, ready) = (Copy::failing(1, Code::Unavailable), Copy::failing(0, Code::Ok));
    let ((first, _first), (second, _second)) = (behind.serve().await, ready.serve().await);
    let mut client = starting_at_the_first(&[&first, &second]);
    assert_eq!((check(&mut client).await, check(&mut client).await), (Ok(()), Ok(())));
    assert_eq!((behind.asked(), ready.asked()), (1, 2));
}

#[tokio::test]
async fn a_copy_that_stops_hands_its_callers_on() {
    let (stopping, staying) = (Copy::failing(0, Code::Ok), Copy::failing(0, Code::Ok));
    let ((first, serving), (second, _second)) = (stopping.serve().await, staying.serve().await);
    let mut client = starting_at_the_first(&[&first, &second]);
    assert_eq!(check(&mut client).await, Ok(()));
    drop(serving);
    for _ in 0..20 {
        assert_eq!(check(&mut client).await, Ok(()));
    }
    assert_eq!(stopping.asked() + staying.asked(), 21);
    assert!(staying.asked() > 0);
}

/// One copy is asked again after waits; a failure that waiting does not mend, once only.
#[rstest]
#[case::soon_back(Copy::failing(2, Code::Unavailable), Ok(()), 3)]
#[case::away_for_long(Copy::failing(100, Code::Unavailable), Err(Code::Unavailable), 6)]
#[case::a_refusal(Copy::failing(100, Code::FailedPrecondition), Err(Code::FailedPrecondition), 1)]
#[case::a_fault(Copy::failing(100, Code::Internal), Err(Code::Internal), 1)]
#[tokio::test]
async fn calls_are_made_again_a_few_times(#[case] copy: Copy, #[case] expected: Result<(), Code>, #[case] asked: u32) {
    let (endpoint, _serving) = copy.serve().await;
    assert_eq!(check(&mut starting_at_the_first(&[&endpoint])).await, expected);
    assert_eq!(copy.asked(), asked);
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_refused() {
    assert!(channel("http://127.0.0.1:1, not an address").is_err());
}

fn methods() -> Vec<(String, MethodDescriptorProto, bool)> {
    let set = FileDescriptorSet::decode(leitai_proto::DESCRIPTOR_SET).unwrap();
    let known_by_request_id: HashSet<_> = set
        .file
        .iter()
        .flat_map(|file| file.message_type.iter().map(move |message| (file.package(), message)))
        .filter(|(_, message)| message.field.iter().any(|field| field.name() == "request_id"))
        .map(|(package, message)| format!(".{package}.{}", message.name()))
        .collect();
    let service_methods = set.file.iter().flat_map(|file| file.service.iter().map(move |service| (file.package(), service)));
    service_methods
        .flat_map(|(package, service)| {
            service.method.iter().map(move |method| (format!("/{package}.{}/{}", service.name(), method.name()), method))
        })
        .map(|(path, method)| (path, method.clone(), known_by_request_id.contains(method.input_type())))
        .collect()
}

#[test]
fn streamed_requests_are_never_sent_again() {
    let streamed: Vec<_> = methods().into_iter().filter(|(_, method, _)| method.client_streaming()).map(|(path, ..)| path).collect();
    let ours: Vec<_> = STREAMED.into_iter().filter(|path| path.starts_with("/leitai.")).collect();
    assert_eq!(streamed, ours);
}

/// A call that may be made twice is a read, or carries a `request_id`, or is one of these.
#[test]
fn every_other_call_may_be_made_twice() {
    // A lease whose answer was lost ends by itself; a record and a release name their lease.
    const BY_LEASE: [&str; 3] = ["LeaseDeliveries", "RecordAttempt", "ReleaseDeliveries"];
    let reads = ["Get", "List", "Watch", "Suppose", "Preview"];
    let twice: Vec<_> = methods()
        .into_iter()
        .filter(|(path, method, known)| {
            let safe = *known || reads.iter().any(|read| method.name().starts_with(read)) || BY_LEASE.contains(&method.name());
            !safe && !STREAMED.contains(&path.as_str())
        })
        .map(|(path, ..)| path)
        .collect();
    assert_eq!(twice, Vec::<String>::new());
}
