//! Routing: which agency is told of which findings in which tier, and who else is. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use leitai_domain::ladder::{Recipient, Tier};

use crate::{policy::Policy, round::Finding};

/// Who a letter is addressed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Addressee {
    /// What part it has.
    pub role: Recipient,
    /// The agency's name.
    pub name: String,
    /// The division whose task force it is; `None` for a department. Two divisions may have the same name.
    pub division_code: Option<String>,
}

/// One agency and what it is told in one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel<'a> {
    /// The tier.
    pub tier: Tier,
    /// The agency.
    pub addressee: Addressee,
    /// Its findings, in the round's order.
    pub findings: Vec<&'a Finding>,
    /// Departments and the province's task force that are told of one of these findings as well, in the order of the parcels.
    pub other_departments: Vec<String>,
    /// Divisions whose task forces are told of one of these findings as well, by code.
    pub other_divisions: Vec<String>,
}

/// One parcel for each agency and tier, strictest tier first: departments in the order in which the plan's targets name them, then task forces
/// of counties, prefectures and the province by division.
#[must_use]
pub fn route<'a>(told: &[(&'a Finding, Tier)], policy: &Policy) -> Vec<Parcel<'a>> {
    let of_tier = |tier: Tier| told.iter().filter(|(_, of)| *of == tier).map(|(finding, _)| *finding).collect::<Vec<_>>();
    Tier::ALL.into_iter().rev().flat_map(|tier| parcels(tier, &of_tier(tier), policy)).collect()
}

fn parcels<'a>(tier: Tier, findings: &[&'a Finding], policy: &Policy) -> Vec<Parcel<'a>> {
    let receives = policy.ladder.step(tier).map(|step| step.receives.clone()).unwrap_or_default();
    let receive = |role| receives.contains(&role);
    let mut addressed: Vec<(Addressee, Vec<&'a Finding>)> = Vec::new();
    if receive(Recipient::EvaluatingAgency) {
        addressed.extend(departments(findings));
    }
    for role in [Recipient::CountyTaskForce, Recipient::CityTaskForce, Recipient::ProvincialTaskForce] {
        if receive(role) {
            addressed.extend(task_forces(role, findings, policy));
        }
    }
    let others = Others::of(&addressed);
    addressed.iter().map(|(addressee, findings)| others.parcel(tier, addressee, findings, policy)).collect()
}

/// Evaluating agencies, in the order in which the findings name them.
pub(crate) fn departments<'a>(findings: &[&'a Finding]) -> Vec<(Addressee, Vec<&'a Finding>)> {
    let mut departments: Vec<(Addressee, Vec<&'a Finding>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (finding, agency) in findings.iter().flat_map(|finding| finding.agencies.iter().map(move |agency| (finding, agency))) {
        let place = *places.entry(agency).or_insert_with(|| {
            departments.push((Addressee { role: Recipient::EvaluatingAgency, name: agency.clone(), division_code: None }, Vec::new()));
            departments.len() - 1
        });
        if let Some((_, told)) = departments.get_mut(place) {
            told.push(finding);
        }
    }
    departments
}

/// The task forces of one level, by division. A county without a prefecture has no city's.
fn task_forces<'a>(role: Recipient, findings: &[&'a Finding], policy: &Policy) -> Vec<(Addressee, Vec<&'a Finding>)> {
    let mut by_division: BTreeMap<(String, String), Vec<&'a Finding>> = BTreeMap::new();
    for finding in findings {
        if let Some(division) = division(role, finding, policy) {
            by_division.entry(division).or_default().push(finding);
        }
    }
    let addressed = |((code, name), findings)| (Addressee { role, name, division_code: Some(code) }, findings);
    by_division.into_iter().map(addressed).collect()
}

/// Code and task force's name.
fn division(role: Recipient, finding: &Finding, policy: &Policy) -> Option<(String, String)> {
    let suffixed = |name: &str| format!("{name}{}", policy.task_force_suffix);
    match role {
        Recipient::EvaluatingAgency => None,
        Recipient::CountyTaskForce => Some((finding.division_code.clone(), suffixed(&finding.division_name))),
        Recipient::CityTaskForce if finding.prefecture_name.is_empty() => None,
        Recipient::CityTaskForce => Some((finding.prefecture_code.clone(), suffixed(&finding.prefecture_name))),
        // GB/T 2260: the first two digits are the province's.
        Recipient::ProvincialTaskForce => {
            let code = format!("{}0000", finding.division_code.get(..2).unwrap_or_default());
            Some((code, policy.provincial_task_force.clone()))
        }
    }
}

/// Who is told of each finding.
struct Others<'a> {
    order: Vec<&'a Addressee>,
    told: HashMap<(&'a str, &'a str), BTreeSet<usize>>,
}

impl<'a> Others<'a> {
    fn of(addressed: &'a [(Addressee, Vec<&'a Finding>)]) -> Self {
        let mut told: HashMap<(&str, &str), BTreeSet<usize>> = HashMap::new();
        for (number, (_, findings)) in addressed.iter().enumerate() {
            for finding in findings {
                told.entry(key(finding)).or_default().insert(number);
            }
        }
        Self { order: addressed.iter().map(|(addressee, _)| addressee).collect(), told }
    }

    fn parcel<'f>(&self, tier: Tier, addressee: &Addressee, findings: &[&'f Finding], policy: &Policy) -> Parcel<'f> {
        let numbers: BTreeSet<usize> = findings.iter().filter_map(|finding| self.told.get(&key(finding))).flatten().copied().collect();
        let others = || numbers.iter().filter_map(|number| self.order.get(*number)).filter(|other| **other != addressee);
        let of_division = |other: &&&Addressee| matches!(other.role, Recipient::CountyTaskForce | Recipient::CityTaskForce);
        let divisions = |role: Recipient| others().filter(move |other| other.role == role);
        let division = |other: &&Addressee| other.name.strip_suffix(&policy.task_force_suffix).unwrap_or(&other.name).to_owned();
        // A county's own task force is not told of its neighbours.
        let counties = divisions(Recipient::CountyTaskForce).filter(|_| addressee.role != Recipient::CountyTaskForce);
        Parcel {
            tier,
            addressee: addressee.clone(),
            findings: findings.to_vec(),
            other_departments: others().filter(|other| !of_division(other)).map(|other| other.name.clone()).collect(),
            other_divisions: counties.chain(divisions(Recipient::CityTaskForce)).map(division).collect(),
        }
    }
}

fn key(finding: &Finding) -> (&str, &str) {
    (&finding.division_code, &finding.indicator_id)
}

#[cfg(test)]
mod tests;
