//! The life of a problem (困难问题): raised by a measure's owner, answered at a level or put before the next one, closed by who raised it.
//!
//! The plan asks for it: 协调解决工作推进中遇到的困难和问题，重大事项及时请示报告.

use time::Date;

use super::levels::{self, Body};
use crate::division::Level;

/// Where a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Before the task force of its level.
    Open,
    /// Answered: who raised it says whether that is enough.
    Resolved,
    /// Sent back to who raised it.
    Returned,
    /// Closed by who raised it.
    Closed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Resolved, Self::Returned, Self::Closed];

    /// Its stored word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Returned => "returned",
            Self::Closed => "closed",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A problem as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// Where it is.
    pub state: State,
    /// Whose task force it is before.
    pub level: Level,
    /// Where it was first put.
    pub raised_at: Level,
    /// The agency that raised it.
    pub raiser: String,
    /// The last day to answer; `None` where it waits for no answer, or no deadline is set.
    pub answer_due: Option<Date>,
}

/// What is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Put before the next level: by the task force that has it, or by who raised it once the answer is overdue.
    Escalate,
    /// Answered, by the task force that has it.
    Resolve,
    /// Sent one level back, by the task force that has it; from where it was first put, to who raised it.
    Return,
    /// Put before the same level once more, by who raised it.
    Reopen,
    /// Closed, by who raised it, at any time.
    Close,
}

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another has it.
    #[error("the problem is before {0}, which alone may do this")]
    NotBeforeYou(String),
    /// Another raised it.
    #[error("the problem was raised by {0}, which alone may do this")]
    NotYours(String),
    /// Who raised it may go past a task force only once its answer is overdue.
    #[error("{0} has until the last day to answer; who raised the problem may go to the next level after it")]
    AnswerNotOverdue(String),
    /// There is no level above.
    #[error("there is no level above the province")]
    NoLevelAbove,
    /// The division has no such level.
    #[error("the measure's division has no task force on that level")]
    NoSuchLevel,
    /// Answered, returned or closed before.
    #[error("the problem is not open")]
    NotOpen,
    /// Nothing to put before the task force again.
    #[error("the problem is neither answered nor returned")]
    NothingToReopen,
    /// Closed before.
    #[error("the problem is closed")]
    Closed,
}

impl Refusal {
    /// The `reason` of the call's `ErrorInfo`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotBeforeYou(_) => "NOT_BEFORE_YOU",
            Self::NotYours(_) => "NOT_YOUR_PROBLEM",
            Self::AnswerNotOverdue(_) => "ANSWER_NOT_OVERDUE",
            Self::NoLevelAbove => "NO_LEVEL_ABOVE",
            Self::NoSuchLevel => "NO_SUCH_LEVEL",
            Self::NotOpen => "PROBLEM_NOT_OPEN",
            Self::NothingToReopen => "NOTHING_TO_REOPEN",
            Self::Closed => "PROBLEM_CLOSED",
        }
    }
}

/// A new problem before a level; `None` means the measure's own. `answer_due` is its last day.
///
/// # Errors
/// [`Refusal::NoSuchLevel`].
pub fn raised(raiser: &str, level: Option<Level>, bodies: &[Body], answer_due: Option<Date>) -> Result<Life, Refusal> {
    let level = level.or_else(|| bodies.first().map(|body| body.level)).ok_or(Refusal::NoSuchLevel)?;
    levels::at(bodies, level).0.ok_or(Refusal::NoSuchLevel)?;
    Ok(Life { state: State::Open, level, raised_at: level, raiser: raiser.to_owned(), answer_due })
}

/// The problem after a deed of an agency. `bodies` are the task forces from the measure's division up, `next_due` the last day to answer
/// where it is put before a task force now.
///
/// # Errors
/// [`Refusal`] says why not.
pub fn after(life: &Life, deed: Deed, agency: &str, bodies: &[Body], today: Date, next_due: Option<Date>) -> Result<Life, Refusal> {
    if life.state == State::Closed {
        return Err(Refusal::Closed);
    }
    let (here, above) = levels::at(bodies, life.level);
    let here = here.map(|body| body.name.as_str()).unwrap_or_default();
    let (has_it, raised_it) = (agency == here, agency == life.raiser);
    match deed {
        Deed::Close | Deed::Reopen if !raised_it => return Err(Refusal::NotYours(life.raiser.clone())),
        Deed::Escalate if raised_it && !has_it => may_go_past(life, here, today)?,
        Deed::Escalate | Deed::Resolve | Deed::Return if !has_it => return Err(Refusal::NotBeforeYou(here.to_owned())),
        _ => {}
    }
    let open = life.state == State::Open;
    let put = |level: Level| Life { state: State::Open, level, answer_due: next_due, ..life.clone() };
    let ended = |state: State| Life { state, answer_due: None, ..life.clone() };
    match deed {
        Deed::Escalate | Deed::Resolve | Deed::Return if !open => Err(Refusal::NotOpen),
        Deed::Escalate => above.map(|above| put(above.level)).ok_or(Refusal::NoLevelAbove),
        Deed::Resolve => Ok(ended(State::Resolved)),
        Deed::Return if life.level == life.raised_at => Ok(ended(State::Returned)),
        Deed::Return => levels::below(bodies, life.level).map(|below| put(below.level)).ok_or(Refusal::NoSuchLevel),
        Deed::Reopen if open => Err(Refusal::NothingToReopen),
        Deed::Reopen => Ok(put(life.level)),
        Deed::Close => Ok(ended(State::Closed)),
    }
}

fn may_go_past(life: &Life, here: &str, today: Date) -> Result<(), Refusal> {
    let overdue = life.answer_due.is_some_and(|due| due < today);
    if life.state != State::Open || overdue { Ok(()) } else { Err(Refusal::AnswerNotOverdue(here.to_owned())) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2025 - 09 - 10);
    const LATER: Date = date!(2025 - 09 - 24);

    fn bodies() -> Vec<Body> {
        let body = |(level, name): (Level, &str)| Body { level, name: name.to_owned() };
        [(Level::County, "县专班"), (Level::Prefecture, "市专班"), (Level::Province, "省专班")].map(body).to_vec()
    }

    fn life(state: State, level: Level) -> Life {
        Life { state, level, raised_at: Level::County, raiser: "甲局".to_owned(), answer_due: (state == State::Open).then_some(TODAY) }
    }

    fn try_it(life: &Life, deed: Deed, agency: &str) -> Result<Life, Refusal> {
        after(life, deed, agency, &bodies(), TODAY, Some(LATER))
    }

    #[test]
    fn it_goes_up_is_answered_and_closed() {
        let raised = raised("甲局", None, &bodies(), Some(TODAY)).unwrap();
        assert_eq!((raised.state, raised.level), (State::Open, Level::County));
        let city = try_it(&raised, Deed::Escalate, "县专班").unwrap();
        assert_eq!((city.level, city.answer_due), (Level::Prefecture, Some(LATER)));
        let province = try_it(&city, Deed::Escalate, "市专班").unwrap();
        let resolved = try_it(&province, Deed::Resolve, "省专班").unwrap();
        assert_eq!((resolved.state, resolved.level, resolved.answer_due), (State::Resolved, Level::Province, None));
        assert_eq!(try_it(&resolved, Deed::Reopen, "甲局").unwrap(), Life { answer_due: Some(LATER), ..province });
        assert_eq!(try_it(&resolved, Deed::Close, "甲局").unwrap().state, State::Closed);
    }

    #[test]
    fn it_is_sent_back_one_level_at_a_time() {
        let county = try_it(&life(State::Open, Level::Prefecture), Deed::Return, "市专班").unwrap();
        assert_eq!((county.state, county.level), (State::Open, Level::County));
        let returned = try_it(&county, Deed::Return, "县专班").unwrap();
        assert_eq!(returned.state, State::Returned);
        assert_eq!(try_it(&returned, Deed::Reopen, "甲局").unwrap().state, State::Open);
    }

    #[rstest]
    #[case(State::Open, Level::County, Deed::Resolve, "市专班", Refusal::NotBeforeYou("县专班".to_owned()))]
    #[case(State::Open, Level::County, Deed::Resolve, "甲局", Refusal::NotBeforeYou("县专班".to_owned()))]
    #[case(State::Open, Level::County, Deed::Escalate, "甲局", Refusal::AnswerNotOverdue("县专班".to_owned()))]
    #[case(State::Open, Level::County, Deed::Close, "县专班", Refusal::NotYours("甲局".to_owned()))]
    #[case(State::Open, Level::Province, Deed::Escalate, "省专班", Refusal::NoLevelAbove)]
    #[case(State::Resolved, Level::County, Deed::Escalate, "县专班", Refusal::NotOpen)]
    #[case(State::Resolved, Level::County, Deed::Reopen, "县专班", Refusal::NotYours("甲局".to_owned()))]
    #[case(State::Open, Level::County, Deed::Reopen, "甲局", Refusal::NothingToReopen)]
    #[case(State::Closed, Level::County, Deed::Close, "甲局", Refusal::Closed)]
    fn a_refusal_is_named(#[case] state: State, #[case] level: Level, #[case] deed: Deed, #[case] agency: &str, #[case] refusal: Refusal) {
        assert_eq!(try_it(&life(state, level), deed, agency), Err(refusal));
    }

    #[test]
    fn who_raised_it_goes_past_a_silent_task_force_the_day_after_the_last() {
        let silent = life(State::Open, Level::County);
        let on = |today: Date| after(&silent, Deed::Escalate, "甲局", &bodies(), today, None);
        assert!(on(TODAY).is_err());
        assert_eq!(on(date!(2025 - 09 - 11)).unwrap().level, Level::Prefecture);
        let no_deadline = Life { answer_due: None, ..silent.clone() };
        assert!(after(&no_deadline, Deed::Escalate, "甲局", &bodies(), LATER, None).is_err());
    }

    #[test]
    fn it_may_be_put_before_a_higher_level_at_once_if_there_is_one() {
        assert_eq!(raised("甲局", Some(Level::Province), &bodies(), None).unwrap().raised_at, Level::Province);
        assert_eq!(raised("甲局", Some(Level::County), &bodies()[1..], None), Err(Refusal::NoSuchLevel));
    }

    proptest! {
        #[test]
        fn only_who_raised_it_ends_it_and_it_never_falls_below_where_it_was_put(steps in prop::collection::vec((0_usize..5, 0_usize..4), 0..30)) {
            let mut life = life(State::Open, Level::County);
            for (deed, agency) in steps {
                let deed = [Deed::Escalate, Deed::Resolve, Deed::Return, Deed::Reopen, Deed::Close][deed];
                let agency = ["甲局", "县专班", "市专班", "省专班"][agency];
                if let Ok(next) = try_it(&life, deed, agency) {
                    prop_assert!(next.state != State::Closed || agency == "甲局");
                    prop_assert!(next.level <= life.raised_at, "levels count down from the county");
                    life = next;
                }
                prop_assert!(life.state == State::Open || life.answer_due.is_none());
            }
        }
    }
}
