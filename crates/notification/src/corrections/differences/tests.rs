use leitai_domain::period::Period;

use super::*;
use crate::round::testing::{finding, round};

fn key(finding: &Finding) -> Key {
    (finding.indicator_id.clone(), finding.division_code.clone())
}

fn said(lines: &[Line]) -> Vec<(Field, &str, &str)> {
    lines.iter().map(|line| (line.field, line.told.as_str(), line.right.as_str())).collect()
}

/// 5.8 where 4.1 was told: on pace, fifth.
fn corrected() -> Finding {
    let told = finding("gdp", "430582", "邵东市");
    Finding { actual: Some(5_800_000), gap: Some(300_000), light: Light::Green, rank: Some(5), behind_since: None, ..told }
}

#[test]
fn every_figure_that_reads_otherwise_is_told() {
    let lines = lines(&finding("gdp", "430582", "邵东市"), &corrected());
    let expected = [
        (Field::Actual, "4.1", "5.8"),
        (Field::Gap, "-1.4个百分点", "+0.3个百分点"),
        (Field::Light, "落后", "达标"),
        (Field::Rank, "第11位/共12个", "第5位/共12个"),
        (Field::Since, "2025年1—3月起", "—"),
    ];
    assert_eq!(said(&lines), expected);
}

#[test]
fn what_is_another_only_in_decimals_that_are_not_printed_reads_the_same() {
    let told = finding("gdp", "430582", "邵东市");
    assert_eq!(lines(&told, &Finding { actual: Some(4_120_000), ..told.clone() }), []);
    // Half a project is printed with its decimal; the value beside it, which stays, is no other for that.
    let counted =
        Finding { decimals: 0, unit: "项".to_owned(), expected: Some(3_000_000), actual: Some(2_000_000), gap: Some(-1_000_000), ..told };
    let halved = Finding { expected: Some(2_500_000), gap: Some(-500_000), ..counted.clone() };
    assert_eq!(said(&lines(&counted, &halved)), [(Field::Expected, "3", "2.5"), (Field::Gap, "-1项", "-0.5项")]);
}

#[test]
fn a_letter_is_held_against_what_was_told_last() {
    let (told, other) = (finding("gdp", "430582", "邵东市"), finding("loans", "430582", "邵东市"));
    let gone = finding("tax", "430582", "邵东市");
    let printed: HashMap<Key, &Finding> = [&told, &other, &gone].map(|finding| (key(finding), finding)).into();
    let held = [key(&told), key(&other), key(&gone)];
    let known = Known { round: round(vec![corrected(), other.clone()]), since: HashMap::from([(key(&told), 7)]) };
    let first = differences(&held, &printed, &HashMap::new(), &known);
    let [item] = first.items.as_slice() else { panic!("{first:?}") };
    assert_eq!((&item.told, &item.now, item.known_since, first.not_judged), (&told, &corrected(), Some(7), 1));
    assert!(item.is_of_value() && !item.is_of_rank_only());

    let told_since = HashMap::from([(key(&told), Figures::of(&corrected()))]);
    assert_eq!(differences(&held, &printed, &told_since, &known).items, [], "it was corrected before");
    let back = Known { round: round(vec![told.clone(), other.clone()]), since: HashMap::new() };
    let second = differences(&held, &printed, &told_since, &back);
    assert_eq!(said(&second.items[0].lines)[0], (Field::Actual, "5.8", "4.1"), "the correction was wrong, not the letter");
}

#[test]
fn a_place_can_move_alone() {
    let told = finding("gdp", "430582", "邵东市");
    let moved = Finding { rank: Some(10), ..told.clone() };
    let item = Item { lines: lines(&told, &moved), told: told.clone(), now: moved, known_since: None };
    assert!(item.is_of_rank_only() && !item.is_of_value());
    let earlier = Finding { behind_since: Period::new(2025, 2).ok(), rank: Some(10), ..told.clone() };
    assert!(!Item { lines: lines(&told, &earlier), told, now: earlier, known_since: None }.is_of_rank_only());
}
