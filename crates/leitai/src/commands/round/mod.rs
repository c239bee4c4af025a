//! `leitai round`: open, freeze, show, list; who owes what, and how complete it is.

mod list;
mod owed;
mod show;

use anyhow::Context;
use leitai_domain::period::Period;
use leitai_proto::ingestion::v1::{FreezeRoundRequest, GetRoundRequest, OpenRoundRequest, Round};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    cli::{RoundArgs, RoundCommand},
    clients::{Clients, answer},
    say::say,
};

pub async fn run(command: RoundCommand, clients: Clients) -> anyhow::Result<()> {
    match command {
        RoundCommand::Open { round, request_id, format } => list::days(&open(clients, round, request_id).await?).print(format.format),
        RoundCommand::Freeze { round, request_id } => freeze(clients, round, request_id).await,
        RoundCommand::Show { round, as_of, format } => show::run(clients, round, as_of.as_of, format.format).await,
        RoundCommand::List { plan, state, format } => list::run(clients, &plan.plan, &state, format.format).await,
        RoundCommand::Obligations(args) => owed::obligations(clients, args).await,
        RoundCommand::Completeness(args) => owed::completeness(clients, args).await,
    }
}

/// A round's state and days; none where its plan schedules none and nobody opened or froze it.
pub async fn fetch(clients: &mut Clients, plan_id: &str, period: Period) -> anyhow::Result<Option<Round>> {
    let request = GetRoundRequest { plan_id: plan_id.to_owned(), period: period.to_string() };
    match clients.rounds.get_round(request).await {
        Err(status) if is_unknown(&status) => Ok(None),
        answered => Ok(answer(answered)?.round),
    }
}

fn is_unknown(status: &Status) -> bool {
    status.code() == Code::NotFound && status.get_details_error_info().is_some_and(|info| info.reason == "UNKNOWN_ROUND")
}

async fn open(mut clients: Clients, round: RoundArgs, request_id: Option<String>) -> anyhow::Result<Round> {
    let request_id = request_id.unwrap_or_else(super::new_request_id);
    let request = OpenRoundRequest { request_id, plan_id: round.plan, period: round.period.to_string() };
    answer(clients.rounds.open_round(request).await)?.round.context("the answer holds no round")
}

async fn freeze(mut clients: Clients, round: RoundArgs, request_id: Option<String>) -> anyhow::Result<()> {
    let request_id = request_id.unwrap_or_else(super::new_request_id);
    let request = FreezeRoundRequest { request_id, plan_id: round.plan, period: round.period.to_string() };
    let response = answer(clients.rounds.freeze_round(request).await)?;
    let frozen = response.round.context("the answer holds no round")?;
    say!("{} {} frozen at {}", frozen.plan_id, frozen.period, frozen.frozen_at);
    response.warnings.iter().for_each(|warning| say!("注意：{warning}"));
    Ok(())
}
