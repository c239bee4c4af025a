//! TLS and log-in: what is good passes, and nothing of a letter or a password is ever sent in clear.

use std::sync::LazyLock;

use leitai_proto::notification::v1::AttemptOutcome;
use leitai_worker::{
    TransportConfig,
    testing::{Act, Moment, Setup, SmtpServer, Stage, tls::Authority},
};
use rstest::rstest;
use tempfile::TempDir;

use crate::outbox::{Outbox, Record, start};

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new("trusted"));
const PASSWORD: &str = "correct horse";
/// Long after these tests.
const GOOD: i32 = 2099;

/// A transport that trusts [`AUTHORITY`] and logs in.
fn transport(server: &SmtpServer, scheme: &str, directory: &TempDir) -> TransportConfig {
    let (ca_file, smtp_password_file) = (directory.path().join("ca.pem"), directory.path().join("password"));
    std::fs::write(&ca_file, AUTHORITY.pem()).unwrap();
    std::fs::write(&smtp_password_file, format!("{PASSWORD}\n")).unwrap();
    TransportConfig { ca_file, smtp_user: "leitai".to_owned(), smtp_password_file, ..TransportConfig::smtp(&server.named_url(scheme)) }
}

/// The first records of a worker before this server.
async fn records(server: &SmtpServer, scheme: &str, records: usize) -> Vec<Record> {
    let directory = tempfile::tempdir().unwrap();
    let outbox = Outbox::of(2);
    let (worker, shutdown) = start(&outbox, transport(server, scheme, &directory)).await;
    let recorded = outbox.recorded(records).await;
    shutdown.cancel();
    worker.await.unwrap();
    recorded
}

/// Beyond the question for TLS nothing was readable: no log-in, no envelope, no letter.
fn nothing_in_clear(server: &SmtpServer) {
    let clear = server.in_clear();
    let harmless = |line: &str| ["EHLO [127.0.0.1]", "STARTTLS", "QUIT"].contains(&line);
    assert!(clear.lines().all(harmless), "{clear}");
}

#[rstest]
#[tokio::test]
async fn letters_pass_with_log_in(
    #[values("PLAIN", "LOGIN", "PLAIN LOGIN")] mechanisms: &'static str,
    #[values(true, false)] starttls: bool,
) {
    let acceptor = AUTHORITY.server("localhost", GOOD);
    let setup = Setup::willing().log_in("leitai", PASSWORD, mechanisms);
    let (setup, scheme) = if starttls { (setup.starttls(acceptor), "smtp+starttls") } else { (setup.implicit_tls(acceptor), "smtps") };
    let server = setup.start().await;
    let recorded = records(&server, scheme, 2).await;
    assert!(recorded.iter().all(|(_, outcome, _)| *outcome == AttemptOutcome::Sent), "{recorded:?}");
    assert_eq!(server.taken().len(), 2);
    nothing_in_clear(&server);
}

#[rstest]
#[case::unknown_authority(Authority::new("another").server("localhost", GOOD), "UnknownIssuer")]
#[case::wrong_name(AUTHORITY.server("mx.other.example", GOOD), "not valid for name \"localhost\"")]
#[case::expired(AUTHORITY.server("localhost", 2021), "expired")]
#[tokio::test]
async fn a_certificate_that_does_not_hold_stops_everything(
    #[case] acceptor: tokio_rustls::TlsAcceptor,
    #[case] cause: &str,
    #[values("smtp+starttls", "smtps")] scheme: &str,
) {
    let setup = Setup::willing().log_in("leitai", PASSWORD, "PLAIN");
    let setup = if scheme == "smtps" { setup.implicit_tls(acceptor) } else { setup.starttls(acceptor) };
    let server = setup.start().await;
    temporary(&records(&server, scheme, 3).await, &["no TLS", cause]);
    assert!(server.taken().is_empty());
    nothing_in_clear(&server);
}

fn temporary(records: &[Record], causes: &[&str]) {
    for (_, outcome, answer) in records {
        assert_eq!(*outcome, AttemptOutcome::Temporary);
        assert!(causes.iter().all(|cause| answer.contains(cause)), "{answer}");
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_nothing() {
    let server = Setup::willing().log_in("leitai", PASSWORD, "PLAIN").start().await;
    temporary(&records(&server, "smtp+starttls", 3).await, &["the server does not offer STARTTLS"]);
    assert!(server.taken().is_empty());
    nothing_in_clear(&server);
}

/// Someone between us and the server adds replies to the last readable one, to be taken for answers from inside TLS (RFC 3207, 4.2).
#[tokio::test]
async fn replies_slipped_in_before_tls_are_not_believed() {
    let script = |moment: &Moment<'_>| match moment.stage {
        Stage::StartTls => Act::Say("220 go ahead\r\n250-slipped\r\n250 AUTH PLAIN\r\n235 in\r\n250 in".to_owned()),
        _ => Act::Go,
    };
    let setup = Setup::new(script).starttls(AUTHORITY.server("localhost", GOOD)).log_in("leitai", PASSWORD, "PLAIN");
    let server = setup.start().await;
    temporary(&records(&server, "smtp+starttls", 3).await, &["no TLS"]);
    assert!(server.taken().is_empty());
    nothing_in_clear(&server);
}

#[tokio::test]
async fn a_refused_starttls_is_no_letters_fault() {
    let script = |moment: &Moment<'_>| match moment.stage {
        Stage::StartTls => Act::Say("454 4.7.0 TLS not available".to_owned()),
        _ => Act::Go,
    };
    let server = Setup::new(script).starttls(AUTHORITY.server("localhost", GOOD)).start().await;
    temporary(&records(&server, "smtp+starttls", 3).await, &["no TLS: 454 4.7.0 TLS not available"]);
    assert!(server.taken().is_empty());
    nothing_in_clear(&server);
}

#[rstest]
#[case::wrong_password("another", "PLAIN", "no log-in: 535 5.7.8 wrong name or password")]
#[case::no_mechanism(PASSWORD, "CRAM-MD5", "no log-in by PLAIN or LOGIN")]
#[tokio::test]
async fn a_log_in_that_fails_is_no_letters_fault(#[case] password: &str, #[case] mechanisms: &'static str, #[case] cause: &str) {
    let acceptor = AUTHORITY.server("localhost", GOOD);
    let server = Setup::willing().starttls(acceptor).log_in("leitai", password, mechanisms).start().await;
    temporary(&records(&server, "smtp+starttls", 3).await, &[cause]);
    assert!(server.taken().is_empty());
    nothing_in_clear(&server);
}

/// A server that never ends its line is not listened to for ever.
#[tokio::test]
async fn a_reply_without_end_is_not_read() {
    let script = |moment: &Moment<'_>| match moment.stage {
        Stage::Greeting => Act::Say(format!("220 {}", "x".repeat(1 << 20))),
        _ => Act::Go,
    };
    let server = Setup::new(script).implicit_tls(AUTHORITY.server("localhost", GOOD)).start().await;
    temporary(&records(&server, "smtps", 1).await, &["no greeting", "a reply line of more than 64 KiB"]);
}
