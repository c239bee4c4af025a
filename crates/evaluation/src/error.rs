//! What can go wrong, by who is told.

use leitai_domain::period::{Period, PeriodError};
use leitai_rpc::failure::Failure;
use leitai_storage::StorageError;
use sea_orm::DbErr;
use time::OffsetDateTime;

use crate::{config::ConfigError, cube::CubeError};

/// Why the service could not start.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// The configuration cannot be used.
    #[error("the configuration of evaluation cannot be used")]
    Config(#[from] ConfigError),
    /// The database's tables cannot be made ready.
    #[error("evaluation's database cannot be made ready")]
    Storage(#[from] StorageError),
    /// The cursor cannot be read.
    #[error("evaluation's database cannot be read")]
    Database(#[from] DbErr),
    /// The address of ingestion is none.
    #[error("ingestion cannot be addressed")]
    Endpoint(#[from] tonic::transport::Error),
}

/// Why following ingestion's log was interrupted; it is taken up again after a wait.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FollowError {
    /// Ingestion cannot be reached, or ended the call.
    #[error("ingestion's change log cannot be followed")]
    Call(#[from] Box<tonic::Status>),
    /// The log skipped a number.
    #[error("ingestion's change log went from {after} to {found}")]
    Gap {
        /// The last number taken.
        after: i64,
        /// The number that came.
        found: i64,
    },
    /// The log ends before what was evaluated from it.
    #[error(
        "ingestion's change log ends at {head}, and findings are stored up to {derived}: one of the two databases is older than the other"
    )]
    WentBack {
        /// The last number whose findings are stored.
        derived: i64,
        /// The log's newest number.
        head: i64,
    },
    /// The log was put back and has grown again.
    #[error(
        "entry {sequence} of ingestion's change log is not what was evaluated as it: one of the two databases was put back to an earlier day"
    )]
    OtherLog {
        /// Its number.
        sequence: i64,
    },
    /// An entry that contradicts the contract.
    #[error("entry {sequence} of ingestion's change log cannot be used")]
    Entry {
        /// Its number.
        sequence: i64,
        /// What is wrong with it.
        source: CubeError,
    },
}

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    /// The first replay has not reached the head that it saw.
    #[error("values are still being loaded")]
    CatchingUp,
    /// No such plan was applied.
    #[error("no plan `{0}` was applied")]
    Plan(String),
    /// The plan sets no targets for that year.
    #[error("plan `{plan}` sets targets for {year}, not for {period}")]
    Period {
        /// The plan.
        plan: String,
        /// Its year.
        year: i32,
        /// What was asked for.
        period: Period,
    },
    /// The plan was not applied at that time.
    #[error("plan `{plan}` was not known at {time}")]
    PlanNotYet {
        /// The plan.
        plan: String,
        /// What was asked for.
        time: OffsetDateTime,
    },
    /// The round was not frozen.
    #[error("round {period} of plan `{plan}` was not frozen: say from when, or freeze it first")]
    NotFrozen {
        /// The plan.
        plan: String,
        /// The period.
        period: Period,
    },
    /// The plan has no county target of this indicator.
    #[error("the plan has no county target for `{0}`")]
    Indicator(String),
    /// The plan does not judge this county.
    #[error("the plan does not judge division `{0}`")]
    Division(String),
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        let message = error.to_string();
        match error {
            QueryError::CatchingUp => Self::unavailable("CATCHING_UP", message),
            QueryError::Plan(_) => Self::not_found("PLAN_NOT_FOUND", message),
            QueryError::Period { .. } => Self::not_found("ROUND_NOT_FOUND", message),
            QueryError::PlanNotYet { .. } => Self::not_found("PLAN_NOT_FOUND", message),
            QueryError::NotFrozen { .. } => Self::precondition("NOT_FROZEN", message),
            QueryError::Indicator(_) => Self::not_found("INDICATOR_NOT_FOUND", message),
            QueryError::Division(_) => Self::not_found("DIVISION_NOT_FOUND", message),
        }
    }
}

/// A period field that cannot be read.
pub(crate) fn bad_period(error: &PeriodError) -> Failure {
    Failure::invalid("PERIOD", error.to_string()).field("period", "a year and a month: 2025-M03")
}
