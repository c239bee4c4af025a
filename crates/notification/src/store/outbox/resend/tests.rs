use leitai_rpc::paging::Page;
use leitai_storage::testing::Backend::{self, Postgres, Sqlite};
use rstest::rstest;

use super::*;
use crate::{
    retry::Outcome,
    store::{
        DeliveryIn, LetterFilter,
        outbox::tests::{MINUTE, most, now, store},
    },
    testing::NOW,
};

/// The department's letter, which goes to two addresses.
async fn letter(store: &Store) -> letter::Model {
    let page = Page::parse(10, "").unwrap();
    let filter = LetterFilter { agency: Some("省发展改革委".to_owned()), ..LetterFilter::default() };
    store.letters(filter, &page).await.unwrap().0.remove(0)
}

fn order(letter: &letter::Model, recipients: &[&str]) -> Order {
    Order {
        request_id: "r1".to_owned(),
        letter_id: letter.letter_id.clone(),
        recipients: recipients.iter().map(|recipient| (*recipient).to_owned()).collect(),
        who: "值班员".to_owned(),
        reason: "地址已更正".to_owned(),
    }
}

impl Store {
    async fn again(&self, order: &Order, at: i64) -> Resent {
        self.resend(order, at, NOW, |resent| format!("{} resent", resent.len()).into_bytes()).await.unwrap()
    }

    /// Ends every delivery that is due so.
    async fn finish(&self, token: &str, outcome: Outcome, at: i64) {
        for leased in self.lease("w", token, at, at + MINUTE, most(10)).await.unwrap() {
            self.attempt(&leased.delivery, token, outcome, at).await;
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_failed_delivery_goes_out_again_as_the_same_letter(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    store.finish("t1", Outcome::Permanent, now()).await;
    let letter = letter(&store).await;
    let later = now() + MINUTE;
    let Resent::Done(resent) = store.again(&order(&letter, &["A@gov.example"]), later).await else { panic!("refused") };
    assert_eq!(resent.iter().map(|row| row.recipient.as_str()).collect::<Vec<_>>(), ["a@gov.example"]);
    // A repeat of the request changes nothing and hears the first answer.
    assert_eq!(store.again(&order(&letter, &["b@gov.example"]), later).await, Resent::Before(b"1 resent".to_vec()));
    let again = store.lease("w", "t2", later, later + MINUTE, most(10)).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!(
        (&again[0].letter.message_id, &again[0].message),
        (&letter.message_id, &store.letter(&letter.letter_id).await.unwrap().unwrap().1)
    );
    // The old attempts stay and do not count against the new ones: three are allowed.
    let mut at = later;
    for (attempt, will_retry) in [(1, true), (2, true), (3, false)] {
        let token = format!("again{attempt}");
        let leased = store.lease("w", &token, at + MINUTE, at + 2 * MINUTE, most(1)).await.unwrap().remove(0).delivery;
        at += MINUTE;
        assert_eq!(store.attempt(&leased, &token, Outcome::Temporary, at).await, crate::store::Recorded::Done { will_retry });
    }
    let deliveries = store.deliveries(std::slice::from_ref(&letter)).await.unwrap().remove(&letter.letter_id).unwrap();
    let (attempts, _) = store.attempts(&deliveries, &Page::parse(10, "").unwrap()).await.unwrap();
    let words: Vec<_> = attempts.iter().map(|tried| tried.attempt.outcome.as_str()).collect();
    assert_eq!(words, ["permanent", "permanent", "temporary", "temporary", "temporary"]);
    assert!(attempts.iter().all(|tried| tried.lease.worker_id == "w"));
    let (events, _) = store.delivery_events(&deliveries, &Page::parse(10, "").unwrap()).await.unwrap();
    let event = &events[0];
    assert_eq!(
        (events.len(), event.what.as_str(), event.who.as_str(), event.reason.as_str(), event.at_ms),
        (1, "resent", "值班员", "地址已更正", later)
    );
}

#[rstest]
#[tokio::test]
async fn attempts_and_events_come_in_pages(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let letter = letter(&store).await;
    for turn in 0..4 {
        let at = now() + turn * MINUTE;
        store.finish(&format!("t{turn}"), Outcome::Sent, at).await;
        let order = Order { request_id: format!("r{turn}"), ..order(&letter, &[]) };
        assert!(matches!(store.again(&order, at).await, Resent::Done(resent) if resent.len() == 2));
    }
    let deliveries = store.deliveries(std::slice::from_ref(&letter)).await.unwrap().remove(&letter.letter_id).unwrap();
    let (mut attempts, mut events, mut tokens) = (Vec::new(), Vec::new(), (String::new(), String::new()));
    loop {
        let (page, next) = store.attempts(&deliveries, &Page::parse(3, &tokens.0).unwrap()).await.unwrap();
        attempts.extend(page.into_iter().map(|tried| (tried.attempt.at_ms, tried.attempt.delivery_id)));
        let (page, next_events) = store.delivery_events(&deliveries, &Page::parse(3, &tokens.1).unwrap()).await.unwrap();
        events.extend(page.into_iter().map(|event| (event.at_ms, event.delivery_id, event.ordinal)));
        tokens = (next, next_events);
        if tokens.0.is_empty() {
            break;
        }
    }
    assert!(attempts.is_sorted() && events.is_sorted());
    let different = attempts.iter().collect::<std::collections::HashSet<_>>().len();
    assert_eq!((attempts.len(), different, events.len(), tokens.1.as_str()), (8, 8, 8, ""));
}

#[rstest]
#[tokio::test]
async fn what_is_still_to_be_sent_is_not_sent_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let letter = letter(&store).await;
    assert_eq!(store.again(&order(&letter, &[]), now()).await, Resent::Refused(Refused::Nothing));
    let refused = |recipient: &str| Resent::Refused(Refused::StillPending(recipient.to_owned()));
    assert_eq!(store.again(&order(&letter, &["a@gov.example"]), now()).await, refused("a@gov.example"));
    let unknown = Resent::Refused(Refused::NoRecipient("c@gov.example".to_owned()));
    assert_eq!(store.again(&order(&letter, &["a@gov.example", "c@gov.example"]), now()).await, unknown);
    let no_letter = Order { letter_id: "none".to_owned(), ..order(&letter, &[]) };
    assert_eq!(store.again(&no_letter, now()).await, Resent::Refused(Refused::NoLetter));
}

#[rstest]
#[tokio::test]
async fn the_same_request_at_once_sends_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    store.finish("t1", Outcome::Sent, now()).await;
    let letter = letter(&store).await;
    let order = order(&letter, &[]);
    let answers = futures::future::join_all((0..6).map(|_| store.again(&order, now()))).await;
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Resent::Done(_))).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| **answer == Resent::Before(b"2 resent".to_vec())).count(), 5, "{answers:?}");
}

#[rstest]
#[tokio::test]
async fn letters_are_found_by_the_state_of_a_delivery(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let count = async |delivery| {
        let filter = LetterFilter { delivery: Some(delivery), ..LetterFilter::default() };
        store.letters(filter, &Page::parse(10, "").unwrap()).await.unwrap().0.len()
    };
    assert_eq!((count(DeliveryIn::State("pending")).await, count(DeliveryIn::Failed).await), (2, 0));
    let one = store.lease("w", "t1", now(), now() + MINUTE, most(1)).await.unwrap().remove(0).delivery;
    assert_eq!(count(DeliveryIn::State("leased")).await, 1);
    store.attempt(&one, "t1", Outcome::Permanent, now()).await;
    assert_eq!((count(DeliveryIn::Failed).await, count(DeliveryIn::Bounced).await), (1, 0));
    store.finish("t2", Outcome::Sent, now()).await;
    assert_eq!(count(DeliveryIn::State("pending")).await, 0);
}
