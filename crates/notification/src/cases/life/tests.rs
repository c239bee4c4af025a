use proptest::prelude::*;
use rstest::rstest;
use time::macros::date;

use super::*;

const TODAY: Date = date!(2025 - 05 - 06);
/// Every owner acknowledges, and a promised day is moved once.
const ALL: Rules = Rules { acknowledge_by: AcknowledgeBy::All, day_moves: Some(1), measure_by: Some(MEASURE_BY) };
const MEASURE_BY: Date = date!(2025 - 05 - 20);
const LATER: Date = date!(2025 - 06 - 30);

fn parties() -> Parties {
    let evaluating = ["黑龙江金融监管局", "省地方金融管理局", "人民银行黑龙江省分行"].map(str::to_owned).to_vec();
    Parties {
        evaluating, county: "依兰县县域经济发展专班".to_owned(), province: "黑龙江省县域经济发展专班".to_owned()
    }
}

fn life(state: State) -> Life {
    Life {
        state,
        acknowledged_by: BTreeSet::new(),
        acknowledge_due: Some(date!(2025 - 05 - 09)),
        measure_due: None,
        measure: String::new(),
        measure_owner: String::new(),
        rectify_due: None,
        overdue: None,
        suspended_until: None,
        recovered_by: String::new(),
        missed: 0,
        missed_again: None,
        day_moves: 0,
        promised: None,
    }
}

fn measure(promised: Date) -> Deed {
    Deed::Rectify { measure: "设立县级风险补偿金".to_owned(), owner: "县金融办".to_owned(), promised }
}

fn act(life: &Life, deed: &Deed, agency: &str) -> Result<Life, Refusal> {
    after(life, deed, agency, &parties(), ALL, TODAY)
}

#[test]
fn each_of_three_owners_acknowledges_where_all_have_to() {
    let [first, second, third] = [0, 1, 2].map(|owner| parties().evaluating[owner].clone());
    let one = act(&life(State::Open), &Deed::Acknowledge, &first).unwrap();
    assert_eq!(one.state, State::Open);
    assert_eq!(act(&one, &Deed::Acknowledge, &first), Err(Refusal::AcknowledgedBefore));
    let three = act(&act(&one, &Deed::Acknowledge, &second).unwrap(), &Deed::Acknowledge, &third).unwrap();
    assert_eq!(three.state, State::Acknowledged);
    let any =
        after(&life(State::Open), &Deed::Acknowledge, &second, &parties(), Rules { acknowledge_by: AcknowledgeBy::Any, ..ALL }, TODAY)
            .unwrap();
    assert_eq!(any.state, State::Acknowledged);
}

#[test]
fn a_case_goes_from_a_measure_to_its_sign_off() {
    let (county, evaluator) = (parties().county, parties().evaluating[0].clone());
    let rectifying = act(&life(State::Acknowledged), &measure(LATER), &county).unwrap();
    assert_eq!((rectifying.state, rectifying.rectify_due), (State::Rectifying, Some(LATER)));
    let known = Life { acknowledged_by: parties().evaluating.into_iter().collect(), ..rectifying.clone() };
    let returned = act(&known, &Deed::Return, &evaluator).unwrap();
    assert_eq!((returned.state, returned.rectify_due, returned.measure.as_str()), (State::Acknowledged, None, ""));
    let recovered = Life { state: State::Recovered, recovered_by: "省统计局".to_owned(), ..rectifying };
    assert_eq!(act(&recovered, &Deed::SignOff, &evaluator).unwrap().state, State::SignedOff);
}

#[test]
fn whoever_submitted_the_value_does_not_sign_it_off() {
    let [submitter, other] = [0, 1].map(|owner| parties().evaluating[owner].clone());
    let recovered = Life { recovered_by: submitter.clone(), ..life(State::Recovered) };
    assert_eq!(act(&recovered, &Deed::SignOff, &submitter), Err(Refusal::OwnRecovery));
    for agency in [&other, &parties().province] {
        assert_eq!(act(&recovered, &Deed::SignOff, agency).unwrap().state, State::SignedOff);
    }
}

#[test]
fn a_suspension_stops_the_clock_of_deadlines() {
    // Today is 6 May. Three days are left to acknowledge, and a promise of 5 May has passed.
    let province = parties().province;
    let case = Life { rectify_due: Some(date!(2025 - 05 - 05)), ..life(State::Open) };
    let suspended = act(&case, &Deed::Suspend { until: LATER }, &province).unwrap();
    assert_eq!(suspended.suspended_until, Some(LATER));
    assert_eq!((suspended.acknowledge_due, suspended.rectify_due), (Some(date!(2025 - 07 - 03)), Some(date!(2025 - 05 - 05))));
    assert_eq!(act(&suspended, &Deed::Suspend { until: LATER }, &province), Err(Refusal::SuspendedBefore));
    // Resumed on 16 May: three days are left again.
    let resumed = after(&suspended, &Deed::Resume, &province, &parties(), ALL, date!(2025 - 05 - 16)).unwrap();
    assert_eq!((resumed.suspended_until, resumed.acknowledge_due), (None, Some(date!(2025 - 05 - 19))));
    let lapsed = after(&suspended, &Deed::Resume, &province, &parties(), ALL, date!(2025 - 07 - 01));
    assert_eq!(lapsed, Err(Refusal::NotSuspended));
}

#[test]
fn what_nobody_acknowledged_is_open_again_when_it_is_returned() {
    let back = act(&life(State::Recovered), &Deed::Return, &parties().province).unwrap();
    assert_eq!((back.state, back.acknowledged_by.len()), (State::Open, 0));
}

#[test]
fn owners_that_left_the_plan_hold_nothing_up() {
    let one = act(&life(State::Open), &Deed::Acknowledge, &parties().evaluating[0]).unwrap();
    let fewer = Parties { evaluating: vec![parties().evaluating[0].clone()], ..parties() };
    let again = after(&one, &Deed::Acknowledge, &fewer.evaluating[0], &fewer, ALL, TODAY);
    assert_eq!(again.unwrap().state, State::Acknowledged);
    let nobodys = Parties { evaluating: Vec::new(), ..parties() };
    let province = after(&life(State::Open), &Deed::Acknowledge, &nobodys.province, &nobodys, ALL, TODAY);
    assert_eq!(province.unwrap().state, State::Acknowledged);
}

#[rstest]
#[case::stranger(State::Open, Deed::Acknowledge, "省教育厅", Refusal::NotYours)]
#[case::county_acknowledges(State::Open, Deed::Acknowledge, "依兰县县域经济发展专班", Refusal::NotYours)]
#[case::county_signs_off(State::Recovered, Deed::SignOff, "依兰县县域经济发展专班", Refusal::NotYours)]
#[case::evaluator_suspends(State::Open, Deed::Suspend { until: LATER }, "省地方金融管理局", Refusal::NotYours)]
#[case::measure_before_acknowledging(State::Open, measure(LATER), "省地方金融管理局", Refusal::NotAcknowledged)]
#[case::promise_for_today(State::Acknowledged, measure(TODAY), "省地方金融管理局", Refusal::DayPassed)]
#[case::nothing_to_return(State::Acknowledged, Deed::Return, "省地方金融管理局", Refusal::NothingToReturn)]
#[case::sign_off_without_data(State::Rectifying, Deed::SignOff, "省地方金融管理局", Refusal::NotRecovered)]
#[case::closed(State::SignedOff, Deed::Return, "省地方金融管理局", Refusal::Closed)]
#[case::not_suspended(State::Open, Deed::Resume, "黑龙江省县域经济发展专班", Refusal::NotSuspended)]
#[case::suspended_up_to_today(State::Open, Deed::Suspend { until: TODAY }, "黑龙江省县域经济发展专班", Refusal::DayPassed)]
fn refuses(#[case] state: State, #[case] deed: Deed, #[case] agency: &str, #[case] expected: Refusal) {
    assert_eq!(act(&life(state), &deed, agency), Err(expected));
}

#[test]
fn a_measure_is_due_from_the_day_that_all_have_acknowledged() {
    let [first, second, third] = [0, 1, 2].map(|owner| parties().evaluating[owner].clone());
    let two = act(&act(&life(State::Open), &Deed::Acknowledge, &first).unwrap(), &Deed::Acknowledge, &second).unwrap();
    assert_eq!((two.state, two.measure_due), (State::Open, None));
    let known = act(&two, &Deed::Acknowledge, &third).unwrap();
    assert_eq!((known.state, known.measure_due), (State::Acknowledged, Some(MEASURE_BY)));
    let without = after(&two, &Deed::Acknowledge, &third, &parties(), Rules { measure_by: None, ..ALL }, TODAY).unwrap();
    assert_eq!((without.state, without.measure_due), (State::Acknowledged, None));
    // One that comes late ends what is overdue, and one that is sent back gives as long again.
    let late = Life { overdue: Some(Overdue::Measure), missed: 1, measure_due: Some(date!(2025 - 04 - 30)), ..known };
    let filed = act(&late, &measure(LATER), &parties().county).unwrap();
    assert_eq!((filed.overdue, filed.missed, filed.day_moves), (None, 1, 0));
    let returned = act(&filed, &Deed::Return, &first).unwrap();
    assert_eq!((returned.state, returned.overdue, returned.measure_due), (State::Acknowledged, None, Some(MEASURE_BY)));
    let unknown = Life { acknowledged_by: BTreeSet::new(), ..filed };
    assert_eq!(act(&unknown, &Deed::Return, &first).unwrap().measure_due, None, "it has to be acknowledged first");
}

#[test]
fn a_suspension_stops_the_day_for_a_measure_too() {
    let case = Life { measure_due: Some(date!(2025 - 05 - 09)), ..life(State::Acknowledged) };
    let suspended = act(&case, &Deed::Suspend { until: LATER }, &parties().province).unwrap();
    assert_eq!(suspended.measure_due, Some(date!(2025 - 07 - 03)));
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::Acknowledge),
        Just(measure(LATER)),
        Just(Deed::Return),
        Just(Deed::SignOff),
        Just(Deed::Suspend { until: LATER }),
        Just(Deed::Resume)
    ]
}

proptest! {
    /// No deed of any agency closes a case that data have not brought back, and none recovers it.
    #[test]
    fn agencies_alone_close_nothing(deeds in proptest::collection::vec((deeds(), 0_usize..5), 0..20)) {
        let all = parties();
        let agencies = [&all.evaluating[0], &all.evaluating[1], &all.evaluating[2], &all.county, &all.province];
        let mut life = life(State::Open);
        for (deed, agency) in deeds {
            life = act(&life, &deed, agencies[agency]).unwrap_or(life);
            prop_assert!(life.state.is_active());
        }
    }
}

#[test]
fn a_promised_day_may_be_moved_so_often() {
    let (county, evaluator) = (parties().county, parties().evaluating[0].clone());
    let known = Life { acknowledged_by: parties().evaluating.into_iter().collect(), ..life(State::Acknowledged) };
    let file = |life: &Life, promised| act(life, &measure(promised), &county).unwrap();
    let figures = |life: &Life| (life.day_moves, life.missed);
    let first = file(&known, date!(2025 - 05 - 31));
    let sooner = file(&first, date!(2025 - 05 - 30));
    let once = file(&sooner, LATER);
    assert_eq!([&first, &sooner, &once].map(figures), [(0, 0), (0, 0), (1, 0)]);
    let twice = file(&once, date!(2025 - 07 - 31));
    assert_eq!((figures(&twice), twice.overdue, twice.rectify_due), ((2, 1), None, Some(date!(2025 - 07 - 31))));
    // To have it sent back by an owner first is no way around.
    let returned = act(&once, &Deed::Return, &evaluator).unwrap();
    assert_eq!(figures(&file(&returned, date!(2025 - 07 - 31))), (2, 1));
    // A day that passed was missed as such, and is not counted twice.
    let broken = Life { overdue: Some(Overdue::Rectify), missed: 1, ..once };
    assert_eq!(figures(&file(&broken, date!(2025 - 07 - 31))), (1, 1));
    let freely = Rules { day_moves: None, ..ALL };
    assert_eq!(figures(&after(&twice, &measure(date!(2025 - 12 - 31)), &county, &parties(), freely, TODAY).unwrap()), (3, 1));
}
