//! Days that pass. Pure.

use serde::Deserialize;
use time::Date;

use super::{Change, Overdue, State};

/// Working days that may be given at most.
const LONGEST: u8 = 60;
/// Moves that may be allowed at most.
const MOST_MOVES: i32 = 12;

/// What follows where a deadline passes and nothing is done, and how often a promised day may be moved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Working days after a deadline, and after each time it was counted, until it counts as missed once more, 1 to 60.
    pub again_after_working_days: u8,
    /// How often a promised day that has not passed may be moved later, 0 to 12; each further move counts as a missed deadline.
    pub day_moves: i32,
    /// Working days from the day a case is acknowledged, or its measure is sent back, until one has to be filed, 1 to 60; absent: there is no such
    /// deadline.
    pub measure_working_days: Option<u8>,
    /// Where the numbers come from.
    pub origin: String,
}

impl Rules {
    /// Holds the numbers against their bounds.
    ///
    /// # Errors
    /// What would be right.
    pub fn check(&self) -> Result<(), &'static str> {
        if !(1..=LONGEST).contains(&self.again_after_working_days) {
            return Err("[deadlines] again_after_working_days must be 1 to 60");
        }
        if !(0..=MOST_MOVES).contains(&self.day_moves) {
            return Err("[deadlines] day_moves must be 0 to 12");
        }
        if self.measure_working_days.is_some_and(|days| !(1..=LONGEST).contains(&days)) {
            return Err("[deadlines] measure_working_days must be 1 to 60; leave it out for no such deadline");
        }
        if self.origin.trim().is_empty() { Err("[deadlines] origin must say where the numbers come from") } else { Ok(()) }
    }
}

/// The deadlines of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Where the case is in its life.
    pub state: State,
    /// The last day to acknowledge it; `None` before the first letter.
    pub acknowledge: Option<Date>,
    /// The last day to file a measure; `None` before it is acknowledged, and where the policy has no such deadline.
    pub measure: Option<Date>,
    /// The promised day; `None` where none is.
    pub rectify: Option<Date>,
    /// What was already found overdue.
    pub overdue: Option<Overdue>,
    /// The last day before what is overdue counts once more; `None` where it does not.
    pub again: Option<Date>,
    /// The last day of a suspension.
    pub suspended_until: Option<Date>,
}

/// A deadline that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed {
    /// What was to be done.
    pub what: Overdue,
    /// The last day on which it would have been in time.
    pub day: Date,
    /// True where it was found overdue before, and nothing was done since.
    pub again: bool,
}

impl Deadlines {
    /// What became overdue by `today` and is not recorded yet. The last day itself is in time, and nothing passes in a suspension.
    #[must_use]
    pub fn missed(&self, today: Date) -> Option<Missed> {
        if self.suspended_until.is_some_and(|until| today <= until) {
            return None;
        }
        let (what, day) = match self.state {
            State::Open => (Overdue::Acknowledge, self.acknowledge),
            State::Acknowledged => (Overdue::Measure, self.measure),
            State::Rectifying => (Overdue::Rectify, self.rectify),
            _ => return None,
        };
        let again = self.overdue == Some(what);
        let day = if again { self.again } else { day }?;
        (today > day).then_some(Missed { what, day, again })
    }
}

impl Overdue {
    /// The change that records it.
    #[must_use]
    pub fn change(self) -> Change {
        match self {
            Self::Acknowledge => Change::AcknowledgeOverdue,
            Self::Measure => Change::MeasureOverdue,
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
        Deadlines {
            state,
            acknowledge: Some(DAY),
            measure: Some(DAY),
            rectify: Some(DAY),
            overdue: None,
            again: None,
            suspended_until: None,
        }
    }

    #[rstest]
    #[case::in_time(case(State::Open), DAY, None)]
    #[case::late(case(State::Open), date!(2025 - 05 - 07), Some(Overdue::Acknowledge))]
    #[case::acknowledged(Deadlines { measure: None, ..case(State::Acknowledged) }, date!(2025 - 06 - 30), None)]
    #[case::time_for_a_measure(case(State::Acknowledged), DAY, None)]
    #[case::no_measure(case(State::Acknowledged), date!(2025 - 05 - 07), Some(Overdue::Measure))]
    #[case::no_measure_is_recorded(Deadlines { overdue: Some(Overdue::Measure), ..case(State::Acknowledged) }, date!(2025 - 06 - 30), None)]
    #[case::promised(case(State::Rectifying), date!(2025 - 05 - 07), Some(Overdue::Rectify))]
    #[case::recorded(Deadlines { overdue: Some(Overdue::Rectify), ..case(State::Rectifying) }, date!(2025 - 06 - 30), None)]
    #[case::an_earlier_one_was_recorded(Deadlines { overdue: Some(Overdue::Acknowledge), ..case(State::Rectifying) }, date!(2025 - 06 - 30), Some(Overdue::Rectify))]
    #[case::suspended(Deadlines { suspended_until: Some(date!(2025 - 06 - 30)), ..case(State::Open) }, date!(2025 - 06 - 30), None)]
    #[case::suspension_over(Deadlines { suspended_until: Some(date!(2025 - 06 - 30)), ..case(State::Open) }, date!(2025 - 07 - 01), Some(Overdue::Acknowledge))]
    #[case::no_letter_yet(Deadlines { acknowledge: None, ..case(State::Open) }, date!(2025 - 06 - 30), None)]
    #[case::recovered(case(State::Recovered), date!(2025 - 06 - 30), None)]
    fn what_is_overdue(#[case] case: Deadlines, #[case] today: Date, #[case] expected: Option<Overdue>) {
        assert_eq!(case.missed(today), expected.map(|what| Missed { what, day: DAY, again: false }));
    }

    #[rstest]
    #[case::not_yet(date!(2025 - 06 - 03), None, false)]
    #[case::once_more(date!(2025 - 06 - 04), None, true)]
    #[case::suspended(date!(2025 - 06 - 04), Some(date!(2025 - 06 - 30)), false)]
    fn what_stays_overdue_is_missed_again(#[case] today: Date, #[case] suspended_until: Option<Date>, #[case] missed: bool) {
        let again = date!(2025 - 06 - 03);
        let case = Deadlines { overdue: Some(Overdue::Acknowledge), again: Some(again), suspended_until, ..case(State::Open) };
        assert_eq!(case.missed(today), missed.then_some(Missed { what: Overdue::Acknowledge, day: again, again: true }));
    }

    #[rstest]
    #[case(0, 2, "again_after_working_days must be 1 to 60")]
    #[case(61, 2, "again_after_working_days must be 1 to 60")]
    #[case(20, -1, "day_moves must be 0 to 12")]
    #[case(20, 13, "day_moves must be 0 to 12")]
    fn rules_have_bounds(#[case] again_after_working_days: u8, #[case] day_moves: i32, #[case] says: &str) {
        let rules = Rules { again_after_working_days, day_moves, measure_working_days: None, origin: "x".to_owned() };
        assert!(rules.check().unwrap_err().contains(says));
        let sound = Rules { again_after_working_days: 20, day_moves: 2, ..rules };
        assert!(Rules { origin: " ".to_owned(), ..sound.clone() }.check().unwrap_err().contains("origin"));
        for (days, fits) in [(0, false), (1, true), (60, true), (61, false)] {
            assert_eq!(Rules { measure_working_days: Some(days), ..sound.clone() }.check().is_ok(), fits, "{days}");
        }
    }
}
