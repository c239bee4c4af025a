//! `[ingestion.service.responsibility]`.

use serde::Deserialize;

/// What task forces are called, and how long they have to answer a problem.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResponsibilityConfig {
    /// A task force's name is its division's with this behind it.
    pub task_force_suffix: String,
    /// Working days that a task force has to answer a problem, from the day it is put before it; 0: no deadline.
    pub answer_working_days: u16,
}

impl Default for ResponsibilityConfig {
    /// The plans name the task forces and no days: the number is an example.
    fn default() -> Self {
        Self { task_force_suffix: "县域经济发展专班".to_owned(), answer_working_days: 10 }
    }
}
