//! The responsibility list (责任清单): target → project → measure, each measure with an owner, a leading official and a due day.
//!
//! The plan asks for it: 任务目标化、目标项目化、项目措施化、措施具体化、责任清单化. [`row`] holds a list's cells as texts, [`duty`] reads them
//! against the plan, [`compare`] says what a new list changes, [`measure`] and [`problem`] are the lives of a measure and of a problem.
//!
//! Nothing is guessed: a cell that cannot be read is a [`row::Fault`] that names its place, what was found and what would be right.

pub mod compare;
pub mod due;
pub mod duty;
pub mod levels;
pub mod measure;
pub mod problem;
pub mod row;
