//! The plan documents that ship with the program, as text.

/// Each shipped plan's id and document, in the order they are applied.
pub const PLANS: [(&str, &str); 3] = [
    ("heilongjiang-county-economy-2025", include_str!("../plans/heilongjiang-county-economy-2025.toml")),
    ("heilongjiang-enterprise-service-2025", include_str!("../plans/heilongjiang-enterprise-service-2025.toml")),
    ("heilongjiang-science-technology-2025", include_str!("../plans/heilongjiang-science-technology-2025.toml")),
];

/// Every shipped plan: id and TOML text.
#[must_use]
pub fn plans() -> Vec<(&'static str, &'static str)> {
    PLANS.to_vec()
}

/// The document of one shipped plan.
#[must_use]
pub fn plan(id: &str) -> Option<&'static str> {
    PLANS.iter().find(|(name, _)| *name == id).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rstest::rstest;
    use rust_decimal::Decimal;

    use super::*;
    use crate::{
        plan::{Frequency, Indicator, Kind, Pace, Plan, Scope, Target},
        target::Comparator,
        testing::dec,
    };

    fn read(id: &str) -> Plan {
        let plan = Plan::from_toml(plan(id).unwrap()).unwrap();
        assert_eq!((plan.id.as_str(), plan.year, plan.province_code.as_str()), (id, 2025, "230000"));
        plan
    }

    fn targets(plan: &Plan, scope: Scope) -> Vec<(&Indicator, &Target)> {
        plan.indicators.iter().filter(|i| i.scope == scope).filter_map(|i| Some((i, i.target.as_ref()?))).collect()
    }

    #[test]
    fn county_economy_is_complete() {
        let plan = read("heilongjiang-county-economy-2025");
        let province = targets(&plan, Scope::Province);
        assert_eq!(province.len(), 21);
        assert!(province.iter().zip(1..).all(|((i, _), row)| i.number == Some(row) && i.id.starts_with("province_")));
        assert!(province.iter().all(|(_, target)| target.baseline.is_some() && !target.owners.is_empty()));
        let county = targets(&plan, Scope::County);
        assert!(county.iter().zip(1..).all(|((i, t), row)| i.number == Some(row) && !t.owners.is_empty() && t.pace.is_some()));
        // Layouts and the simulator name these.
        let ids: Vec<&str> = county.iter().map(|(i, _)| i.id.as_str()).collect();
        assert_eq!(
            ids.join(" "),
            "gdp_growth primary_growth industry_growth industry_share_change tech_results project_investment_growth foreign_capital_growth \
             loan_growth new_industrial_enterprises budget_revenue_growth tax_revenue_growth urban_income_growth rural_income_growth"
        );
    }

    // The rows of 附件1 that are easiest to get wrong, read off the table.
    #[rstest]
    #[case("province_gdp", Some("7080.7"), Comparator::About(dec("7500")), &["省发展改革委"])]
    #[case("province_counties_over_20_billion", Some("5"), Comparator::AtLeast(dec("7")), &["省发展改革委"])]
    #[case("province_loan_growth", Some("8.9"), Comparator::About(dec("10")), &["黑龙江金融监管局", "省地方金融管理局", "人民银行黑龙江省分行"])]
    #[case("province_industry_share_of_province", Some("21.8"), Comparator::About(dec("22.8")), &["省工业和信息化厅"])]
    #[case("province_tax_revenue", Some("143.7"), Comparator::AtLeast(dec("155")), &["省税务局"])]
    #[case("province_urban_income_growth", None, Comparator::AtLeast(dec("5")), &["省发展改革委"])]
    #[case("loan_growth", None, Comparator::About(dec("10")), &["黑龙江金融监管局", "省地方金融管理局", "人民银行黑龙江省分行"])]
    #[case("foreign_capital_growth", None, Comparator::AtLeast(dec("35")), &["省商务厅"])]
    #[case("tax_revenue_growth", None, Comparator::About(dec("9")), &["省税务局"])]
    fn rows_are_as_printed(#[case] id: &str, #[case] baseline: Option<&str>, #[case] asks: Comparator, #[case] owners: &[&str]) {
        let plan = read("heilongjiang-county-economy-2025");
        let target = plan.indicator(id).unwrap().target.as_ref().unwrap();
        assert_eq!((target.baseline_value(), target.comparator()), (baseline.map(dec), asks));
        assert_eq!(target.owners, owners);
    }

    #[test]
    fn growth_knows_its_amount_and_its_calendar() {
        let plan = read("heilongjiang-county-economy-2025");
        let level = |id: &str| plan.indicator(id).unwrap().level.as_deref();
        assert_eq!(level("tax_revenue_growth"), Some("tax_revenue"));
        assert!(plan.indicator("loan_change_since_january").unwrap().target.is_none());
        let newcomers = plan.indicator("new_industrial_enterprises").unwrap();
        assert_eq!((newcomers.kind, newcomers.target.as_ref().unwrap().pace.clone()), (Kind::Change, Some(Pace::YearEnd)));
        assert_eq!(plan.indicator("tech_results").unwrap().frequency, Frequency::Quarterly);
        assert_eq!(plan.indicator("province_urban_income_growth").unwrap().target.as_ref().unwrap().baseline.as_deref(), Some("—"));
    }

    #[test]
    fn enterprise_service_has_three_targets_and_no_owner() {
        let plan = read("heilongjiang-enterprise-service-2025");
        let asks: Vec<Comparator> = targets(&plan, Scope::Province).iter().map(|(_, target)| target.comparator()).collect();
        let hundred = Comparator::AtLeast(Decimal::ONE_HUNDRED);
        assert_eq!(asks, [hundred, Comparator::MoreThan(dec("110")), hundred]);
        assert!(plan.indicators.iter().all(|i| i.target.as_ref().unwrap().owners.is_empty()));
    }

    #[test]
    fn science_and_technology_states_each_target_once() {
        let plan = read("heilongjiang-science-technology-2025");
        let targets = targets(&plan, Scope::Province);
        // 13 in 工作目标, of which 11 are said again in 重点任务, and 49 in 重点任务 alone.
        let in_goals = |target: &Target| target.sources.iter().any(|source| source.place.starts_with("一、工作目标"));
        assert_eq!(targets.len(), 62);
        assert_eq!(targets.iter().filter(|(_, target)| in_goals(target)).count(), 13);
        assert_eq!(targets.iter().filter(|(_, target)| target.sources.len() == 2).count(), 11);
        let clauses: HashSet<_> = targets.iter().flat_map(|(_, t)| &t.sources).map(|source| (&source.place, &source.text)).collect();
        assert_eq!(clauses.len(), 62 + 11, "no clause serves two targets");
    }

    #[test]
    fn each_clause_holds_the_number_taken_from_it() {
        for (id, _) in plans() {
            let plan = read(id);
            for target in plan.indicators.iter().filter_map(|indicator| indicator.target.as_ref()) {
                let number = target.comparator().bound().unwrap().to_string();
                assert!(target.sources.iter().all(|source| source.text.contains(&number)), "{id}: {} is not in its source", target.text);
            }
        }
    }

    #[test]
    fn a_target_written_in_two_ways_keeps_both() {
        let plan = read("heilongjiang-science-technology-2025");
        let target = plan.indicator("major_research_projects").unwrap().target.as_ref().unwrap();
        let reads: Vec<Option<&str>> = target.sources.iter().map(|source| source.reads.as_deref()).collect();
        assert_eq!((target.text.as_str(), reads), ("200项以上", vec![None, Some("200项")]));
    }

    #[test]
    fn unknown_plans_are_absent() {
        assert_eq!(plan("heilongjiang"), None);
    }
}
