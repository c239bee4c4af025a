//! Delivery status notifications (RFC 3461): asked for where the server offers them, and never in a letter's way.

use leitai_proto::notification::v1::AttemptOutcome;
use leitai_worker::{
    TransportConfig,
    testing::{Act, Moment, Setup, SmtpServer, Stage},
};
use rstest::rstest;

use crate::outbox::{Outbox, start};

/// What one letter was sent with.
async fn said(server: &SmtpServer) -> Vec<String> {
    let outbox = Outbox::of(1);
    let (worker, shutdown) = start(&outbox, TransportConfig::smtp(&server.url())).await;
    let records = outbox.settled(1).await;
    shutdown.cancel();
    worker.await.unwrap();
    assert_eq!(records.iter().map(|(_, outcome, _)| *outcome).collect::<Vec<_>>(), [AttemptOutcome::Sent]);
    let envelope = |line: &&str| line.starts_with("MAIL") || line.starts_with("RCPT");
    server.in_clear().lines().filter(envelope).map(str::to_owned).collect()
}

const PLAIN: [&str; 2] = ["MAIL FROM:<from@province.example>", "RCPT TO:<r0@agency.example>"];
const ASKING: [&str; 2] = [
    "MAIL FROM:<from@province.example> RET=HDRS ENVID=d0.e",
    "RCPT TO:<r0@agency.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;r0@agency.example",
];

#[tokio::test]
async fn a_server_that_offers_reports_is_told_what_they_shall_name() {
    assert_eq!(said(&Setup::willing().notifies().start().await).await, ASKING);
    assert_eq!(said(&Setup::willing().start().await).await, PLAIN);
}

/// Some servers take a second greeting for a fault.
#[tokio::test]
async fn a_server_that_is_greeted_once_only_gets_the_letter_without() {
    let once = |moment: &Moment<'_>| match moment.stage {
        Stage::Hello if moment.before > 0 => Act::Say("503 5.5.1 duplicate HELO/EHLO".to_owned()),
        _ => Act::Go,
    };
    assert_eq!(said(&Setup::new(once).notifies().start().await).await, PLAIN);
}

/// Some servers offer what they then refuse: the letter goes all the same.
#[rstest]
#[case::sender(Stage::Mail, "555 5.5.4 unsupported option", &[ASKING[0], PLAIN[0], PLAIN[1]])]
#[case::recipient(Stage::Recipient, "501 5.5.4 bad parameter", &[ASKING[0], ASKING[1], PLAIN[0], PLAIN[1]])]
#[tokio::test]
async fn a_server_that_refuses_the_parameters_gets_the_letter_without(
    #[case] stage: Stage,
    #[case] reply: &'static str,
    #[case] expected: &[&str],
) {
    let script = move |moment: &Moment<'_>| if moment.stage == stage && moment.before == 0 { Act::Say(reply.to_owned()) } else { Act::Go };
    assert_eq!(said(&Setup::new(script).notifies().start().await).await, expected);
}
