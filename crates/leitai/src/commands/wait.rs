//! Waiting for letters: until every frozen round has its letters and each of them came to an end.

use std::{collections::HashSet, time::Duration};

use leitai_domain::period::Period;
use leitai_proto::notification::v1::{DeliveryState, Letter, ListIssuedRoundsRequest};
use tokio::time::{self, Instant};

use super::letters;
use crate::clients::{Clients, all_pages};

/// How often to look.
const POLL: Duration = Duration::from_millis(100);
/// Longest wait without anything new.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest wait in all.
const LONGEST: Duration = Duration::from_secs(300);

/// The letters of these rounds, all of them settled, within five minutes in all.
pub async fn for_letters(clients: &Clients, plan_id: &str, periods: &[Period]) -> anyhow::Result<Vec<Letter>> {
    let wanted = names(periods);
    let mut patience = Patience::new();
    loop {
        let missing = missing(clients, plan_id, &wanted).await?;
        let letters = letters::fetch(clients.clone(), plan_id, "").await?;
        let deliveries = || letters.iter().flat_map(|letter| &letter.deliveries);
        let waiting = || deliveries().filter(|delivery| !settled(delivery.state()));
        let (unsettled, attempts) = (waiting().count(), deliveries().map(|delivery| delivery.attempts).sum::<i32>());
        if missing == 0 && unsettled == 0 {
            return Ok(letters);
        }
        if patience.ends((missing, unsettled, attempts)) {
            let answer = waiting().map(|delivery| delivery.last_answer.as_str()).find(|answer| !answer.is_empty()).unwrap_or("none");
            anyhow::bail!(
                "{missing} rounds are without letters and {unsettled} letters are not sent, and nothing more came of waiting; last answer: {answer}"
            );
        }
        time::sleep(POLL).await;
    }
}

/// Until these rounds have their letters, sent or not, within five minutes in all.
pub async fn for_rounds(clients: &Clients, plan_id: &str, periods: &[Period]) -> anyhow::Result<()> {
    let wanted = names(periods);
    let mut patience = Patience::new();
    loop {
        let missing = missing(clients, plan_id, &wanted).await?;
        if missing == 0 {
            return Ok(());
        }
        if patience.ends(missing) {
            anyhow::bail!("{missing} of {} rounds are without letters, and nothing more came of waiting", wanted.len());
        }
        time::sleep(POLL).await;
    }
}

/// Waits on as long as something changes, and never longer than [`LONGEST`].
struct Patience<S> {
    seen: Option<S>,
    deadline: Instant,
    last: Instant,
}

impl<S: PartialEq> Patience<S> {
    fn new() -> Self {
        let now = Instant::now();
        Self { seen: None, deadline: now + PATIENCE, last: now + LONGEST }
    }

    fn ends(&mut self, state: S) -> bool {
        let now = Instant::now();
        if self.seen.as_ref() != Some(&state) {
            self.seen = Some(state);
            self.deadline = now + PATIENCE;
        }
        now > self.deadline.min(self.last)
    }
}

fn names(periods: &[Period]) -> HashSet<String> {
    periods.iter().map(ToString::to_string).collect()
}

/// How many of the rounds have no letters yet.
async fn missing(clients: &Clients, plan_id: &str, wanted: &HashSet<String>) -> anyhow::Result<usize> {
    Ok(wanted.difference(&issued(clients.clone(), plan_id).await?).count())
}

async fn issued(mut clients: Clients, plan_id: &str) -> anyhow::Result<HashSet<String>> {
    let page = |page_token| ListIssuedRoundsRequest { plan_id: plan_id.to_owned(), page_size: 1_000, page_token };
    let rounds = all_pages!(token => clients.letters.list_issued_rounds(page(token)), rounds);
    Ok(rounds.into_iter().map(|round| round.period).collect())
}

fn settled(state: DeliveryState) -> bool {
    matches!(state, DeliveryState::Sent | DeliveryState::Failed | DeliveryState::Bounced)
}

/// An error where a letter was set aside.
pub fn check_sent(letters: &[Letter]) -> anyhow::Result<()> {
    let deliveries = || letters.iter().flat_map(|letter| &letter.deliveries);
    let failed = deliveries().filter(|delivery| delivery.state() == DeliveryState::Failed);
    let answers: Vec<&str> = failed.map(|delivery| delivery.last_answer.as_str()).collect();
    match answers.first() {
        None => Ok(()),
        Some(first) => anyhow::bail!("{} of {} deliveries were set aside; the first: {first}", answers.len(), deliveries().count()),
    }
}
