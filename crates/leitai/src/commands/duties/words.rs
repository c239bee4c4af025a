//! Enumerations of the responsibility list as keys.

use leitai_proto::ingestion::v1::{DutyChange, ListItem, MeasureState, ProblemState, TaskForceLevel};

use crate::words::key;

/// A measure's state.
pub fn measure_state(state: MeasureState) -> String {
    key(state.as_str_name(), "MEASURE_STATE_")
}

/// A problem's state.
pub fn problem_state(state: ProblemState) -> String {
    key(state.as_str_name(), "PROBLEM_STATE_")
}

/// What happened.
pub fn change(change: DutyChange) -> String {
    key(change.as_str_name(), "DUTY_CHANGE_")
}

/// A level; empty where there is none.
pub fn level(level: TaskForceLevel) -> String {
    if level == TaskForceLevel::Unspecified { String::new() } else { key(level.as_str_name(), "TASK_FORCE_LEVEL_") }
}

/// What becomes of a measure under a new list.
pub fn outcome(item: &ListItem) -> String {
    match item.change() {
        _ if item.missing => "missing".to_owned(),
        DutyChange::Unspecified => "unchanged".to_owned(),
        other => change(other),
    }
}
