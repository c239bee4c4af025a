use leitai_domain::calendar::CHINA_TOML;
use proptest::prelude::*;
use rstest::rstest;
use time::{Duration, Month, macros::date};

use super::*;
use crate::policy::{EXAMPLE, Policy};

fn calendar() -> Calendar {
    Calendar::from_toml(CHINA_TOML).unwrap()
}

fn rules() -> Rules {
    Rules { due_working_days: 10, before_working_days: 3, after_working_days: 3, origin: "x".to_owned() }
}

fn term(period: Period) -> Term {
    rules().term(period, &calendar())
}

fn march() -> Period {
    Period::new(2025, 3).unwrap()
}

// April 2025 as the notice for 2025 has it: Friday 4 to Sunday 6 off, Sunday 27 worked, 1 to 5 May off. Working days after 31 March: 1, 2, 3, 7, 8,
// 9, 10 (the seventh), 11, 14, 15 (the tenth), 16, 17, 18 (three on), 21, 22, 23, 24, 25 (five more).
#[rstest]
#[case::under_way(date!(2025 - 03 - 31), &[], Err(Nothing::TooEarly))]
#[case::the_day_before_the_first(date!(2025 - 04 - 09), &[], Err(Nothing::TooEarly))]
#[case::the_first_day(date!(2025 - 04 - 10), &[], Ok(Stage::Before))]
#[case::a_late_start(date!(2025 - 04 - 13), &[], Ok(Stage::Before))]
#[case::the_due_day(date!(2025 - 04 - 15), &[], Ok(Stage::Before))]
#[case::written(date!(2025 - 04 - 11), &[Stage::Before], Err(Nothing::Written))]
#[case::overdue(date!(2025 - 04 - 16), &[], Err(Nothing::Between))]
#[case::the_day_before_the_second(date!(2025 - 04 - 17), &[Stage::Before], Err(Nothing::Between))]
#[case::the_second_day(date!(2025 - 04 - 18), &[Stage::Before], Ok(Stage::After))]
#[case::without_the_first(date!(2025 - 04 - 18), &[], Ok(Stage::After))]
#[case::both_written(date!(2025 - 04 - 18), &[Stage::Before, Stage::After], Err(Nothing::Written))]
#[case::the_last_day(date!(2025 - 04 - 25), &[Stage::Before], Ok(Stage::After))]
#[case::after_the_last_day(date!(2025 - 04 - 26), &[Stage::Before], Err(Nothing::LongPast))]
#[case::an_old_year(date!(2026 - 11 - 24), &[], Err(Nothing::LongPast))]
fn march_of_2025(#[case] today: Date, #[case] written: &[Stage], #[case] expected: Result<Stage, Nothing>) {
    assert_eq!(rules().decide(march(), &term(march()), &calendar(), today, written), expected);
}

#[test]
fn january_is_never_reminded_of() {
    let january = Period::new(2025, 1).unwrap();
    for day in 0..120 {
        let today = date!(2025 - 01 - 01) + Duration::days(day);
        assert_eq!(rules().decide(january, &term(january), &calendar(), today, &[]), Err(Nothing::January));
    }
}

#[test]
fn a_year_whose_days_off_are_not_known_says_so() {
    // After Thursday 31 December 2026, by weekdays alone: 1, 4 to 8, 11 to 14 January.
    let due = term(Period::new(2026, 12).unwrap()).due;
    assert_eq!((due.date, due.unknown_year), (date!(2027 - 01 - 14), Some(2027)));
}

#[test]
fn the_first_asks_by_the_due_day_the_second_gives_as_long_again() {
    let (rules, calendar) = (rules(), calendar());
    let due = rules.term(march(), &calendar).due;
    assert_eq!(rules.asks_by(Stage::Before, due, date!(2025 - 04 - 14), &calendar).date, date!(2025 - 04 - 15));
    // Friday 18 April: Monday, Tuesday, Wednesday.
    assert_eq!(rules.asks_by(Stage::After, due, date!(2025 - 04 - 18), &calendar).date, date!(2025 - 04 - 23));
}

#[test]
fn the_shipped_policy_has_rules_that_leave_old_years_alone() {
    let rules = Policy::from_toml(EXAMPLE).unwrap().reminder.unwrap();
    assert!(rules.origin.starts_with("示例值，方案未规定"));
    let (december, calendar) = (Period::new(2025, 12).unwrap(), calendar());
    let term = rules.term(december, &calendar);
    let last = rules.days(december, term.due, &calendar).last;
    assert!(last < date!(2026 - 03 - 01), "{last}");
    assert_eq!(rules.decide(december, &term, &calendar, last + Duration::DAY, &[]), Err(Nothing::LongPast));
}

#[rstest]
#[case::due_at_once(1, 1, 3)]
#[case::never_due(61, 3, 3)]
#[case::before_the_end(10, 10, 3)]
#[case::on_the_due_day(10, 0, 3)]
#[case::the_second_on_the_due_day(10, 3, 0)]
#[case::too_long_after(10, 3, 61)]
fn refuses(#[case] due: u8, #[case] before: u8, #[case] after: u8) {
    let rules = Rules { due_working_days: due, before_working_days: before, after_working_days: after, ..rules() };
    assert_eq!(rules.check(), Err(RulesError { due, before, after }));
}

#[test]
fn rules_without_an_origin_are_refused() {
    assert!(rules().check().is_ok() && Rules { origin: " ".to_owned(), ..rules() }.check().is_err());
}

// A round that is due on Tuesday 22 April, the fifteenth working day: three working days before it is Thursday 17.
#[rstest]
#[case::before(date!(2025 - 04 - 16), Err(Nothing::TooEarly))]
#[case::three_days_before(date!(2025 - 04 - 17), Ok(Stage::Before))]
#[case::the_due_day(date!(2025 - 04 - 22), Ok(Stage::Before))]
#[case::the_day_after(date!(2025 - 04 - 23), Err(Nothing::Between))]
#[case::three_days_after(date!(2025 - 04 - 25), Ok(Stage::After))]
fn a_rounds_own_day_goes_before_the_policys(#[case] today: Date, #[case] expected: Result<Stage, Nothing>) {
    let due = Due { date: date!(2025 - 04 - 22), unknown_year: None };
    let term = Term { due, origin: Some("示例".to_owned()) };
    assert_eq!(rules().decide(march(), &term, &calendar(), today, &[]), expected);
    assert_eq!(
        (rules().counted(Stage::Before, march(), due, &calendar()), rules().counted(Stage::After, march(), due, &calendar())),
        (15, 3)
    );
}

#[test]
fn nobody_is_reminded_of_a_round_before_its_period_has_ended() {
    // Due on the first working day of April: three working days before it March is under way.
    let term = Term { due: Due { date: date!(2025 - 04 - 01), unknown_year: None }, origin: Some("示例".to_owned()) };
    let decide = |today| rules().decide(march(), &term, &calendar(), today, &[]);
    assert_eq!((decide(date!(2025 - 03 - 31)), decide(date!(2025 - 04 - 01))), (Err(Nothing::TooEarly), Ok(Stage::Before)));
}

#[test]
fn a_plan_may_ask_for_january() {
    let january = Period::new(2025, 1).unwrap();
    let term = Term { due: Due { date: date!(2025 - 02 - 20), unknown_year: None }, origin: Some("示例".to_owned()) };
    assert_eq!(rules().decide(january, &term, &calendar(), date!(2025 - 02 - 19), &[]), Ok(Stage::Before));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Looked at every day of two years, each stage is written once at most, the first one before the second, both near the due day.
    #[test]
    fn each_stage_is_written_once(due in 2_u8..=60, before in 1_u8..=60, after in 1_u8..=60, year in 2024_i32..=2026, month in 2_u8..=12, start in 0_i64..400) {
        let rules = Rules { due_working_days: due, before_working_days: before, after_working_days: after, origin: "x".to_owned() };
        prop_assume!(rules.check().is_ok());
        let (calendar, period) = (calendar(), Period::new(year, month).unwrap());
        let term = rules.term(period, &calendar);
        let days = rules.days(period, term.due, &calendar);
        prop_assert!(period.last_day() < days.first && days.first < days.due.date && days.due.date < days.second && days.second < days.last);
        let mut written: Vec<Stage> = Vec::new();
        for day in start..730 {
            let today = Date::from_calendar_date(year, Month::January, 1).unwrap() + Duration::days(day);
            match rules.decide(period, &term, &calendar, today, &written) {
                Ok(Stage::Before) => {
                    prop_assert!(written.is_empty() && today <= days.due.date);
                    written.push(Stage::Before);
                }
                Ok(Stage::After) => {
                    prop_assert!(!written.contains(&Stage::After) && today > days.due.date && today <= days.last);
                    written.push(Stage::After);
                }
                Err(Nothing::LongPast) => prop_assert!(today > days.last),
                Err(_) => {}
            }
        }
        let began = Date::from_calendar_date(year, Month::January, 1).unwrap() + Duration::days(start);
        prop_assert_eq!(written.contains(&Stage::Before), began <= days.due.date);
        prop_assert_eq!(written.contains(&Stage::After), began <= days.last);
    }
}
