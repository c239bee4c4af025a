//! Which cells an agency is asked for.

use std::collections::BTreeSet;

use leitai_domain::{
    obligation::{self, owed},
    period::Period,
    plan::Plan,
};

use super::form::Key;

/// The cells of one template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asking {
    /// What is owed.
    pub owed: BTreeSet<Key>,
    /// The amounts whose growth is owed, where nobody owes them: bureaus print both side by side, and what growth is still needed, as well as
    /// the province's roll-ups, follow from the amounts.
    pub optional: BTreeSet<Key>,
}

impl Asking {
    /// What `agency` owes at a period by the plan alone, for the counties that it judges.
    #[must_use]
    pub fn by_plan(plan: &Plan, period: Period, agency: &str, counties: &[String]) -> Self {
        let of_agency = owed(plan, period, counties).filter(|one| one.duty.agencies.iter().any(|name| name == agency));
        Self::of(plan, period, of_agency.map(|one| (one.division.to_owned(), one.duty.indicator.id.clone())).collect())
    }

    /// What is owed, and the amounts behind it.
    #[must_use]
    pub fn of(plan: &Plan, period: Period, owed: BTreeSet<Key>) -> Self {
        let amount = |(division, id): &Key| {
            let level = plan.indicator(plan.indicator(id)?.level.as_deref()?)?;
            let free = level.is_due(period) && obligation::agencies(level).is_empty();
            free.then(|| (division.clone(), level.id.clone()))
        };
        let optional = owed.iter().filter_map(amount).filter(|key| !owed.contains(key)).collect();
        Self { owed, optional }
    }

    /// Every cell.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.owed.iter().chain(&self.optional)
    }
}

#[cfg(test)]
mod tests {
    use leitai_domain::{shipped, simulate};

    use super::*;

    fn ids(period: &str, agency: &str) -> (String, String) {
        let plan = Plan::from_toml(shipped::plan(simulate::PLAN).unwrap()).unwrap();
        let asking = Asking::by_plan(&plan, period.parse().unwrap(), agency, &["230123".to_owned(), "230124".to_owned()]);
        let of = |keys: &BTreeSet<Key>, code: &str| {
            keys.iter().filter(|key| key.0 == code).map(|key| key.1.as_str()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(&asking.owed, "230123"), of(&asking.owed, "230124"));
        (of(&asking.owed, "230123"), of(&asking.optional, "230123"))
    }

    #[test]
    fn amounts_stand_beside_the_growth_that_is_owed() {
        let owed = |owed: &str, optional: &str| (owed.to_owned(), optional.to_owned());
        assert_eq!(ids("2025-M03", "省财政厅"), owed("budget_revenue_growth", "budget_revenue"));
        assert_eq!(ids("2025-M05", "省发展改革委"), owed("project_investment_growth", ""));
        assert_eq!(ids("2025-M06", "省发展改革委"), owed("gdp_growth project_investment_growth urban_income_growth", "gdp urban_income"));
        assert_eq!(ids("2025-M01", "省财政厅"), owed("", ""));
        assert_eq!(ids("2025-M03", "某局"), owed("", ""));
    }
}
