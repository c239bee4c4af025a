//! What can go wrong, by who is told.

use std::time::Duration;

use leitai_domain::{division::CountySetError, plan::PlanError};
use leitai_rpc::failure::{Failure, chain};
use leitai_storage::{StorageError, change_log::TailError, is_busy};
use leitai_workbook::{layout::LayoutError, open::WorkbookError, records::CsvError, template::TemplateError, year::YearError};
use sea_orm::DbErr;

use crate::{config::ConfigError, life::refusal::Refusal, service::FindingRefusal};

/// When to send a request again that found another write under way.
const AGAIN: Duration = Duration::from_secs(5);

/// Why the service could not start.
#[derive(Debug, thiserror::Error)]
pub enum IngestionError {
    /// The configuration cannot be used.
    #[error("the configuration of ingestion cannot be used")]
    Config(#[from] ConfigError),
    /// The database's tables cannot be made ready.
    #[error("ingestion's database cannot be made ready")]
    Storage(#[from] StorageError),
}

/// Why a use case has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The plan document cannot be read.
    #[error("the plan document cannot be used")]
    Plan(#[from] PlanError),
    /// A rule of the plan cannot be used.
    #[error("the plan's rules cannot be used")]
    Rule(#[from] leitai_checks::RuleError),
    /// The plan's county set cannot be derived.
    #[error("the plan's county set cannot be derived")]
    CountySet(#[from] CountySetError),
    /// A code of the counties given is none.
    #[error("`{0}` is the code of no county")]
    County(String),
    /// No such plan was applied.
    #[error("no plan `{0}` was applied")]
    UnknownPlan(String),
    /// The plan was changed while the report was read.
    #[error("plan `{0}` was changed at this moment; submit again")]
    PlanChanged(String),
    /// No such report was taken.
    #[error("no report `{0}` was taken")]
    UnknownReport(String),
    /// The file is no workbook of ours.
    #[error("the workbook cannot be read")]
    Workbook(#[from] WorkbookError),
    /// The layout is none.
    #[error("the layout cannot be used")]
    Layout(#[from] LayoutError),
    /// A workbook that is no template, without a layout.
    #[error("the workbook is no template, and without one it needs a layout")]
    LayoutRequired,
    /// The template is not as it was made, or not for this report.
    #[error("the template cannot be taken")]
    Template(#[from] TemplateError),
    /// The file is no CSV of ours.
    #[error("the CSV file cannot be read")]
    Csv(#[from] CsvError),
    /// The year given is not the file's.
    #[error("the year cannot be used")]
    Year(#[from] YearError),
    /// A round of a year that the plan sets no targets for.
    #[error("the plan is for {plan_year}, and {period} is not in it")]
    OtherYear {
        /// The plan's year.
        plan_year: i32,
        /// The round's period.
        period: leitai_domain::period::Period,
    },
    /// A round that is neither scheduled, open nor frozen.
    #[error("plan `{plan}` has no round {period}: its plan schedules none, and nobody opened one")]
    UnknownRound {
        /// The plan.
        plan: String,
        /// The period.
        period: leitai_domain::period::Period,
    },
    /// A frozen round is not opened again.
    #[error("the round {period} of plan `{plan}` is frozen, and no round is opened again; late values are kept and known afterwards")]
    Frozen {
        /// The plan.
        plan: String,
        /// The round's period.
        period: leitai_domain::period::Period,
    },
    /// What is told as frozen is not.
    #[error("the round {period} of plan `{plan}` is not frozen; leave at_freeze out")]
    NotFrozen {
        /// The plan.
        plan: String,
        /// The round's period.
        period: leitai_domain::period::Period,
    },
    /// A round in which nothing is asked for.
    #[error("nothing of plan `{plan}` is due at {period}")]
    NothingDue {
        /// The plan.
        plan: String,
        /// The period.
        period: leitai_domain::period::Period,
    },
    /// A stored period that is none.
    #[error("a stored round has the period `{0}`")]
    StoredPeriod(String),
    /// A round without a value.
    #[error("no value of {period} was accepted for plan `{plan}`")]
    NoValues {
        /// The plan.
        plan: String,
        /// The round's period.
        period: String,
    },
    /// What the state of things does not allow, with its documented reason.
    #[error("{why}")]
    Refused {
        /// The `reason` of the call's `ErrorInfo`.
        reason: &'static str,
        /// Why.
        why: String,
    },
    /// No such measure.
    #[error("no list holds a measure `{0}`")]
    UnknownMeasure(String),
    /// No such problem.
    #[error("no problem `{0}` was raised")]
    UnknownProblem(String),
    /// The request's id stands for another subject.
    #[error("request_id was used for `{0}`")]
    OtherRequest(String),
    /// A stored text is not what it has to be.
    #[error("the stored text `{0}` cannot be read")]
    StoredText(String),
    /// A streamed report has more rows than one may have.
    #[error("a report may have {0} rows; split it")]
    TooManyRows(i32),
    /// The rows of a stream are not as many as its finish says.
    #[error("the finish says {given} rows, {found} came; nothing was stored")]
    WrongCount {
        /// By the finish.
        given: i32,
        /// That came.
        found: i32,
    },
    /// Another stream of the same request began.
    #[error("the same request was sent again in another stream; this one ends and stores nothing")]
    Superseded,
    /// A report does not take the step that was asked for.
    #[error(transparent)]
    NotAllowed(#[from] Refusal),
    /// A finding does not take the explanation.
    #[error(transparent)]
    Finding(#[from] FindingRefusal),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] DbErr),
    /// The change log cannot be followed.
    #[error(transparent)]
    Log(#[from] TailError),
    /// A stored message cannot be read.
    #[error("a stored message cannot be read")]
    Stored(#[from] prost::DecodeError),
    /// Reading a report was cut off.
    #[error("reading the report was cut off")]
    Cut(#[from] tokio::task::JoinError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = chain(&error);
        match error {
            Error::Plan(_) => Self::of_field("PLAN_INVALID", "document_toml", message),
            Error::Rule(_) => Self::of_field("RULE_INVALID", "document_toml", message),
            Error::CountySet(_) => Self::of_field("COUNTY_SET_INVALID", "document_toml", message),
            Error::County(_) => Self::of_field("UNKNOWN_COUNTY", "county_codes", message),
            Error::UnknownPlan(_) => Self::not_found("UNKNOWN_PLAN", message),
            Error::PlanChanged(_) => Self::unavailable("PLAN_CHANGED", message),
            Error::UnknownReport(_) => Self::not_found("UNKNOWN_REPORT", message),
            Error::Workbook(_) => Self::of_field("WORKBOOK_UNREADABLE", "file.content", message),
            Error::Layout(_) => Self::of_field("LAYOUT_INVALID", "file.layout_toml", message),
            Error::LayoutRequired => Self::of_field("LAYOUT_REQUIRED", "file.layout_toml", message),
            Error::Template(_) => Self::of_field("TEMPLATE_UNUSABLE", "file.content", message),
            Error::Csv(_) => Self::of_field("CSV_UNREADABLE", "file.content", message),
            Error::Year(_) => Self::of_field("YEAR_CONTRADICTED", "file.year", message),
            Error::OtherYear { .. } => Self::of_field("PERIOD", "period", message),
            Error::UnknownRound { .. } => Self::not_found("UNKNOWN_ROUND", message),
            Error::Frozen { .. } => Self::precondition("ROUND_FROZEN", message),
            Error::NotFrozen { .. } => Self::precondition("ROUND_NOT_FROZEN", message),
            Error::NothingDue { .. } => Self::precondition("NOTHING_DUE", message),
            Error::TooManyRows(_) => Self::of_field("TOO_LONG", "rows", message),
            Error::WrongCount { .. } => Self::of_field("WRONG_COUNT", "finish.rows", message),
            Error::Superseded => Self::unavailable("SUPERSEDED", message),
            Error::NotAllowed(refusal) => Self::precondition(refusal.reason(), message),
            Error::Finding(refusal @ FindingRefusal::Unknown(_)) => Self::not_found(refusal.reason(), message),
            Error::Finding(refusal) => Self::precondition(refusal.reason(), message),
            Error::NoValues { .. } => Self::precondition("NO_VALUES", message),
            Error::Refused { reason, .. } => Self::precondition(reason, message),
            Error::UnknownMeasure(_) => Self::not_found("UNKNOWN_MEASURE", message),
            Error::UnknownProblem(_) => Self::not_found("UNKNOWN_PROBLEM", message),
            Error::OtherRequest(_) => Self::invalid("REQUEST_ID", message).field("request_id", "a new one for each change"),
            Error::Database(inner) | Error::Log(TailError::Database(inner)) if is_busy(&inner) => {
                Self::unavailable("BUSY", "another write takes long; nothing was stored, send the request again").retry_after(AGAIN)
            }
            Error::Log(TailError::WentBack { .. }) => Self::precondition("LOG_WENT_BACK", message),
            Error::Log(TailError::Database(_))
            | Error::StoredText(_)
            | Error::StoredPeriod(_)
            | Error::Database(_)
            | Error::Stored(_)
            | Error::Cut(_) => Self::internal(&error),
        }
    }
}
