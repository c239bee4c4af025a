//! The machine: examples from the rules, and properties of every order of steps.

use ApprovalLevel::{City, County, Evaluator};
use proptest::prelude::*;
use rstest::rstest;

use super::{
    hash::{Line, ValuesHash},
    machine::Step,
    refusal::Refusal,
    waits::{Since, waits},
    *,
};

const SUBMITTER: &str = "某县统计局";

fn life(levels: &[ApprovalLevel], owners: &[(&str, &[&str])], held: u64) -> Life {
    let owners = owners.iter().map(|(id, owners)| ((*id).to_owned(), owners.iter().map(|owner| (*owner).to_owned()).collect()));
    Life {
        plan_id: "plan".to_owned(),
        submitter: SUBMITTER.to_owned(),
        state: state(held, u64::from(!levels.is_empty())),
        levels: levels.to_vec(),
        owners: owners.collect(),
        approvals: Vec::new(),
        held,
        values_sha256: "ab".to_owned(),
        replaced_by: String::new(),
    }
}

fn two_owners(held: u64) -> Life {
    life(&ApprovalLevel::ALL, &[("revenue", &["省财政厅"]), ("loans", &["金融局", "人民银行"])], held)
}

fn approve(life: &mut Life, level: ApprovalLevel, agency: &str) -> Result<State, Refusal> {
    life.take(&Step::Approve { level, agency, indicators: &[], values_sha256: "" }).map(|()| life.state)
}

#[test]
fn every_level_in_order_then_in_force() {
    let mut life = two_owners(0);
    assert_eq!(approve(&mut life, City, "市局"), Err(Refusal::OtherLevel { given: City, waits_for: County }));
    assert_eq!(approve(&mut life, County, "县政府"), Ok(State::AwaitingApproval));
    assert_eq!(approve(&mut life, City, "市局"), Ok(State::AwaitingApproval));
    assert_eq!(approve(&mut life, Evaluator, "省财政厅"), Ok(State::AwaitingApproval));
    assert_eq!(approve(&mut life, Evaluator, "省财政厅"), Err(Refusal::AlreadyApproved("省财政厅".to_owned())));
    // One of an indicator's agencies is enough.
    assert_eq!(approve(&mut life, Evaluator, "人民银行"), Ok(State::InForce));
    assert_eq!(approve(&mut life, Evaluator, "金融局"), Err(Refusal::NotWaiting(State::InForce)));
}

#[test]
fn who_may_not_approve() {
    let mut life = two_owners(0);
    assert_eq!(approve(&mut life, County, SUBMITTER), Err(Refusal::SelfApproval(SUBMITTER.to_owned())));
    let needed = Refusal::NeededLater { agency: "省财政厅".to_owned(), indicator: "revenue".to_owned() };
    assert_eq!(approve(&mut life, County, "省财政厅"), Err(needed));
    assert!(approve(&mut life, County, "金融局").is_ok(), "人民银行 is left for loans");
    assert_eq!(approve(&mut life, City, "金融局"), Err(Refusal::TwoLevels { agency: "金融局".to_owned(), level: County }));
    let needed = Refusal::NeededLater { agency: "人民银行".to_owned(), indicator: "loans".to_owned() };
    assert_eq!(approve(&mut life, City, "人民银行"), Err(needed));
    assert!(approve(&mut life, City, "市局").is_ok());
    assert_eq!(approve(&mut life, Evaluator, "县政府"), Err(Refusal::NotAnEvaluator("县政府".to_owned())));
    let foreign = Step::Approve { level: Evaluator, agency: "省财政厅", indicators: &["loans".to_owned()], values_sha256: "" };
    assert!(matches!(life.take(&foreign), Err(Refusal::NotYours { indicators, .. }) if indicators == "loans"));
    let other = Step::Approve { level: Evaluator, agency: "省财政厅", indicators: &[], values_sha256: "cd" };
    assert!(matches!(life.take(&other), Err(Refusal::OtherValues { .. })));
}

#[test]
fn an_agency_alone_cannot_approve_itself() {
    let alone = life(&[Evaluator], &[("revenue", &[SUBMITTER])], 0);
    assert!(matches!(alone.can_be_approved(), Err(Refusal::NoApprover { .. })));
    assert_eq!(life(&[Evaluator], &[("revenue", &[SUBMITTER, "省财政厅"])], 0).can_be_approved(), Ok(()));
    assert_eq!(life(&[County], &[("revenue", &[SUBMITTER])], 0).can_be_approved(), Ok(()), "nobody evaluates here");
}

#[test]
fn the_last_approval_waits_for_explanations() {
    let mut life = life(&[County, City], &[], 2);
    assert_eq!(approve(&mut life, County, "县政府"), Ok(State::Held));
    assert_eq!(approve(&mut life, City, "市局"), Err(Refusal::ValuesHeld(2)));
    let explain = |agency, values| Step::Explain { agency, values };
    assert!(matches!(life.take(&explain("县政府", 1)), Err(Refusal::NotTheSubmitter { .. })));
    assert_eq!(life.take(&explain(SUBMITTER, 3)), Err(Refusal::NotHeld { given: 3, held: 2 }));
    life.take(&explain(SUBMITTER, 2)).unwrap();
    assert_eq!((life.state, life.next_level()), (State::AwaitingApproval, Some(City)));
    assert_eq!(approve(&mut life, City, "市局"), Ok(State::InForce));
}

#[test]
fn without_levels_explanations_are_all() {
    let mut life = life(&[], &[], 1);
    assert_eq!(approve(&mut life, County, "县政府"), Err(Refusal::NoApproval));
    assert_eq!(life.take(&Step::Return { agency: "县政府" }), Err(Refusal::NoApproval));
    life.take(&Step::Explain { agency: SUBMITTER, values: 1 }).unwrap();
    assert_eq!(life.state, State::InForce);
}

#[rstest]
#[case("市局", true)] // it could approve now
#[case("县政府", true)] // it did
#[case(SUBMITTER, false)]
fn approvers_return(#[case] agency: &str, #[case] may: bool) {
    let mut life = two_owners(1);
    approve(&mut life, County, "县政府").unwrap();
    assert_eq!(life.take(&Step::Return { agency }).is_ok(), may);
    assert_eq!(life.state == State::Returned && life.approvals.is_empty(), may);
}

#[test]
fn evaluators_return_what_they_evaluate() {
    let mut life = life(&[Evaluator], &[("revenue", &["省财政厅"])], 0);
    assert_eq!(life.take(&Step::Return { agency: "市局" }), Err(Refusal::NotAnApprover("市局".to_owned())));
    life.take(&Step::Return { agency: "省财政厅" }).unwrap();
    assert_eq!(life.take(&Step::Withdraw { agency: SUBMITTER }), Err(Refusal::NotWaiting(State::Returned)));
}

#[test]
fn a_report_has_one_successor() {
    let replace = |plan_id, submitter, by| Step::Replace { plan_id, submitter, by };
    let mut waiting = two_owners(0);
    assert_eq!(waiting.take(&replace("other", SUBMITTER, "2")), Err(Refusal::OtherPlan("plan".to_owned())));
    assert!(matches!(waiting.take(&replace("plan", "别局", "2")), Err(Refusal::NotTheSubmitter { .. })));
    waiting.take(&replace("plan", SUBMITTER, "2")).unwrap();
    assert_eq!((waiting.state, waiting.replaced_by.as_str()), (State::Replaced, "2"));
    assert_eq!(waiting.take(&replace("plan", SUBMITTER, "3")), Err(Refusal::AlreadyReplaced("2".to_owned())));
    let mut in_force = Life { state: State::InForce, ..two_owners(0) };
    in_force.take(&replace("plan", SUBMITTER, "2")).unwrap();
    assert_eq!((in_force.state, in_force.replaced_by.as_str()), (State::InForce, "2"), "corrected, not undone");
}

#[test]
fn waits_say_for_whom() {
    let plan = crate::testing::plan();
    let mut life = life(&[County, Evaluator], &[("gdp", &["省统计局", SUBMITTER]), ("loan_growth", &["人民银行"])], 1);
    let since = Since { submitted: "1".to_owned(), level: "2".to_owned() };
    let told = |life: &Life| {
        let waits = waits(life, &plan, 2, &since);
        waits.into_iter().map(|wait| (wait.words, wait.agencies.join(","), wait.since, wait.values)).collect::<Vec<_>>()
    };
    let wait = |words: &str, agencies: &str, since: &str, values| (words.to_owned(), agencies.to_owned(), since.to_owned(), values);
    let held = wait("等待某县统计局说明1项数值", SUBMITTER, "1", 1);
    assert_eq!(told(&life), [held.clone(), wait("等待县级审核，共3项数值", "", "2", 3)]);
    approve(&mut life, County, "县政府").unwrap();
    let words = "等待评价部门审核，共3项数值：gdp（省统计局）、loan_growth（人民银行）";
    assert_eq!(told(&life), [held, wait(words, "人民银行,省统计局", "2", 3)]);
    assert_eq!(told(&Life { state: State::Returned, ..life }), []);
}

fn line<'a>(division: &'a str, indicator: &'a str, micros: i64) -> Line<'a> {
    Line { division, indicator, period: "2025-M03", micros, printed_rank: Some(2), proxy: "", simulated: false }
}

/// By `printf '430502\tgdp\t2025-M03\t5000000\t2\t\t0\n430502\tloans\t2025-M03\t-1\t2\t\t0\n430503\tgdp\t2025-M03\t7\t2\t\t0\n' | sha256sum`.
#[test]
fn the_hash_is_what_another_tool_computes() {
    let mut hash = ValuesHash::default();
    for line in [line("430502", "loans", -1), line("430502", "gdp", 5_000_000), line("430503", "gdp", 7)] {
        hash.push(&line);
    }
    assert_eq!(hash.finish(), "876d5019b6d99b14dc011b84c93da40a9893d6d7143ab60bea2b213fb0d52e6e");
    assert_eq!(ValuesHash::default().finish(), "");
}

const AGENCIES: [&str; 7] = [SUBMITTER, "甲", "乙", "丙", "丁", "县政府", "市局"];

#[derive(Debug, Clone)]
enum Asked {
    Approve(usize, usize),
    Return(usize),
    Withdraw(usize),
    Explain(usize, u64),
    Replace(usize),
}

fn asked() -> impl Strategy<Value = Asked> {
    let agency = 0..AGENCIES.len();
    prop_oneof![
        8 => (0..3_usize, agency.clone()).prop_map(|(level, agency)| Asked::Approve(level, agency)),
        1 => agency.clone().prop_map(Asked::Return),
        1 => agency.clone().prop_map(Asked::Withdraw),
        4 => (0..2_usize, 1..3_u64).prop_map(|(agency, values)| Asked::Explain(agency, values)),
        1 => agency.prop_map(Asked::Replace),
    ]
}

fn any_life() -> impl Strategy<Value = Life> {
    let owners = prop::collection::btree_map("[a-c]", prop::sample::subsequence(&AGENCIES[..5], 1..4), 0..4);
    (prop::sample::subsequence(ApprovalLevel::ALL.to_vec(), 0..=3), owners, 0..3_u64).prop_map(|(levels, owners, held)| {
        let owners: Vec<(&str, &[&str])> = owners.iter().map(|(id, owners)| (id.as_str(), owners.as_slice())).collect();
        let mut life = life(&levels, &owners, held);
        life.levels.retain(|level| *level != Evaluator || !life.owners.is_empty());
        Life { state: state(held, u64::from(!life.levels.is_empty())), ..life }
    })
}

fn take(life: &mut Life, asked: &Asked) -> Result<(), Refusal> {
    let step = match *asked {
        Asked::Approve(level, agency) => {
            Step::Approve { level: ApprovalLevel::ALL[level], agency: AGENCIES[agency], indicators: &[], values_sha256: "ab" }
        }
        Asked::Return(agency) => Step::Return { agency: AGENCIES[agency] },
        Asked::Withdraw(agency) => Step::Withdraw { agency: AGENCIES[agency] },
        Asked::Explain(agency, values) => Step::Explain { agency: AGENCIES[agency], values },
        Asked::Replace(agency) => Step::Replace { plan_id: "plan", submitter: AGENCIES[agency], by: "2" },
    };
    life.take(&step)
}

/// What holds at every moment of every report's life.
fn holds(before: &Life, after: &Life) -> Result<(), TestCaseError> {
    let levels_of =
        |agency: &str| after.approvals.iter().filter(|given| given.agency == agency).map(|given| given.level).collect::<BTreeSet<_>>();
    prop_assert!(after.approvals.iter().all(|given| given.agency != SUBMITTER && levels_of(&given.agency).len() == 1));
    prop_assert!(after.state != State::InForce || after.held == 0, "nothing held is in force");
    if before.waits() && after.state == State::InForce {
        prop_assert_eq!(after.next_level(), None, "every level approved");
    }
    if !before.waits() {
        prop_assert!(after.state == before.state || after.state == State::Replaced, "what is closed stays closed");
    }
    prop_assert!(after.waits() || after.state == State::InForce || after.approvals.is_empty(), "approvals fall");
    prop_assert_eq!(after.waits() && after.held > 0, after.state == State::Held);
    Ok(())
}

proptest! {
    #[test]
    fn every_order_of_steps_keeps_the_rules(mut life in any_life(), steps in prop::collection::vec(asked(), 0..20)) {
        prop_assume!(life.can_be_approved().is_ok());
        for asked in &steps {
            let before = life.clone();
            match take(&mut life, asked) {
                Ok(()) => holds(&before, &life)?,
                Err(_) => prop_assert_eq!(&before, &life, "a refused step changes nothing"),
            }
        }
        // No report is stuck: whatever waits can be explained and approved by somebody.
        if life.waits() && life.held > 0 {
            take(&mut life, &Asked::Explain(0, 1)).unwrap();
        } else if life.waits() {
            let level = life.next_level().unwrap() as usize;
            prop_assert!((0..AGENCIES.len()).any(|agency| take(&mut life.clone(), &Asked::Approve(level, agency)).is_ok()));
        }
    }

    #[test]
    fn the_hash_does_not_depend_on_the_order(mut lines in prop::collection::btree_map(("[0-9]{2}", "[a-c_]{1,3}"), any::<i64>(), 1..30).prop_map(|lines| lines.into_iter().collect::<Vec<_>>())) {
        let hash = |lines: &[((String, String), i64)]| {
            let mut hash = ValuesHash::default();
            lines.iter().for_each(|((division, indicator), micros)| hash.push(&line(division, indicator, *micros)));
            hash.finish()
        };
        let first = hash(&lines);
        lines.sort_by(|((one, a), _), ((other, b), _)| one.cmp(other).then(b.cmp(a)));
        prop_assert_eq!(&hash(&lines), &first);
        lines[0].1 ^= 1;
        prop_assert_ne!(&hash(&lines), &first);
    }
}
