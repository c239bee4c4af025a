use std::collections::HashSet;

use leitai_proto::evaluation::v1::Light;
use leitai_rpc::clock::millis;
use leitai_rpc::paging::Page;
use leitai_storage::testing::{
    Backend::{self, Postgres, Sqlite},
    TestDatabase,
};
use rstest::rstest;
use sea_orm::QuerySelect;

use super::*;
use crate::{
    config::Retry,
    convert,
    outbox_writer::OutboxWriter,
    retry::{Outcome, next},
    store::LetterFilter,
    testing::{NOW, frozen, issuer, verdict},
};

pub const MINUTE: i64 = 60_000;
const RETRY: Retry = Retry { first_seconds: 10, most_seconds: 60, max_attempts: 3 };

/// So many deliveries of any domains.
pub fn most(deliveries: i32) -> Most {
    Most { deliveries, per_domain: 0 }
}

pub fn now() -> i64 {
    millis(NOW)
}

/// A store with one round's letters: two deliveries to the department, one to the county.
pub async fn store(backend: Backend) -> Option<(TestDatabase, Store)> {
    let (database, issuer) = issuer(backend).await?;
    let round = convert::round(frozen("2025-M03", vec![verdict("gdp", "430582", Light::Red)])).unwrap();
    issuer.issue(1, &round).await.unwrap();
    let store = Store::open(database.database()).await.unwrap();
    Some((database, store))
}

fn record(leased: &delivery::Model, token: &str, outcome: Outcome, at: i64) -> Record {
    Record {
        delivery_id: leased.delivery_id.clone(),
        token: token.to_owned(),
        outcome,
        answer: format!("{outcome:?}"),
        at_ms: at,
        next: Box::new(move |attempts| next(outcome, attempts, RETRY, at, 1.0)),
    }
}

impl Store {
    pub async fn lease(&self, worker: &str, token: &str, now_ms: i64, until_ms: i64, most: Most) -> Result<Vec<Leased>, DbErr> {
        let ask = Ask { worker: worker.to_owned(), token: token.to_owned(), now_ms, until_ms, most };
        self.with_letters(self.write(&[], &[ask]).await?.1.remove(0)).await
    }

    pub async fn attempt(&self, leased: &delivery::Model, token: &str, outcome: Outcome, at: i64) -> Recorded {
        self.write(&[record(leased, token, outcome, at)], &[]).await.unwrap().0.remove(0)
    }

    async fn one(&self, delivery_id: &str) -> delivery::Model {
        delivery::Entity::find_by_id(delivery_id).one(self.database.connection()).await.unwrap().unwrap()
    }
}

#[rstest]
#[tokio::test]
async fn leases_what_is_due_with_the_letters_bytes(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    assert!(store.lease("w", "t0", now() - 1, now() + MINUTE, most(10)).await.unwrap().is_empty(), "not due yet");
    let two = store.lease("w", "t1", now(), now() + MINUTE, most(2)).await.unwrap();
    assert_eq!(two.len(), 2);
    let rest = store.lease("w", "t2", now(), now() + MINUTE, most(10)).await.unwrap();
    assert_eq!(rest.len(), 1);
    for leased in two.iter().chain(&rest) {
        let (letter, message) = store.letter(&leased.letter.letter_id).await.unwrap().unwrap();
        assert_eq!((&leased.letter, &leased.message), (&letter, &message));
        assert_eq!((leased.delivery.state.as_str(), leased.delivery.lease_until_ms), ("leased", Some(now() + MINUTE)));
    }
    assert!(store.lease("w", "t3", now(), now() + MINUTE, most(10)).await.unwrap().is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_never_hold_the_same_lease(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((database, issuer)) = issuer(backend).await else { return };
    // Thirty rounds of two deliveries each and one more for the county, each after a recovery: ninety in all.
    let periods = (0..60).map(|n| format!("{}-M{:02}", 2025 + n / 12, n % 12 + 1));
    for (sequence, period) in (1..).zip(periods) {
        let light = if sequence % 2 == 1 { Light::Red } else { Light::Green };
        let round = convert::round(frozen(&period, vec![verdict("gdp", "430582", light)])).unwrap();
        issuer.issue(sequence, &round).await.unwrap();
    }
    let store = Store::open(database.database()).await.unwrap();
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(8));
    let workers: Vec<_> = (0..8)
        .map(|worker| {
            let (store, barrier) = (store.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                let mut mine = Vec::new();
                for turn in 0..20 {
                    let token = format!("{worker}-{turn}");
                    let leased = store.lease("w", &token, now(), now() + MINUTE, most(7)).await.unwrap();
                    assert!(leased.len() <= 7);
                    mine.extend(leased.into_iter().map(|leased| leased.delivery.delivery_id));
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (90, 90));
}

#[rstest]
#[tokio::test]
async fn a_lease_that_ended_is_given_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let first = store.lease("dies", "t1", now(), now() + MINUTE, most(1)).await.unwrap().remove(0).delivery;
    let later = now() + MINUTE;
    let again = store.lease("w", "t2", later, later + MINUTE, most(10)).await.unwrap();
    assert!(again.iter().any(|leased| leased.delivery.delivery_id == first.delivery_id));
    // The first holder comes back: what it failed at is no longer its business, what it sent is sent.
    assert_eq!(store.attempt(&first, "t1", Outcome::Temporary, later).await, Recorded::LeaseLost);
    assert_eq!(store.attempt(&first, "t1", Outcome::Permanent, later).await, Recorded::LeaseLost);
    assert_eq!(store.attempt(&first, "t1", Outcome::Sent, later).await, Recorded::Done { will_retry: false });
    assert_eq!(store.attempt(&first, "t2", Outcome::Temporary, later).await, Recorded::LeaseLost);
    assert_eq!(store.one(&first.delivery_id).await.state, "sent");
    assert_eq!(store.attempt(&first, "t2", Outcome::Sent, later).await, Recorded::Done { will_retry: false });
}

#[rstest]
#[tokio::test]
async fn a_lease_that_ended_and_was_not_given_away_still_counts(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let held = store.lease("w", "t1", now(), now() + MINUTE, most(1)).await.unwrap().remove(0).delivery;
    assert_eq!(store.attempt(&held, "t1", Outcome::Temporary, now() + 2 * MINUTE).await, Recorded::Done { will_retry: true });
}

#[rstest]
#[tokio::test]
async fn temporary_failures_wait_longer_and_longer_and_are_set_aside_at_last(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let mut at = now();
    for (attempt, seconds) in [(1, Some(10)), (2, Some(20)), (3, None)] {
        let token = format!("t{attempt}");
        let leased = store.lease("w", &token, at, at + MINUTE, most(1)).await.unwrap().remove(0).delivery;
        assert_eq!(store.attempt(&leased, &token, Outcome::Temporary, at).await, Recorded::Done { will_retry: seconds.is_some() });
        let row = store.one(&leased.delivery_id).await;
        assert_eq!((row.attempts, row.last_answer.as_str()), (attempt, "Temporary"));
        assert_eq!(row.next_attempt_at_ms, seconds.map(|seconds: i64| at + seconds * 1_000));
        // The other two are out of the way for the next turn.
        at = row.next_attempt_at_ms.unwrap_or(at);
        store.lease("w", &format!("rest{attempt}"), at - 1, at + 10 * MINUTE, most(10)).await.unwrap();
    }
}

#[rstest]
#[tokio::test]
async fn a_repeated_record_answers_with_the_first(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let leased = store.lease("w", "t1", now(), now() + MINUTE, most(1)).await.unwrap().remove(0).delivery;
    for _ in 0..3 {
        assert_eq!(store.attempt(&leased, "t1", Outcome::Temporary, now()).await, Recorded::Done { will_retry: true });
    }
    assert_eq!(store.attempt(&leased, "t1", Outcome::Sent, now()).await, Recorded::Done { will_retry: true }, "the first record stands");
    assert_eq!(store.one(&leased.delivery_id).await.attempts, 1);
}

#[rstest]
#[tokio::test]
async fn concurrent_records_of_one_lease_count_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let leased = store.lease("w", "t1", now(), now() + MINUTE, most(1)).await.unwrap().remove(0).delivery;
    let records = (0..6).map(|_| store.attempt(&leased, "t1", Outcome::Temporary, now()));
    for recorded in futures::future::join_all(records).await {
        assert_eq!(recorded, Recorded::Done { will_retry: true });
    }
    assert_eq!(store.one(&leased.delivery_id).await.attempts, 1);
}

#[rstest]
#[tokio::test]
async fn records_need_a_delivery_and_a_lease(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let leased = store.lease("w", "t1", now(), now() + MINUTE, most(1)).await.unwrap().remove(0).delivery;
    assert_eq!(store.attempt(&leased, "guess", Outcome::Sent, now()).await, Recorded::LeaseLost);
    let unknown = delivery::Model { delivery_id: "unknown".to_owned(), ..leased.clone() };
    assert_eq!(store.attempt(&unknown, "t1", Outcome::Sent, now()).await, Recorded::NoDelivery);
    assert_eq!(store.attempt(&leased, "t1", Outcome::Permanent, now()).await, Recorded::Done { will_retry: false });
    assert_eq!(store.one(&leased.delivery_id).await.state, "failed");
}

#[rstest]
#[tokio::test]
async fn records_that_come_together_are_each_answered_for_themselves(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let leased: Vec<delivery::Model> =
        store.lease("w", "t1", now(), now() + MINUTE, most(3)).await.unwrap().into_iter().map(|leased| leased.delivery).collect();
    let unknown = delivery::Model { delivery_id: "unknown".to_owned(), ..leased[0].clone() };
    let together = [
        record(&leased[0], "t1", Outcome::Sent, now()),
        record(&unknown, "t1", Outcome::Sent, now()),
        record(&leased[1], "guess", Outcome::Sent, now()),
        record(&leased[1], "t1", Outcome::Temporary, now()),
        record(&leased[0], "t1", Outcome::Temporary, now()),
        record(&leased[2], "t1", Outcome::Permanent, now()),
    ];
    let (retried, done) = (Recorded::Done { will_retry: true }, Recorded::Done { will_retry: false });
    let answers = store.write(&together, &[]).await.unwrap().0;
    assert_eq!(answers, [done, Recorded::NoDelivery, Recorded::LeaseLost, retried, done, done]);
    for (leased, state) in leased.iter().zip(["sent", "pending", "failed"]) {
        let row = store.one(&leased.delivery_id).await;
        assert_eq!((row.attempts, row.state.as_str()), (1, state));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_writer_answers_everyone(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((database, store)) = store(backend).await else { return };
    let leased = store.lease("w", "t1", now(), now() + MINUTE, most(3)).await.unwrap();
    let writer = OutboxWriter::start(store.clone());
    // While another writer holds the deliveries, forty records wait; each delivery counts once.
    let other = database.database().begin().await.unwrap();
    delivery::Entity::find().lock_exclusive().all(&other).await.unwrap();
    let waiting: Vec<_> = (0..40)
        .map(|n| {
            let (writer, record) = (writer.clone(), record(&leased[n % 3].delivery, "t1", Outcome::Temporary, now()));
            tokio::spawn(async move { writer.record(record).await.unwrap() })
        })
        .collect();
    other.commit().await.unwrap();
    for answer in futures::future::join_all(waiting).await {
        assert_eq!(answer.unwrap(), Recorded::Done { will_retry: true });
    }
    for leased in leased {
        assert_eq!(store.one(&leased.delivery.delivery_id).await.attempts, 1);
    }
}

#[rstest]
#[tokio::test]
async fn the_database_refuses_a_state_that_contradicts_its_times(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((database, store)) = store(backend).await else { return };
    for wrong in ["state = 'sent'", "state = 'leased'", "lease_token = 'x'", "next_attempt_at_ms = NULL", "finished_at_ms = 1"] {
        let sql = format!("UPDATE deliveries SET {wrong}");
        assert!(database.database().connection().execute_unprepared(&sql).await.is_err(), "{wrong}");
    }
    let page = Page::parse(10, "").unwrap();
    assert_eq!(store.letters(LetterFilter::default(), &page).await.unwrap().0.len(), 2);
}

#[rstest]
#[tokio::test]
async fn a_lease_that_is_given_back_is_due_again_and_counts_no_attempt(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let held = store.lease("stops", "t1", now(), now() + MINUTE, most(2)).await.unwrap();
    let released =
        |at: usize, token: &str, wait_ms| Released { delivery_id: held[at].delivery.delivery_id.clone(), token: token.to_owned(), wait_ms };
    store.release(&[released(0, "t1", 0), released(1, "t1", 5_000)], now() + 1).await.unwrap();
    let row = store.one(&held[0].delivery.delivery_id).await;
    assert_eq!((row.state.as_str(), row.attempts, row.next_attempt_at_ms), ("pending", 0, Some(now() + 1)));
    assert_eq!(store.one(&held[1].delivery.delivery_id).await.next_attempt_at_ms, Some(now() + 5_001));
    let again = store.lease("w", "t2", now() + 1, now() + MINUTE, most(10)).await.unwrap();
    assert!(again.iter().any(|leased| leased.delivery.delivery_id == held[0].delivery.delivery_id));
    // A repeat, a guess and an unknown delivery leave the new holder alone.
    let unknown = Released { delivery_id: "unknown".to_owned(), ..released(0, "t1", 0) };
    store.release(&[released(0, "t1", 0), released(0, "guess", 0), unknown], now() + 2).await.unwrap();
    assert_eq!(store.one(&held[0].delivery.delivery_id).await.lease_token.as_deref(), Some("t2"));
    // What was sent after all is sent.
    let late = store.attempt(&held[0].delivery, "t1", Outcome::Sent, now() + 3).await;
    assert_eq!((late, store.one(&held[0].delivery.delivery_id).await.state.as_str()), (Recorded::Done { will_retry: false }, "sent"));
}

#[rstest]
#[tokio::test]
async fn a_domain_has_so_many_connections_and_no_more(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let one = |deliveries| Most { deliveries, per_domain: 1 };
    // Two deliveries to gov.example, one to county.example, all due.
    let first = store.lease("w1", "t1", now(), now() + MINUTE, one(1)).await.unwrap();
    let second = store.lease("w2", "t2", now(), now() + MINUTE, one(10)).await.unwrap();
    let domain = |leased: &[Leased]| leased.iter().map(|leased| leased.delivery.domain.clone()).collect::<Vec<_>>();
    assert_eq!((first.len(), second.len()), (1, if domain(&first) == ["gov.example"] { 1 } else { 2 }));
    assert!(second.iter().all(|leased| leased.delivery.domain != first[0].delivery.domain), "its domain is busy");
    assert!(store.lease("w3", "t3", now(), now() + MINUTE, one(10)).await.unwrap().is_empty());
    // Once the connection is done, or its lease has ended, the domain is free again.
    for leased in first.iter().chain(&second) {
        let token = leased.delivery.lease_token.clone().unwrap();
        store.attempt(&leased.delivery, &token, Outcome::Sent, now()).await;
    }
    let left = store.lease("w3", "t4", now(), now() + MINUTE, one(10)).await.unwrap();
    assert_eq!(first.len() + second.len() + left.len(), 3);
    let lapsed = store.lease("w4", "t5", now() + MINUTE, now() + 2 * MINUTE, one(10)).await.unwrap();
    assert_eq!(lapsed.len(), left.len(), "a lease that ended holds no place");
}

#[rstest]
#[tokio::test]
async fn leases_of_one_transaction_share_a_domains_places(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((_database, store)) = store(backend).await else { return };
    let ask = |token: &str, per_domain| Ask {
        worker: "w".to_owned(),
        token: token.to_owned(),
        now_ms: now(),
        until_ms: now() + MINUTE,
        most: Most { deliveries: 2, per_domain },
    };
    // All of the first's are held, and a domain that the first has is not the second's.
    let leased = store.write(&[], &[ask("t1", 1), ask("t2", 1), ask("t3", 0)]).await.unwrap().1;
    let of = |at: usize| leased[at].iter().map(|delivery| delivery.domain.as_str()).collect::<HashSet<_>>();
    assert_eq!(leased[0].len(), 2);
    assert!(of(0).is_disjoint(&of(1)), "{leased:?}");
    assert_eq!(leased.iter().map(Vec::len).sum::<usize>(), 3, "what no bound holds back goes to the third");
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn leases_at_once_share_a_domains_places(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some((database, issuer)) = issuer(backend).await else { return };
    for (sequence, month) in (1..).zip(1..=12) {
        let round = convert::round(frozen(&format!("2025-M{month:02}"), vec![verdict("gdp", "430582", Light::Red)])).unwrap();
        issuer.issue(sequence, &round).await.unwrap();
    }
    let store = Store::open(database.database()).await.unwrap();
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(8));
    let workers = (0..8).map(|worker| {
        let (store, barrier) = (store.clone(), barrier.clone());
        tokio::spawn(async move {
            barrier.wait().await;
            let most = Most { deliveries: 2, per_domain: 3 };
            store.lease("w", &format!("{worker}"), now(), now() + MINUTE, most).await.unwrap()
        })
    });
    let mut holders: HashMap<String, HashSet<String>> = HashMap::new();
    for worker in workers.collect::<Vec<_>>() {
        for leased in worker.await.unwrap() {
            holders.entry(leased.delivery.domain).or_default().insert(leased.delivery.lease_token.unwrap());
        }
    }
    // 24 deliveries to gov.example and 12 to county.example: enough for each domain's three places.
    assert!(holders.values().all(|tokens| tokens.len() <= 3), "{holders:?}");
    assert!(holders.values().any(|tokens| tokens.len() == 3), "{holders:?}");
}
