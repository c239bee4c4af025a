//! Reminders: who has not reported by the due day is asked once before and once after it. What is due when is decided here. Pure.

pub mod owed;
mod pages;
mod rounds;
mod watch;
mod write;

use leitai_domain::{
    calendar::{Calendar, Due},
    period::Period,
};
use serde::Deserialize;
use time::Date;

pub use self::{rounds::Rounds, watch::Watch, write::Reminders};

/// Working days from the second reminder's day on in which it is still written: a service that stood still over a long rest catches up, and a
/// period whose due day lies further back than both together is never written about.
pub const GRACE_WORKING_DAYS: u16 = 5;
/// What stands in place of a tier in a reminder's row.
pub const LETTER_WORD: &str = "reminder";
/// Working days in a rule at most.
const MOST_WORKING_DAYS: u8 = 60;

/// When reports are due and when reminders are written, in working days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// From the period's last day to the day its reports are due, 2 to 60; only for plans that schedule no rounds: those say it themselves.
    pub due_working_days: u8,
    /// The first reminder is written that long before the due day, at least 1 and less than `due_working_days`; the second gives as many days again.
    pub before_working_days: u8,
    /// The second one is written that long after the due day, 1 to 60.
    pub after_working_days: u8,
    /// Where the rule comes from.
    pub origin: String,
}

/// Why rules are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "policy: reminder needs due_working_days from 2 to 60, before_working_days from 1 to less than that, after_working_days from 1 to 60, \
     and an origin; found due {due}, before {before}, after {after}"
)]
pub struct RulesError {
    due: u8,
    before: u8,
    after: u8,
}

/// Which of a period's two reminders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Before the due day.
    Before,
    /// After it.
    After,
}

/// Why nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Nothing {
    /// Many indicators have no January, and none of a plan is owed for it.
    #[error("nobody is reminded of January")]
    January,
    /// The period has not ended, or the first reminder's day has not come.
    #[error("the first reminder's day has not come")]
    TooEarly,
    /// The due day has passed and the second reminder's day has not come.
    #[error("the due day has passed, the second reminder's day has not come")]
    Between,
    /// This stage was written before.
    #[error("this reminder was written before")]
    Written,
    /// The second reminder's day lies more than [`GRACE_WORKING_DAYS`] back.
    #[error("the due day is long past")]
    LongPast,
    /// The round was issued: its letters say what is missing.
    #[error("the round was issued")]
    Issued,
    /// Nothing that was due is missing, or what is missing is nobody's or silenced.
    #[error("nothing is missing")]
    AllReported,
}

/// When a period's reports are due, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The last day for reports.
    pub due: Due,
    /// Where the plan has its days from; `None` where the plan has none and the policy says it.
    pub origin: Option<String>,
}

/// The days of one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// From this day on the first reminder is written.
    pub first: Date,
    /// The day reports are due.
    pub due: Due,
    /// From this day on the second one is written.
    pub second: Date,
    /// The last day on which anything is.
    pub last: Date,
}

impl Rules {
    /// Holds the rules against their bounds.
    ///
    /// # Errors
    /// [`RulesError`] repeats them.
    pub fn check(&self) -> Result<(), RulesError> {
        let (due, before, after) = (self.due_working_days, self.before_working_days, self.after_working_days);
        let fits = due <= MOST_WORKING_DAYS && (1..due).contains(&before) && (1..=MOST_WORKING_DAYS).contains(&after);
        if fits && !self.origin.trim().is_empty() { Ok(()) } else { Err(RulesError { due, before, after }) }
    }

    /// When a period's reports are due where the plan does not say. In a year whose days off are not known Monday to Friday are counted, and
    /// the due day says so.
    #[must_use]
    pub fn term(&self, period: Period, calendar: &Calendar) -> Term {
        Term { due: calendar.add_known_working_days(period.last_day(), self.due_working_days.into()), origin: None }
    }

    /// The days of a period whose reports are due on a day. Nothing is written before the period has ended.
    #[must_use]
    pub fn days(&self, period: Period, due: Due, calendar: &Calendar) -> Days {
        let after = |day: Date, count: u16| calendar.add_known_working_days(day, count);
        let wait = u16::from(self.after_working_days);
        let ended = period.last_day().next_day().unwrap_or(Date::MAX);
        Days {
            first: calendar.known_working_day_before(due.date, self.before_working_days.into()).date.max(ended),
            due,
            second: after(due.date, wait).date,
            last: after(due.date, wait + GRACE_WORKING_DAYS).date,
        }
    }

    /// The reminder to write now, where letters written now go out on `today`.
    ///
    /// # Errors
    /// [`Nothing`] says why there is none.
    pub fn decide(&self, period: Period, term: &Term, calendar: &Calendar, today: Date, written: &[Stage]) -> Result<Stage, Nothing> {
        // Without a plan's word on what is due nothing of January is.
        if period.month() == 1 && term.origin.is_none() {
            return Err(Nothing::January);
        }
        let days = self.days(period, term.due, calendar);
        let stage = match today {
            today if today < days.first => return Err(Nothing::TooEarly),
            today if today <= days.due.date => Stage::Before,
            today if today < days.second => return Err(Nothing::Between),
            today if today <= days.last => Stage::After,
            _ => return Err(Nothing::LongPast),
        };
        if written.contains(&stage) { Err(Nothing::Written) } else { Ok(stage) }
    }

    /// The day by which a reminder that goes out on `sent` asks for reports: the due day, or afterwards as many working days again as the first
    /// reminder left.
    #[must_use]
    pub fn asks_by(&self, stage: Stage, due: Due, sent: Date, calendar: &Calendar) -> Due {
        match stage {
            Stage::Before => due,
            Stage::After => calendar.add_known_working_days(sent, self.before_working_days.into()),
        }
    }

    /// Working days to the day that a reminder asks for: from the period's last day in the first one, from the day it goes out in the second.
    #[must_use]
    pub fn counted(&self, stage: Stage, period: Period, due: Due, calendar: &Calendar) -> u32 {
        match stage {
            Stage::Before => calendar.known_working_days_between(period.last_day(), due.date).days,
            Stage::After => self.before_working_days.into(),
        }
    }
}

impl Stage {
    /// Its name as it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }

    /// The stage of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Before, Self::After].into_iter().find(|stage| stage.word() == word)
    }
}

#[cfg(test)]
mod tests;
