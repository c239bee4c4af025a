//! Days that pass. Pure.

use time::Date;

use super::{Change, Overdue, State};

/// The deadlines of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Where the case is in its life.
    pub state: State,
    /// The last day to acknowledge it; `None` before the first letter.
    pub acknowledge: Option<Date>,
    /// The promised day; `None` where none is.
    pub rectify: Option<Date>,
    /// What was already found overdue.
    pub overdue: Option<Overdue>,
    /// The last day of a suspension.
    pub suspended_until: Option<Date>,
}

impl Deadlines {
    /// What became overdue by `today` and is not recorded yet. The last day itself is in time, and nothing passes in a suspension.
    #[must_use]
    pub fn missed(&self, today: Date) -> Option<Overdue> {
        if self.suspended_until.is_some_and(|until| today <= until) {
            return None;
        }
        let passed = |day: Option<Date>| day.is_some_and(|day| today > day);
        let missed = match self.state {
            State::Open if passed(self.acknowledge) => Overdue::Acknowledge,
            State::Rectifying if passed(self.rectify) => Overdue::Rectify,
            _ => return None,
        };
        (self.overdue != Some(missed)).then_some(missed)
    }
}

impl Overdue {
    /// The change that records it.
    #[must_use]
    pub fn change(self) -> Change {
        match self {
            Self::Acknowledge => Change::AcknowledgeOverdue,
            Self::Rectify => Change::RectificationOverdue,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use time::macros::date;

    use super::*;

    const DAY: Date = date!(2025 - 05 - 06);

    fn case(state: State) -> Deadlines {
        Deadlines { state, acknowledge: Some(DAY), rectify: Some(DAY), overdue: None, suspended_until: None }
    }

    #[rstest]
    #[case::in_time(case(State::Open), DAY, None)]
    #[case::late(case(State::Open), date!(2025 - 05 - 07), Some(Overdue::Acknowledge))]
    #[case::acknowledged(case(State::Acknowledged), date!(2025 - 06 - 30), None)]
    #[case::promised(case(State::Rectifying), date!(2025 - 05 - 07), Some(Overdue::Rectify))]
    #[case::recorded(Deadlines { overdue: Some(Overdue::Rectify), ..case(State::Rectifying) }, date!(2025 - 06 - 30), None)]
    #[case::an_earlier_one_was_recorded(Deadlines { overdue: Some(Overdue::Acknowledge), ..case(State::Rectifying) }, date!(2025 - 06 - 30), Some(Overdue::Rectify))]
    #[case::suspended(Deadlines { suspended_until: Some(date!(2025 - 06 - 30)), ..case(State::Open) }, date!(2025 - 06 - 30), None)]
    #[case::suspension_over(Deadlines { suspended_until: Some(date!(2025 - 06 - 30)), ..case(State::Open) }, date!(2025 - 07 - 01), Some(Overdue::Acknowledge))]
    #[case::no_letter_yet(Deadlines { acknowledge: None, ..case(State::Open) }, date!(2025 - 06 - 30), None)]
    #[case::recovered(case(State::Recovered), date!(2025 - 06 - 30), None)]
    fn what_is_overdue(#[case] case: Deadlines, #[case] today: Date, #[case] expected: Option<Overdue>) {
        assert_eq!(case.missed(today), expected);
    }
}
