//! Obligations: who owes which value of which division at a period. They follow from the plan alone: what an indicator's calendar says is due,
//! which agencies answer for it, and which divisions its scope means.
//!
//! An obligation is met by the value, whoever reports it: the agencies that share one owe it together.

mod timeliness;

pub use self::timeliness::{Deadline, Tally, Timeliness};
use crate::{
    period::Period,
    plan::{Indicator, Plan, Scope},
};

/// An indicator that is due, and who answers for its values.
#[derive(Debug, Clone, Copy)]
pub struct Duty<'a> {
    /// The indicator.
    pub indicator: &'a Indicator,
    /// The agencies as printed, at least one; each owes every value, and any one's report meets it for all.
    pub agencies: &'a [String],
}

/// One value that is owed.
#[derive(Debug, Clone, Copy)]
pub struct Owed<'a> {
    /// What is owed, and who owes it.
    pub duty: Duty<'a>,
    /// Code of the division whose value it is.
    pub division: &'a str,
}

/// The agencies that answer for an indicator's values: its reporters, or else its target's owners. Empty where the plan names nobody, or where
/// the target has no value (`—`) and no reporter is named: then nothing is owed.
#[must_use]
pub fn agencies(indicator: &Indicator) -> &[String] {
    match &indicator.target {
        _ if !indicator.reporters.is_empty() => &indicator.reporters,
        Some(target) if target.comparator().bound().is_some() => &target.owners,
        Some(_) | None => &[],
    }
}

/// Every indicator that somebody owes at a period, in the plan's order. Nothing is owed for a year that is not the plan's.
pub fn duties(plan: &Plan, period: Period) -> impl Iterator<Item = Duty<'_>> {
    let due = plan.indicators.iter().filter(move |indicator| period.year() == plan.year && indicator.is_due(period));
    due.map(|indicator| Duty { indicator, agencies: agencies(indicator) }).filter(|duty| !duty.agencies.is_empty())
}

/// Every value that is owed at a period: the indicators in the plan's order, each with its divisions in the order of `counties`, which are the
/// codes that the plan judges. A provincial indicator is owed once, for the province that issued the plan.
pub fn owed<'a>(plan: &'a Plan, period: Period, counties: &'a [String]) -> impl Iterator<Item = Owed<'a>> {
    duties(plan, period).flat_map(move |duty| duty.divisions(plan, counties).map(move |division| Owed { duty, division }))
}

impl<'a> Duty<'a> {
    /// Codes of the divisions whose value is owed.
    pub fn divisions(self, plan: &'a Plan, counties: &'a [String]) -> impl Iterator<Item = &'a str> {
        let (province, counties) = match self.indicator.scope {
            Scope::Province => (Some(plan.province_code.as_str()), [].as_slice()),
            Scope::County => (None, counties),
        };
        province.into_iter().chain(counties.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::{shipped, testing::month};

    fn shipped_plan() -> Plan {
        Plan::from_toml(shipped::plan("heilongjiang-county-economy-2025").unwrap()).unwrap()
    }

    /// A plan of one indicator with these lines, and these lines of a target where there are any.
    fn plan(indicator: &str, target: &str) -> Plan {
        let target = if target.is_empty() {
            String::new()
        } else {
            format!("[indicator.target]\n{target}\n[[indicator.target.source]]\nplace = \"附件\"\ntext = \"x\"\n")
        };
        let text = format!(
            "id = \"p\"\ntitle = \"计划\"\nyear = 2025\nsource = \"s\"\nprovince_code = \"230000\"\n[[indicator]]\nid = \"i\"\nname = \"指标\"\n\
             unit = \"%\"\nkind = \"rate\"\n{indicator}\n{target}"
        );
        Plan::from_toml(&text).unwrap()
    }

    fn counties() -> Vec<String> {
        ["230102", "230103"].map(str::to_owned).to_vec()
    }

    fn ids(plan: &Plan, scope: Scope, period: u8) -> Vec<&str> {
        duties(plan, month(period)).map(|duty| duty.indicator).filter(|one| one.scope == scope).map(|one| one.id.as_str()).collect()
    }

    // The statistical calendar: investment, foreign capital, loans, newcomers and revenues come every month but January, the accounts, the
    // department's count of results and the incomes by quarter.
    #[rstest]
    #[case::no_january(1, "")]
    #[case::months(
        2,
        "project_investment_growth foreign_capital_growth loan_growth new_industrial_enterprises budget_revenue_growth tax_revenue_growth"
    )]
    #[case::a_quarter(
        3,
        "gdp_growth primary_growth industry_growth industry_share_change tech_results project_investment_growth foreign_capital_growth \
         loan_growth new_industrial_enterprises budget_revenue_growth tax_revenue_growth urban_income_growth rural_income_growth"
    )]
    fn the_shipped_plan_owes_by_the_calendar(#[case] period: u8, #[case] expected: &str) {
        assert_eq!(ids(&shipped_plan(), Scope::County, period).join(" "), expected);
    }

    #[test]
    fn co_owners_owe_the_same_values_together() {
        let (plan, counties) = (shipped_plan(), counties());
        let loans: Vec<Owed<'_>> = owed(&plan, month(2), &counties).filter(|owed| owed.duty.indicator.id == "loan_growth").collect();
        assert_eq!(loans.iter().map(|owed| owed.division).collect::<Vec<_>>(), ["230102", "230103"]);
        assert_eq!(loans[0].duty.agencies, ["黑龙江金融监管局", "省地方金融管理局", "人民银行黑龙江省分行"]);
    }

    #[test]
    fn the_lead_agency_owes_the_province_once() {
        let (plan, counties) = (shipped_plan(), counties());
        let found: Vec<_> = owed(&plan, month(3), &counties).filter(|owed| owed.duty.indicator.id == "province_gdp").collect();
        let [gdp] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((gdp.division, gdp.duty.agencies), ("230000", ["省发展改革委".to_owned()].as_slice()));
        // Rows 6, 10 and 15 to 17 of the first annex, and the two counts of counties, come once a year.
        assert_eq!((ids(&plan, Scope::Province, 11).len(), ids(&plan, Scope::Province, 12).len()), (5, 21));
    }

    const MONTHLY: &str = "scope = \"county\"\nfrequency = \"monthly\"";
    const OWNED: &str = "text = \"5以上\"\nowners = [\"甲局\"]";

    #[rstest]
    #[case::nobody_named(MONTHLY, "text = \"5以上\"\nowners = []", 2, &[])]
    #[case::beside_the_targets(MONTHLY, "", 2, &[])]
    #[case::beside_with_a_reporter("scope = \"county\"\nfrequency = \"monthly\"\nreporters = [\"统计局\"]", "", 2, &["统计局"])]
    #[case::a_reporter_in_the_owners_place("scope = \"county\"\nfrequency = \"monthly\"\nreporters = [\"统计局\"]", OWNED, 2, &["统计局"])]
    #[case::a_target_without_a_value(MONTHLY, "text = \"—\"\nowners = [\"甲局\"]", 2, &[])]
    #[case::january_by_default(MONTHLY, OWNED, 1, &[])]
    #[case::january_where_said("scope = \"county\"\nfrequency = \"monthly\"\nfirst_month = 1", OWNED, 1, &["甲局"])]
    #[case::a_late_first("scope = \"county\"\nfrequency = \"monthly\"\nfirst_month = 3", OWNED, 2, &[])]
    #[case::a_first_between_quarters("scope = \"county\"\nfrequency = \"quarterly\"\nfirst_month = 4", OWNED, 3, &[])]
    #[case::the_quarter_after("scope = \"county\"\nfrequency = \"quarterly\"\nfirst_month = 4", OWNED, 6, &["甲局"])]
    #[case::no_month_of_a_quarter("scope = \"county\"\nfrequency = \"quarterly\"\nfirst_month = 1", OWNED, 2, &[])]
    #[case::a_year("scope = \"province\"\nfrequency = \"yearly\"", OWNED, 12, &["甲局"])]
    fn owes(#[case] indicator: &str, #[case] target: &str, #[case] period: u8, #[case] expected: &[&str]) {
        let plan = plan(indicator, target);
        let found: Vec<&str> = duties(&plan, month(period)).flat_map(|duty| duty.agencies).map(String::as_str).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn another_year_owes_nothing() {
        let plan = shipped_plan();
        assert_eq!(duties(&plan, Period::new(2024, 12).unwrap()).count(), 0);
    }

    proptest! {
        /// Each value is owed once, and exactly where the calendar, the agencies and the scope say so.
        #[test]
        fn each_value_is_owed_once(at in 1_u8..=12, codes in proptest::collection::btree_set("[1-6][0-9]{5}", 0..20)) {
            let (plan, period) = (shipped_plan(), month(at));
            let counties: Vec<String> = codes.into_iter().collect();
            let mut found: Vec<(&str, &str)> = owed(&plan, period, &counties).map(|one| (one.duty.indicator.id.as_str(), one.division)).collect();
            found.sort_unstable();
            let mut expected = Vec::new();
            for indicator in plan.indicators.iter().filter(|one| one.target.is_some() && one.frequency.is_due(period)) {
                match indicator.scope {
                    Scope::Province => expected.push((indicator.id.as_str(), "230000")),
                    Scope::County => expected.extend(counties.iter().map(|code| (indicator.id.as_str(), code.as_str()))),
                }
            }
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
