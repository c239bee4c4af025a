use leitai_domain::verdict::Reason;
use leitai_proto::ingestion::v1::{Observation, change::Kind};
use rstest::rstest;

use super::*;
use crate::{
    method,
    testing::{COUNTIES, PLAN_ID, TARGETS, accepted, cube, evaluated, frozen, observation, observed, plan_applied},
};

fn row(round: &Round, indicator: &str, county: usize) -> Row {
    let of = |row: &Row| round.facts.plan.indicators[row.indicator].id == indicator && row.county == county;
    round.rows().find(of).unwrap()
}

#[test]
fn every_county_is_held_against_every_county_target() {
    let round = evaluated(&cube([]), "2025-M03");
    assert_eq!(round.rows().count(), TARGETS * COUNTIES.len());
    let order: Vec<_> = round.rows().map(|row| (row.indicator, row.county)).collect();
    assert!(order.is_sorted());
    // Four targets are due in March and missing, new enterprises only in December.
    assert_eq!(round.lights, LightCounts { missing: 12, grey: 3, ..LightCounts::default() });
}

#[test]
fn ranks_follow_the_published_value() {
    let round = evaluated(
        &cube([observed(COUNTIES[0], "industry_growth", "2025-M03", "8.25"), observed(COUNTIES[2], "industry_growth", "2025-M03", "8.3")]),
        "2025-M03",
    );
    let ranks: Vec<_> = (0..3).map(|county| row(&round, "industry_growth", county)).map(|row| (row.rank, row.ranked)).collect();
    assert_eq!(ranks, [(Some(1), 2), (None, 2), (Some(1), 2)]);
}

/// Red is below 5.0: the target is 6 and the margin 1.0.
#[rstest]
#[case(&[("02", "1"), ("03", "2"), ("04", "3")], "2025-M04", Some("2025-M02"))]
#[case(&[("02", "1"), ("03", "6"), ("04", "3")], "2025-M04", Some("2025-M04"))]
#[case(&[("02", "1"), ("04", "3")], "2025-M04", Some("2025-M04"))] // nothing known of March breaks the run
#[case(&[("02", "1"), ("03", "5.5")], "2025-M03", None)] // yellow
#[case(&[("02", "1")], "2025-M03", None)] // missing
fn behind_since_is_the_start_of_the_unbroken_run(#[case] values: &[(&str, &str)], #[case] period: &str, #[case] since: Option<&str>) {
    let observed = values.iter().map(|(month, text)| observed(COUNTIES[0], "industry_growth", &format!("2025-M{month}"), text));
    let round = evaluated(&cube(observed), period);
    assert_eq!(row(&round, "industry_growth", 0).behind_since, since.map(|text| text.parse().unwrap()));
}

#[test]
fn a_quarterly_run_passes_over_the_months_between() {
    let quarters = ["2025-M03", "2025-M06"].map(|period| observed(COUNTIES[0], "gdp_growth", period, "2"));
    let round = evaluated(&cube(quarters), "2025-M06");
    assert_eq!(row(&round, "gdp_growth", 0).behind_since, Some("2025-M03".parse().unwrap()));
}

/// The target is 6.
#[test]
fn a_value_that_comes_after_the_freeze_is_yellow_at_best_and_still_has_its_place() {
    let (on_time, late, behind) = (COUNTIES[0], COUNTIES[1], COUNTIES[2]);
    let value = |county: &str, text: &str| observed(county, "industry_growth", "2025-M03", text);
    let mut known = cube([value(on_time, "6.5")]);
    let period: Period = "2025-M03".parse().unwrap();
    known.apply(frozen("2025-M03"), 2).unwrap();
    // A correction of what was there in time is no backfill.
    for change in [value(on_time, "7.0"), value(late, "8.0"), value(behind, "1.0")] {
        known.apply(change, 3).unwrap();
    }
    let now = evaluated(&known, "2025-M03");
    let reasons: Vec<_> = (0..3).map(|county| row(&now, "industry_growth", county).verdict.reason).collect();
    assert_eq!(reasons, [Reason::Met, Reason::ReportedLate, Reason::Behind]);
    assert_eq!(row(&now, "industry_growth", 1).rank, Some(1));
    let counted: Vec<_> = now.targets.iter().find(|target| target.is_due() && target.ranked == 3).unwrap().reasons.iter().collect();
    assert_eq!(counted, reasons, "the column says the same as each county alone");
    assert!(method::notes(&now).iter().any(|note| note.contains("至多为黄灯")));
    let values = known.plan(PLAN_ID).unwrap();
    let as_frozen = values.at(values.freeze_of(period).unwrap().moment).unwrap();
    let then = evaluate(&as_frozen, period, &now.policy);
    assert_eq!(row(&then, "industry_growth", 1).verdict.reason, Reason::NotReported);
    let milder = Policy { backfill: None, ..Policy::example().unwrap() };
    assert_eq!(row(&evaluate(values, period, &Arc::new(milder)), "industry_growth", 1).verdict.reason, Reason::Met);
}

#[test]
fn last_years_amounts_give_the_share() {
    let known = cube([
        observed(COUNTIES[0], "gdp_growth", "2025-M03", "4.4"),
        observed(COUNTIES[1], "gdp_growth", "2025-M03", "4.4"),
        observed(COUNTIES[0], "gdp", "2024-M03", "80"),
        observed(COUNTIES[0], "gdp", "2024-M12", "400"),
    ]);
    let round = evaluated(&known, "2025-M03");
    let needed = |county| row(&round, "gdp_growth", county).verdict.still_needed.clone().unwrap();
    // w = 80/400: (105.5 − 0.2 × 104.4) / 0.8 − 100
    assert_eq!((needed(0).value, needed(0).share_assumed), ("5.775".parse().unwrap(), false));
    // w = 3/12: (105.5 − 0.25 × 104.4) / 0.75 − 100
    assert_eq!((needed(1).value, needed(1).share_assumed), ("5.866667".parse().unwrap(), true));
}

#[test]
fn other_measures_are_named_and_not_converted() {
    let known = cube([
        observed(COUNTIES[0], "loan_change", "2025-M03", "52.7519217607"),
        observed(COUNTIES[0], "foreign_capital", "2025-M03", "22"),
        observed(COUNTIES[1], "foreign_capital", "2025-M03", "22"),
        observed(COUNTIES[1], "foreign_capital", "2024-M03", "0"),
        observed(COUNTIES[2], "loan_growth", "2025-M03", "9"),
        observed(COUNTIES[2], "loan_change", "2025-M03", "1"),
    ]);
    let round = evaluated(&known, "2025-M03");
    let found = |indicator, county| {
        let verdict = row(&round, indicator, county).verdict;
        (verdict.reason, verdict.note)
    };
    assert_eq!(found("loan_growth", 0), (Reason::NotComparable, "仅报送贷款余额比年初增减52.75亿元，不能换算为贷款余额增速".to_owned()));
    assert_eq!(
        found("foreign_capital_growth", 0),
        (Reason::NotComparable, "仅报送实际利用外资22万美元，不能换算为实际利用外资增速".to_owned())
    );
    let undefined = "仅报送实际利用外资22万美元，上年同期数为零或负数，增速无意义";
    assert_eq!(found("foreign_capital_growth", 1), (Reason::Undefined, undefined.to_owned()));
    // A stock's growth is judged, but its months do not add up to a growth still needed.
    assert_eq!(found("loan_growth", 2), (Reason::WithinBand, String::new()));
    assert_eq!(row(&round, "loan_growth", 2).verdict.still_needed, None);
}

/// Two of the four due indicators for everyone but the third county.
fn two_indicators(period: &str, values: [(&str, &str); 2]) -> Vec<Kind> {
    let of = |county: usize, (gdp, industry): (&str, &str)| {
        [observed(COUNTIES[county], "loan_growth", period, gdp), observed(COUNTIES[county], "industry_growth", period, industry)]
    };
    [of(0, values[0]), of(1, values[1])].concat()
}

#[test]
fn standings_move_against_the_last_round_that_had_them() {
    let february = two_indicators("2025-M02", [("9", "7"), ("8", "6")]);
    // April: three of the plan's targets are due monthly, so two values are enough; in March nothing was reported.
    let april = two_indicators("2025-M04", [("8", "6"), ("9", "7")]);
    let round = evaluated(&cube([february, april].concat()), "2025-M04");
    let found: Vec<_> = round.standings.iter().map(|s| (s.county, s.score, s.rank, s.movement, s.counted, s.due)).collect();
    assert_eq!(found, [(1, Some(100.0), Some(1), Some(1), 2, 3), (0, Some(60.0), Some(2), Some(-1), 2, 3), (2, None, None, None, 0, 3)]);
    assert_eq!(round.standings[0].lights, LightCounts { green: 2, missing: 1, grey: 2, ..LightCounts::default() });
}

#[test]
fn the_method_names_policy_proxies_and_simulation() {
    let value = observation(COUNTIES[0], "industry_growth", "2025-M03", "8.25");
    let known = cube([accepted(Observation { proxy: "规模以上工业增加值增速".to_owned(), simulated: true, ..value })]);
    let round = evaluated(&known, "2025-M03");
    let notes = method::notes(&round);
    let text = notes.join("\n");
    for part in [
        "《县域经济方案》（第1版）的5项县级目标，对3个县",
        "2025年1—3月",
        "新增规模以上工业企业（2以上）12月考核",
        "目标数的10%",
        "1.0个百分点",
        "60—100分",
        "不足应报指标50%",
        "示例政策",
        "工业增加值增速以“规模以上工业增加值增速”代替",
        "模拟数据",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(notes.iter().all(|note| note.ends_with('。')), "{text}");
    let plain = method::notes(&evaluated(&cube([]), "2025-M03")).join("");
    assert!(!plain.contains("模拟") && !plain.contains("不属于"), "{plain}");
}

/// The example with a veto that every county without industry meets, and the names of two indicators that the plan does not judge by.
fn policy_with_vetoes() -> Arc<Policy> {
    let veto = |id: &str| format!("[[veto]]\nindicator = \"{id}\"\nlight = \"missing\"\neffect = \"unranked\"\norigin = \"示例值\"\n\n");
    let vetoes: String = ["industry_growth", "tax_growth", "gdp"].map(veto).concat();
    let text = leitai_domain::policy::EXAMPLE_TOML.replacen("[integrity]", &(vetoes + "[integrity]"), 1);
    Arc::new(Policy::from_toml(&text).unwrap())
}

#[test]
fn a_veto_names_its_indicator_as_the_plan_does() {
    let known = cube([observed(COUNTIES[0], "industry_growth", "2025-M03", "8"), observed(COUNTIES[0], "gdp_growth", "2025-M03", "6")]);
    let round = evaluate(known.plan(PLAN_ID).unwrap(), "2025-M03".parse().unwrap(), &policy_with_vetoes());
    let vetoes: Vec<_> = round.standings.iter().map(|standing| (standing.county, standing.veto.as_str())).collect();
    let both = "地区生产总值增速缺报：不列入先进；工业增加值增速缺报：不参与排名";
    assert_eq!(vetoes, [(0, ""), (1, both), (2, both)]);
}

#[test]
fn rules_for_what_the_plan_does_not_judge_are_told() {
    let known = cube([]);
    let round = |policy: &Arc<Policy>| evaluate(known.plan(PLAN_ID).unwrap(), "2025-M03".parse().unwrap(), policy);
    let notes = method::notes(&round(&policy_with_vetoes()));
    let told: Vec<_> = notes.iter().filter(|note| note.contains("没有作用")).collect();
    assert_eq!(told, ["“示例政策”的权重或一票否决写了该方案各县目标中没有的指标：gdp、tax_growth，这些规则在本轮没有作用。"]);
    let example = method::notes(&round(&Arc::new(Policy::example().unwrap())));
    assert!(example.iter().all(|note| !note.contains("没有作用")), "{example:?}");
}

#[test]
fn counties_of_another_province_are_said_to_be_none_of_the_plans() {
    let mut known = cube([]);
    known.apply(plan_applied(2, &["430502", "430503"]), 2).unwrap();
    let notes = method::notes(&evaluated(&known, "2025-M03"));
    assert!(notes.iter().any(|note| note.contains("2个县（市、区）不属于该方案的省份")), "{notes:?}");
}
