//! Charts: what is drawn, that every name can be, and how large it becomes.

use std::slice::from_ref;

use leitai_domain::{
    calendar::{CHINA_TOML, Calendar},
    ladder::{Recipient, Tier},
    period::Period,
    shipped,
};
use proptest::prelude::*;

use super::{
    font::{fitted, has},
    *,
};
use crate::{
    letter::{Histories, Number},
    policy::{EXAMPLE, Policy},
    round::{PathPoint, Round, testing},
    routing::{Addressee, Parcel},
};

/// Behind by `behind` tenths in every month from February to `month`.
fn finding(name: &str, behind: i64, month: u8) -> Finding {
    let point = |month: u8| PathPoint {
        period: Period::new(2025, month).unwrap(),
        expected: Some(5_500_000),
        actual: (month != 4).then_some(5_500_000 - behind * 100_000 - i64::from(month % 3) * 250_000),
    };
    Finding { path: (2..=month).map(point).collect(), gap: Some(-behind * 100_000), ..testing::finding("gdp", name, name) }
}

fn with_draft<T>(findings: &[Finding], charts: bool, use_it: impl FnOnce(&Draft<'_>) -> T) -> T {
    let round: Round = testing::round(Vec::new());
    let addressee = Addressee { role: Recipient::EvaluatingAgency, name: "省发展改革委".to_owned(), division_code: None };
    let parcel = Parcel {
        tier: Tier::Notice,
        addressee,
        findings: findings.iter().collect(),
        other_departments: Vec::new(),
        other_divisions: Vec::new(),
    };
    use_it(&Draft {
        number: &Number { series: "县调督".to_owned(), year: 2025, ordinal: 12 },
        tier: Tier::Notice,
        round: &round,
        parcel: &parcel,
        histories: &Histories::default(),
        policy: &Policy::from_toml(EXAMPLE).unwrap(),
        calendar: &Calendar::from_toml(CHINA_TOML).unwrap(),
        issuer: "省县域经济发展专班",
        issued: time::OffsetDateTime::UNIX_EPOCH,
        charts: charts.then_some(&Pictures::default()),
    })
}

#[test]
fn the_worst_are_drawn_and_told_in_words() {
    let findings: Vec<_> = (1..=67).map(|behind| finding(&format!("{behind}县"), behind, 9)).collect();
    with_draft(&findings, true, |draft| {
        let facts = facts(draft).unwrap();
        assert_eq!((facts.lines.len(), facts.more), (8, 59));
        assert_eq!(facts.lines[0], "67县地区生产总值增速（%）：1—2月实际-1.7、应达5.5，1—9月实际-1.2、应达5.5");
        assert!(facts.lines[7].starts_with("60县"));
        assert_eq!(draw(draft).unwrap().unwrap().content_id, facts.content_id);
    });
}

#[test]
fn nothing_is_drawn_where_charts_are_off_or_a_path_is_one_point() {
    let (long, short) = (finding("甲县", 14, 3), finding("乙县", 14, 2));
    let made = |findings: &[Finding], charts| with_draft(findings, charts, |draft| draw(draft).unwrap().is_some());
    assert!(made(from_ref(&long), true) && !made(from_ref(&long), false) && !made(from_ref(&short), true));
    with_draft(&[short], true, |draft| assert!(facts(draft).is_none()));
}

#[test]
fn a_full_picture_is_small_and_always_the_same() {
    let names = ["杜尔伯特蒙古族自治县", "富裕县", "齐齐哈尔市梅里斯达斡尔族区", "龘龘县"];
    let findings: Vec<_> = (1..=8).map(|n| finding(names[n % 4], n as i64 * 7, 12)).collect();
    let png = || with_draft(&findings, true, |draft| draw(draft).unwrap().unwrap().png);
    let (first, again) = (png(), png());
    assert_eq!(first, again);
    assert!(first.len() < 60_000, "{} bytes", first.len());
    if let Ok(path) = std::env::var("LEITAI_SHOW_CHART") {
        std::fs::write(path, first).unwrap();
    }
}

#[test]
fn every_divisions_name_can_be_drawn() {
    let names = include_str!("../../../../domain/data/divisions_cn.csv").lines().skip(1).filter_map(|line| line.split(',').nth(1));
    let missing: Vec<_> = names.clone().flat_map(str::chars).filter(|c| !has(*c)).collect();
    assert!(names.count() > 3_000 && missing.is_empty(), "{missing:?}");
}

#[test]
fn every_shipped_indicator_can_be_drawn() {
    for (id, text) in shipped::PLANS {
        let plan = leitai_domain::plan::Plan::from_toml(text).unwrap();
        let missing: Vec<_> = plan.indicators.iter().flat_map(|i| i.name.chars().chain(i.unit.chars())).filter(|c| !has(*c)).collect();
        assert!(missing.is_empty(), "{id}: {missing:?}");
    }
}

#[test]
fn what_the_font_does_not_have_is_seen() {
    assert!(!has('龘') && has('〓') && has('…'));
    assert_eq!(fitted("龘县", 10.0), "〓县");
    assert_eq!(fitted("地区生产总值增速", 6.0), "地区生产总…");
    assert_eq!(fitted("GDP增速", 6.0), "GDP增速");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever is reported under whatever name is drawn, or left out; nothing panics.
    #[test]
    fn anything_is_drawn(
        name in "\\PC{1,30}",
        points in proptest::collection::vec((proptest::option::of(any::<i64>()), proptest::option::of(any::<i64>())), 1..12),
    ) {
        let path = (1..).zip(points).map(|(month, (expected, actual))| PathPoint { period: Period::new(2025, month).unwrap(), expected, actual });
        let finding = Finding { path: path.collect(), ..testing::finding("gdp", "230102", &name) };
        with_draft(&[finding], true, |draft| draw(draft).unwrap());
    }
}

#[test]
fn words_are_drawn() {
    assert_eq!(font::database().len(), 1);
    let titled = |name: &str| with_draft(&[finding(name, 14, 9)], true, |draft| draw(draft).unwrap().unwrap().png);
    assert!(titled("富裕县") != titled("望奎县"));
    assert!(titled("龘裕县") == titled("〓裕县") && titled("龘裕县") != titled("裕县"), "seen, and not left out");
}
