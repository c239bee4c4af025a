//! What ingestion says of rounds: which are open and due when, and what is not reported in them.

use std::collections::{BTreeSet, HashMap};

use leitai_domain::{calendar::Due, period::Period};
use leitai_proto::ingestion::v1::{
    ListObligationsRequest, ListRoundsRequest, Obligation, ObligationState, Round, RoundState, round_service_client::RoundServiceClient,
};
use leitai_rpc::client::Channel;

use super::{
    Term,
    pages::{PAGE, Pages, within},
};
use crate::{
    cases::record,
    convert::{self, RoundError},
    error::RemindError,
    round::Finding,
};

/// Asks ingestion.
#[derive(Debug, Clone)]
pub struct Rounds(RoundServiceClient<Channel>);

/// The rounds that reminders follow.
#[derive(Debug, Default)]
pub struct Schedule {
    /// Plans that say themselves when their rounds are due: only their open rounds are reminded of.
    pub plans: BTreeSet<String>,
    /// The open ones, by plan and period.
    pub open: Vec<OpenRound>,
}

/// An open round with a due day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRound {
    /// The plan.
    pub plan_id: String,
    /// Its title.
    pub plan_title: String,
    /// The period.
    pub period: Period,
    /// When its reports are due.
    pub term: Term,
}

/// What was reported in the place of what is missing, by indicator and division.
pub type Notes = HashMap<(String, String), String>;

impl Rounds {
    /// Asks the ingestion at the other end of this channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self(RoundServiceClient::new(channel))
    }

    /// The rounds that reminders follow.
    ///
    /// # Errors
    /// [`RemindError`]: nothing is known then, and nobody is reminded.
    pub async fn schedule(&mut self) -> Result<Schedule, RemindError> {
        let (mut schedule, mut pages) = (Schedule::default(), Pages::first());
        while let Some(page_token) = pages.token()? {
            let request = ListRoundsRequest { page_size: PAGE, page_token, ..ListRoundsRequest::default() };
            let page = within(self.0.list_rounds(request)).await?;
            page.rounds.into_iter().try_for_each(|round| schedule.take(round))?;
            pages.then(page.next_page_token);
        }
        Ok(schedule)
    }

    /// What the counties of a round have not reported. Provincial figures are left out: the letter speaks of counties.
    ///
    /// # Errors
    /// [`RemindError`].
    pub async fn missing(&mut self, round: &OpenRound, notes: &Notes) -> Result<Vec<Finding>, RemindError> {
        let (mut missing, mut pages) = (Vec::new(), Pages::first());
        while let Some(page_token) = pages.token()? {
            let request = ListObligationsRequest {
                plan_id: round.plan_id.clone(),
                period: round.period.to_string(),
                states: vec![ObligationState::NotYetDue.into(), ObligationState::Missing.into()],
                page_size: PAGE,
                page_token,
                ..ListObligationsRequest::default()
            };
            let page = within(self.0.list_obligations(request)).await?;
            for owed in page.obligations.into_iter().filter(|owed| !owed.prefecture_code.is_empty()) {
                missing.push(finding(owed, notes)?);
            }
            pages.then(page.next_page_token);
        }
        Ok(missing)
    }
}

fn finding(owed: Obligation, notes: &Notes) -> Result<Finding, RoundError> {
    let key = (owed.indicator_id.clone(), owed.division_code.clone());
    convert::owed(owed, notes.get(&key).cloned().unwrap_or_default())
}

impl Schedule {
    fn take(&mut self, round: Round) -> Result<(), RoundError> {
        if round.due_on.is_empty() {
            return Ok(());
        }
        self.plans.insert(round.plan_id.clone());
        if round.state() == RoundState::Open {
            self.open.push(open(round)?);
        }
        Ok(())
    }
}

fn open(round: Round) -> Result<OpenRound, RoundError> {
    let date = record::day(&round.due_on).ok_or(RoundError::Bounds("due_on"))?;
    let due = Due { date, unknown_year: Some(round.unknown_year).filter(|year| *year != 0) };
    let term = Term { due, origin: Some(convert::origin(round.days_origin)?) };
    Ok(OpenRound { period: convert::period("period", &round.period)?, plan_id: round.plan_id, plan_title: round.plan_title, term })
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn round(plan: &str, period: &str, state: RoundState, due_on: &str) -> Round {
        let text = |text: &str| text.to_owned();
        Round {
            plan_id: text(plan),
            plan_title: text("方案"),
            period: text(period),
            state: state.into(),
            due_on: text(due_on),
            days_origin: text("示例"),
            unknown_year: 2027,
            ..Round::default()
        }
    }

    #[test]
    fn only_open_rounds_with_a_due_day_are_followed() {
        let mut schedule = Schedule::default();
        for round in [
            round("a", "2025-M02", RoundState::Frozen, "2025-03-21"),
            round("a", "2025-M03", RoundState::Open, "2025-04-22"),
            round("a", "2025-M04", RoundState::Scheduled, "2025-05-26"),
            round("b", "2025-M03", RoundState::Open, ""),
        ] {
            schedule.take(round).unwrap();
        }
        let open: Vec<_> = schedule.open.iter().map(|round| (round.plan_id.as_str(), round.term.due)).collect();
        assert_eq!(open, [("a", Due { date: date!(2025 - 04 - 22), unknown_year: Some(2027) })]);
        assert_eq!(schedule.plans, BTreeSet::from(["a".to_owned()]), "the other plan's policy says when");
        assert_eq!(schedule.take(round("a", "2025-M03", RoundState::Open, "soon")), Err(RoundError::Bounds("due_on")));
    }
}
