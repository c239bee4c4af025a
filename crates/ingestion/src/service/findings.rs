//! What rules found: listing and explaining.

use std::collections::{BTreeMap, BTreeSet};

use leitai_proto::ingestion::v1::{ExplainFindingResponse, Finding, FindingSeverity};
use leitai_rpc::clock::millis;
use sea_orm::DatabaseTransaction;

use super::{Act, Service, answered_on, force::Open};
use crate::{
    error::Error,
    life::refusal::Refusal,
    store::findings::{self, Filter, Listed, Place, Words},
};

const METHOD: &str = "ExplainFinding";

/// Why a finding takes no explanation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindingRefusal {
    /// The report has no such finding.
    #[error("the report has no finding {0}")]
    Unknown(i32),
    /// A note, or a refused value.
    #[error("finding {0} asks for no explanation")]
    NotAsked(i32),
    /// The first explanation stands.
    #[error("finding {0} has an explanation, which is kept as it is")]
    Explained(i32),
    /// Its value is held no longer.
    #[error("the value of finding {0} waits no longer")]
    NotWaiting(i32),
}

impl FindingRefusal {
    /// For the wire's `ErrorInfo`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "UNKNOWN_FINDING",
            Self::NotAsked(_) => "NO_EXPLANATION_ASKED",
            Self::Explained(_) => "ALREADY_EXPLAINED",
            Self::NotWaiting(_) => "NOT_WAITING",
        }
    }
}

impl Service {
    /// Up to `limit` findings after a place.
    ///
    /// # Errors
    /// The database's own.
    pub async fn findings(&self, filter: &Filter, after: Option<&Place>, limit: u64) -> Result<Vec<Listed>, Error> {
        Ok(findings::list(self.database.connection(), filter, after, limit).await?)
    }

    /// Explains findings; `act.reason` holds the words.
    ///
    /// # Errors
    /// [`Error::UnknownReport`]; [`Error::NotAllowed`] and [`Error::Finding`] say why not.
    pub async fn explain(&self, act: &Act, numbers: &BTreeSet<i32>) -> Result<ExplainFindingResponse, Error> {
        self.once(METHOD, &act.request_id, || self.explain_once(act, numbers)).await
    }

    async fn explain_once(&self, act: &Act, numbers: &BTreeSet<i32>) -> Result<ExplainFindingResponse, Error> {
        let tx = self.database.begin().await?;
        // Of two explanations at once the second sees the first.
        let open = self.lock_report(&tx, &act.report_id).await?;
        if let Some(answer) = answered_on(&tx, METHOD, &act.request_id).await? {
            return Ok(answer);
        }
        if act.agency != open.head.submitter {
            return Err(Refusal::NotTheSubmitter { given: act.agency.clone(), submitter: open.head.submitter }.into());
        }
        let answer = self.keep_words(&tx, open, act, numbers).await?;
        self.finish(tx, METHOD, &act.request_id, &answer).await?;
        Ok(answer)
    }

    async fn keep_words(
        &self,
        tx: &DatabaseTransaction,
        open: Open,
        act: &Act,
        numbers: &BTreeSet<i32>,
    ) -> Result<ExplainFindingResponse, Error> {
        let numbers: Vec<i32> = numbers.iter().copied().collect();
        let asked = findings::numbered(tx, &act.report_id, &numbers).await?;
        explainable(&numbers, &asked)?;
        let words = Words { words: act.reason.clone(), agency: act.agency.clone(), who: act.who.clone(), at: millis(self.clock.now()) };
        findings::explain(tx, &act.report_id, &numbers, &words).await?;
        let positions: Vec<i32> = asked.iter().map(|finding| finding.position).collect();
        let released = explained_whole(&findings::at(tx, &act.report_id, &positions).await?);
        let report = self.explained(tx, open, act, &released).await?;
        Ok(ExplainFindingResponse { report: Some(report), findings: findings::numbered(tx, &act.report_id, &numbers).await? })
    }
}

/// Refuses numbers of which one takes no explanation.
fn explainable(numbers: &[i32], findings: &[Finding]) -> Result<(), FindingRefusal> {
    let by_number: BTreeMap<i32, &Finding> = findings.iter().map(|finding| (finding.number, finding)).collect();
    numbers.iter().try_for_each(|number| match by_number.get(number) {
        None => Err(FindingRefusal::Unknown(*number)),
        Some(finding) if finding.severity() != FindingSeverity::Explain => Err(FindingRefusal::NotAsked(*number)),
        Some(finding) if finding.explanation.is_some() => Err(FindingRefusal::Explained(*number)),
        Some(finding) if !finding.open => Err(FindingRefusal::NotWaiting(*number)),
        Some(_) => Ok(()),
    })
}

/// Positions at which no finding waits any more.
fn explained_whole(findings: &[Finding]) -> Vec<i32> {
    let open: BTreeSet<i32> = findings.iter().filter(|finding| finding.open).map(|finding| finding.position).collect();
    let all: BTreeSet<i32> = findings.iter().map(|finding| finding.position).collect();
    all.difference(&open).copied().collect()
}
