//! What evaluation is asked: a round as its letters were made from it, and the same round as known now.

use std::collections::HashMap;

use leitai_domain::period::Period;
use leitai_proto::evaluation::v1::{
    FrozenRound, GetRoundRequest, WatchFindingsRequest, analysis_service_client::AnalysisServiceClient,
    evaluation_service_client::EvaluationServiceClient,
};
use leitai_rpc::{
    client::Channel,
    clock::{millis, rfc3339},
    failure::{Failure, chain, explain},
    limits::{CALL_DEADLINE, MESSAGE_BYTES},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::timeout;
use tonic::Status;

use super::{Key, Known};
use crate::{
    convert::{self, RoundError},
    round::Round,
};

/// Asks evaluation.
#[derive(Clone)]
pub struct Evaluation {
    findings: EvaluationServiceClient<Channel>,
    analysis: AnalysisServiceClient<Channel>,
}

impl Evaluation {
    /// The one at the other end of this channel.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self {
            findings: EvaluationServiceClient::new(channel.clone()).max_decoding_message_size(MESSAGE_BYTES),
            analysis: AnalysisServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES),
        }
    }

    /// The round of this number in evaluation's log, byte for byte as its letters were made from it.
    ///
    /// # Errors
    /// `EVALUATION` where it does not answer, `INTERNAL` where its answer contradicts the contract.
    pub async fn printed(&self, sequence: i64) -> Result<Round, Failure> {
        let mut client = self.findings.clone();
        let first = async {
            let mut stream = client.watch_findings(WatchFindingsRequest { after_sequence: sequence - 1 }).await?.into_inner();
            stream.message().await
        };
        let message = within(first).await?.filter(|message| message.sequence == sequence);
        checked(message.and_then(|message| message.round))
    }

    /// The round as known at a time.
    ///
    /// # Errors
    /// As [`Self::printed`].
    pub async fn known(&self, plan_id: &str, period: Period, at: OffsetDateTime) -> Result<Known, Failure> {
        let request = GetRoundRequest { plan_id: plan_id.to_owned(), period: period.to_string(), as_of: rfc3339(millis(at)) };
        let mut client = self.analysis.clone();
        let round = within(client.get_round(request)).await?.into_inner().round;
        let since = round.iter().flat_map(|round| &round.verdicts).filter_map(|verdict| {
            let at = OffsetDateTime::parse(&verdict.in_force_at, &Rfc3339).ok()?;
            Some(((verdict.indicator_id.clone(), verdict.division_code.clone()), millis(at)))
        });
        let since: HashMap<Key, i64> = since.collect();
        Ok(Known { round: checked(round)?, since })
    }
}

fn checked(round: Option<FrozenRound>) -> Result<Round, Failure> {
    round.ok_or(RoundError::Missing("round")).and_then(convert::round).map_err(|error| Failure::internal(&error))
}

/// The whole answer within the deadline of a call.
async fn within<T>(call: impl Future<Output = Result<T, Status>>) -> Result<T, Failure> {
    let answer = timeout(CALL_DEADLINE, call).await.unwrap_or_else(|late| Err(Status::deadline_exceeded(chain(&late))));
    answer.map_err(|status| Failure::unavailable("EVALUATION", format!("evaluation does not answer: {}", explain(&status))))
}
