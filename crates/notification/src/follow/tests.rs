//! The service over the wire, beside an evaluation that breaks off.

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt, stream};
use leitai_proto::{
    evaluation::v1::{
        self as evaluation, FrozenRound, Light, WatchFindingsRequest, WatchFindingsResponse,
        evaluation_service_server::{EvaluationService, EvaluationServiceServer},
    },
    notification::v1::{
        AttemptOutcome, CaseState, DeliveryState, GetLetterRequest, LeaseDeliveriesRequest, ListCasesRequest, ListIssuedRoundsRequest,
        ListLettersRequest, RecordAttemptRequest, case_service_client::CaseServiceClient, delivery_service_client::DeliveryServiceClient,
        letter_service_client::LetterServiceClient,
    },
};
use leitai_rpc::{CancellationToken, clock::FixedClock, failure::explain, server};
use leitai_storage::testing::Backend::{self, Postgres, Sqlite};
use prost::Message;
use rstest::rstest;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tonic::{Code, Request, Response, Status, service::Routes};

use super::{Entry, Follower};
use crate::{
    NotificationConfig,
    error::FollowError,
    letter::hex,
    notification::{Notification, SERVICES},
    store::Store,
    testing::{NOW, config, frozen, issuer, verdict},
};

/// Sends two findings for each call and breaks off; after the last it stays silent. Tells the cursor that it was last asked with.
struct Breaking {
    rounds: Vec<FrozenRound>,
    asked: watch::Sender<i64>,
}

type Answer<T> = Result<Response<T>, Status>;

#[async_trait::async_trait]
impl EvaluationService for Breaking {
    type WatchFindingsStream = Pin<Box<dyn Stream<Item = Result<WatchFindingsResponse, Status>> + Send>>;

    async fn watch_findings(&self, request: Request<WatchFindingsRequest>) -> Answer<Self::WatchFindingsStream> {
        let after = request.into_inner().after_sequence;
        self.asked.send_replace(after);
        let head_sequence = i64::try_from(self.rounds.len()).unwrap();
        let known = (1..).zip(self.rounds.clone()).skip(usize::try_from(after).unwrap()).take(2);
        let messages = known.map(move |(sequence, round)| Ok(WatchFindingsResponse { sequence, head_sequence, round: Some(round) }));
        let end =
            if after + 2 > head_sequence { stream::pending().boxed() } else { stream::iter([Err(Status::unavailable("cut"))]).boxed() };
        Ok(Response::new(stream::iter(messages).chain(end).boxed()))
    }

    async fn get_verdict(&self, _: Request<evaluation::GetVerdictRequest>) -> Answer<evaluation::GetVerdictResponse> {
        Err(Status::unimplemented(""))
    }

    async fn list_verdicts(&self, _: Request<evaluation::ListVerdictsRequest>) -> Answer<evaluation::ListVerdictsResponse> {
        Err(Status::unimplemented(""))
    }

    async fn list_standings(&self, _: Request<evaluation::ListStandingsRequest>) -> Answer<evaluation::ListStandingsResponse> {
        Err(Status::unimplemented(""))
    }

    async fn list_evaluated_rounds(
        &self,
        _: Request<evaluation::ListEvaluatedRoundsRequest>,
    ) -> Answer<evaluation::ListEvaluatedRoundsResponse> {
        Err(Status::unimplemented(""))
    }
}

async fn serve(routes: Routes, names: &'static [&'static str]) -> String {
    let listener = server::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(server::serve(listener, routes, names, CancellationToken::new()));
    endpoint
}

#[rstest]
#[tokio::test]
async fn rounds_become_letters_that_a_worker_can_send(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(database) = backend.open().await else { return };
    let reds = ["2025-M03", "2025-M06"].map(|period| frozen(period, vec![verdict("gdp", "430582", Light::Red)]));
    let green = frozen("2025-M09", vec![verdict("gdp", "430582", Light::Green)]);
    let (asked, mut asked_with) = watch::channel(-1);
    let breaking = Breaking { rounds: reds.into_iter().chain([green]).collect(), asked };
    let evaluation = serve(Routes::new(EvaluationServiceServer::new(breaking)), &[]).await;

    let directory = tempfile::tempdir().unwrap();
    let config = NotificationConfig { evaluation_endpoint: evaluation, ..config(directory.path()) };
    let service = Notification::new(database.database(), &config, Arc::new(FixedClock(NOW))).await.unwrap();
    let endpoint = serve(service.routes(), &SERVICES).await;
    let stop = CancellationToken::new();
    let following = tokio::spawn(service.run(stop.clone()));
    // The last of three is asked for once more.
    asked_with.wait_for(|after| *after == 2).await.unwrap();

    let channel = leitai_rpc::client::channel(&endpoint).unwrap();
    let mut letters = LetterServiceClient::new(channel.clone());
    let rounds = letters.list_issued_rounds(ListIssuedRoundsRequest::default()).await.unwrap().into_inner().rounds;
    let counts: Vec<_> = rounds.iter().map(|round| (round.period.as_str(), round.letter_count, round.issued_at.as_str())).collect();
    let at = "2025-04-18T09:00:00Z";
    assert_eq!(counts, [("2025-M03", 2, at), ("2025-M06", 2, at), ("2025-M09", 0, at)]);

    let cases = CaseServiceClient::new(channel.clone()).list_cases(ListCasesRequest::default()).await.unwrap().into_inner().cases;
    assert_eq!((cases.len(), cases[0].state(), cases[0].periods_behind), (1, CaseState::Recovered, 2));
    assert_eq!(cases[0].evaluating_agencies, ["省发展改革委"]);

    let filter = ListLettersRequest { agency: "省发展改革委".to_owned(), period: "2025-M06".to_owned(), ..Default::default() };
    let letter = letters.list_letters(filter.clone()).await.unwrap().into_inner().letters.remove(0);
    assert_eq!((letter.number.as_str(), letter.deliveries.len()), ("县调督〔2025〕3号", 2));
    assert_eq!(letter.deliveries[0].masked_recipient, "a***@gov.example");
    let stored = letters.get_letter(GetLetterRequest { letter_id: letter.letter_id.clone() }).await.unwrap().into_inner();
    assert_eq!(hex(&Sha256::digest(&stored.message)), letter.sha256);

    let mut deliveries = DeliveryServiceClient::new(channel);
    let request = LeaseDeliveriesRequest { worker_id: "w".to_owned(), max_deliveries: 100, lease_seconds: 0, max_per_domain: 0 };
    let leased = deliveries.lease_deliveries(request).await.unwrap().into_inner().deliveries;
    assert_eq!(leased.len(), 6);
    for work in leased {
        let outcome = if work.rcpt_to == "b@gov.example" { AttemptOutcome::Temporary } else { AttemptOutcome::Sent };
        let answer = "250 2.0.0 Ok\r\nqueued".to_owned();
        let record = RecordAttemptRequest { delivery_id: work.delivery_id, lease_token: work.lease_token, outcome: outcome.into(), answer };
        let recorded = deliveries.record_attempt(record).await.unwrap().into_inner();
        assert_eq!(recorded.will_retry, work.rcpt_to == "b@gov.example");
    }
    let letter = letters.list_letters(filter).await.unwrap().into_inner().letters.remove(0);
    assert_eq!(letter.deliveries.iter().map(|d| d.state()).collect::<Vec<_>>(), [DeliveryState::Sent, DeliveryState::Pending]);
    assert_eq!(letter.deliveries[0].last_answer, "250 2.0.0 Ok  queued");

    stop.cancel();
    following.await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_log_that_was_put_back_and_has_grown_again_is_not_followed(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((database, issuer)) = issuer(backend).await else { return };
    let store = Store::open(database.database()).await.unwrap();
    let follower = Follower::new(store.clone(), issuer, leitai_rpc::client::channel("http://127.0.0.1:1").unwrap());
    let entry = |sequence, period| {
        let round = frozen(period, vec![verdict("gdp", "430582", Light::Red)]);
        Entry::decode(WatchFindingsResponse { sequence, head_sequence: 9, round: Some(round) }.encode_to_vec().as_slice()).unwrap()
    };
    assert_eq!(follower.take(0, 0, entry(1, "2025-M03")).await.unwrap(), 1);
    assert_eq!(follower.take(1, 0, entry(1, "2025-M03")).await.unwrap(), 1, "the last one once more");
    let other = follower.take(1, 0, entry(1, "2025-M06")).await;
    assert!(matches!(other, Err(FollowError::OtherLog { sequence: 1 })), "{other:?}");
    let issued = store.sequence_of("county-economy-2025", "2025-M06").await.unwrap();
    assert_eq!((issued, store.cursor().await.unwrap()), (None, 1), "nothing of it is stored");
}

#[tokio::test]
async fn refusals_name_the_field() {
    let database = Sqlite.open().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let service = Notification::new(database.database(), &config(directory.path()), Arc::new(FixedClock(NOW))).await.unwrap();
    let channel = leitai_rpc::client::channel(&serve(service.routes(), &SERVICES).await).unwrap();
    let mut letters = LetterServiceClient::new(channel.clone());
    let absent = letters.get_letter(GetLetterRequest { letter_id: "none".to_owned() }).await.unwrap_err();
    assert_eq!((absent.code(), explain(&absent).contains("LETTER_NOT_FOUND")), (Code::NotFound, true));
    let mut deliveries = DeliveryServiceClient::new(channel);
    let nobody = deliveries.lease_deliveries(LeaseDeliveriesRequest::default()).await.unwrap_err();
    assert_eq!((nobody.code(), explain(&nobody).contains("worker_id")), (Code::InvalidArgument, true));
    let long = LeaseDeliveriesRequest { worker_id: "w".to_owned(), max_deliveries: 101, lease_seconds: 601, max_per_domain: 0 };
    assert!(explain(&deliveries.lease_deliveries(long).await.unwrap_err()).contains("max_deliveries"));
    let record = RecordAttemptRequest { delivery_id: "d".to_owned(), lease_token: "t".to_owned(), ..Default::default() };
    assert!(explain(&deliveries.record_attempt(record.clone()).await.unwrap_err()).contains("OUTCOME"));
    let record = RecordAttemptRequest { outcome: AttemptOutcome::Sent.into(), ..record };
    assert!(explain(&deliveries.record_attempt(record).await.unwrap_err()).contains("DELIVERY_NOT_FOUND"));
}
