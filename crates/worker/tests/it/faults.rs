//! What is recorded for each fault of a mail server, and that the other letters go on.

use leitai_proto::notification::v1::AttemptOutcome::{self, Permanent, Sent, Temporary};
use leitai_worker::{
    TransportConfig, WorkerConfig,
    testing::{
        Act::{self, Cut, Say, SayAndCut, Silence},
        Moment, Setup,
        Stage::{self, Data, Dot, Greeting, Hello, Mail, Recipient},
    },
};
use rstest::rstest;

use crate::outbox::{Outbox, start_as};

const LETTERS: usize = 4;

fn say(reply: &str) -> Act {
    Say(reply.to_owned())
}

fn closing() -> Act {
    SayAndCut("421 4.3.2 shutting down".to_owned())
}

/// A reply far beyond the 512 bytes of RFC 5321, 4.5.3.1.5.
fn overlong() -> Act {
    Say(format!("250 {}", "x".repeat(1_000_000)))
}

/// The fault happens to the first letter only, and only once.
#[rstest]
#[case::closing_at_greeting(Greeting, closing(), Temporary, "no greeting: 421")]
#[case::refused_at_greeting(Greeting, say("554 5.7.1 not you"), Temporary, "no greeting: 554")]
#[case::silent_at_greeting(Greeting, Silence, Temporary, "no connection within")]
#[case::cut_at_greeting(Greeting, Cut, Temporary, "no greeting")]
#[case::garbage_at_greeting(Greeting, say("HTTP/1.1 400 Bad Request"), Temporary, "no greeting")]
#[case::overlong_at_greeting(Greeting, overlong(), Temporary, "no greeting: a reply line of more than 64 KiB")]
#[case::closing_at_ehlo(Hello, closing(), Temporary, "421")]
#[case::refused_at_ehlo(Hello, say("502 5.5.1 what?"), Temporary, "502")]
#[case::silent_at_ehlo(Hello, Silence, Temporary, "no connection within")]
#[case::cut_at_ehlo(Hello, Cut, Temporary, "no greeting")]
#[case::garbage_at_ehlo(Hello, say("\u{7}\u{0}\u{fffd}"), Temporary, "no greeting")]
#[case::busy_at_mail(Mail, say("451 4.3.0 busy"), Temporary, "MAIL FROM: 451 4.3.0 busy")]
#[case::sender_refused(Mail, say("553 5.7.1 not your sender"), Temporary, "MAIL FROM: 553")]
#[case::closing_at_mail(Mail, closing(), Temporary, "MAIL FROM: 421")]
#[case::silent_at_mail(Mail, Silence, Temporary, "no answer within")]
#[case::cut_at_mail(Mail, Cut, Temporary, "MAIL FROM")]
#[case::garbage_at_mail(Mail, say("ok"), Temporary, "MAIL FROM")]
#[case::greylisted(Recipient, say("450 4.7.1 come back later"), Temporary, "RCPT TO: 450 4.7.1 come back later")]
#[case::mailbox_full(Recipient, say("452 4.2.2 full"), Temporary, "RCPT TO: 452")]
#[case::no_such_mailbox(Recipient, say("550 5.1.1 unknown"), Permanent, "RCPT TO: 550 5.1.1 unknown")]
#[case::closing_at_rcpt(Recipient, closing(), Temporary, "RCPT TO: 421")]
#[case::silent_at_rcpt(Recipient, Silence, Temporary, "no answer within")]
#[case::cut_at_rcpt(Recipient, Cut, Temporary, "RCPT TO")]
#[case::garbage_at_rcpt(Recipient, say("25 ok"), Temporary, "RCPT TO")]
#[case::overlong_at_rcpt(Recipient, overlong(), Temporary, "RCPT TO: a reply line of more than 64 KiB")]
#[case::reply_without_end(Recipient, say("250-there is more"), Temporary, "no answer within")]
#[case::busy_at_data(Data, say("451 4.3.0 busy"), Temporary, "DATA: 451")]
#[case::refused_at_data(Data, say("554 5.5.1 no"), Permanent, "DATA: 554")]
#[case::closing_at_data(Data, closing(), Temporary, "DATA: 421")]
#[case::silent_at_data(Data, Silence, Temporary, "no answer within")]
#[case::cut_at_data(Data, Cut, Temporary, "DATA")]
#[case::busy_at_the_dot(Dot, say("451 4.3.0 busy"), Temporary, "the letter: 451")]
#[case::refused_at_the_dot(Dot, say("554 5.6.0 no"), Permanent, "the letter: 554 5.6.0 no")]
#[case::closing_at_the_dot(Dot, closing(), Temporary, "the letter: 421")]
#[case::silent_at_the_dot(Dot, Silence, Temporary, "no answer within")]
#[case::cut_at_the_dot(Dot, Cut, Temporary, "the letter")]
#[case::garbage_at_the_dot(Dot, say("taken, I think"), Temporary, "the letter")]
#[tokio::test]
async fn each_fault_is_recorded_and_holds_nobody_back(
    #[case] stage: Stage,
    #[case] fault: Act,
    #[case] outcome: AttemptOutcome,
    #[case] said: &str,
) {
    let script = move |moment: &Moment<'_>| {
        let first = moment.before == 0 && (moment.recipient.is_empty() || moment.recipient.starts_with("r0@"));
        if first && moment.stage == stage { fault.clone() } else { Act::Go }
    };
    let server = Setup::new(script).start().await;
    let outbox = Outbox::of(LETTERS);
    // One lane and the shortest lease, so that deadlines pass within two seconds.
    let one_lane = |config| WorkerConfig { concurrency: 1, lease_seconds: 5, ..config };
    let (worker, shutdown) = start_as(&outbox, TransportConfig::smtp(&server.url()), one_lane).await;
    let records = outbox.settled(LETTERS).await;
    shutdown.cancel();
    worker.await.unwrap();
    let (first, others) = records.split_first().unwrap();
    assert_eq!((first.0.as_str(), first.1), ("d0", outcome), "{records:?}");
    assert!(first.2.contains(said) && first.2.chars().count() <= 500, "{}", first.2);
    assert!(others.iter().all(|(_, outcome, _)| *outcome == Sent), "{others:?}");
    let (tried, taken) = if outcome == Temporary { (LETTERS + 1, LETTERS) } else { (LETTERS, LETTERS - 1) };
    assert_eq!((records.len(), server.taken().len()), (tried, taken));
}

#[tokio::test]
async fn a_refused_recipient_costs_no_connection() {
    let bad = |moment: &Moment<'_>| {
        let bad = moment.stage == Recipient && moment.recipient.starts_with("r3@");
        if bad { say("550 5.1.1 unknown") } else { Act::Go }
    };
    let server = Setup::new(bad).start().await;
    let outbox = Outbox::of(8);
    let (worker, shutdown) =
        start_as(&outbox, TransportConfig::smtp(&server.url()), |config| WorkerConfig { concurrency: 1, ..config }).await;
    let records = outbox.settled(8).await;
    shutdown.cancel();
    worker.await.unwrap();
    assert_eq!((records.len(), server.taken().len(), server.connections()), (8, 7, 1));
}
