use leitai_storage::testing::Backend::{self, Postgres, Sqlite};
use rstest::rstest;

use super::*;
use crate::{
    retry::Outcome,
    store::{
        LetterFilter, Order,
        outbox::tests::{MINUTE, most, now, store},
    },
    testing::NOW,
};

/// A store whose three deliveries are sent, and the department's letter, which went to two addresses.
async fn sent(backend: Backend) -> Option<(leitai_storage::testing::TestDatabase, Store, letter::Model)> {
    let (database, store) = store(backend).await?;
    for leased in store.lease("w", "t1", now(), now() + MINUTE, most(10)).await.unwrap() {
        store.attempt(&leased.delivery, "t1", Outcome::Sent, now()).await;
    }
    let filter = LetterFilter { agency: Some("省发展改革委".to_owned()), ..LetterFilter::default() };
    let letter = store.letters(filter, &page()).await.unwrap().0.remove(0);
    Some((database, store, letter))
}

fn page() -> Page {
    Page::parse(10, "").unwrap()
}

fn about(message_id: &str, recipients: &[(&str, Action)]) -> Report {
    let recipient = |(address, action): &(&str, Action)| Recipient {
        final_recipient: (*address).to_owned(),
        original_recipient: String::new(),
        action: *action,
        status: "5.1.1".to_owned(),
        diagnostic: "550 no such user".to_owned(),
    };
    Report {
        request_id: format!("{message_id} {recipients:?}").chars().take(64).collect(),
        message_ids: vec!["<another@other.example>".to_owned(), message_id.to_owned()],
        reporting_mta: "mx.gov.example".to_owned(),
        envelope_id: String::new(),
        recipients: recipients.iter().map(recipient).collect(),
    }
}

impl Store {
    async fn keep(&self, report: &Report) -> Kept {
        self.record_bounce(report, (now() + MINUTE, NOW), |rows| format!("{} kept", rows.len()).into_bytes()).await.unwrap()
    }

    async fn outcomes(&self, report: &Report) -> Vec<String> {
        let Kept::Now(rows) = self.keep(report).await else { panic!("kept before") };
        rows.into_iter().map(|row| row.outcome).collect()
    }

    async fn states(&self, letter: &letter::Model) -> Vec<(String, bool)> {
        let deliveries = self.deliveries(std::slice::from_ref(letter)).await.unwrap().remove(&letter.letter_id).unwrap();
        deliveries.into_iter().map(|row| (row.state, row.bounced_at_ms.is_some())).collect()
    }
}

fn state(word: &str, bounced: bool) -> (String, bool) {
    (word.to_owned(), bounced)
}

#[rstest]
#[tokio::test]
async fn an_envelope_of_ours_decides_and_another_is_not_believed(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store, letter)) = sent(backend).await else { return };
    let deliveries = store.deliveries(std::slice::from_ref(&letter)).await.unwrap().remove(&letter.letter_id).unwrap();
    let forwarded = |envelope_id: String| {
        let report = about(&letter.message_id, &[("moved@elsewhere.example", Action::Failed)]);
        Report { request_id: envelope_id.chars().rev().take(64).collect(), envelope_id, ..report }
    };
    for foreign in ["QQ314159", &format!("{}.0123456789abcdef", deliveries[1].delivery_id), ".", "no such.delivery"] {
        assert_eq!(store.outcomes(&forwarded(foreign.to_owned())).await, ["unknown"], "{foreign}");
    }
    assert_eq!(store.states(&letter).await, [state("sent", false), state("sent", false)]);
    // By its Message-ID alone it would be about neither of the two addresses.
    let ours = envelope_id(&deliveries[1].delivery_id, "t1");
    assert_eq!(store.outcomes(&Report { message_ids: Vec::new(), ..forwarded(ours) }).await, ["bounced"]);
    assert_eq!(store.states(&letter).await, [state("sent", false), state("failed", true)]);
}

#[rstest]
#[tokio::test]
async fn a_report_on_a_letter_of_ours_bounces_its_delivery(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store, letter)) = sent(backend).await else { return };
    let report = about(&letter.message_id, &[("A@gov.example", Action::Failed), ("b@gov.example", Action::Delayed)]);
    assert_eq!(store.outcomes(&report).await, ["bounced", "delayed"]);
    assert_eq!(store.states(&letter).await, [state("failed", true), state("sent", false)]);
    assert_eq!(store.keep(&report).await, Kept::Before(b"2 kept".to_vec()), "read twice it is one report");
    let deliveries = store.deliveries(std::slice::from_ref(&letter)).await.unwrap().remove(&letter.letter_id).unwrap();
    assert_eq!(deliveries[0].last_answer, "5.1.1 550 no such user");
    let (events, _) = store.delivery_events(&deliveries, &page()).await.unwrap();
    let said: Vec<_> = events.iter().map(|event| (event.what.as_str(), event.who.as_str())).collect();
    assert!(said.contains(&("bounced", "mx.gov.example")) && said.contains(&("delayed", "mx.gov.example")) && said.len() == 2, "{said:?}");
    // Another system's report on the same delivery is noted; what bounced is sent again on a person's word.
    let again = Report { request_id: "another".to_owned(), ..about(&letter.message_id, &[("a@gov.example", Action::Failed)]) };
    assert_eq!(store.outcomes(&again).await, ["noted"]);
    let order = Order {
        request_id: "r1".to_owned(),
        letter_id: letter.letter_id.clone(),
        recipients: vec!["a@gov.example".to_owned()],
        who: "值班员".to_owned(),
        reason: "邮箱已恢复".to_owned(),
    };
    store.resend(&order, now() + 2 * MINUTE, NOW, |_| Vec::new()).await.unwrap();
    assert_eq!(store.states(&letter).await, [state("pending", false), state("sent", false)]);
    let late = Report { request_id: "late".to_owned(), ..again };
    assert_eq!(store.outcomes(&late).await, ["noted"], "it is to be sent again anyway");
    assert_eq!(store.states(&letter).await, [state("pending", false), state("sent", false)]);
}

#[rstest]
#[tokio::test]
async fn only_a_message_id_of_ours_changes_anything(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store, letter)) = sent(backend).await else { return };
    let before = store.states(&letter).await;
    let nobody = about("<nothing@ours.example>", &[("A@GOV.example", Action::Failed), ("x@y.example", Action::Failed)]);
    assert_eq!(store.outcomes(&nobody).await, ["address_only", "unknown"]);
    let elsewhere = about(&letter.message_id, &[("moved@elsewhere.example", Action::Failed), ("b@gov.example", Action::Passed)]);
    assert_eq!(store.outcomes(&elsewhere).await, ["other_address", "passed"]);
    assert_eq!(store.states(&letter).await, before);
    // All are kept; those that are about no delivery for certain are listed for a person.
    let all = store.bounces(false, &page()).await.unwrap().0;
    let unmatched = store.bounces(true, &page()).await.unwrap().0;
    assert_eq!((all.len(), unmatched.len()), (4, 3));
    let hint = unmatched.iter().find(|row| row.outcome == "address_only").unwrap();
    assert_eq!((hint.letter_id.as_deref(), hint.delivery_id.as_deref()), (Some(letter.letter_id.as_str()), None));
    let (first, token) = store.bounces(false, &Page::parse(3, "").unwrap()).await.unwrap();
    let (rest, end) = store.bounces(false, &Page::parse(3, &token).unwrap()).await.unwrap();
    assert_eq!((first.len(), rest.len(), end.as_str()), (3, 1, ""));
}

#[rstest]
#[tokio::test]
async fn a_letter_with_one_address_knows_its_delivery_by_itself(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store, _)) = sent(backend).await else { return };
    let letters = store.letters(LetterFilter::default(), &page()).await.unwrap().0;
    let county = letters.iter().find(|letter| letter.division_code.is_some()).unwrap();
    let forwarded = about(&county.message_id, &[("moved@elsewhere.example", Action::Failed)]);
    assert_eq!(store.outcomes(&forwarded).await, ["bounced"]);
    assert_eq!(store.states(county).await, [state("failed", true)]);
}

#[rstest]
#[tokio::test]
async fn the_same_report_at_once_is_kept_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store, letter)) = sent(backend).await else { return };
    for report in [about(&letter.message_id, &[("a@gov.example", Action::Failed)]), about("<none@x>", &[("x@y.example", Action::Failed)])] {
        let kept = futures::future::join_all((0..6).map(|_| store.keep(&report))).await;
        assert_eq!(kept.iter().filter(|kept| matches!(kept, Kept::Now(_))).count(), 1, "{kept:?}");
    }
    assert_eq!(store.bounces(false, &page()).await.unwrap().0.len(), 2);
}
