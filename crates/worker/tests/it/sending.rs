//! Letters that arrive, come back, and are tried again.

use leitai_proto::notification::v1::AttemptOutcome;
use leitai_rpc::CancellationToken;
use leitai_worker::{
    TransportConfig, WorkerConfig,
    testing::{Act, Fault, Moment, Setup, SmtpServer, Stage},
};
use rstest::rstest;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

use crate::outbox::{Outbox, start, start_as};

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

/// Cuts its first connections before the greeting, as a server that starts, and passes the others on.
async fn away_for(connections: usize, server: &SmtpServer) -> String {
    let (listener, to) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), server.url().replace("smtp://", ""));
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0.. {
            let (mut from, _) = listener.accept().await.unwrap();
            let to = to.clone();
            if number >= connections {
                tokio::spawn(async move { copy_bidirectional(&mut from, &mut TcpStream::connect(to).await.unwrap()).await });
            }
        }
    });
    url
}

#[tokio::test]
async fn a_server_that_is_away_is_no_letters_fault() {
    let server = SmtpServer::start(|_, _| Fault::None).await;
    let outbox = Outbox::of(20);
    let (worker, shutdown) = start(&outbox, TransportConfig::smtp(&away_for(4, &server).await)).await;
    let records = outbox.settled(20).await;
    shutdown.cancel();
    worker.await.unwrap();
    let failed = records.iter().filter(|(_, outcome, _)| *outcome == AttemptOutcome::Temporary).count();
    assert!((1..=2).contains(&failed), "one letter of each lane learnt of it, found {failed}");
    assert_eq!(server.taken().len(), 20);
}

#[tokio::test]
async fn leases_of_a_server_that_stays_away_are_given_back() {
    // A port that was free a moment ago and has no listener.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let outbox = Outbox::of(8);
    let short = |config| WorkerConfig { concurrency: 1, lease_seconds: 5, ..config };
    let (worker, shutdown) = start_as(&outbox, TransportConfig::smtp(&format!("smtp://127.0.0.1:{port}")), short).await;
    let released = outbox.released.subscribe().wait_for(|released| !released.is_empty()).await.unwrap().len();
    shutdown.cancel();
    worker.await.unwrap();
    let records = outbox.records.borrow().clone();
    assert!(
        records.iter().all(|(_, outcome, answer)| *outcome == AttemptOutcome::Temporary && answer.contains("no connection")),
        "{records:?}"
    );
    assert_eq!((released, records.len()), (7, 1));
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

#[tokio::test]
async fn a_worker_that_is_stopped_gives_back_what_it_has_not_begun() {
    let stop = std::sync::Arc::new(std::sync::OnceLock::<CancellationToken>::new());
    let told = stop.clone();
    // Told to stop while the first letter is under way.
    let script = move |moment: &Moment<'_>| {
        if moment.stage == Stage::Dot {
            told.wait().cancel();
        }
        Act::Go
    };
    let server = Setup::new(script).start().await;
    let outbox = Outbox::of(8);
    let one_lane = |config| WorkerConfig { concurrency: 1, ..config };
    let (worker, shutdown) = start_as(&outbox, TransportConfig::smtp(&server.url()), one_lane).await;
    stop.set(shutdown).unwrap();
    worker.await.unwrap();
    assert_eq!((outbox.records.borrow().len(), server.taken().len()), (1, 1));
    let released = outbox.released.borrow().clone();
    assert_eq!(released.len(), 7);
    assert!(released.iter().all(|lease| lease.delivery_id != "d0" && lease.wait_milliseconds == 0));
    let token_of = |lease: &leitai_proto::notification::v1::ReleasedLease| lease.delivery_id.replace('d', "t");
    assert!(released.iter().all(|lease| lease.lease_token == token_of(lease)), "each by its own token");
}
