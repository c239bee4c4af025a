//! Why a step is refused.

use leitai_domain::plan::ApprovalLevel;

use super::State;

/// Why a report does not take a step now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing of it can come into force any more, or all has.
    #[error("the report is {}: nothing of it waits", words(*.0))]
    NotWaiting(State),
    /// It waits for explanations only.
    #[error("the report goes through no approval")]
    NoApproval,
    /// Another level is next.
    #[error("the report waits for the level `{waits_for}`, not for `{given}`")]
    OtherLevel {
        /// What was asked for.
        given: ApprovalLevel,
        /// What is next.
        waits_for: ApprovalLevel,
    },
    /// Nobody approves what it submitted.
    #[error("{0} submitted the report and cannot approve it")]
    SelfApproval(String),
    /// Nobody approves twice.
    #[error("{agency} approved the report at the level `{level}`; another level needs another agency")]
    TwoLevels {
        /// The agency.
        agency: String,
        /// Where it approved.
        level: ApprovalLevel,
    },
    /// Approving here would leave nobody for a later level.
    #[error("no other agency than {agency} can approve `{indicator}` at the level `evaluator`; let another agency approve here")]
    NeededLater {
        /// The agency.
        agency: String,
        /// What only it evaluates.
        indicator: String,
    },
    /// It evaluates nothing of the report.
    #[error("{0} evaluates no indicator that waits in the report")]
    NotAnEvaluator(String),
    /// It does not evaluate what it approves.
    #[error("{agency} does not evaluate {indicators}; the report waits for its other indicators")]
    NotYours {
        /// The agency.
        agency: String,
        /// What is not its own, in one line.
        indicators: String,
    },
    /// Only evaluators approve by indicator.
    #[error("indicator_ids are for the level `evaluator`; at `{0}` the whole report is approved")]
    WholeReport(ApprovalLevel),
    /// It has approved this.
    #[error("{0} approved this already")]
    AlreadyApproved(String),
    /// The last approval needs every explanation.
    #[error("{0} values wait for explanations: the last approval can be given once they are there")]
    ValuesHeld(u64),
    /// What was seen is not what is here.
    #[error("the report's values_sha256 is {found}, the approval was given to {given}; look at the report again")]
    OtherValues {
        /// Of the report.
        found: String,
        /// Of the approver.
        given: String,
    },
    /// Only approvers return.
    #[error("{0} can neither approve the report now nor did it approve it; only such an agency returns it")]
    NotAnApprover(String),
    /// Only the submitter withdraws, explains or replaces.
    #[error("{given} did not submit the report; {submitter} did")]
    NotTheSubmitter {
        /// The agency.
        given: String,
        /// Who did.
        submitter: String,
    },
    /// Reports are replaced within their plan.
    #[error("the report to replace is of plan `{0}`")]
    OtherPlan(String),
    /// One report has one successor.
    #[error("the report was replaced by {0} already; replace that one")]
    AlreadyReplaced(String),
    /// More is explained than waits.
    #[error("{given} values are to be explained, {held} wait for that")]
    NotHeld {
        /// To be explained.
        given: u64,
        /// That wait.
        held: u64,
    },
    /// Nobody could ever approve it.
    #[error("{submitter} is the only agency that evaluates `{indicator}` and cannot approve its own report; let another agency submit it")]
    NoApprover {
        /// The submitter.
        submitter: String,
        /// What nobody else evaluates.
        indicator: String,
    },
}

impl Refusal {
    /// For the wire's `ErrorInfo`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotWaiting(_) => "NOT_WAITING",
            Self::NoApproval => "NO_APPROVAL",
            Self::OtherLevel { .. } => "OTHER_LEVEL",
            Self::SelfApproval(_) => "SELF_APPROVAL",
            Self::TwoLevels { .. } => "TWO_LEVELS",
            Self::NeededLater { .. } => "NEEDED_LATER",
            Self::NotAnEvaluator(_) => "NOT_AN_EVALUATOR",
            Self::NotYours { .. } => "NOT_YOUR_INDICATOR",
            Self::WholeReport(_) => "WHOLE_REPORT",
            Self::AlreadyApproved(_) => "ALREADY_APPROVED",
            Self::ValuesHeld(_) => "VALUES_HELD",
            Self::OtherValues { .. } => "OTHER_VALUES",
            Self::NotAnApprover(_) => "NOT_AN_APPROVER",
            Self::NotTheSubmitter { .. } => "NOT_THE_SUBMITTER",
            Self::OtherPlan(_) => "OTHER_PLAN",
            Self::AlreadyReplaced(_) => "ALREADY_REPLACED",
            Self::NotHeld { .. } => "NOT_HELD",
            Self::NoApprover { .. } => "NO_APPROVER",
        }
    }
}

fn words(state: State) -> &'static str {
    match state {
        State::InForce => "in force",
        State::Held | State::AwaitingApproval | State::Unspecified => "waiting",
        State::Returned => "returned",
        State::Withdrawn => "withdrawn",
        State::Replaced => "replaced",
    }
}
