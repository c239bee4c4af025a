//! Whether what is owed came, and came in time; and how many did.

use time::Date;

/// What an obligation is held against at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// The day of the moment.
    pub today: Date,
    /// The last day for reports, with it; `None` where the round has none: then nothing is late.
    pub due: Option<Date>,
    /// True where the round is frozen at the moment: what is not in by then is missing.
    pub frozen: bool,
}

/// Whether an obligation was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timeliness {
    /// Not reported, and there is still time.
    NotYetDue,
    /// Reported by the due day.
    OnTime,
    /// Reported after it.
    Late,
    /// Not reported, and the due day has passed or the round is frozen.
    Missing,
}

impl Deadline {
    /// Holds the day a value was first reported on against the deadline; `None` where none was.
    #[must_use]
    pub fn judge(self, reported: Option<Date>) -> Timeliness {
        match reported {
            Some(day) if self.due.is_some_and(|due| day > due) => Timeliness::Late,
            Some(_) => Timeliness::OnTime,
            None if self.frozen || self.due.is_some_and(|due| self.today > due) => Timeliness::Missing,
            None => Timeliness::NotYetDue,
        }
    }
}

/// How many obligations were met, and how long the reports took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Reported by the due day.
    pub on_time: u32,
    /// Reported after it.
    pub late: u32,
    /// Not reported though due.
    pub missing: u32,
    /// Not reported, and not due yet.
    pub not_yet_due: u32,
    lags: Vec<u32>,
}

impl Tally {
    /// Counts one obligation; `lag` is how long a reported one took, in working days.
    pub fn add(&mut self, timeliness: Timeliness, lag: Option<u32>) {
        let count = match timeliness {
            Timeliness::NotYetDue => &mut self.not_yet_due,
            Timeliness::OnTime => &mut self.on_time,
            Timeliness::Late => &mut self.late,
            Timeliness::Missing => &mut self.missing,
        };
        *count += 1;
        self.lags.extend(lag);
    }

    /// All that are owed.
    #[must_use]
    pub fn owed(&self) -> u32 {
        self.reported() + self.missing + self.not_yet_due
    }

    /// Those reported, in time or not.
    #[must_use]
    pub fn reported(&self) -> u32 {
        self.on_time + self.late
    }

    /// Completeness: the part of what is owed that was reported, 0 to 1; `None` where nothing is owed.
    #[must_use]
    pub fn completeness(&self) -> Option<f64> {
        share(self.reported(), self.owed())
    }

    /// Timeliness: the part of what is owed that was reported by the due day, 0 to 1; `None` where nothing is owed.
    #[must_use]
    pub fn timeliness(&self) -> Option<f64> {
        share(self.on_time, self.owed())
    }

    /// Median of the working days that reports took; of an even number the middle between the two. `None` where nothing was reported.
    #[must_use]
    pub fn median_lag(&self) -> Option<f64> {
        let mut lags = self.lags.clone();
        lags.sort_unstable();
        let middle = |at: usize| lags.get(at).copied().map(f64::from);
        let upper = middle(lags.len() / 2)?;
        if lags.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(middle(lags.len() / 2 - 1)?, upper)) }
    }
}

fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use time::{Duration, macros::date};

    use super::*;

    const DUE: Date = date!(2025 - 04 - 22);

    #[rstest]
    #[case::early(date!(2025 - 04 - 10), Some(date!(2025 - 04 - 09)), false, Timeliness::OnTime)]
    #[case::on_the_day(DUE, Some(DUE), false, Timeliness::OnTime)]
    #[case::the_day_after(date!(2025 - 04 - 23), Some(date!(2025 - 04 - 23)), false, Timeliness::Late)]
    #[case::nothing_on_the_day(DUE, None, false, Timeliness::NotYetDue)]
    #[case::nothing_the_day_after(date!(2025 - 04 - 23), None, false, Timeliness::Missing)]
    #[case::frozen_before_it_is_due(date!(2025 - 04 - 10), None, true, Timeliness::Missing)]
    #[case::after_the_freeze_but_in_time(date!(2025 - 04 - 12), Some(date!(2025 - 04 - 12)), true, Timeliness::OnTime)]
    fn judges(#[case] today: Date, #[case] reported: Option<Date>, #[case] frozen: bool, #[case] expected: Timeliness) {
        assert_eq!(Deadline { today, due: Some(DUE), frozen }.judge(reported), expected);
    }

    #[test]
    fn without_a_due_day_nothing_is_late_and_only_a_freeze_makes_it_missing() {
        let deadline = |frozen| Deadline { today: date!(2030 - 01 - 01), due: None, frozen };
        assert_eq!(deadline(false).judge(None), Timeliness::NotYetDue);
        assert_eq!(deadline(true).judge(None), Timeliness::Missing);
        assert_eq!(deadline(true).judge(Some(date!(2029 - 01 - 01))), Timeliness::OnTime);
    }

    fn tally(lags: &[u32]) -> Tally {
        let mut tally = Tally::default();
        lags.iter().for_each(|lag| tally.add(Timeliness::OnTime, Some(*lag)));
        tally
    }

    #[rstest]
    #[case(&[], None)]
    #[case(&[7], Some(7.0))]
    #[case(&[9, 2, 4], Some(4.0))]
    #[case(&[9, 2, 4, 7], Some(5.5))]
    fn the_middle_of_the_lags(#[case] lags: &[u32], #[case] median: Option<f64>) {
        assert_eq!(tally(lags).median_lag(), median);
    }

    #[test]
    fn shares_are_of_all_that_is_owed() {
        let mut tally = tally(&[1, 2]);
        tally.add(Timeliness::Late, Some(9));
        tally.add(Timeliness::Missing, None);
        assert_eq!((tally.owed(), tally.completeness(), tally.timeliness()), (4, Some(0.75), Some(0.5)));
        assert_eq!((Tally::default().completeness(), Tally::default().timeliness()), (None, None));
    }

    proptest! {
        /// As days pass, what is not reported only goes from not yet due to missing, and what is reported stays as it was judged.
        #[test]
        fn judgement_only_moves_on(due in 0_i64..60, reported in proptest::option::of(0_i64..90), day in 0_i64..90, later in 0_i64..30, frozen: bool) {
            let at = |days: i64| date!(2025 - 04 - 01) + Duration::days(days);
            let deadline = |today, frozen| Deadline { today: at(today), due: Some(at(due)), frozen };
            let (now, then) = (deadline(day, false), deadline(day + later, frozen));
            let (before, after) = (now.judge(reported.map(at)), then.judge(reported.map(at)));
            prop_assert!(before == after || (before == Timeliness::NotYetDue && after == Timeliness::Missing));
            prop_assert_eq!(reported.is_some(), matches!(before, Timeliness::OnTime | Timeliness::Late));
        }

        /// Everything is counted once.
        #[test]
        fn every_obligation_is_counted_once(kinds in proptest::collection::vec(0_usize..4, 0..40)) {
            let all = [Timeliness::NotYetDue, Timeliness::OnTime, Timeliness::Late, Timeliness::Missing];
            let mut tally = Tally::default();
            kinds.iter().for_each(|kind| tally.add(all[*kind], matches!(kind, 1 | 2).then_some(3)));
            prop_assert_eq!(tally.owed() as usize, kinds.len());
            prop_assert_eq!(tally.reported() as usize, kinds.iter().filter(|kind| matches!(kind, 1 | 2)).count());
        }
    }
}
