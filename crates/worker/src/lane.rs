//! One lane: lease, send, record, one letter after the other.

use std::{sync::Arc, time::Duration};

use leitai_proto::notification::v1::{
    AttemptOutcome, LeaseDeliveriesRequest, LeasedDelivery, RecordAttemptRequest, ReleaseDeliveriesRequest, ReleasedLease,
    delivery_service_client::DeliveryServiceClient,
};
use leitai_rpc::{CancellationToken, backoff::Backoff, client::Channel, failure::explain};
use tokio::time::{Instant, sleep, timeout};
use tonic::{Code, Status};

use crate::{
    mask::mask,
    pace::Pace,
    reach::{Reach, Turn},
    transport::{Attempt, Transport},
};

/// Letters leased at once by a lane.
const BATCH: i32 = 8;
/// How long after its lease the record of a sent letter is still tried once the worker is to stop.
const SENT_PATIENCE: Duration = Duration::from_secs(60);
/// Longest try to give leases back.
const RELEASE_PATIENCE: Duration = Duration::from_secs(5);
/// Bound of the first wait when there is nothing to do.
const FIRST_WAIT: Duration = Duration::from_millis(20);
/// Bound of the longest wait when there is nothing to do.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// One lane and its connections.
pub struct Lane {
    worker_id: String,
    lease: Duration,
    client: DeliveryServiceClient<Channel>,
    transport: Transport,
    manners: Manners,
    reach: Arc<Reach>,
}

/// What a lane keeps to for the sake of others' mail servers.
#[derive(Clone)]
pub struct Manners {
    /// Connections to one recipient domain at once; 0: no bound.
    pub connections_per_domain: u16,
    /// Letters a minute, over all lanes.
    pub pace: Arc<Pace>,
}

impl Lane {
    /// A lane that is not connected yet.
    pub fn new(
        worker_id: String,
        lease: Duration,
        client: DeliveryServiceClient<Channel>,
        transport: Transport,
        manners: Manners,
        reach: Arc<Reach>,
    ) -> Self {
        Self { worker_id, lease, client, transport, manners, reach }
    }

    /// Works until `shutdown`; a letter under way is finished and recorded first.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut idle = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        while !shutdown.is_cancelled() {
            if !self.reached(&shutdown).await {
                continue;
            }
            // The lease runs from its grant, which cannot be earlier than the question.
            let ends = Instant::now() + self.lease;
            let worked = match self.lease().await {
                Ok(batch) => self.work(batch, ends, &shutdown).await,
                Err(status) => {
                    tracing::warn!(error = %explain(&status), "no lease");
                    false
                }
            };
            if worked {
                idle.reset();
            } else {
                self.transport.rest().await;
                let _ = shutdown.run_until_cancelled(sleep(idle.next_wait())).await;
            }
        }
        self.transport.rest().await;
    }

    /// True where the server is there as far as this worker knows; else waits, or tries to connect.
    async fn reached(&mut self, shutdown: &CancellationToken) -> bool {
        match self.reach.turn(Instant::now()) {
            Turn::Work => return true,
            Turn::Wait(wait) => {
                self.transport.doubt();
                let _ = shutdown.run_until_cancelled(sleep(wait)).await;
            }
            Turn::Try => match shutdown.run_until_cancelled(self.transport.reach()).await {
                Some(Err(error)) if error.away() => {
                    tracing::warn!(%error, "the mail server is away");
                    self.reach.lost(Instant::now());
                }
                // What a server that is there has against a connection, the next letter's record says.
                Some(_) => self.reach.found(),
                None => {}
            },
        }
        false
    }

    async fn lease(&mut self) -> Result<Vec<LeasedDelivery>, Status> {
        let lease_seconds = i32::try_from(self.lease.as_secs()).unwrap_or(i32::MAX);
        let max_per_domain = self.manners.connections_per_domain.into();
        let request = LeaseDeliveriesRequest { worker_id: self.worker_id.clone(), max_deliveries: BATCH, lease_seconds, max_per_domain };
        Ok(self.client.lease_deliveries(request).await?.into_inner().deliveries)
    }

    /// True where there was anything to do.
    async fn work(&mut self, batch: Vec<LeasedDelivery>, ends: Instant, shutdown: &CancellationToken) -> bool {
        let worked = !batch.is_empty();
        let (mut rest, mut early) = (batch.into_iter(), Vec::new());
        // A letter is begun in the first half of the lease only: the other half is more than its longest sending.
        while !shutdown.is_cancelled() && Instant::now() + self.lease / 2 <= ends {
            if rest.len() > 0 && !self.reached(shutdown).await {
                continue;
            }
            let Some(delivery) = rest.next() else { break };
            if let Some(wait) = self.manners.pace.wait(domain(&delivery.rcpt_to), Instant::now()) {
                early.push(given_back(&delivery, wait));
                continue;
            }
            let attempt = self.transport.send(&delivery).await;
            log(&delivery, &attempt);
            if !attempt.reached {
                self.reach.lost(Instant::now());
            }
            self.record(&delivery, attempt, ends, shutdown).await;
        }
        early.extend(rest.map(|delivery| given_back(&delivery, Duration::ZERO)));
        self.release(early).await;
        worked
    }

    /// Gives back what was not begun. Where that fails the leases lapse in their time.
    async fn release(&mut self, leases: Vec<ReleasedLease>) {
        if leases.is_empty() {
            return;
        }
        let count = leases.len();
        match timeout(RELEASE_PATIENCE, self.client.release_deliveries(ReleaseDeliveriesRequest { leases })).await {
            Ok(Ok(_)) => tracing::debug!(count, "leases given back"),
            Ok(Err(status)) => tracing::warn!(count, error = %explain(&status), "leases were not given back"),
            Err(_) => tracing::warn!(count, "leases were not given back within {RELEASE_PATIENCE:?}"),
        }
    }

    /// Tries to record until it is recorded, refused, or the lease has ended. A letter that is out is tried for as long as the worker runs, and
    /// [`SENT_PATIENCE`] more: even a late record spares a second copy.
    async fn record(&mut self, delivery: &LeasedDelivery, attempt: Attempt, ends: Instant, shutdown: &CancellationToken) {
        let request = RecordAttemptRequest {
            delivery_id: delivery.delivery_id.clone(),
            lease_token: delivery.lease_token.clone(),
            outcome: attempt.outcome.into(),
            answer: attempt.answer.chars().take(500).collect(),
        };
        let sent = attempt.outcome == AttemptOutcome::Sent;
        let patience = if sent { SENT_PATIENCE } else { Duration::ZERO };
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        loop {
            let Err(status) = self.client.record_attempt(request.clone()).await else { return };
            let final_word = matches!(status.code(), Code::FailedPrecondition | Code::InvalidArgument | Code::NotFound);
            let running = sent && !shutdown.is_cancelled();
            if final_word || (!running && Instant::now() > ends + patience) {
                tracing::error!(message_id = delivery.message_id, error = %explain(&status), "an attempt was not recorded");
                return;
            }
            sleep(backoff.next_wait()).await;
        }
    }
}

fn given_back(delivery: &LeasedDelivery, wait: Duration) -> ReleasedLease {
    let wait_milliseconds = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
    ReleasedLease { delivery_id: delivery.delivery_id.clone(), lease_token: delivery.lease_token.clone(), wait_milliseconds }
}

fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

fn log(delivery: &LeasedDelivery, attempt: &Attempt) {
    let (message_id, recipient) = (&delivery.message_id, mask(&delivery.rcpt_to));
    tracing::info!(message_id, recipient, outcome = attempt.outcome.as_str_name(), "attempt");
}
