//! Looks again and again at what is missing, and has reminders written: in open rounds at what is owed and not reported, and for plans that
//! schedule no rounds at what evaluation misses.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use leitai_domain::period::Period;
use leitai_proto::evaluation::v1::{
    EvaluatedRound, FrozenRound, Light, ListEvaluatedRoundsRequest, ListVerdictsRequest, Verdict,
    evaluation_service_client::EvaluationServiceClient,
};
use leitai_rpc::{backoff::Backoff, client::Channel, failure::chain, limits::MESSAGE_BYTES};
use tokio::time;

use super::{
    Reminders, Rounds, Rules, Term,
    pages::{PAGE, Pages, within},
    rounds::{Notes, OpenRound, Schedule},
};
use crate::{
    convert::{self, RoundError},
    error::RemindError,
    round::Round,
};

/// Between two looks: days pass slowly.
const EVERY: Duration = Duration::from_secs(600);
/// Bound of the first wait after a failure; the longest is [`EVERY`].
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Watches for reminders to write.
pub struct Watch {
    reminders: Reminders,
    client: EvaluationServiceClient<Channel>,
    rounds: Option<Rounds>,
    backoff: Backoff,
}

/// A period that may be reminded of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    plan_id: String,
    plan_title: String,
    period: Period,
    simulated: bool,
}

impl Watch {
    /// Asks the evaluation at the other end of this channel, and ingestion for its rounds where it is given.
    #[must_use]
    pub fn new(reminders: Reminders, channel: Channel, rounds: Option<Rounds>) -> Self {
        let client = EvaluationServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES);
        Self { reminders, client, rounds, backoff: Backoff::new(FIRST_WAIT, EVERY) }
    }

    /// Looks for ever, first at once; ends at once where the policy has no reminders. Every failure is waited out. Safe to drop at any await.
    pub async fn run(mut self) {
        let Some(rules) = self.reminders.rules().cloned() else { return };
        loop {
            let wait = match self.look(&rules).await {
                Ok(()) => {
                    self.backoff.reset();
                    EVERY
                }
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "what is missing is looked at again later");
                    self.backoff.next_wait()
                }
            };
            time::sleep(wait).await;
        }
    }

    /// Looks at every candidate once. One that fails does not keep the others from their reminders.
    ///
    /// # Errors
    /// The first failure.
    pub async fn look(&mut self, rules: &Rules) -> Result<(), RemindError> {
        let evaluated = self.evaluated().await?;
        let mut looked = Ok(());
        let schedule = match &mut self.rounds {
            Some(rounds) => rounds.schedule().await?,
            None => Schedule::default(),
        };
        let simulated = simulated(&evaluated);
        for round in &schedule.open {
            let done = self.remind_of_round(rules, round, simulated.contains(round.plan_id.as_str())).await;
            looked = looked.and(done);
        }
        for candidate in candidates(&evaluated)?.into_iter().filter(|candidate| !schedule.plans.contains(&candidate.plan_id)) {
            let done = self.remind(rules, &candidate).await;
            looked = looked.and(done);
        }
        looked
    }

    /// True where the period would get a reminder now if anything is missing.
    async fn wants(&self, rules: &Rules, plan: &str, period: Period, term: &Term) -> Result<bool, RemindError> {
        let wanted = self.reminders.wanted(rules, plan, period, term).await?;
        if let Err(nothing) = wanted {
            tracing::debug!(plan, %period, %nothing, "no reminder");
        }
        Ok(wanted.is_ok())
    }

    async fn remind_of_round(&mut self, rules: &Rules, open: &OpenRound, simulated: bool) -> Result<(), RemindError> {
        let (plan_id, period) = (open.plan_id.clone(), open.period);
        if !self.wants(rules, &plan_id, period, &open.term).await? {
            return Ok(());
        }
        let notes = self.missing(&plan_id, period).await?.into_iter().filter(|verdict| !verdict.note.is_empty());
        let notes: Notes = notes.map(|verdict| ((verdict.indicator_id, verdict.division_code), verdict.note)).collect();
        let Some(rounds) = &mut self.rounds else { return Ok(()) };
        let missing = rounds.missing(open, &notes).await?;
        let round = convert::open_round(plan_id, open.plan_title.clone(), period, missing, simulated)?;
        self.write(rules, &round, &open.term).await
    }

    async fn remind(&mut self, rules: &Rules, candidate: &Candidate) -> Result<(), RemindError> {
        let (plan, period) = (&candidate.plan_id, candidate.period);
        let term = self.reminders.term(rules, period);
        if !self.wants(rules, plan, period, &term).await? {
            return Ok(());
        }
        let round = convert::round(FrozenRound {
            plan_id: plan.clone(),
            plan_title: candidate.plan_title.clone(),
            period: period.to_string(),
            verdicts: self.missing(plan, period).await?,
            simulated: candidate.simulated,
            ..FrozenRound::default()
        })?;
        self.write(rules, &round, &term).await
    }

    async fn write(&self, rules: &Rules, round: &Round, term: &Term) -> Result<(), RemindError> {
        let (plan, period) = (&round.plan_id, round.period);
        match self.reminders.write(rules, round, term).await.map_err(Box::new)? {
            Ok(letters) => tracing::info!(plan, %period, letters, "reminders written"),
            Err(nothing) => tracing::debug!(plan, %period, %nothing, "no reminder"),
        }
        Ok(())
    }

    async fn evaluated(&mut self) -> Result<Vec<EvaluatedRound>, RemindError> {
        let (mut rounds, mut pages) = (Vec::new(), Pages::first());
        while let Some(page_token) = pages.token()? {
            let request = ListEvaluatedRoundsRequest { page_size: PAGE, page_token, ..ListEvaluatedRoundsRequest::default() };
            let page = within(self.client.list_evaluated_rounds(request)).await?;
            rounds.extend(page.rounds);
            pages.then(page.next_page_token);
        }
        Ok(rounds)
    }

    async fn missing(&mut self, plan_id: &str, period: Period) -> Result<Vec<Verdict>, RemindError> {
        let (mut verdicts, mut pages) = (Vec::new(), Pages::first());
        while let Some(page_token) = pages.token()? {
            let request = ListVerdictsRequest {
                plan_id: plan_id.to_owned(),
                period: period.to_string(),
                lights: vec![Light::Missing.into()],
                page_size: PAGE,
                page_token,
                ..ListVerdictsRequest::default()
            };
            let page = within(self.client.list_verdicts(request)).await?;
            verdicts.extend(page.verdicts);
            pages.then(page.next_page_token);
        }
        Ok(verdicts)
    }
}

/// Plans with a simulated value.
fn simulated(rounds: &[EvaluatedRound]) -> BTreeSet<&str> {
    rounds.iter().filter(|round| round.simulated).map(|round| round.plan_id.as_str()).collect()
}

/// The periods of each plan's year, the latest it has values of, that are not frozen. Those without any value are among them: nothing of them was
/// reported. Which of them has ended is for the rules to say.
fn candidates(rounds: &[EvaluatedRound]) -> Result<Vec<Candidate>, RoundError> {
    let mut plans: BTreeMap<&str, Vec<(Period, &EvaluatedRound)>> = BTreeMap::new();
    for round in rounds {
        let period = convert::period("period", &round.period)?;
        plans.entry(&round.plan_id).or_default().push((period, round));
    }
    Ok(plans.into_values().flat_map(|rounds| of_plan(&rounds)).collect())
}

fn of_plan(rounds: &[(Period, &EvaluatedRound)]) -> Vec<Candidate> {
    let Some((newest, last)) = rounds.iter().max_by_key(|(period, _)| *period) else { return Vec::new() };
    let frozen = |month: u8| rounds.iter().any(|(period, round)| period.year() == newest.year() && period.month() == month && round.frozen);
    let simulated = rounds.iter().any(|(_, round)| round.simulated);
    let candidate = |period| Candidate { plan_id: last.plan_id.clone(), plan_title: last.plan_title.clone(), period, simulated };
    let open = (1..=12).filter(|month| !frozen(*month));
    open.filter_map(|month| Period::new(newest.year(), month).ok()).map(candidate).collect()
}

#[cfg(test)]
mod round_tests;
#[cfg(test)]
mod tests;
