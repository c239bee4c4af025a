use super::*;
use crate::{policy::EXAMPLE, round::testing::finding};

fn policy() -> Policy {
    Policy::from_toml(EXAMPLE).unwrap()
}

fn loans(code: &str, name: &str) -> Finding {
    let agencies = ["黑龙江金融监管局", "省地方金融管理局", "人民银行黑龙江省分行"].map(str::to_owned).to_vec();
    Finding { agencies, ..finding("loans", code, name) }
}

fn names<'a>(parcels: &'a [Parcel<'a>]) -> Vec<&'a str> {
    parcels.iter().map(|parcel| parcel.addressee.name.as_str()).collect()
}

fn notices<'a>(findings: &[&'a Finding]) -> Vec<(&'a Finding, Tier)> {
    findings.iter().map(|finding| (*finding, Tier::Notice)).collect()
}

#[test]
fn each_of_three_evaluating_agencies_and_each_county_gets_one_parcel() {
    let (a, b, c) = (loans("430582", "邵东市"), loans("430522", "新邵县"), finding("gdp", "430582", "邵东市"));
    let parcels = route(&notices(&[&c, &a, &b]), &policy());
    let expected = [
        "省发展改革委",
        "黑龙江金融监管局",
        "省地方金融管理局",
        "人民银行黑龙江省分行",
        "新邵县县域经济发展专班",
        "邵东市县域经济发展专班",
    ];
    assert_eq!(names(&parcels), expected);
    assert_eq!(parcels[1].findings.len(), 2);
    assert_eq!(parcels[1].other_departments, ["省地方金融管理局", "人民银行黑龙江省分行"]);
    assert_eq!(parcels[1].other_divisions, ["新邵县", "邵东市"]);
    assert_eq!(parcels[5].findings, [&c, &a]);
    assert_eq!(parcels[5].other_departments, expected[..4]);
    assert!(parcels[5].other_divisions.is_empty());
}

#[test]
fn a_stricter_tier_goes_first_and_further_up() {
    let (a, b) = (finding("gdp", "430582", "邵东市"), finding("industry", "430522", "新邵县"));
    let parcels = route(&[(&a, Tier::Notice), (&b, Tier::Interview)], &policy());
    let told: Vec<_> = parcels.iter().map(|parcel| (parcel.tier, parcel.addressee.name.as_str())).collect();
    let expected = [
        (Tier::Interview, "省发展改革委"),
        (Tier::Interview, "新邵县县域经济发展专班"),
        (Tier::Interview, "邵阳市县域经济发展专班"),
        (Tier::Interview, "黑龙江省县域经济发展专班"),
        (Tier::Notice, "省发展改革委"),
        (Tier::Notice, "邵东市县域经济发展专班"),
    ];
    assert_eq!(told, expected);
    assert_eq!(parcels[1].other_departments, ["省发展改革委", "黑龙江省县域经济发展专班"]);
    assert_eq!(parcels[1].other_divisions, ["邵阳市"]);
    assert_eq!(
        (parcels[2].addressee.division_code.as_deref(), parcels[3].addressee.division_code.as_deref()),
        (Some("430500"), Some("430000"))
    );
}

#[test]
fn a_county_without_a_prefecture_has_no_citys_task_force() {
    let finding = Finding { prefecture_code: String::new(), prefecture_name: String::new(), ..finding("gdp", "469001", "五指山市") };
    assert_eq!(names(&route(&[(&finding, Tier::Supervision)], &policy())), ["省发展改革委", "五指山市县域经济发展专班"]);
}

#[test]
fn counties_of_one_name_are_told_apart() {
    let (a, b) = (finding("gdp", "320106", "鼓楼区"), finding("gdp", "350102", "鼓楼区"));
    assert_eq!(route(&notices(&[&a, &b]), &policy()).len(), 3);
}

#[test]
fn a_policy_may_leave_out_a_recipient() {
    let finding = finding("gdp", "430582", "邵东市");
    let only = |from: &str| Policy::from_toml(&EXAMPLE.replacen("[\"evaluating_agency\", \"county_task_force\"]", from, 1)).unwrap();
    let parcels_of =
        |policy: &Policy| route(&notices(&[&finding]), policy).into_iter().map(|parcel| parcel.addressee.name).collect::<Vec<_>>();
    assert_eq!(parcels_of(&only("[\"evaluating_agency\"]")), ["省发展改革委"]);
    assert_eq!(parcels_of(&only("[\"county_task_force\"]")), ["邵东市县域经济发展专班"]);
}

#[test]
fn nothing_behind_is_nothing_to_tell() {
    assert!(route(&[], &policy()).is_empty());
}
