use leitai_proto::notification::v1::AttemptOutcome;
use rstest::rstest;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::oneshot,
};

use super::*;
use crate::config::TransportConfig;

/// Takes one letter on each connection, then cuts it, and says when the first is cut.
async fn one_letter_each(listener: TcpListener, cut: oneshot::Sender<()>) {
    let mut cut = Some(cut);
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let (mut socket, mut in_letter) = (BufReader::new(socket), false);
        socket.write_all(b"220 ready\r\n").await.unwrap();
        let mut line = String::new();
        while socket.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            let dot = in_letter && line == ".\r\n";
            let data = !in_letter && line == "DATA\r\n";
            if data || !in_letter || dot {
                socket.write_all(if data { b"354 go ahead\r\n" } else { b"250 good\r\n" }).await.unwrap();
            }
            if dot {
                break;
            }
            in_letter |= data;
            line.clear();
        }
        drop(socket);
        cut.take().map(|cut| cut.send(()));
    }
}

fn delivery() -> LeasedDelivery {
    LeasedDelivery { mail_from: "from@province.example".to_owned(), rcpt_to: "to@agency.example".to_owned(), ..LeasedDelivery::default() }
}

#[rstest]
#[case::taken_for_good(false, AttemptOutcome::Temporary)]
#[case::doubted(true, AttemptOutcome::Sent)]
#[tokio::test]
async fn a_connection_that_is_doubted_is_asked_before_the_next_letter(#[case] doubted: bool, #[case] outcome: AttemptOutcome) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = TransportConfig::smtp(&format!("smtp://{}", listener.local_addr().unwrap())).server().unwrap();
    let (cut, was_cut) = oneshot::channel();
    tokio::spawn(one_letter_each(listener, cut));
    let mut mailer = Mailer::new(server, Duration::from_secs(60), 0);
    assert_eq!(mailer.send(&delivery(), b"Subject: x\r\n\r\nx\r\n").await.outcome, AttemptOutcome::Sent);
    was_cut.await.unwrap();
    if doubted {
        mailer.doubt();
    }
    let second = mailer.send(&delivery(), b"Subject: x\r\n\r\nx\r\n").await;
    assert_eq!((second.outcome, second.reached), (outcome, true), "{second:?}");
}

#[tokio::test]
async fn a_port_without_a_listener_is_a_server_that_is_away() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    for scheme in ["smtp", "smtp+starttls", "smtps"] {
        let server = TransportConfig::smtp(&format!("{scheme}://127.0.0.1:{port}")).server().unwrap();
        let mut mailer = Mailer::new(server, Duration::from_secs(60), 0);
        assert!(mailer.reach().await.unwrap_err().away(), "{scheme}");
        let attempt = mailer.send(&delivery(), b"Subject: x\r\n\r\nx\r\n").await;
        assert_eq!((attempt.outcome, attempt.reached), (AttemptOutcome::Temporary, false), "{scheme}");
    }
}
