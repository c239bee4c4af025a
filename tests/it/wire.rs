//! What every server owes a foreign client: health, reflection, and errors that a program can read.

use leitai_proto::{
    evaluation::v1::ListVerdictsRequest,
    ingestion::v1::{FreezeRoundRequest, round_service_client::RoundServiceClient},
};
use leitai_storage::testing::Backend;
use leitai_worker::testing::{Fault, SmtpServer};
use tokio_stream::StreamExt;
use tonic::{Code, Status};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient, server_reflection_request::MessageRequest,
    server_reflection_response::MessageResponse,
};
use tonic_types::StatusExt;

use crate::system::{PLAN, System};

async fn start() -> System {
    let server = SmtpServer::start(|_, _| Fault::None).await;
    System::start(Backend::Sqlite, &server.url()).await.unwrap()
}

fn services() -> Vec<(usize, &'static str)> {
    let of = |role: usize, names: &[&'static str]| names.iter().map(|name| (role, *name)).collect::<Vec<_>>();
    [of(0, &leitai_ingestion::SERVICES), of(1, &leitai_evaluation::SERVICES), of(2, &leitai_notification::SERVICES)].concat()
}

#[tokio::test]
async fn every_service_is_healthy_and_described() {
    let system = start().await;
    for (role, service) in services() {
        let request = HealthCheckRequest { service: service.to_owned() };
        let health = HealthClient::new(system.channel(role)).check(request).await.unwrap().into_inner();
        assert_eq!(health.status(), ServingStatus::Serving, "{service}");
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::FileContainingSymbol(service.to_owned())),
        };
        let mut client = ServerReflectionClient::new(system.channel(role));
        let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
        let answer = answers.next().await.unwrap().unwrap().message_response;
        assert!(matches!(answer, Some(MessageResponse::FileDescriptorResponse(_))), "{service}: {answer:?}");
    }
    system.stop().await;
}

#[tokio::test]
async fn errors_carry_a_reason_and_the_field() {
    let system = start().await;
    let request = FreezeRoundRequest { request_id: "r".to_owned(), plan_id: "no-such-plan".to_owned(), period: "2025-M03".to_owned() };
    let refused = RoundServiceClient::new(system.channel(0)).freeze_round(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "UNKNOWN_PLAN"));

    system.apply_plan().await;
    let request = FreezeRoundRequest { request_id: "r".to_owned(), plan_id: PLAN.to_owned(), period: "2025-M03".to_owned() };
    let refused = RoundServiceClient::new(system.channel(0)).freeze_round(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "NO_VALUES"));

    let request = FreezeRoundRequest { request_id: "r".to_owned(), plan_id: PLAN.to_owned(), period: "2024-M03".to_owned() };
    let refused = RoundServiceClient::new(system.channel(0)).freeze_round(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "PERIOD"), "another year than the plan's");

    let request =
        ListVerdictsRequest { plan_id: PLAN.to_owned(), period: "2025-M03".to_owned(), page_size: 5_000, ..ListVerdictsRequest::default() };
    let refused = system.evaluation().list_verdicts(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "PAGE_SIZE"));
    let details = refused.get_error_details();
    assert_eq!(details.bad_request().unwrap().field_violations[0].field, "page_size");
    system.stop().await;
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().unwrap().reason.clone()
}
