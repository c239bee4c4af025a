//! What is owed in a round and whether it came: from the plan and from the first values in force, as they were at one moment. Pure.

mod tell;

use std::collections::HashMap;

use leitai_domain::{
    calendar::Calendar,
    obligation::{self, Deadline, Owed, Tally, Timeliness},
    period::Period,
    plan::Plan,
};
use leitai_proto::ingestion::v1::County;
use leitai_rpc::clock::{from_millis, millis};
use time::{Date, OffsetDateTime};

pub use self::tell::{Filter, Place, Row, key, place};
use crate::{
    calendar::beijing_day,
    store::firsts::{First, Firsts},
};

/// Everything that a round's obligations follow from, but for the values.
#[derive(Debug)]
pub struct Scene {
    /// The plan.
    pub plan: Plan,
    /// The round's period.
    pub period: Period,
    /// Codes of the counties that the plan judges, ascending.
    pub codes: Vec<String>,
    /// The counties by code.
    pub counties: HashMap<String, County>,
    /// Name of the province that issued the plan.
    pub province: String,
    /// The last day for reports; `None` where the round has none.
    pub due: Option<Date>,
    /// When the round was frozen, Unix milliseconds, and its place in the change log; `None` where it is not.
    pub frozen: Option<(i64, i64)>,
}

/// First values in force, of a whole round or of some of its obligations.
#[derive(Debug)]
pub struct Known {
    firsts: Firsts,
    /// Working days from the period's last day to each day on which something was first reported.
    lags: HashMap<Date, u32>,
    /// Working days from the due day to each such day.
    delays: HashMap<Date, u32>,
}

impl Known {
    /// First values of a scene's period.
    #[must_use]
    pub fn new(firsts: Firsts, scene: &Scene, calendar: &Calendar) -> Self {
        let lags = counted(&firsts, scene.period.last_day(), calendar);
        let delays = scene.due.map_or_else(HashMap::new, |due| counted(&firsts, due, calendar));
        Self { firsts, lags, delays }
    }
}

/// The moment that obligations are told for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// What came into force by then counts.
    pub at: OffsetDateTime,
    /// True for the freeze itself: exactly what is in the round's data counts, and what is not there is missing.
    pub frozen: bool,
}

/// A scene and what is known of its values, read at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Book<'a> {
    scene: &'a Scene,
    known: &'a Known,
    moment: Moment,
    deadline: Deadline,
}

/// One obligation and what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// What is owed.
    pub owed: Owed<'a>,
    /// Its first value, where it is known at the moment.
    pub first: Option<&'a First>,
    /// Whether it came in time.
    pub timeliness: Timeliness,
}

/// The days that working days are counted to, each once: there are far fewer of them than reports.
fn counted(firsts: &Firsts, from: Date, calendar: &Calendar) -> HashMap<Date, u32> {
    let days: std::collections::HashSet<Date> = firsts.values().filter_map(First::day).collect();
    days.into_iter().map(|day| (day, calendar.known_working_days_between(from, day).days)).collect()
}

impl<'a> Book<'a> {
    /// Reads the scene at a moment.
    #[must_use]
    pub fn new(scene: &'a Scene, known: &'a Known, moment: Moment) -> Self {
        let frozen = moment.frozen || scene.frozen.is_some_and(|(at, _)| at <= millis(moment.at));
        Self { scene, known, moment, deadline: Deadline { today: beijing_day(moment.at), due: scene.due, frozen } }
    }

    /// Every obligation, by indicator in the plan's order, then division by code.
    fn judged(self) -> impl Iterator<Item = Judged<'a>> {
        obligation::owed(&self.scene.plan, self.scene.period, &self.scene.codes).map(move |owed| self.judge(owed))
    }

    /// What came of an obligation.
    #[must_use]
    pub fn judge(self, owed: Owed<'a>) -> Judged<'a> {
        let first = self.known.firsts.get(owed.division, &owed.duty.indicator.id).filter(|first| self.knows(first));
        Judged { owed, first, timeliness: self.deadline.judge(first.and_then(First::day)) }
    }

    fn knows(self, first: &First) -> bool {
        match (self.moment.frozen, self.scene.frozen) {
            (true, Some(freeze)) => !is_after(first, freeze),
            // The freeze under way: all that is committed is in it.
            (true, None) => true,
            (false, _) => first.in_force_at <= millis(self.moment.at),
        }
    }

    /// Working days from the period's last day to an obligation's report.
    fn lag(self, judged: &Judged<'_>) -> Option<u32> {
        self.known.lags.get(&judged.first?.day()?).copied()
    }

    /// Working days from the due day to a late report; 0 for any other.
    fn delay(self, judged: &Judged<'_>) -> u32 {
        let day = judged.first.filter(|_| judged.timeliness == Timeliness::Late).and_then(First::day);
        day.and_then(|day| self.known.delays.get(&day)).copied().unwrap_or_default()
    }

    /// True where the value came into force after the freeze.
    fn is_after_freeze(self, first: &First) -> bool {
        self.scene.frozen.is_some_and(|freeze| is_after(first, freeze))
    }

    fn count(self, tally: &mut Tally, judged: &Judged<'_>) {
        tally.add(judged.timeliness, self.lag(judged));
    }
}

/// Numbers of the change log tell exactly; where a value's is not known its time does.
fn is_after(first: &First, (at, sequence): (i64, i64)) -> bool {
    if first.sequence > 0 { first.sequence > sequence } else { first.in_force_at > at }
}

impl First {
    /// The day its report came, in Beijing.
    #[must_use]
    pub fn day(&self) -> Option<Date> {
        from_millis(self.submitted_at).map(beijing_day)
    }
}

#[cfg(test)]
mod tests;
