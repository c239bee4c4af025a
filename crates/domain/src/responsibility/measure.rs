//! The life of a measure: reported on, done with evidence, cancelled with a reason. Overdue is no state: it follows from the due day.

use time::Date;

/// Where a measure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nothing was reported yet.
    NotStarted,
    /// Reported on.
    UnderWay,
    /// Done, with evidence.
    Done,
    /// Cancelled, with a reason.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::NotStarted, Self::UnderWay, Self::Done, Self::Cancelled];

    /// Its stored word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::UnderWay => "under_way",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether something can still be done about the measure.
    ///
    /// # Errors
    /// [`Refusal::Done`], [`Refusal::Cancelled`].
    pub fn takes(self) -> Result<(), Refusal> {
        match self {
            Self::NotStarted | Self::UnderWay => Ok(()),
            Self::Done => Err(Refusal::Done),
            Self::Cancelled => Err(Refusal::Cancelled),
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// The part of a measure that changes as it is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// Where it is.
    pub state: State,
    /// The last day.
    pub due: Date,
    /// The day of the newest progress report.
    pub reported: Option<Date>,
    /// Per cent done, as last reported.
    pub percent: Option<u8>,
    /// The day it was done.
    pub done: Option<Date>,
    /// The day it was cancelled.
    pub cancelled: Option<Date>,
}

/// What happens to a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Its owner reports progress as of a day.
    Report {
        /// As of when.
        day: Date,
        /// Per cent done, where it can be told.
        percent: Option<u8>,
    },
    /// Its owner says that it was done on a day.
    Finish {
        /// The day.
        day: Date,
    },
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither its owner nor an agency that helps; only the owner says that it is done.
    #[error("the measure is another agency's: its owner reports on it, and those that help; only its owner says that it is done")]
    NotYours,
    /// Done before.
    #[error("the measure is done")]
    Done,
    /// Cancelled.
    #[error("the measure is cancelled")]
    Cancelled,
    /// A day after today.
    #[error("the day is after today")]
    DayAhead,
    /// A day before the newest report's.
    #[error("a later day has been reported on before")]
    BeforeLastReport,
    /// More than all of it.
    #[error("a measure is at most 100 per cent done")]
    Percent,
}

impl Refusal {
    /// The `reason` of the call's `ErrorInfo`.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotYours => "NOT_YOUR_MEASURE",
            Self::Done => "MEASURE_DONE",
            Self::Cancelled => "MEASURE_CANCELLED",
            Self::DayAhead => "DAY_AHEAD",
            Self::BeforeLastReport => "BEFORE_LAST_REPORT",
            Self::Percent => "PERCENT",
        }
    }
}

impl Life {
    /// Days from the due day to `on`, where the measure was neither done nor cancelled by then; `None` where it is not overdue.
    #[must_use]
    pub fn overdue_days(&self, on: Date) -> Option<u32> {
        let ended = |day: Option<Date>| day.is_some_and(|day| day <= on);
        if ended(self.done) || ended(self.cancelled) {
            return None;
        }
        u32::try_from((on - self.due).whole_days()).ok().filter(|days| *days > 0)
    }

    /// Per cent done: all of it once it is done, until then as last reported.
    #[must_use]
    pub fn percent_done(&self) -> Option<u8> {
        if self.state == State::Done { Some(100) } else { self.percent }
    }

    /// Cancelled on a day. One that is cancelled already stays so since its first day.
    #[must_use]
    pub fn cancelled(&self, today: Date) -> Self {
        Self { state: State::Cancelled, done: None, cancelled: self.cancelled.or(Some(today)), ..self.clone() }
    }

    /// In force again, as far as was last reported: one that had been done is to be done again.
    #[must_use]
    pub fn restored(&self) -> Self {
        let state = if self.reported.is_some() { State::UnderWay } else { State::NotStarted };
        Self { state, cancelled: None, ..self.clone() }
    }
}

/// The measure after a deed of an agency; `owner` answers for it, `co_owners` help.
///
/// # Errors
/// [`Refusal`] says why not.
pub fn after(life: &Life, deed: Deed, agency: &str, owner: &str, co_owners: &[String], today: Date) -> Result<Life, Refusal> {
    let helps = matches!(deed, Deed::Report { .. }) && co_owners.iter().any(|other| other == agency);
    let (Deed::Report { day, .. } | Deed::Finish { day }) = deed;
    if agency != owner && !helps {
        return Err(Refusal::NotYours);
    }
    life.state.takes()?;
    if day > today {
        return Err(Refusal::DayAhead);
    }
    if life.reported.is_some_and(|reported| day < reported) {
        return Err(Refusal::BeforeLastReport);
    }
    match deed {
        Deed::Report { percent: Some(101..), .. } => Err(Refusal::Percent),
        Deed::Report { percent, .. } => {
            Ok(Life { state: State::UnderWay, reported: Some(day), percent: percent.or(life.percent), ..life.clone() })
        }
        Deed::Finish { .. } => Ok(Life { state: State::Done, done: Some(day), ..life.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use time::{Duration, macros::date};

    use super::*;

    const DUE: Date = date!(2025 - 09 - 30);
    const TODAY: Date = date!(2025 - 10 - 10);

    fn life(state: State) -> Life {
        let on = |of: State, day: Date| (state == of).then_some(day);
        Life { state, due: DUE, reported: None, percent: None, done: on(State::Done, DUE), cancelled: on(State::Cancelled, DUE) }
    }

    fn report(day: Date) -> Deed {
        Deed::Report { day, percent: Some(40) }
    }

    fn try_it(life: &Life, deed: Deed, agency: &str) -> Result<Life, Refusal> {
        after(life, deed, agency, "甲局", &["乙局".to_owned()], TODAY)
    }

    #[test]
    fn the_owner_reports_and_finishes() {
        let under_way = try_it(&life(State::NotStarted), report(date!(2025 - 09 - 01)), "甲局").unwrap();
        assert_eq!((under_way.state, under_way.percent), (State::UnderWay, Some(40)));
        let words = try_it(&under_way, Deed::Report { day: TODAY, percent: None }, "乙局").unwrap();
        assert_eq!((words.percent, words.reported), (Some(40), Some(TODAY)));
        let done = try_it(&words, Deed::Finish { day: TODAY }, "甲局").unwrap();
        assert_eq!((done.state, done.done, done.percent_done()), (State::Done, Some(TODAY), Some(100)));
    }

    #[rstest]
    #[case(State::NotStarted, report(TODAY), "丙局", Refusal::NotYours)]
    #[case(State::NotStarted, Deed::Finish { day: TODAY }, "乙局", Refusal::NotYours)]
    #[case(State::Done, report(TODAY), "甲局", Refusal::Done)]
    #[case(State::Cancelled, Deed::Finish { day: TODAY }, "甲局", Refusal::Cancelled)]
    #[case(State::NotStarted, report(date!(2025-10-11)), "甲局", Refusal::DayAhead)]
    #[case(State::NotStarted, Deed::Report { day: TODAY, percent: Some(101) }, "甲局", Refusal::Percent)]
    fn a_refusal_is_named(#[case] state: State, #[case] deed: Deed, #[case] agency: &str, #[case] refusal: Refusal) {
        assert_eq!(try_it(&life(state), deed, agency), Err(refusal));
    }

    #[test]
    fn reports_go_forward() {
        let reported = Life { reported: Some(TODAY), ..life(State::UnderWay) };
        assert_eq!(try_it(&reported, report(DUE), "甲局"), Err(Refusal::BeforeLastReport));
        assert!(try_it(&reported, report(TODAY), "甲局").is_ok());
    }

    #[rstest]
    #[case(State::NotStarted, date!(2025-09-30), None)]
    #[case(State::NotStarted, date!(2025-10-01), Some(1))]
    #[case(State::UnderWay, date!(2025-10-31), Some(31))]
    #[case(State::Done, date!(2025-10-31), None)]
    #[case(State::Cancelled, date!(2025-10-31), None)]
    fn overdue_from_the_day_after(#[case] state: State, #[case] on: Date, #[case] days: Option<u32>) {
        assert_eq!(life(state).overdue_days(on), days);
    }

    #[test]
    fn done_late_was_overdue_until_then() {
        let late = Life { done: Some(date!(2025 - 10 - 08)), ..life(State::Done) };
        assert_eq!((late.overdue_days(date!(2025 - 10 - 07)), late.overdue_days(date!(2025 - 10 - 08))), (Some(7), None));
    }

    #[test]
    fn cancelled_and_restored_it_is_as_far_as_it_was() {
        let under_way = Life { reported: Some(DUE), percent: Some(40), ..life(State::UnderWay) };
        assert_eq!(under_way.cancelled(TODAY).restored(), under_way);
        assert_eq!(life(State::NotStarted).cancelled(TODAY).restored(), life(State::NotStarted));
        let again = |before: &Life| try_it(before, Deed::Finish { day: TODAY }, "甲局").unwrap().cancelled(TODAY).restored();
        assert_eq!((again(&under_way), again(&life(State::NotStarted))), (under_way, life(State::NotStarted)));
    }

    #[test]
    fn words_of_states_are_read_back() {
        assert!(State::ALL.into_iter().all(|state| State::from_word(state.word()) == Some(state)));
        assert_eq!(State::from_word("overdue"), None);
    }

    proptest! {
        #[test]
        fn every_deed_ends_in_a_life_that_agrees_with_itself(deeds in prop::collection::vec((any::<bool>(), 0_i64..30, 0_u8..=120), 0..12)) {
            let mut life = life(State::NotStarted);
            for (finish, back, percent) in deeds {
                let day = TODAY - Duration::days(back);
                let deed = if finish { Deed::Finish { day } } else { Deed::Report { day, percent: Some(percent) } };
                if let Ok(next) = try_it(&life, deed, "甲局") {
                    prop_assert!(life.reported <= next.reported);
                    life = next;
                }
                prop_assert_eq!(life.state == State::Done, life.done.is_some());
                prop_assert!(life.percent.is_none_or(|percent| percent <= 100));
                prop_assert!(life.state != State::Done || life.overdue_days(TODAY).is_none());
            }
        }
    }
}
