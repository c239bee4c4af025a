//! Use cases: lists of cases, letters and rounds, and the outbox.

mod bounces;
mod cases;
mod deliveries;

pub use self::cases::{Act, NewSilence};

use leitai_rpc::clock::millis;
use std::{sync::Arc, time::Duration};

use leitai_rpc::{clock::SharedClock, failure::Failure, paging::Page};
use rand::Rng;
use uuid::Uuid;

use crate::{
    config::Settings,
    outbox_writer::OutboxWriter,
    retry::{self, Outcome},
    store::{
        Ask, Leased, LetterFilter, Most, Record, Recorded, Released, Store,
        entities::{delivery, issued_round, letter, letter_finding},
    },
};

/// Characters of an answer that are kept.
const ANSWER: usize = 500;

/// A letter and its deliveries.
pub type Sent = (letter::Model, Vec<delivery::Model>);

/// Notification's use cases.
#[derive(Clone)]
pub struct Notifications {
    store: Store,
    outbox: OutboxWriter,
    settings: Arc<Settings>,
    clock: SharedClock,
}

fn internal(error: sea_orm::DbErr) -> Failure {
    Failure::internal(&error)
}

impl Notifications {
    /// Serves this store, from within the runtime.
    #[must_use]
    pub fn new(store: Store, settings: Arc<Settings>, clock: SharedClock) -> Self {
        let outbox = OutboxWriter::start(store.clone());
        Self { store, outbox, settings, clock }
    }

    /// A page of letters with their deliveries, and the next page's token.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn letters(&self, filter: LetterFilter, page: &Page) -> Result<(Vec<Sent>, String), Failure> {
        let (letters, next) = self.store.letters(filter, page).await.map_err(internal)?;
        let mut deliveries = self.store.deliveries(&letters).await.map_err(internal)?;
        let with = |letter: letter::Model| {
            let own = deliveries.remove(&letter.letter_id).unwrap_or_default();
            (letter, own)
        };
        Ok((letters.into_iter().map(with).collect(), next))
    }

    /// One letter with its deliveries and bytes.
    ///
    /// # Errors
    /// `LETTER_NOT_FOUND`, `INTERNAL`.
    pub async fn letter(&self, letter_id: &str) -> Result<(Sent, Vec<u8>), Failure> {
        let found = self.store.letter(letter_id).await.map_err(internal)?;
        let (letter, message) = found.ok_or_else(|| Failure::not_found("LETTER_NOT_FOUND", format!("no letter `{letter_id}`")))?;
        let mut deliveries = self.store.deliveries(std::slice::from_ref(&letter)).await.map_err(internal)?;
        let own = deliveries.remove(letter_id).unwrap_or_default();
        Ok(((letter, own), message))
    }

    /// A page of what a round's letters hold, and the next page's token.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn letter_findings(&self, plan_id: &str, period: &str, page: &Page) -> Result<(Vec<letter_finding::Model>, String), Failure> {
        self.store.letter_findings(plan_id, period, page).await.map_err(internal)
    }

    /// A page of issued rounds and the next page's token.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn issued_rounds(&self, plan_id: Option<String>, page: &Page) -> Result<(Vec<issued_round::Model>, String), Failure> {
        self.store.issued_rounds(plan_id, page).await.map_err(internal)
    }

    /// Leases due deliveries.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn lease(&self, worker: &str, most: Most, lasting: Duration) -> Result<Vec<Leased>, Failure> {
        let now = self.clock.now();
        let token = Uuid::new_v4().simple().to_string();
        let ask = Ask { worker: worker.to_owned(), token, now_ms: millis(now), until_ms: millis(now + lasting), most };
        self.outbox.lease(ask).await.map_err(|error| Failure::internal(&error))
    }

    /// Records an attempt; true where the delivery will be tried again.
    ///
    /// # Errors
    /// `DELIVERY_NOT_FOUND`, `LEASE_LOST`, `INTERNAL`.
    pub async fn record(&self, delivery_id: &str, token: &str, outcome: Outcome, answer: &str) -> Result<bool, Failure> {
        let now = millis(self.clock.now());
        let draw = rand::rng().random::<f64>();
        let retry = self.settings.retry;
        let next = Box::new(move |attempts| retry::next(outcome, attempts, retry, now, draw));
        // A NUL is no text for PostgreSQL, and other control characters have no place in a log.
        let answer: String = answer.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ANSWER).collect();
        let record = Record { delivery_id: delivery_id.to_owned(), token: token.to_owned(), outcome, answer, at_ms: now, next };
        match self.outbox.record(record).await.map_err(|error| Failure::internal(&error))? {
            Recorded::Done { will_retry } => Ok(will_retry),
            Recorded::NoDelivery => Err(Failure::not_found("DELIVERY_NOT_FOUND", format!("no delivery `{delivery_id}`"))),
            Recorded::LeaseLost => Err(Failure::precondition("LEASE_LOST", "the lease was never given, or was given to another since")),
        }
    }

    /// Gives leases back.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn release(&self, leases: &[Released]) -> Result<(), Failure> {
        self.store.release(leases, millis(self.clock.now())).await.map_err(internal)
    }
}
