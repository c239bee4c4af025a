//! Notification's outbox, in memory behind a real socket.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI32, Ordering},
    },
};

use leitai_proto::notification::v1::{
    AttemptOutcome, LeaseDeliveriesRequest, LeaseDeliveriesResponse, LeasedDelivery, RecordAttemptRequest, RecordAttemptResponse,
    ReleaseDeliveriesRequest, ReleaseDeliveriesResponse, ReleasedLease,
    delivery_service_server::{DeliveryService, DeliveryServiceServer},
};
use leitai_rpc::CancellationToken;
use leitai_worker::{TransportConfig, Worker, WorkerConfig};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// Delivery, outcome and answer.
pub type Record = (String, AttemptOutcome, String);

/// An outbox in memory: what is tried again goes to the back of the queue at once.
#[derive(Clone)]
pub struct Outbox {
    waiting: Arc<Mutex<VecDeque<LeasedDelivery>>>,
    leased: Arc<Mutex<Vec<LeasedDelivery>>>,
    pub records: watch::Sender<Vec<Record>>,
    pub released: watch::Sender<Vec<ReleasedLease>>,
    /// The bound asked for last.
    pub per_domain: Arc<AtomicI32>,
}

impl Outbox {
    pub fn of(letters: usize) -> Self {
        let delivery = |number: usize| LeasedDelivery {
            delivery_id: format!("d{number}"),
            lease_token: format!("t{number}"),
            letter_number: format!("县调督〔2025〕{number}号"),
            agency: "省财政厅".to_owned(),
            mail_from: "from@province.example".to_owned(),
            rcpt_to: format!("r{number}@agency.example"),
            message_id: format!("<{number}@leitai.example>"),
            envelope_id: format!("d{number}.e"),
            message: format!("Message-ID: <{number}@leitai.example>\r\nSubject: x\r\n\r\n.a line that begins with a dot\r\nend\r\n")
                .into_bytes(),
        };
        let waiting = (0..letters).map(delivery).collect();
        Self {
            waiting: Arc::new(Mutex::new(waiting)),
            leased: Arc::default(),
            records: watch::Sender::new(Vec::new()),
            released: watch::Sender::new(Vec::new()),
            per_domain: Arc::default(),
        }
    }

    /// Letters to these addresses, one each.
    pub fn to(addresses: impl IntoIterator<Item = String>) -> Self {
        let addresses: Vec<String> = addresses.into_iter().collect();
        let outbox = Self::of(addresses.len());
        outbox.waiting.lock().unwrap().iter_mut().zip(addresses).for_each(|(delivery, address)| delivery.rcpt_to = address);
        outbox
    }

    pub fn message(&self, number: usize) -> Vec<u8> {
        Self::of(number + 1).waiting.lock().unwrap()[number].message.clone()
    }

    /// Waits until there are this many records, and answers with all.
    pub async fn recorded(&self, records: usize) -> Vec<Record> {
        self.records.subscribe().wait_for(|all| all.len() >= records).await.unwrap().clone()
    }

    /// Waits until this many attempts ended for good, and answers with every record.
    pub async fn settled(&self, letters: usize) -> Vec<Record> {
        let done =
            |records: &Vec<Record>| records.iter().filter(|(_, outcome, _)| *outcome != AttemptOutcome::Temporary).count() >= letters;
        self.records.subscribe().wait_for(done).await.unwrap().clone()
    }
}

#[tonic::async_trait]
impl DeliveryService for Outbox {
    async fn lease_deliveries(&self, request: Request<LeaseDeliveriesRequest>) -> Result<Response<LeaseDeliveriesResponse>, Status> {
        self.per_domain.store(request.get_ref().max_per_domain, Ordering::Relaxed);
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

    async fn release_deliveries(&self, request: Request<ReleaseDeliveriesRequest>) -> Result<Response<ReleaseDeliveriesResponse>, Status> {
        let leases = request.into_inner().leases;
        self.leased.lock().unwrap().retain(|held| leases.iter().all(|lease| lease.delivery_id != held.delivery_id));
        self.released.send_modify(|released| released.extend(leases));
        Ok(Response::new(ReleaseDeliveriesResponse {}))
    }
}

/// Starts the outbox's server and a worker of two lanes before it.
pub async fn start(outbox: &Outbox, transport: TransportConfig) -> (JoinHandle<()>, CancellationToken) {
    start_as(outbox, transport, |config| WorkerConfig { concurrency: 2, ..config }).await
}

/// Starts the outbox's server and a worker before it, configured so.
pub async fn start_as(
    outbox: &Outbox,
    transport: TransportConfig,
    configured: impl FnOnce(WorkerConfig) -> WorkerConfig,
) -> (JoinHandle<()>, CancellationToken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let config = configured(WorkerConfig::at(&endpoint, transport));
    let routes = Server::builder().add_service(DeliveryServiceServer::new(outbox.clone()));
    tokio::spawn(routes.serve_with_incoming(TcpListenerStream::new(listener)));
    let shutdown = CancellationToken::new();
    let (worker, stop) = (Worker::new(&config).unwrap(), shutdown.clone());
    (tokio::spawn(async move { worker.run(stop).await.unwrap() }), shutdown)
}
