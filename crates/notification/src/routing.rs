//! Routing: which agency is told of which findings, and who else is. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    policy::{Policy, Route},
    round::Finding,
};

/// Who a letter is addressed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Addressee {
    /// The agency's name.
    pub name: String,
    /// The division whose task force it is; `None` for a department. Two divisions may have the same name.
    pub division_code: Option<String>,
}

/// One agency and what it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel<'a> {
    /// The agency.
    pub addressee: Addressee,
    /// Its findings, in the round's order.
    pub findings: Vec<&'a Finding>,
    /// Departments that are told of one of these findings as well, in the order of the parcels.
    pub other_departments: Vec<String>,
    /// Divisions whose task forces are told of one of these findings as well, by code.
    pub other_divisions: Vec<String>,
}

/// One parcel for each agency: departments in the order in which the plan's targets name them, then task forces by division.
#[must_use]
pub fn route<'a>(findings: &[&'a Finding], policy: &Policy) -> Vec<Parcel<'a>> {
    let mut departments: Vec<(&str, Vec<&'a Finding>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut task_forces: BTreeMap<&str, Vec<&'a Finding>> = BTreeMap::new();
    for finding in findings {
        if policy.routes.contains(&Route::EvaluatingAgency) {
            for agency in &finding.agencies {
                let place = *places.entry(agency).or_insert_with(|| {
                    departments.push((agency, Vec::new()));
                    departments.len() - 1
                });
                if let Some((_, parcel)) = departments.get_mut(place) {
                    parcel.push(finding);
                }
            }
        }
        if policy.routes.contains(&Route::CountyTaskForce) {
            task_forces.entry(&finding.division_code).or_default().push(finding);
        }
    }
    let order: Vec<&str> = departments.iter().map(|(name, _)| *name).collect();
    let to_departments = departments.iter().map(|(name, findings)| {
        let addressee = Addressee { name: (*name).to_owned(), division_code: None };
        parcel(addressee, findings.clone(), &order, policy)
    });
    let to_task_forces = task_forces.values().filter_map(|findings| {
        let first = findings.first()?;
        let name = format!("{}{}", first.division_name, policy.task_force_suffix);
        let addressee = Addressee { name, division_code: Some(first.division_code.clone()) };
        Some(parcel(addressee, findings.clone(), &order, policy))
    });
    to_departments.chain(to_task_forces).collect()
}

fn parcel<'a>(addressee: Addressee, findings: Vec<&'a Finding>, order: &[&str], policy: &Policy) -> Parcel<'a> {
    let told: BTreeSet<&str> = findings.iter().flat_map(|finding| &finding.agencies).map(String::as_str).collect();
    let departments = order.iter().filter(|name| told.contains(*name) && **name != addressee.name).map(|name| (*name).to_owned()).collect();
    let by_code: BTreeMap<&str, &str> = findings.iter().map(|f| (f.division_code.as_str(), f.division_name.as_str())).collect();
    let task_forces = policy.routes.contains(&Route::CountyTaskForce) && addressee.division_code.is_none();
    let divisions = by_code.values().filter(|_| task_forces).map(|name| (*name).to_owned()).collect();
    Parcel { addressee, findings, other_departments: departments, other_divisions: divisions }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn each_of_three_evaluating_agencies_and_each_county_gets_one_parcel() {
        let (a, b, c) = (loans("430582", "邵东市"), loans("430522", "新邵县"), finding("gdp", "430582", "邵东市"));
        let parcels = route(&[&c, &a, &b], &policy());
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
    fn counties_of_one_name_are_told_apart() {
        let (a, b) = (finding("gdp", "320106", "鼓楼区"), finding("gdp", "350102", "鼓楼区"));
        assert_eq!(route(&[&a, &b], &policy()).len(), 3);
    }

    #[test]
    fn a_policy_may_leave_out_a_route() {
        let finding = finding("gdp", "430582", "邵东市");
        let only = |route| Policy { routes: BTreeSet::from([route]), ..policy() };
        let parcels = route(&[&finding], &only(Route::EvaluatingAgency));
        assert_eq!(names(&parcels), ["省发展改革委"]);
        assert!(parcels[0].other_divisions.is_empty());
        let parcels = route(&[&finding], &only(Route::CountyTaskForce));
        assert_eq!(names(&parcels), ["邵东市县域经济发展专班"]);
    }

    #[test]
    fn nothing_behind_is_nothing_to_tell() {
        assert!(route(&[], &policy()).is_empty());
    }
}
