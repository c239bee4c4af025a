//! The worker between a notification service and a mail server, both real sockets.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use leitai_proto::notification::v1::{
    AttemptOutcome, LeaseDeliveriesRequest, LeaseDeliveriesResponse, LeasedDelivery, RecordAttemptRequest, RecordAttemptResponse,
    delivery_service_server::{DeliveryService, DeliveryServiceServer},
};
use leitai_rpc::CancellationToken;
use leitai_worker::{
    TransportConfig, Worker, WorkerConfig,
    testing::{Fault, SmtpServer},
};
use rstest::rstest;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// An outbox in memory: what is tried again goes to the back of the queue at once.
#[derive(Clone)]
struct Outbox {
    waiting: Arc<Mutex<VecDeque<LeasedDelivery>>>,
    leased: Arc<Mutex<Vec<LeasedDelivery>>>,
    records: watch::Sender<Vec<(String, AttemptOutcome, String)>>,
}

impl Outbox {
    fn of(letters: usize) -> Self {
        let delivery = |number: usize| LeasedDelivery {
            delivery_id: format!("d{number}"),
            lease_token: format!("t{number}"),
            letter_number: format!("县调督〔2025〕{number}号"),
            agency: "省财政厅".to_owned(),
            mail_from: "from@province.example".to_owned(),
            rcpt_to: format!("r{number}@agency.example"),
            message_id: format!("<{number}@leitai.example>"),
            message: format!("Message-ID: <{number}@leitai.example>\r\nSubject: x\r\n\r\n.a line that begins with a dot\r\nend\r\n")
                .into_bytes(),
        };
        let waiting = (0..letters).map(delivery).collect();
        Self { waiting: Arc::new(Mutex::new(waiting)), leased: Arc::default(), records: watch::Sender::new(Vec::new()) }
    }

    fn message(&self, number: usize) -> Vec<u8> {
        Self::of(number + 1).waiting.lock().unwrap()[number].message.clone()
    }

    /// Waits until this many attempts ended for good, and answers with every record.
    async fn settled(&self, letters: usize) -> Vec<(String, AttemptOutcome, String)> {
        let done = |records: &Vec<(String, AttemptOutcome, String)>| {
            records.iter().filter(|(_, outcome, _)| *outcome != AttemptOutcome::Temporary).count() >= letters
        };
        self.records.subscribe().wait_for(done).await.unwrap().clone()
    }
}

#[tonic::async_trait]
impl DeliveryService for Outbox {
    async fn lease_deliveries(&self, request: Request<LeaseDeliveriesRequest>) -> Result<Response<LeaseDeliveriesResponse>, Status> {
        let most = usize::try_from(request.get_ref().max_deliveries).unwrap();
        let mut waiting = self.waiting.lock().unwrap();
        let take = most.min(waiting.len());
        let deliveries: Vec<LeasedDelivery> = waiting.drain(..take).collect();
        self.leased.lock().unwrap().extend(deliveries.clone());
        Ok(Response::new(LeaseDeliveriesResponse { deliveries }))
    }

    async fn record_attempt(&self, request: Request<RecordAttemptRequest>) -> Result<Response<RecordAttemptResponse>, Status> {
        let record = request.into_inner();
        let outcome = record.outcome();
        let will_retry = outcome == AttemptOutcome::Temporary;
        let mut leased = self.leased.lock().unwrap();
        let at =
            leased.iter().position(|delivery| delivery.delivery_id == record.delivery_id).ok_or_else(|| Status::not_found("no lease"))?;
        let delivery = leased.swap_remove(at);
        if will_retry {
            self.waiting.lock().unwrap().push_back(delivery);
        }
        self.records.send_modify(|records| records.push((record.delivery_id, outcome, record.answer)));
        Ok(Response::new(RecordAttemptResponse { will_retry }))
    }
}

/// Starts the outbox's server and a worker before it.
async fn start(outbox: &Outbox, transport: TransportConfig) -> (JoinHandle<()>, CancellationToken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let config = WorkerConfig { worker_id: "w1".to_owned(), concurrency: 2, ..WorkerConfig::at(&endpoint, transport) };
    let routes = Server::builder().add_service(DeliveryServiceServer::new(outbox.clone()));
    tokio::spawn(routes.serve_with_incoming(TcpListenerStream::new(listener)));
    let shutdown = CancellationToken::new();
    let (worker, stop) = (Worker::new(&config).unwrap(), shutdown.clone());
    (tokio::spawn(async move { worker.run(stop).await.unwrap() }), shutdown)
}

#[tokio::test]
async fn every_letter_arrives_byte_for_byte_over_few_connections() {
    let server = SmtpServer::start(|_, _| Fault::None).await;
    let outbox = Outbox::of(40);
    let (worker, shutdown) = start(&outbox, TransportConfig::smtp(&server.url())).await;
    let records = outbox.settled(40).await;
    shutdown.cancel();
    worker.await.unwrap();
    assert_eq!(records.len(), 40);
    assert!(records.iter().all(|(_, outcome, answer)| *outcome == AttemptOutcome::Sent && answer.starts_with("250")), "{records:?}");
    let mut taken = server.taken();
    taken.sort_by_key(|taken| taken.recipient.trim_start_matches('r').split('@').next().unwrap().parse::<usize>().unwrap());
    assert_eq!(taken.len(), 40);
    for (number, taken) in taken.iter().enumerate() {
        assert_eq!(taken.recipient, format!("r{number}@agency.example"));
        assert_eq!(taken.message, outbox.message(number));
    }
    assert!(server.connections() <= 10, "{} connections for 40 letters in 2 lanes", server.connections());
}

#[rstest]
#[case::mailbox_busy(Fault::Recipient(450))]
#[case::trouble_at_the_dot(Fault::Dot(451))]
#[case::our_own_missing_log_in(Fault::Recipient(530))]
#[tokio::test]
async fn what_may_pass_later_is_tried_again(#[case] fault: Fault) {
    let server =
        SmtpServer::start(move |recipient, before| if recipient.starts_with("r1@") && before < 2 { fault } else { Fault::None }).await;
    let outbox = Outbox::of(3);
    let (worker, shutdown) = start(&outbox, TransportConfig::smtp(&server.url())).await;
    let records = outbox.settled(3).await;
    shutdown.cancel();
    worker.await.unwrap();
    let of_r1: Vec<AttemptOutcome> = records.iter().filter(|(id, _, _)| id == "d1").map(|(_, outcome, _)| *outcome).collect();
    assert_eq!(of_r1, [AttemptOutcome::Temporary, AttemptOutcome::Temporary, AttemptOutcome::Sent]);
    assert_eq!(server.taken().len(), 3);
}

#[rstest]
#[case::no_such_mailbox(Fault::Recipient(550))]
#[case::refused_at_the_dot(Fault::Dot(554))]
#[tokio::test]
async fn a_5xx_is_final_and_holds_nobody_back(#[case] fault: Fault) {
    let server = SmtpServer::start(move |recipient, _| if recipient.starts_with("r0@") { fault } else { Fault::None }).await;
    let outbox = Outbox::of(5);
    let (worker, shutdown) = start(&outbox, TransportConfig::smtp(&server.url())).await;
    let records = outbox.settled(5).await;
    shutdown.cancel();
    worker.await.unwrap();
    let refused: Vec<&str> =
        records.iter().filter(|(_, outcome, _)| *outcome == AttemptOutcome::Permanent).map(|(id, _, _)| id.as_str()).collect();
    assert_eq!(refused, ["d0"]);
    assert_eq!(server.taken().len(), 4);
}

#[tokio::test]
async fn a_cut_after_the_letter_is_sent_again_as_the_same_bytes() {
    let server =
        SmtpServer::start(|recipient, before| if recipient.starts_with("r0@") && before == 0 { Fault::CutAfterData } else { Fault::None })
            .await;
    let outbox = Outbox::of(1);
    let (worker, shutdown) = start(&outbox, TransportConfig::smtp(&server.url())).await;
    let records = outbox.settled(1).await;
    shutdown.cancel();
    worker.await.unwrap();
    assert_eq!(records.len(), 2);
    let taken = server.taken();
    assert_eq!((taken.len(), &taken[0]), (2, &taken[1]));
}

#[tokio::test]
async fn a_server_that_is_away_is_no_letters_fault() {
    // A port that was free a moment ago and has no listener.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let outbox = Outbox::of(1);
    let (worker, shutdown) = start(&outbox, TransportConfig::smtp(&format!("smtp://127.0.0.1:{port}"))).await;
    let records = outbox.records.subscribe().wait_for(|records| records.len() >= 3).await.unwrap().clone();
    shutdown.cancel();
    worker.await.unwrap();
    assert!(records.iter().all(|(_, outcome, _)| *outcome == AttemptOutcome::Temporary), "{records:?}");
}

#[tokio::test]
async fn files_are_written_for_every_delivery() {
    let directory = tempfile::tempdir().unwrap();
    let outbox = Outbox::of(6);
    let (worker, shutdown) = start(&outbox, TransportConfig::files(directory.path().join("letters"))).await;
    outbox.settled(6).await;
    shutdown.cancel();
    worker.await.unwrap();
    let mut written: Vec<Vec<u8>> =
        std::fs::read_dir(directory.path().join("letters")).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    written.sort();
    let mut expected: Vec<Vec<u8>> = (0..6).map(|number| outbox.message(number)).collect();
    expected.sort();
    assert_eq!(written, expected);
}
