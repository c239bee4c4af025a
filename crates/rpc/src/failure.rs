//! What a caller is told when a call fails: one `ErrorInfo` with a documented reason, field violations where a field is to blame, and when to
//! ask again where that helps.

use std::{collections::HashMap, error::Error, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The `domain` of every `ErrorInfo`.
pub const DOMAIN: &str = "leitai";

/// A failed call, before it becomes a [`Status`].
#[derive(Debug, Clone)]
pub struct Failure {
    code: Code,
    reason: &'static str,
    message: String,
    fields: Vec<(String, String)>,
    retry_after: Option<Duration>,
}

impl Failure {
    fn new(code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), fields: Vec::new(), retry_after: None }
    }

    /// The request is wrong and will stay wrong: say what was found and what would be right.
    pub fn invalid(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, reason, message)
    }

    /// One field of the request is wrong: its problem is all there is to say.
    pub fn of_field(reason: &'static str, field: &str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self::invalid(reason, problem.clone()).field(field, problem)
    }

    /// What was asked for does not exist.
    pub fn not_found(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, reason, message)
    }

    /// The request is right but not now.
    pub fn precondition(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, reason, message)
    }

    /// Ask again later.
    pub fn unavailable(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, reason, message)
    }

    /// The caller took too long.
    pub fn too_late(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::DeadlineExceeded, reason, message)
    }

    /// Our own fault: the chain of causes goes to the log, the caller hears nothing of it.
    #[must_use]
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = %chain(error), "a call failed inside");
        Self::new(Code::Internal, "INTERNAL", "the service failed; its log says why")
    }

    /// Says when to ask again.
    #[must_use]
    pub fn retry_after(self, delay: Duration) -> Self {
        Self { retry_after: Some(delay), ..self }
    }

    /// Blames a field.
    #[must_use]
    pub fn field(mut self, field: &str, description: impl Into<String>) -> Self {
        self.fields.push((field.to_owned(), description.into()));
        self
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let mut details = ErrorDetails::new();
        details.set_error_info(failure.reason, DOMAIN, HashMap::new());
        for (field, description) in failure.fields {
            details.add_bad_request_violation(field, description);
        }
        if failure.retry_after.is_some() {
            details.set_retry_info(failure.retry_after);
        }
        Self::with_error_details(failure.code, failure.message, details)
    }
}

/// An error and its causes in one line.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A status as a person reads it: message, then the reason and each blamed field.
#[must_use]
pub fn explain(status: &Status) -> String {
    let details = status.get_error_details();
    let mut text = if status.message().is_empty() { status.code().to_string() } else { status.message().to_owned() };
    if let Some(info) = details.error_info() {
        text = format!("{text} [{}]", info.reason);
    }
    for violation in details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default() {
        text = format!("{text}\n  {}: {}", violation.field, violation.description);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_carries_reason_and_fields() {
        let status = Status::from(Failure::invalid("PAGE_SIZE", "page_size is 5,000").field("page_size", "at most 1,000"));
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("PAGE_SIZE", "leitai"));
        assert_eq!(explain(&status), "page_size is 5,000 [PAGE_SIZE]\n  page_size: at most 1,000");
    }

    #[test]
    fn a_status_says_when_to_ask_again() {
        let retry = |failure: Failure| Status::from(failure).get_error_details().retry_info().and_then(|info| info.retry_delay);
        let busy = Failure::unavailable("BUSY", "another writer holds the database");
        assert_eq!((retry(busy.clone()), retry(busy.retry_after(Duration::from_secs(5)))), (None, Some(Duration::from_secs(5))));
    }

    #[test]
    fn inner_words_stay_inside() {
        let status = Status::from(Failure::internal(&std::io::Error::other("password is hunter2")));
        assert!(!format!("{status:?}").contains("hunter2"));
    }
}
