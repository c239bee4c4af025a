//! What rounds do, one after the other, to one county's cases.

use leitai_domain::calendar::CHINA_TOML;
use rstest::rstest;
use time::macros::{date, datetime};

use super::*;
use crate::{
    cases::life::{self, Deed},
    policy::EXAMPLE,
    round::testing::{finding, round},
};

/// A plan's cases between rounds.
struct Arena {
    policy: Policy,
    calendar: Calendar,
    silences: Vec<Silence>,
    cases: Cases,
    now: OffsetDateTime,
}

impl Arena {
    fn new() -> Self {
        Self::under(EXAMPLE)
    }

    fn under(policy: &str) -> Self {
        Self {
            policy: Policy::from_toml(policy).unwrap(),
            calendar: Calendar::from_toml(CHINA_TOML).unwrap(),
            silences: Vec::new(),
            cases: Cases::new(),
            now: datetime!(2025-04-18 09:00 UTC),
        }
    }

    /// Issues a round of one indicator and answers with what its case's history got.
    fn one(&mut self, month: u8, light: Light, gap: i64) -> Vec<case_history::Model> {
        self.round(month, vec![Finding { light, gap: Some(gap), ..finding("gdp_growth", "230123", "依兰县") }], false)
    }

    fn round(&mut self, month: u8, findings: Vec<Finding>, late: bool) -> Vec<case_history::Model> {
        let round = Round { period: Period::new(2025, month).unwrap(), ..round(findings) };
        let ground = Ground {
            policy: &self.policy,
            calendar: &self.calendar,
            silences: &self.silences,
            late,
            sequence: i64::from(month),
            now: self.now,
        };
        let moves = plan(&round, self.cases.clone(), &ground).unwrap();
        for case in &moves.cases {
            self.cases.insert((case.division_code.clone(), case.indicator_id.clone()), case.clone());
        }
        moves.history
    }

    fn case(&self) -> &case::Model {
        self.cases.values().next().unwrap()
    }
}

/// What was done with each entry: the change, then tier or hold.
fn told(history: &[case_history::Model]) -> Vec<String> {
    let word = |entry: &case_history::Model| {
        let more = entry.tier.clone().or_else(|| entry.hold.clone());
        more.map_or_else(|| entry.what.clone(), |more| format!("{} {more}", entry.what))
    };
    history.iter().map(word).collect()
}

#[test]
fn a_case_climbs_by_periods_and_its_history_counts() {
    let mut arena = Arena::new();
    let tiers = ["notice", "warning", "warning", "supervision", "supervision", "supervision", "interview"];
    for (month, tier) in (2..).zip(tiers) {
        let history = arena.one(month, Light::Red, -1_400_000);
        let first = if month == 2 { "opened" } else { "still_behind" };
        assert_eq!(told(&history), [first.to_owned(), format!("told {tier}")], "{month}");
        assert_eq!(history[1].sequence, Some(i64::from(month)));
    }
    // The interview repeats after three rounds.
    assert_eq!(told(&arena.one(9, Light::Red, -1_400_000)), ["still_behind", "held repeat_not_due"]);
    assert_eq!(told(&arena.one(10, Light::Red, -1_400_000)), ["still_behind", "held repeat_not_due"]);
    assert_eq!(told(&arena.one(11, Light::Red, -1_400_000)), ["still_behind", "told interview"]);
    assert_eq!((arena.case().run, arena.case().entries, arena.case().periods_behind), (10, 20, 10));
}

#[test]
fn the_history_says_what_met_the_trigger() {
    let mut arena = Arena::new();
    let reasons: Vec<String> = (2..5).map(|month| arena.one(month, Light::Red, -1_400_000)[1].reason.clone()).collect();
    assert_eq!(reasons, ["连续1期落后（规定1期）", "连续2期落后（规定2期）", "连续3期落后（规定2期）"]);
}

#[rstest]
#[case::yellow_ends_the_run(Light::Yellow, 1, "notice")]
#[case::silence_does_not(Light::Missing, 2, "warning")]
fn what_ends_a_run(#[case] between: Light, #[case] run: i32, #[case] tier: &str) {
    let mut arena = Arena::new();
    arena.one(3, Light::Red, -1_400_000);
    arena.one(6, between, -500_000);
    let history = arena.one(9, Light::Red, -1_400_000);
    assert_eq!((arena.case().run, history[1].tier.as_deref()), (run, Some(tier)));
}

#[test]
fn a_large_gap_is_a_warning_at_once_with_the_reason() {
    let history = Arena::new().one(3, Light::Red, -5_000_000);
    assert_eq!((history[1].tier.as_deref(), history[1].reason.as_str()), (Some("warning"), "差距达5个百分点"));
    assert_eq!(history[0].reason, "落后：实际4.1，应达5.5");
}

#[test]
fn a_missed_deadline_is_recorded_once_and_climbs() {
    let mut arena = Arena::new();
    arena.one(3, Light::Red, -1_400_000);
    // Five working days from Friday 18 April: 21 to 25.
    assert_eq!(arena.case().acknowledge_due.as_deref(), Some("2025-04-25"));
    arena.now = datetime!(2025-04-28 01:00 UTC);
    let mut row = arena.case().clone();
    let policy = Policy::from_toml(EXAMPLE).unwrap();
    assert_eq!(pass_deadline(&mut row, date!(2025 - 04 - 25), &policy, &arena.calendar).unwrap(), None);
    assert_eq!(told(&arena.one(4, Light::Red, -1_400_000)), ["still_behind", "acknowledge_overdue", "told warning"]);
    assert_eq!(told(&arena.one(5, Light::Red, -1_400_000)), ["still_behind", "told warning"]);
    assert_eq!((arena.case().missed_deadlines, arena.case().overdue.as_deref()), (1, Some("acknowledge")));
}

/// The example without its deadline for measures.
fn older() -> String {
    EXAMPLE.replacen("measure_working_days = 10\n", "", 1)
}

/// Its only case as it is after a deed of the evaluating agency.
fn acknowledge(arena: &mut Arena, today: Date) {
    let row = arena.case().clone();
    let (before, parties) = (record::life(&row).unwrap(), arena.policy.parties(&row).unwrap());
    let rules = arena.policy.deeds(&before, today, &arena.calendar);
    let after = life::after(&before, &Deed::Acknowledge, &parties.evaluating[0], &parties, rules, today).unwrap();
    let key = (row.division_code.clone(), row.indicator_id.clone());
    arena.cases.insert(key, record::with_life(row, &after));
}

#[test]
fn no_measure_is_a_missed_deadline_and_counts_again() {
    let mut arena = Arena::new();
    arena.one(3, Light::Red, -1_400_000);
    acknowledge(&mut arena, date!(2025 - 04 - 21));
    // Ten working days: 22 to 25, 27 to 30 April, 6 and 7 May.
    assert_eq!(arena.case().measure_due.as_deref(), Some("2025-05-07"));
    arena.now = datetime!(2025-05-08 01:00 UTC);
    let history = arena.one(4, Light::Red, -1_400_000);
    assert_eq!(told(&history), ["still_behind", "measure_overdue", "told warning"]);
    assert_eq!((history[1].reason.as_str(), history[1].who.as_str()), ("签收后至2025-05-07未登记整改措施", "system"));
    assert_eq!(history[2].reason, "连续2期落后（规定2期）、逾期1次（规定1次）");
    // Twenty more: 8, 9, 12 to 16, 19 to 23, 26 to 30 May, 3, 4, 5 June.
    assert_eq!(arena.case().missed_again_on.as_deref(), Some("2025-06-05"));
    arena.now = datetime!(2025-06-06 01:00 UTC);
    assert_eq!(told(&arena.one(5, Light::Red, -1_400_000)), ["still_behind", "measure_overdue", "told supervision"]);
}

#[test]
fn without_the_rule_an_acknowledged_case_waits() {
    let mut arena = Arena::under(&older());
    arena.one(3, Light::Red, -1_400_000);
    acknowledge(&mut arena, date!(2025 - 04 - 21));
    arena.now = datetime!(2025-12-30 01:00 UTC);
    assert_eq!(told(&arena.one(4, Light::Red, -1_400_000)), ["still_behind", "told warning"]);
    assert_eq!((arena.case().measure_due.as_deref(), arena.case().missed_deadlines), (None, 0));
    // A policy with the rule counts from the next round on.
    arena.policy = Policy::from_toml(EXAMPLE).unwrap();
    arena.now = datetime!(2026-04-20 01:00 UTC);
    assert_eq!(told(&arena.one(5, Light::Red, -1_400_000)), ["still_behind", "told warning"]);
    let due = arena.calendar.add_working_days(date!(2026 - 04 - 20), 10).unwrap();
    assert_eq!(arena.case().measure_due, Some(due.to_string()));
}

#[test]
fn a_relapse_begins_the_ladder_anew() {
    let mut arena = Arena::new();
    for month in 2..6 {
        arena.one(month, Light::Red, -1_400_000);
    }
    assert_eq!(told(&arena.one(6, Light::Green, 100_000)), ["recovered"]);
    assert_eq!((arena.case().state.as_str(), arena.case().recovered_by.as_str(), arena.case().run), ("recovered", "省统计局", 0));
    assert_eq!(told(&arena.one(7, Light::Red, -1_400_000)), ["reopened", "told notice"]);
    assert_eq!((arena.case().run, arena.case().recovered_by.as_str()), (1, ""));
}

#[test]
fn what_holds_a_letter_back_is_in_the_history() {
    let held = |arena: &mut Arena, month| told(&arena.one(month, Light::Red, -1_400_000));
    let mut arena = Arena::new();
    arena.one(2, Light::Red, -1_400_000);
    let key = ("230123".to_owned(), "gdp_growth".to_owned());
    arena.cases.get_mut(&key).unwrap().suspended_until = Some("2025-04-18".to_owned());
    assert_eq!(held(&mut arena, 3), ["still_behind", "held suspended"]);
    arena.cases.get_mut(&key).unwrap().suspended_until = Some("2025-04-17".to_owned());
    let until = date!(2025 - 04 - 30);
    let silence = Silence { id: "s1".to_owned(), plan_id: None, indicator_id: Some("gdp_growth".to_owned()), division_code: None, until };
    arena.silences.push(silence);
    assert_eq!(held(&mut arena, 4), ["still_behind", "held silenced"]);
    arena.silences[0].indicator_id = Some("loans".to_owned());
    // Four periods running: what was not written in between is not written later either.
    assert_eq!(held(&mut arena, 5), ["still_behind", "told supervision"]);
}

#[test]
fn nobody_is_told_of_what_is_made_from_missing_data() {
    let share = finding("industry_share_change", "230123", "依兰县");
    let gdp = Finding { light: Light::Missing, actual: None, gap: None, ..finding("gdp_growth", "230123", "依兰县") };
    let neighbour = Finding { division_code: "230124".to_owned(), ..share.clone() };
    let history = Arena::new().round(3, vec![gdp, share, neighbour], false);
    assert_eq!(told(&history), ["opened", "held base_missing", "opened", "told notice"]);
    assert_eq!(history[1].reason, "gdp_growth缺报");
}

#[test]
fn pieces_of_a_round_move_what_the_whole_would() {
    // What the share needs is missing in a later piece.
    let share = finding("industry_share_change", "230123", "依兰县");
    let neighbour = Finding { division_code: "230124".to_owned(), ..share.clone() };
    let gdp = Finding { light: Light::Missing, actual: None, gap: None, ..finding("gdp_growth", "230123", "依兰县") };
    let (round, arena) = (round(vec![share, neighbour, gdp]), Arena::new());
    let (policy, calendar) = (&arena.policy, &arena.calendar);
    let ground = Ground { policy, calendar, silences: &[], late: false, sequence: 1, now: arena.now };
    let whole = plan(&round, Cases::new(), &ground).unwrap();
    let mut mover = Mover::new(&round, Cases::new(), &ground);
    let mut pieces = Moves::default();
    for findings in round.findings.chunks(1) {
        let mut moves = mover.moves(findings).unwrap();
        pieces.cases.append(&mut moves.cases);
        pieces.history.append(&mut moves.history);
        pieces.told.append(&mut moves.told);
        pieces.told_cases.append(&mut moves.told_cases);
    }
    assert_eq!(told(&pieces.history), ["opened", "held base_missing", "opened", "told notice"]);
    assert_eq!((pieces.cases, pieces.history, pieces.told, pieces.told_cases), (whole.cases, whole.history, whole.told, whole.told_cases));
}

#[test]
fn a_late_round_writes_nothing() {
    let mut arena = Arena::new();
    arena.one(6, Light::Red, -1_400_000);
    let older = Finding { light: Light::Red, ..finding("gdp_growth", "230123", "依兰县") };
    assert_eq!(told(&arena.round(3, vec![older], true)), ["behind_in_earlier_period", "held late_round"]);
    assert_eq!((arena.case().run, arena.case().latest_period.as_str()), (1, "2025-M06"));
}

#[test]
fn a_relapse_does_not_end_a_suspension() {
    let mut arena = Arena::new();
    arena.one(2, Light::Red, -1_400_000);
    let key = ("230123".to_owned(), "gdp_growth".to_owned());
    arena.cases.get_mut(&key).unwrap().suspended_until = Some("2025-12-31".to_owned());
    assert_eq!(told(&arena.one(3, Light::Green, 1)), ["recovered"]);
    assert_eq!(told(&arena.one(4, Light::Red, -1_400_000)), ["reopened", "held suspended"]);
}

#[test]
fn late_rounds_do_not_bring_the_next_letter_nearer() {
    let mut arena = Arena::under(&EXAMPLE.replace("{ periods = 7 }", "{ periods = 1 }"));
    assert_eq!(told(&arena.one(6, Light::Red, -1_400_000)), ["opened", "told interview"]);
    for month in [2, 3] {
        arena.round(month, vec![Finding { light: Light::Red, ..finding("gdp_growth", "230123", "依兰县") }], true);
    }
    assert_eq!(told(&arena.one(7, Light::Red, -1_400_000)), ["still_behind", "held repeat_not_due"]);
}

#[test]
fn a_recovered_case_is_not_overdue() {
    let mut arena = Arena::new();
    arena.one(3, Light::Red, -1_400_000);
    arena.now = datetime!(2025-06-30 01:00 UTC);
    arena.one(4, Light::Red, -1_400_000);
    assert_eq!(arena.case().overdue.as_deref(), Some("acknowledge"));
    arena.one(5, Light::Green, 1);
    // Twenty working days from 25 April are 27 May (27 April is worked, 1 to 5 May are not), and from there 25 June (2 June is not).
    assert_eq!((arena.case().overdue.as_deref(), arena.case().missed_deadlines), (None, 3));
    assert_eq!(arena.case().missed_again_on, None);
}

#[test]
fn who_never_acknowledges_climbs_to_the_top_and_no_further() {
    let mut arena = Arena::new();
    arena.one(2, Light::Red, -1_400_000);
    let missed = |arena: &mut Arena, month, at| {
        arena.now = at;
        let told = told(&arena.one(month, Light::Red, -1_400_000));
        (arena.case().missed_deadlines, arena.case().missed_again_on.clone(), told.last().cloned().unwrap_or_default())
    };
    let again = |day: &str| Some(day.to_owned());
    assert_eq!(missed(&mut arena, 3, datetime!(2025-05-27 01:00 UTC)), (1, again("2025-05-27"), "told warning".to_owned()));
    assert_eq!(missed(&mut arena, 4, datetime!(2025-05-28 01:00 UTC)), (2, again("2025-06-25"), "told supervision".to_owned()));
    assert_eq!(missed(&mut arena, 5, datetime!(2025-06-26 01:00 UTC)), (3, None, "told interview".to_owned()));
    assert_eq!(missed(&mut arena, 6, datetime!(2025-12-26 01:00 UTC)).0, 3);
}

#[test]
fn without_the_rule_a_deadline_is_missed_once() {
    let rules = EXAMPLE.split("[deadlines]").nth(1).unwrap().split("\n\n").next().unwrap();
    let mut arena = Arena::under(&EXAMPLE.replace(&format!("[deadlines]{rules}"), ""));
    arena.one(3, Light::Red, -1_400_000);
    arena.now = datetime!(2025-12-26 01:00 UTC);
    arena.one(4, Light::Red, -1_400_000);
    assert_eq!((arena.case().missed_deadlines, arena.case().missed_again_on.as_deref()), (1, None));
}

#[rstest]
#[case("%", Some(5_500_000), Some(-1_400_000), Gap::Points(1_400_000))]
#[case("％", Some(5_500_000), Some(-1_400_000), Gap::Points(1_400_000))]
#[case("个百分点", Some(500_000), Some(-300_000), Gap::Points(300_000))]
#[case("项", Some(12_000_000), Some(-6_000_000), Gap::Amount { behind: 6_000_000, expected: 12_000_000 })]
#[case("项", None, Some(-6_000_000), Gap::Unknown)]
#[case("%", Some(5_500_000), None, Gap::Unknown)]
fn gaps(#[case] unit: &str, #[case] expected: Option<i64>, #[case] missing: Option<i64>, #[case] known: Gap) {
    let finding = Finding { unit: unit.to_owned(), expected, gap: missing, ..finding("x", "230123", "依兰县") };
    assert_eq!(gap(&finding), known);
}
