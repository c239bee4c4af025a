//! Whose value an indicator can be: the province reports the plan's provincial indicators, the divisions below it those of the counties.
//!
//! A roll-up takes county indicators from counties and provincial ones from the province, so that no plan needs the province's own figure
//! of a county indicator; what the whole province has of it is a provincial indicator of its own. A city's figure of a county indicator is
//! taken, since bureaus print it beside its counties: it is kept, and no county's.

use leitai_domain::plan::{Indicator, Plan, Scope};

/// Provincial indicators that a message lists at most.
const LISTED: usize = 4;

/// Holds an indicator's scope against a division's code.
///
/// # Errors
/// One sentence in Chinese: what was found and what would be right.
pub fn fit(plan: &Plan, indicator: &Indicator, division_code: &str) -> Result<(), String> {
    let what = || format!("“{}”（{}）", indicator.name, indicator.id);
    match indicator.scope {
        Scope::Province if division_code == plan.province_code => Ok(()),
        Scope::Province => Err(format!("{}是全省指标，只由{}报送，此处为{division_code}", what(), plan.province_code)),
        Scope::County if !is_province(division_code) => Ok(()),
        Scope::County => {
            Err(format!("{}是各县指标，应报各县（市、区）的数，此处为省级代码{division_code}{}", what(), provincial(plan, indicator)))
        }
    }
}

/// GB/T 2260: two digits for the province, then two for the prefecture and two for the county.
fn is_province(code: &str) -> bool {
    code.ends_with("0000")
}

/// The plan's provincial indicators that are made of a county one, where it has any.
fn provincial(plan: &Plan, indicator: &Indicator) -> String {
    let made_of = plan.indicators.iter().filter(|one| one.rollup.as_ref().is_some_and(|rollup| rollup.takes(&indicator.id)));
    let ids: Vec<&str> = made_of.map(|one| one.id.as_str()).take(LISTED).collect();
    if ids.is_empty() { String::new() } else { format!("；全省的数按全省指标报送，与之有关的有{}", ids.join("、")) }
}

#[cfg(test)]
mod tests {
    use leitai_domain::{division::Registry, shipped, simulate};
    use rstest::rstest;

    use super::*;

    fn plan() -> Plan {
        Plan::from_toml(shipped::plan(simulate::PLAN).unwrap()).unwrap()
    }

    fn held(indicator: &str, code: &str) -> Result<(), String> {
        let plan = plan();
        fit(&plan, plan.indicator(indicator).unwrap(), code)
    }

    #[rstest]
    #[case("province_gdp", "230000")]
    #[case("whole_province_industry_value_added", "230000")]
    #[case("gdp", "230123")] // 依兰县
    #[case("gdp", "230100")] // 哈尔滨市
    #[case("gdp", "430502")] // a county that the plan does not judge
    fn taken(#[case] indicator: &str, #[case] code: &str) {
        assert_eq!(held(indicator, code), Ok(()));
    }

    #[rstest]
    #[case("province_gdp", "230123", "是全省指标，只由230000报送，此处为230123")]
    #[case("province_gdp", "430000", "只由230000报送，此处为430000")]
    #[case(
        "tech_results",
        "230000",
        "是各县指标，应报各县（市、区）的数，此处为省级代码230000；全省的数按全省指标报送，与之有关的有province_tech_results"
    )]
    #[case("tech_results", "430000", "此处为省级代码430000")]
    // 外资 has no provincial indicator.
    #[case("foreign_capital", "230000", "应报各县（市、区）的数，此处为省级代码230000")]
    fn refused(#[case] indicator: &str, #[case] code: &str, #[case] words: &str) {
        let message = held(indicator, code).unwrap_err();
        assert!(message.ends_with(words) || message.contains(&format!("{words}；")), "{message}");
    }

    /// What a roll-up takes can always be reported.
    #[test]
    fn whatever_is_simulated_fits() {
        let (plan, registry) = (plan(), Registry::shipped().unwrap());
        let mut values = simulate::provincial_reports(&registry, 7).unwrap();
        values.extend(simulate::value_added(&registry, 7).unwrap());
        values.extend(simulate::province(&registry, 7).unwrap());
        let held = |one: &simulate::SimulatedValue| fit(&plan, plan.indicator(&one.indicator_id).unwrap(), &one.division_code);
        assert!(values.len() > 10_000 && values.iter().all(|one| held(one).is_ok()));
    }
}
