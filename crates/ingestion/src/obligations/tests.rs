use leitai_domain::{calendar::CHINA_TOML, shipped};
use leitai_proto::ingestion::v1::CompletenessBy;
use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;

const DUE: Date = date!(2025 - 04 - 22);

fn first(division: &str, indicator: &str, submitted_at: i64, sequence: i64) -> First {
    let text = |text: &str| text.to_owned();
    let (division_code, indicator_id) = (text(division), text(indicator));
    First {
        division_code, indicator_id, submitted_at, in_force_at: submitted_at, sequence, report_id: text("r"), submitter: text("某局")
    }
}

fn scene(codes: &[String], firsts: Vec<First>, frozen: Option<(i64, i64)>) -> (Scene, Known) {
    let scene = Scene {
        plan: Plan::from_toml(shipped::plan("heilongjiang-county-economy-2025").unwrap()).unwrap(),
        period: Period::new(2025, 3).unwrap(),
        codes: codes.to_vec(),
        counties: HashMap::new(),
        province: "黑龙江省".to_owned(),
        due: Some(DUE),
        frozen,
    };
    let known = Known::new(firsts.into_iter().collect(), &scene, &Calendar::from_toml(CHINA_TOML).unwrap());
    (scene, known)
}

/// The obligations that pass the filter, judged.
fn judged<'a>(book: Book<'a>, filter: &'a Filter) -> impl Iterator<Item = Judged<'a>> {
    book.scene.owed(filter, None).map(move |(_, owed)| book.judge(owed))
}

fn at(seconds: i64) -> OffsetDateTime {
    datetime!(2025-04-01 00:00 UTC) + time::Duration::seconds(seconds)
}

#[test]
fn the_log_tells_what_is_in_the_freeze_and_not_the_clock() {
    // Submitted in the same millisecond as the freeze, one before it in the log and one after it.
    let now = millis(at(0));
    let codes = ["230123", "230124"].map(str::to_owned);
    let firsts = vec![first("230123", "gdp_growth", now, 6), first("230124", "gdp_growth", now, 8)];
    let (scene, known) = scene(&codes, firsts, Some((now, 7)));
    let book = Book::new(&scene, &known, Moment { at: at(0), frozen: true });
    let filter = Filter { indicator_id: "gdp_growth".to_owned(), ..Filter::default() };
    let found: Vec<_> = judged(book, &filter).map(|judged| judged.timeliness).collect();
    assert_eq!(found, [Timeliness::OnTime, Timeliness::Missing]);
    let later = Book::new(&scene, &known, Moment { at: at(1), frozen: false });
    let told: Vec<_> = judged(later, &filter).map(|judged| later.tell(&judged).after_freeze).collect();
    assert_eq!(told, [false, true]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// By division and by indicator every obligation is counted once, and no group holds what the whole does not.
    #[test]
    fn parts_add_up_to_the_whole(
        reports in proptest::collection::vec((0_usize..6, 0_usize..13, 0_i64..60 * 86_400), 0..60),
        now in 0_i64..60 * 86_400, freeze in proptest::option::of(0_i64..60 * 86_400),
    ) {
        let codes: Vec<String> = (0..6).map(|at| format!("23010{at}")).collect();
        let plan = Plan::from_toml(shipped::plan("heilongjiang-county-economy-2025").unwrap()).unwrap();
        let ids: Vec<&str> = plan.county_targets().map(|(indicator, _)| indicator.id.as_str()).collect();
        let firsts = reports.iter().map(|(county, indicator, after)| first(&codes[*county], ids[*indicator], millis(at(*after)), 0)).collect();
        let (scene, known) = scene(&codes, firsts, freeze.map(|after| (millis(at(after)), 1)));
        let book = Book::new(&scene, &known, Moment { at: at(now), frozen: false });
        let whole = book.whole();
        prop_assert_eq!(whole.owed, 6 * 13 + 14);
        for by in [CompletenessBy::Division, CompletenessBy::Indicator] {
            let rows = book.completeness(by);
            let sum = |count: fn(&leitai_proto::ingestion::v1::Completeness) -> i32| rows.iter().map(|(_, row)| count(row)).sum::<i32>();
            prop_assert_eq!((sum(|row| row.owed), sum(|row| row.on_time)), (whole.owed, whole.on_time));
            prop_assert_eq!((sum(|row| row.late), sum(|row| row.missing), sum(|row| row.not_yet_due)), (whole.late, whole.missing, whole.not_yet_due));
            prop_assert!(rows.is_sorted_by(|(one, _), (other, _)| one < other));
        }
        let filter = Filter::default();
        let listed: Vec<_> = scene.owed(&filter, None).map(|(place, _)| place).collect();
        prop_assert_eq!(listed.len(), usize::try_from(whole.owed).unwrap());
        prop_assert!(listed.is_sorted_by(|one, other| key(*one) < key(*other)));
        for (at, after) in listed.iter().enumerate() {
            let kept = key(*after);
            prop_assert_eq!(place(&kept), Some(*after));
            prop_assert_eq!(scene.owed(&filter, Some(*after)).next().map(|(place, _)| place), listed.get(at + 1).copied());
        }
        for judged in judged(book, &filter) {
            let told = book.tell(&judged);
            prop_assert_eq!(told.late_working_days > 0, judged.timeliness == Timeliness::Late);
            prop_assert_eq!(told.lag_working_days.is_some(), judged.first.is_some());
        }
    }
}
