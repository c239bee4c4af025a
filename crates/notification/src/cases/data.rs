//! What one verdict does to a case. Pure.

use leitai_domain::period::Period;

use super::{Change, State};
use crate::round::Light;

/// What a verdict is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The case's state.
    pub state: State,
    /// The newest period with a reported, due verdict for it.
    pub latest: Period,
}

/// What a verdict does to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// No case yet and none is needed.
    Nothing,
    /// Behind for the first time.
    Open,
    /// Open, and behind in one more period.
    StillBehind,
    /// Behind in a period older than what is known already: counted, and the state stays.
    BehindEarlier,
    /// Recovered before, behind again.
    Reopen,
    /// Back on pace in a later period.
    Recover,
    /// Reported in a later period, and the state stays.
    Seen,
    /// Not due, not reported, or older than what is known: nothing is learnt.
    Unchanged,
}

impl Step {
    /// The change in the case's history; `None` where there is nothing to tell.
    #[must_use]
    pub fn change(self) -> Option<Change> {
        match self {
            Self::Open => Some(Change::Opened),
            Self::StillBehind => Some(Change::StillBehind),
            Self::BehindEarlier => Some(Change::BehindEarlier),
            Self::Reopen => Some(Change::Reopened),
            Self::Recover => Some(Change::Recovered),
            Self::Nothing | Self::Seen | Self::Unchanged => None,
        }
    }

    /// True where the case is one period longer behind.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Self::Open | Self::StillBehind | Self::BehindEarlier | Self::Reopen)
    }

    /// Due periods behind without a break after the step: one that is reported and not behind ends the run, silence does not.
    #[must_use]
    pub fn run(self, before: i32) -> i32 {
        match self {
            Self::Open | Self::Reopen => 1,
            Self::StillBehind => before + 1,
            Self::Seen | Self::Recover => 0,
            Self::Nothing | Self::BehindEarlier | Self::Unchanged => before,
        }
    }

    /// The state after the step.
    #[must_use]
    pub fn state(self, before: State) -> State {
        match self {
            Self::Open | Self::Reopen => State::Open,
            Self::Recover => State::Recovered,
            Self::Nothing | Self::StillBehind | Self::BehindEarlier | Self::Seen | Self::Unchanged => before,
        }
    }
}

/// Decides what one verdict does. `behind` says whether its light is one that opens cases; `late` that a newer round of the plan was
/// issued before this one, so that it cannot change what the newer one found.
#[must_use]
pub fn decide(case: Option<Standing>, light: Light, behind: bool, period: Period, late: bool) -> Step {
    let Some(case) = case else {
        // A newer round has found the target not behind, or not reported: what was behind before it is history.
        return if behind && !late { Step::Open } else { Step::Nothing };
    };
    let newer = period > case.latest && !late;
    match (behind, light, newer, case.state.is_active()) {
        (true, _, true, true) => Step::StillBehind,
        (true, _, true, false) => Step::Reopen,
        (true, _, false, _) => Step::BehindEarlier,
        (false, Light::Green, true, true) => Step::Recover,
        (false, Light::Green | Light::Yellow | Light::Red, true, _) => Step::Seen,
        (false, _, _, _) => Step::Unchanged,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn standing(state: State, month: u8) -> Standing {
        Standing { state, latest: Period::new(2025, month).unwrap() }
    }

    fn step(case: Option<Standing>, light: Light, month: u8, late: bool) -> Step {
        decide(case, light, light == Light::Red, Period::new(2025, month).unwrap(), late)
    }

    #[test]
    fn a_late_red_opens_nothing_that_a_newer_round_left_closed() {
        assert_eq!(step(None, Light::Red, 3, true), Step::Nothing);
    }

    #[rstest]
    #[case::red(Light::Red, Step::Open)]
    #[case::yellow(Light::Yellow, Step::Nothing)]
    #[case::green(Light::Green, Step::Nothing)]
    #[case::grey(Light::Grey, Step::Nothing)]
    #[case::missing(Light::Missing, Step::Nothing)]
    fn only_red_opens(#[case] light: Light, #[case] expected: Step) {
        assert_eq!(step(None, light, 3, false), expected);
    }

    #[rstest]
    #[case::still(Light::Red, 6, Step::StillBehind)]
    #[case::back(Light::Green, 6, Step::Recover)]
    #[case::yellow_does_not_close(Light::Yellow, 6, Step::Seen)]
    #[case::not_due_does_not_close(Light::Grey, 4, Step::Unchanged)]
    #[case::silence_does_not_close(Light::Missing, 6, Step::Unchanged)]
    #[case::older_green_does_not_heal(Light::Green, 2, Step::Unchanged)]
    #[case::same_period_does_not_heal(Light::Green, 3, Step::Unchanged)]
    #[case::older_red_counts(Light::Red, 2, Step::BehindEarlier)]
    fn open_case(#[case] light: Light, #[case] month: u8, #[case] expected: Step) {
        assert_eq!(step(Some(standing(State::Open, 3)), light, month, false), expected);
    }

    #[rstest]
    #[case::again(Light::Red, 9, Step::Reopen)]
    #[case::older_red_does_not_reopen(Light::Red, 5, Step::BehindEarlier)]
    #[case::green_again(Light::Green, 9, Step::Seen)]
    #[case::silence(Light::Missing, 9, Step::Unchanged)]
    fn recovered_case(#[case] light: Light, #[case] month: u8, #[case] expected: Step) {
        assert_eq!(step(Some(standing(State::Recovered, 6)), light, month, false), expected);
    }

    #[test]
    fn a_late_round_does_not_heal_what_a_newer_one_left_open() {
        // Red in March, nothing reported for June; then April comes in late and green.
        assert_eq!(step(Some(standing(State::Open, 3)), Light::Green, 4, true), Step::Unchanged);
    }

    fn lights() -> impl Strategy<Value = Light> {
        prop_oneof![Just(Light::Green), Just(Light::Yellow), Just(Light::Red), Just(Light::Grey), Just(Light::Missing)]
    }

    proptest! {
        #[test]
        fn nothing_but_a_later_green_in_order_recovers(light in lights(), month in 1_u8..=12, latest in 1_u8..=12, late: bool) {
            let recovers = step(Some(standing(State::Open, latest)), light, month, late) == Step::Recover;
            prop_assert_eq!(recovers, light == Light::Green && month > latest && !late);
        }

        #[test]
        fn nothing_but_a_later_red_in_order_reopens(light in lights(), month in 1_u8..=12, latest in 1_u8..=12, late: bool) {
            let after = step(Some(standing(State::Recovered, latest)), light, month, late).state(State::Recovered);
            prop_assert_eq!(after == State::Open, light == Light::Red && month > latest && !late);
        }
    }
}
