//! When a plan's rounds are opened, due, frozen and told of, in working days.

use serde::Deserialize;

use super::PlanError;
use crate::{
    calendar::{Calendar, Due},
    period::Period,
};

/// Most working days after a period's last day: half a year.
pub const MOST_WORKING_DAYS: u16 = 120;

/// The days of each round, counted in working days from the period's last day; 0 is that day itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rounds {
    /// The round is opened: reports are asked for.
    pub open_working_days: u16,
    /// The last day for reports, not before the opening.
    pub due_working_days: u16,
    /// The round's data are frozen, not before the due day.
    pub freeze_working_days: u16,
    /// The circular (通报) appears, not before the freeze.
    pub circular_working_days: u16,
    /// Who freezes.
    #[serde(default)]
    pub freeze: Freeze,
    /// Where the numbers come from.
    pub origin: String,
}

/// Who freezes a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freeze {
    /// Somebody does: what is missing may still be worth waiting for.
    #[default]
    ByHand,
    /// The schedule does once the freezing day has passed.
    Automatic,
}

/// The days of one round. Where a year's days off are not known Monday to Friday were counted, and the day says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// The round is opened.
    pub opens: Due,
    /// The last day for reports.
    pub due: Due,
    /// The round's data are frozen at the end of this day.
    pub freezes: Due,
    /// The circular appears.
    pub circular: Due,
}

impl Rounds {
    /// The days of a period's round.
    #[must_use]
    pub fn dates(&self, period: Period, calendar: &Calendar) -> Dates {
        let [opens, due, freezes, circular] = self.counts().map(|count| calendar.add_known_working_days(period.last_day(), count));
        Dates { opens, due, freezes, circular }
    }

    fn counts(&self) -> [u16; 4] {
        [self.open_working_days, self.due_working_days, self.freeze_working_days, self.circular_working_days]
    }

    /// Refuses numbers that descend or are out of bounds, and numbers without an origin.
    pub(super) fn check(&self) -> Result<(), PlanError> {
        let invalid = |problem: String| Err(PlanError::Invalid { place: "rounds".to_owned(), problem });
        let counts = self.counts();
        if counts.iter().any(|count| *count > MOST_WORKING_DAYS) || !counts.is_sorted() {
            let [open, due, freeze, circular] = counts;
            return invalid(format!(
                "open_working_days, due_working_days, freeze_working_days and circular_working_days are {open}, {due}, {freeze} and \
                 {circular}; none may be smaller than the one before it or more than {MOST_WORKING_DAYS}"
            ));
        }
        let bounded = (1..=200).contains(&self.origin.trim().chars().count()) && !self.origin.contains(char::is_control);
        if bounded { Ok(()) } else { invalid("origin must have 1 to 200 characters, none of them a line break".to_owned()) }
    }
}

impl Dates {
    /// The first year whose days off were not known and would have been needed; `None` where all were.
    #[must_use]
    pub fn unknown_year(&self) -> Option<i32> {
        [self.opens, self.due, self.freezes, self.circular].into_iter().filter_map(|day| day.unknown_year).min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use time::{Date, macros::date};

    use super::*;
    use crate::{calendar::CHINA_TOML, plan::Plan};

    fn plan(rounds: &str) -> Result<Plan, PlanError> {
        Plan::from_toml(&format!(
            "id = \"p\"\ntitle = \"计划\"\nyear = 2025\nsource = \"s\"\nprovince_code = \"230000\"\n[rounds]\n{rounds}"
        ))
    }

    fn numbers(open: u16, due: u16, freeze: u16, circular: u16) -> String {
        format!(
            "open_working_days = {open}\ndue_working_days = {due}\nfreeze_working_days = {freeze}\ncircular_working_days = {circular}\n\
             origin = \"示例\"\n"
        )
    }

    fn rounds(text: &str) -> Rounds {
        plan(text).unwrap().rounds.unwrap()
    }

    fn calendar() -> Calendar {
        Calendar::from_toml(CHINA_TOML).unwrap()
    }

    // April 2025 as the notice for 2025 has it: Friday 4 to Sunday 6 off, Sunday 27 worked, 1 to 5 May off. Working days after 31 March: 1, 2, 3,
    // 7 to 11 (the eighth), 14 to 18 (the thirteenth), 21 to 25 (the eighteenth), 27 to 30, 6 May (the twenty-third).
    #[rstest]
    #[case(0, date!(2025 - 03 - 31))]
    #[case(1, date!(2025 - 04 - 01))]
    #[case(4, date!(2025 - 04 - 07))]
    #[case(13, date!(2025 - 04 - 18))]
    #[case(19, date!(2025 - 04 - 27))]
    #[case(23, date!(2025 - 05 - 06))]
    fn days_are_counted_as_they_are_worked(#[case] count: u16, #[case] day: Date) {
        let dates = rounds(&numbers(0, count, count, 120)).dates(Period::new(2025, 3).unwrap(), &calendar());
        assert_eq!((dates.due, dates.freezes.date), (Due { date: day, unknown_year: None }, day));
    }

    #[test]
    fn a_year_whose_days_off_are_not_known_says_so() {
        let dates = rounds(&numbers(1, 10, 15, 20)).dates(Period::new(2026, 12).unwrap(), &calendar());
        // After Thursday 31 December 2026, by weekdays alone: 1, 4 to 8, 11 to 14 January.
        assert_eq!((dates.due.date, dates.unknown_year()), (date!(2027 - 01 - 14), Some(2027)));
        assert_eq!(rounds(&numbers(1, 10, 15, 20)).dates(Period::new(2025, 12).unwrap(), &calendar()).unknown_year(), None);
    }

    #[test]
    fn somebody_freezes_unless_the_plan_says_otherwise() {
        assert_eq!(rounds(&numbers(1, 10, 15, 20)).freeze, Freeze::ByHand);
        assert_eq!(rounds(&format!("{}freeze = \"automatic\"", numbers(1, 10, 15, 20))).freeze, Freeze::Automatic);
    }

    #[rstest]
    #[case::due_before_the_opening(&numbers(5, 4, 6, 7), "5, 4, 6 and 7")]
    #[case::frozen_before_it_is_due(&numbers(1, 8, 7, 9), "none may be smaller")]
    #[case::told_before_the_freeze(&numbers(1, 8, 9, 8), "none may be smaller")]
    #[case::too_long(&numbers(1, 8, 9, 121), "more than 120")]
    #[case::no_origin(&numbers(1, 8, 9, 10).replace("示例", " "), "origin must have")]
    fn refuses(#[case] text: &str, #[case] problem: &str) {
        let error = plan(text).unwrap_err().to_string();
        assert!(error.starts_with("rounds: ") && error.contains(problem), "{error}");
    }

    #[test]
    fn plans_without_rounds_read_as_before() {
        assert_eq!(
            Plan::from_toml("id = \"p\"\ntitle = \"计划\"\nyear = 2025\nsource = \"s\"\nprovince_code = \"230000\"\n").unwrap().rounds,
            None
        );
        assert!(matches!(plan("open_workday = 1"), Err(PlanError::Syntax(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// The days follow one another as their numbers do.
        #[test]
        fn days_do_not_descend(mut counts in proptest::array::uniform4(0_u16..=120), month in 1_u8..=12) {
            counts.sort_unstable();
            let [open, due, freeze, circular] = counts;
            let period = Period::new(2025, month).unwrap();
            let dates = rounds(&numbers(open, due, freeze, circular)).dates(period, &calendar());
            let days = [period.last_day(), dates.opens.date, dates.due.date, dates.freezes.date, dates.circular.date];
            prop_assert!(days.is_sorted());
        }
    }
}
