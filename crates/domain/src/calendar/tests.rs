use proptest::prelude::*;
use rstest::rstest;
use time::{Duration, macros::date};

use super::*;

/// Made by `testdata/calendar/make.py` from three independent packages.
const MONTHS: &str = include_str!("../../testdata/calendar/months.csv");
const SPANS: &str = include_str!("../../testdata/calendar/spans.csv");

fn china() -> Calendar {
    Calendar::from_toml(CHINA_TOML).unwrap()
}

fn parse(text: &str) -> Date {
    Date::parse(text, DAY).unwrap()
}

#[test]
fn every_day_of_three_years_is_as_three_packages_have_it() {
    // The end of 2026 needs the notice for 2027; the packages take no news for no change.
    let china = Calendar::from_toml(&format!("{CHINA_TOML}\n[[year]]\nyear=2027\nnotice=''\ndays_off=[]\nmake_up_workdays=[]")).unwrap();
    let mut days = 0;
    for line in MONTHS.lines().skip(1) {
        let (month, digits) = line.split_once(',').unwrap();
        for (number, digit) in (1..).zip(digits.chars()) {
            let date = parse(&format!("{month}-{number:02}"));
            assert_eq!(china.is_working_day(date), Ok(digit == '1'), "{date}");
            days += 1;
        }
    }
    assert_eq!(days, 366 + 365 + 365);
}

#[test]
fn spans_end_where_another_package_says() {
    let china = china();
    assert_eq!(SPANS.lines().count(), 201);
    for line in SPANS.lines().skip(1) {
        let [from, count, day] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(china.add_working_days(parse(from), count.parse().unwrap()), Ok(parse(day)), "{line}");
    }
}

#[test]
fn each_year_names_its_notice() {
    let china = china();
    let notices: Vec<(i32, &str)> = china.notices().collect();
    assert_eq!(notices, [(2024, "国办发明电〔2023〕7号"), (2025, "国办发明电〔2024〕12号"), (2026, "国办发明电〔2025〕7号")]);
}

#[rstest]
#[case::before(date!(2023 - 12 - 28), 2023)]
#[case::the_year_before_is_not_known_either(date!(2023 - 12 - 31), 2023)]
#[case::after(date!(2027 - 01 - 04), 2027)]
#[case::a_sunday_too(date!(2027 - 01 - 03), 2027)]
#[case::the_next_notice_has_a_say(date!(2026 - 12 - 29), 2027)]
#[case::at_the_end_of_time(Date::MAX, 9999)]
fn what_no_notice_tells_is_not_guessed(#[case] date: Date, #[case] year: i32) {
    assert_eq!(china().is_working_day(date), Err(UnknownYear(year)));
}

#[test]
fn an_unknown_year_ends_every_count() {
    let china = china();
    assert_eq!(china.add_working_days(date!(2026 - 12 - 28), 1), Err(UnknownYear(2027)));
    assert_eq!(china.working_days_between(date!(2026 - 12 - 25), date!(2027 - 01 - 01)), Err(UnknownYear(2027)));
    assert_eq!(china.add_working_days(date!(2027 - 06 - 01), 0), Ok(date!(2027 - 06 - 01)));
}

// The last working days of September 2025 and the eight days off after it, read off the notice; the rest are weekdays.
#[rstest]
#[case::over_the_long_rest(date!(2025 - 09 - 26), 4, date!(2025 - 10 - 09), None)]
#[case::with_two_make_up_days(date!(2025 - 09 - 26), 6, date!(2025 - 10 - 11), None)]
#[case::into_an_unknown_year(date!(2026 - 12 - 24), 6, date!(2027 - 01 - 01), Some(2027))]
#[case::known_to_the_last_day(date!(2026 - 12 - 24), 2, date!(2026 - 12 - 28), None)]
#[case::all_unknown(date!(2030 - 05 - 03), 1, date!(2030 - 05 - 06), Some(2030))]
#[case::at_the_end_of_time(Date::MAX, 10, Date::MAX, None)]
fn counts_as_far_as_notices_are_known(#[case] from: Date, #[case] count: u16, #[case] date: Date, #[case] unknown_year: Option<i32>) {
    assert_eq!(china().add_known_working_days(from, count), Due { date, unknown_year });
}

// The same days, counted back.
#[rstest]
#[case::over_the_long_rest(date!(2025 - 10 - 09), 4, date!(2025 - 09 - 26), None)]
#[case::none(date!(2025 - 10 - 01), 0, date!(2025 - 10 - 01), None)]
#[case::out_of_an_unknown_year(date!(2027 - 01 - 01), 6, date!(2026 - 12 - 24), Some(2027))]
#[case::at_the_beginning_of_time(Date::MIN, 10, Date::MIN, None)]
fn counts_back_as_far_as_notices_are_known(#[case] to: Date, #[case] count: u16, #[case] date: Date, #[case] unknown_year: Option<i32>) {
    assert_eq!(china().known_working_day_before(to, count), Due { date, unknown_year });
}

#[test]
fn a_span_into_an_unknown_year_says_so() {
    let counted = china().known_working_days_between(date!(2026 - 12 - 24), date!(2027 - 01 - 02));
    assert_eq!(counted, Counted { days: 6, unknown_year: Some(2027) });
    assert_eq!(china().known_working_days_between(date!(2030 - 05 - 06), date!(2030 - 05 - 01)), Counted { days: 0, unknown_year: None });
}

#[rstest]
#[case::no_toml("[[year", "cannot be read")]
#[case::unknown_key("[[year]]\nyear=2027\nnotice=''\ndays_off=[]\nmakeup=[]", "cannot be read")]
#[case::twice(
    "[[year]]\nyear=2027\nnotice=''\ndays_off=[]\nmake_up_workdays=[]\n[[year]]\nyear=2027\nnotice=''\ndays_off=[]\nmake_up_workdays=[]",
    "2027 stands there twice"
)]
#[case::no_day(
    "[[year]]\nyear=2027\nnotice=''\ndays_off=[['2027-02-30','2027-03-01']]\nmake_up_workdays=[]",
    "days_off: `2027-02-30` is no day"
)]
#[case::another_year(
    "[[year]]\nyear=2027\nnotice=''\ndays_off=[['2026-12-28','2026-12-28']]\nmake_up_workdays=[]",
    "2026-12-28 must be a day of that year"
)]
#[case::backwards(
    "[[year]]\nyear=2027\nnotice=''\ndays_off=[['2027-02-03','2027-02-01']]\nmake_up_workdays=[]",
    "first day, then last day"
)]
#[case::too_long("[[year]]\nyear=2027\nnotice=''\ndays_off=[['2027-02-01','2027-03-01']]\nmake_up_workdays=[]", "1 to 18 days")]
#[case::off_twice(
    "[[year]]\nyear=2027\nnotice=''\ndays_off=[['2027-02-01','2027-02-03'],['2027-02-03','2027-02-04']]\nmake_up_workdays=[]",
    "2027-02-03 stands there twice"
)]
#[case::off_and_worked(
    "[[year]]\nyear=2027\nnotice=''\ndays_off=[['2027-02-06','2027-02-07']]\nmake_up_workdays=['2027-02-07']",
    "make_up_workdays: 2027-02-07 stands there twice"
)]
#[case::worked_anyway(
    "[[year]]\nyear=2027\nnotice=''\ndays_off=[]\nmake_up_workdays=['2027-02-08']",
    "2027-02-08 must be a Saturday or Sunday"
)]
fn refuses(#[case] text: &str, #[case] words: &str) {
    let error = Calendar::from_toml(text).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

/// From the first known day to one from which 60 working days stay known.
fn known_day() -> impl Strategy<Value = Date> {
    (0..1_000_i64).prop_map(|days| date!(2024 - 01 - 01) + Duration::days(days))
}

proptest! {
    #[test]
    fn a_count_ends_on_a_working_day_and_counts_back(from in known_day(), count in 1..60_u16) {
        let china = china();
        let day = china.add_working_days(from, count).unwrap();
        prop_assert_eq!(china.is_working_day(day), Ok(true));
        prop_assert_eq!(china.working_days_between(from, day), Ok(u32::from(count)));
        prop_assert_eq!(china.add_known_working_days(from, count), Due { date: day, unknown_year: None });
        prop_assert_eq!(china.known_working_days_between(from, day), Counted { days: u32::from(count), unknown_year: None });
        let back = china.known_working_day_before(day, count);
        prop_assert!(back.date <= from || china.is_working_day(from) == Ok(false));
        prop_assert_eq!(china.add_known_working_days(back.date, count).date, day);
    }

    #[test]
    fn later_is_never_sooner(from in known_day(), later in 0..30_i64, count in 1..40_u16, more in 1..20_u16) {
        let china = china();
        let day = china.add_working_days(from, count).unwrap();
        prop_assert!(day <= china.add_working_days(from + Duration::days(later), count).unwrap());
        prop_assert!(day < china.add_working_days(from, count + more).unwrap());
    }

    #[test]
    fn spans_add_up(from in known_day(), first in 0..40_i64, second in 0..40_i64) {
        let china = china();
        let (middle, end) = (from + Duration::days(first), from + Duration::days(first + second));
        let parts = china.working_days_between(from, middle).unwrap() + china.working_days_between(middle, end).unwrap();
        prop_assert_eq!(china.working_days_between(from, end), Ok(parts));
        prop_assert_eq!(china.working_days_between(end, from).unwrap(), if end > from { 0 } else { parts });
    }
}
