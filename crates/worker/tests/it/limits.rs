//! Limits towards mail servers.

use leitai_proto::notification::v1::AttemptOutcome;
use leitai_worker::{
    Limits, TransportConfig, WorkerConfig,
    testing::{Fault, SmtpServer},
};

use crate::outbox::{Outbox, start_as};

#[tokio::test]
async fn a_connection_carries_so_many_letters() {
    let server = SmtpServer::start(|_, _| Fault::None).await;
    let outbox = Outbox::of(8);
    let limits = Limits { letters_per_connection: 3, ..Limits::NONE };
    let limited = |config| WorkerConfig { concurrency: 1, limits, ..config };
    let (worker, shutdown) = start_as(&outbox, TransportConfig::smtp(&server.url()), limited).await;
    outbox.settled(8).await;
    shutdown.cancel();
    worker.await.unwrap();
    assert_eq!((server.taken().len(), server.connections()), (8, 3));
}

#[tokio::test]
async fn a_domain_that_has_had_its_letters_holds_no_other_back() {
    let server = SmtpServer::start(|_, _| Fault::None).await;
    // Fifteen to one domain before five to another; ten may go at once, and at one a minute no eleventh does while this test runs.
    let addresses = (0..20).map(|number| format!("r{number}@{}.example", if number < 15 { "slow" } else { "other" }));
    let outbox = Outbox::to(addresses);
    let limits = Limits { letters_per_minute_per_domain: 1, ..Limits::NONE };
    let (worker, shutdown) = start_as(&outbox, TransportConfig::smtp(&server.url()), |config| WorkerConfig { limits, ..config }).await;
    let records = outbox.settled(15).await;
    outbox.released.subscribe().wait_for(|released| released.len() == 5).await.unwrap();
    shutdown.cancel();
    worker.await.unwrap();
    assert!(records.iter().all(|(_, outcome, _)| *outcome == AttemptOutcome::Sent));
    let to = |domain: &str| server.taken().iter().filter(|taken| taken.recipient.ends_with(domain)).count();
    assert_eq!((to("@slow.example"), to("@other.example")), (10, 5));
    let mut waits: Vec<i32> = outbox.released.borrow().iter().map(|lease| lease.wait_milliseconds).collect();
    waits.sort_unstable();
    // A minute apart, less what passed since the first letter.
    assert!(waits.iter().zip(1..).all(|(wait, minute)| (60_000 * minute - 30_000..=60_000 * minute).contains(wait)), "{waits:?}");
}

#[tokio::test]
async fn the_bound_on_a_domains_connections_is_asked_for_with_each_lease() {
    let server = SmtpServer::start(|_, _| Fault::None).await;
    let outbox = Outbox::of(1);
    let limits = Limits { connections_per_domain: 3, ..Limits::NONE };
    let (worker, shutdown) = start_as(&outbox, TransportConfig::smtp(&server.url()), |config| WorkerConfig { limits, ..config }).await;
    outbox.settled(1).await;
    shutdown.cancel();
    worker.await.unwrap();
    assert_eq!(outbox.per_domain.load(std::sync::atomic::Ordering::Relaxed), 3);
}
