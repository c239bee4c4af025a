use proptest::prelude::*;
use rstest::rstest;
use time::macros::date;

use super::*;

const TODAY: Date = date!(2025 - 05 - 06);
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
        measure: String::new(),
        measure_owner: String::new(),
        rectify_due: None,
        filed_on: None,
        overdue: None,
        suspended_until: None,
        recovered_by: String::new(),
    }
}

fn measure(promised: Date) -> Deed {
    Deed::Rectify { measure: "设立县级风险补偿金".to_owned(), owner: "县金融办".to_owned(), promised }
}

fn act(life: &Life, deed: &Deed, agency: &str) -> Result<Life, Refusal> {
    after(life, deed, agency, &parties(), AcknowledgeBy::All, TODAY)
}

#[test]
fn each_of_three_owners_acknowledges_where_all_have_to() {
    let [first, second, third] = [0, 1, 2].map(|owner| parties().evaluating[owner].clone());
    let one = act(&life(State::Open), &Deed::Acknowledge, &first).unwrap();
    assert_eq!(one.state, State::Open);
    assert_eq!(act(&one, &Deed::Acknowledge, &first), Err(Refusal::AcknowledgedBefore));
    let three = act(&act(&one, &Deed::Acknowledge, &second).unwrap(), &Deed::Acknowledge, &third).unwrap();
    assert_eq!(three.state, State::Acknowledged);
    let any = after(&life(State::Open), &Deed::Acknowledge, &second, &parties(), AcknowledgeBy::Any, TODAY).unwrap();
    assert_eq!(any.state, State::Acknowledged);
}

#[test]
fn a_case_goes_from_a_measure_to_its_sign_off() {
    let (county, evaluator) = (parties().county, parties().evaluating[0].clone());
    let rectifying = act(&life(State::Acknowledged), &measure(LATER), &county).unwrap();
    assert_eq!((rectifying.state, rectifying.rectify_due, rectifying.filed_on), (State::Rectifying, Some(LATER), Some(TODAY)));
    let returned = act(&rectifying, &Deed::Return, &evaluator).unwrap();
    assert_eq!((returned.state, returned.rectify_due), (State::Acknowledged, None));
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
fn a_suspension_moves_the_deadlines_behind_it() {
    let province = parties().province;
    let deed = Deed::Suspend { until: LATER };
    let suspended = act(&Life { rectify_due: Some(date!(2025 - 09 - 30)), ..life(State::Open) }, &deed, &province).unwrap();
    assert_eq!(suspended.suspended_until, Some(LATER));
    assert_eq!((suspended.acknowledge_due, suspended.rectify_due), (Some(LATER), Some(date!(2025 - 09 - 30))));
    assert_eq!(act(&suspended, &deed, &province), Err(Refusal::SuspendedBefore));
    assert_eq!(act(&suspended, &Deed::Resume, &province).unwrap().suspended_until, None);
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
