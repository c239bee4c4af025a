//! The arithmetic of the declared relations.

use rust_decimal::Decimal;

use super::{Finding, Severity};
use crate::{
    decimal::fixed,
    division::{CountySetError, Registry},
    plan::{Check, CountySet, Indicator, Kind, Plan, Prices, Target},
    target::Comparator,
};

/// A target with its number and, where the plan prints one, last year's value.
struct Goal<'a> {
    indicator: &'a Indicator,
    target: &'a Target,
    number: Decimal,
    baseline: Option<Decimal>,
}

impl<'a> Goal<'a> {
    fn of(plan: &'a Plan, id: &str) -> Option<Self> {
        let indicator = plan.indicator(id)?;
        let target = indicator.target.as_ref()?;
        Some(Self { indicator, target, number: target.comparator().bound()?, baseline: target.baseline_value() })
    }

    /// `县域税收收入由143.7亿元到155亿元`
    fn path(&self) -> String {
        let unit = &self.indicator.unit;
        let baseline = self.baseline.map(|baseline| format!("由{baseline}{unit}")).unwrap_or_default();
        format!("{}{baseline}到{}{unit}", self.indicator.name, self.number)
    }

    /// This year's number over last year's; `None` without a baseline.
    fn ratio(&self) -> Option<Decimal> {
        self.number.checked_div(self.baseline?)
    }
}

/// What a declared relation says; `None` only where the plan was not checked.
pub(super) fn find(plan: &Plan, registry: &Registry, check: &Check) -> Option<Finding> {
    let (rule, (severity, sentence)) = match check {
        Check::SumOfCounties { province, county, also_years } => {
            ("sum_of_counties", sum_of_counties(plan, registry, &Goal::of(plan, province)?, &Goal::of(plan, county)?, also_years))
        }
        Check::ShareGrowth { share, whole, part_growth } => {
            ("share_growth", share_growth(&Goal::of(plan, share)?, &Goal::of(plan, whole)?, &Goal::of(plan, part_growth)?)?)
        }
        Check::GrowthOfTotal { total, growth, prices } => {
            ("growth_of_total", growth_of_total(&Goal::of(plan, total)?, &Goal::of(plan, growth)?, *prices)?)
        }
    };
    let indicators = check.indicators().into_iter().map(str::to_owned).collect();
    Some(Finding { rule, severity, indicators, sentence })
}

fn sum_of_counties(plan: &Plan, registry: &Registry, province: &Goal<'_>, county: &Goal<'_>, also_years: &[i32]) -> (Severity, String) {
    let Some(set) = &plan.county_set else {
        return (Severity::Doubt, format!("方案未写明各县范围，{}无法与各县目标相加比较。", province.indicator.name));
    };
    let counts = |year: i32| registry.county_set(&CountySet { year, ..set.clone() }).map(|counties| counties.len());
    let (need, wanted) = needed(province);
    let sum = |year: i32| counts(year).map(|count| Sum::of(count, county, need, province.target.comparator()));
    let own = sum(set.year);
    let others: Vec<(i32, Result<Sum, CountySetError>)> = also_years.iter().map(|year| (*year, sum(*year))).collect();
    let severity = match &own {
        Ok(own) if !own.enough => Severity::Contradiction,
        Ok(_) if others.iter().all(|(_, sum)| sum.as_ref().is_ok_and(|sum| sum.enough)) => Severity::Note,
        _ => Severity::Doubt,
    };
    let unit = &province.indicator.unit;
    let mut sentence = format!("{wanted}；各县目标{}，{}", county.target.text, said(&own, "", unit));
    for (year, sum) in &others {
        sentence.push('；');
        sentence.push_str(&said(sum, &format!("按{year}年末"), unit));
    }
    (severity, sentence + "。")
}

/// What the province needs within the year, and the words for it: a stock needs what is missing to its target.
fn needed(province: &Goal<'_>) -> (Decimal, String) {
    let unit = &province.indicator.unit;
    match province.baseline.filter(|_| province.indicator.kind == Kind::Level) {
        Some(baseline) => {
            let need = province.number - baseline;
            (need, format!("{}，需净增{need}{unit}", province.path()))
        }
        None => (province.number, format!("{}全年需{}{unit}", province.indicator.name, province.number)),
    }
}

/// The counties' targets added up.
struct Sum {
    counties: usize,
    total: Decimal,
    over: Decimal,
    enough: bool,
}

impl Sum {
    fn of(counties: usize, county: &Goal<'_>, need: Decimal, asks: Comparator) -> Self {
        let total = county.number * Decimal::from(counties);
        let over = total - need;
        let enough = if matches!(asks, Comparator::MoreThan(_)) { over > Decimal::ZERO } else { over >= Decimal::ZERO };
        Self { counties, total, over, enough }
    }
}

fn said(sum: &Result<Sum, CountySetError>, when: &str, unit: &str) -> String {
    match sum {
        Ok(Sum { counties, total, over, .. }) if over.is_sign_negative() && !over.is_zero() => {
            format!("{when}{counties}个县合计{total}{unit}，少{}{unit}", over.abs())
        }
        Ok(Sum { counties, total, over, .. }) => format!("{when}{counties}个县合计{total}{unit}，多{over}{unit}"),
        Err(_) => format!("{}的县数没有记录，无法相加", if when.is_empty() { "本方案年份" } else { when }),
    }
}

/// Part = share × whole, so the two ratios multiplied are the part's nominal growth.
fn share_growth(share: &Goal<'_>, whole: &Goal<'_>, part: &Goal<'_>) -> Option<(Severity, String)> {
    let nominal = share.ratio()?.checked_mul(whole.ratio()?)?;
    let (implied, prices) = (percent(nominal), price_change(nominal, part.number)?);
    let (severity, verdict) = if implied > part.number {
        (Severity::Contradiction, format!("只达到增速目标就达不到比重目标，除非这一部分的价格上涨{}%", fixed(prices, 1)))
    } else {
        (Severity::Note, "达到增速目标即可达到比重目标".to_owned())
    };
    let sentence = format!(
        "{}、{}，意味着这一部分名义增长{}%，而{}的目标为{}（按不变价格）：{verdict}。",
        share.path(),
        whole.path(),
        fixed(implied, 1),
        part.indicator.name,
        part.target.text
    );
    Some((severity, sentence))
}

fn growth_of_total(total: &Goal<'_>, growth: &Goal<'_>, prices: Prices) -> Option<(Severity, String)> {
    let ratio = total.ratio()?;
    let (implied, asked) = (percent(ratio), format!("各县{}的目标{}", growth.indicator.name, growth.target.text));
    let grows = format!("{}，", total.path());
    let nominal = fixed(implied, 1);
    let found = match (prices, implied < growth.number) {
        (Prices::Current, true) => (Severity::Contradiction, format!("{grows}只需增长{nominal}%，低于{asked}。")),
        (Prices::Current, false) => (Severity::Note, format!("{grows}需增长{nominal}%，不低于{asked}。")),
        (Prices::Constant, behind) => {
            let change = price_change(ratio, growth.number)?;
            let (severity, moved) = if behind { (Severity::Doubt, "下降") } else { (Severity::Note, "上涨") };
            let change = fixed(change.abs(), 1);
            (severity, format!("{grows}名义增长{nominal}%；{asked}按不变价格，两者同时实现意味着价格{moved}{change}%。"))
        }
    };
    Some(found)
}

/// A ratio as growth, %.
fn percent(ratio: Decimal) -> Decimal {
    (ratio - Decimal::ONE) * Decimal::ONE_HUNDRED
}

/// By how much prices change, %, where the nominal ratio and the real growth in % both hold.
fn price_change(nominal: Decimal, real: Decimal) -> Option<Decimal> {
    nominal.checked_div(Decimal::ONE + real / Decimal::ONE_HUNDRED).map(percent)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{lint::lint, shipped};

    /// What the shipped plan's relation with this first indicator and rule says.
    fn said_of(edit: impl Fn(&str) -> String, rule: &str, first: &str) -> (Severity, String) {
        let text = edit(shipped::plan("heilongjiang-county-economy-2025").unwrap());
        let findings = lint(&Plan::from_toml(&text).unwrap(), &Registry::shipped().unwrap());
        let finding = findings.into_iter().find(|finding| finding.rule == rule && finding.indicators[0] == first).unwrap();
        (finding.severity, finding.sentence)
    }

    // The figures are worked out by hand: 2600−2449 = 151; 2×67 = 134; 2×63 = 126; 7500×12.2/(7080.7×11.7) = 1.10448;
    // 1.10448/1.06 = 1.0420; 155/143.7 = 1.0786; 380/351.3 = 1.0817; 600/520 = 1.1538; 7500/7080.7 = 1.0592; 1.0592/1.055 = 1.0040.
    #[rstest]
    #[case(
        "sum_of_counties",
        "province_industrial_enterprises",
        Severity::Contradiction,
        "县域规模以上工业企业由2449户到2600户，需净增151户；各县目标2以上，67个县合计134户，少17户；按2018年末63个县合计126户，少25户。"
    )]
    #[case(
        "sum_of_counties",
        "province_tech_results",
        Severity::Doubt,
        "县域转化重大科技成果全年需130项；各县目标2以上，67个县合计134项，多4项；按2018年末63个县合计126项，少4项。"
    )]
    #[case(
        "share_growth",
        "province_industry_share",
        Severity::Contradiction,
        "县域工业增加值占县域地区生产总值比重由11.7%到12.2%、县域地区生产总值由7080.7亿元到7500亿元，意味着这一部分名义增长10.4%，\
         而县域工业增加值增速的目标为6以上（按不变价格）：只达到增速目标就达不到比重目标，除非这一部分的价格上涨4.2%。"
    )]
    #[case(
        "growth_of_total",
        "province_tax_revenue",
        Severity::Contradiction,
        "县域税收收入由143.7亿元到155亿元，只需增长7.9%，低于各县税收收入增速的目标9左右。"
    )]
    #[case(
        "growth_of_total",
        "province_budget_revenue",
        Severity::Note,
        "县域一般公共预算收入由351.3亿元到380亿元，需增长8.2%，不低于各县一般公共预算收入增速的目标8以上。"
    )]
    #[case(
        "growth_of_total",
        "province_project_investment",
        Severity::Note,
        "县域产业项目投资由520亿元到600亿元，需增长15.4%，不低于各县产业项目投资增速的目标15以上。"
    )]
    #[case(
        "growth_of_total",
        "province_gdp",
        Severity::Note,
        "县域地区生产总值由7080.7亿元到7500亿元，名义增长5.9%；各县地区生产总值增速的目标5.5左右按不变价格，两者同时实现意味着价格上涨0.4%。"
    )]
    fn says_the_arithmetic(#[case] rule: &str, #[case] first: &str, #[case] severity: Severity, #[case] sentence: &str) {
        assert_eq!(said_of(str::to_owned, rule, first), (severity, sentence.to_owned()));
    }

    #[test]
    fn another_number_gives_another_sentence() {
        let (severity, sentence) =
            said_of(|plan| plan.replace("\"2600以上\"", "\"2580以上\""), "sum_of_counties", "province_industrial_enterprises");
        assert_eq!(severity, Severity::Doubt);
        assert!(
            sentence.contains("需净增131户") && sentence.contains("67个县合计134户，多3户；按2018年末63个县合计126户，少5户"),
            "{sentence}"
        );
        let (severity, sentence) = said_of(|plan| plan.replace("\"155以上\"", "\"157以上\""), "growth_of_total", "province_tax_revenue");
        assert_eq!(severity, Severity::Note, "157/143.7 = 1.0925: {sentence}");
    }

    #[test]
    fn a_plan_without_counties_cannot_be_added_up() {
        let without = |plan: &str| plan.replace("[county_set]\nunder = \"230000\"\nyear = 2025\n", "");
        let said = said_of(without, "sum_of_counties", "province_tech_results");
        assert_eq!(said, (Severity::Doubt, "方案未写明各县范围，县域转化重大科技成果无法与各县目标相加比较。".to_owned()));
    }

    #[test]
    fn a_set_off_the_record_is_said() {
        let older = |plan: &str| plan.replace("also_years = [2018]", "also_years = [1998]");
        let (severity, sentence) = said_of(older, "sum_of_counties", "province_tech_results");
        assert_eq!(severity, Severity::Doubt);
        assert!(sentence.ends_with("多4项；按1998年末的县数没有记录，无法相加。"), "{sentence}");
    }

    #[rstest]
    #[case("province = \"province_tech_results\"", "province = \"nothing\"", "`nothing` is no indicator with a target")]
    #[case("county = \"tech_results\"", "county = \"gdp\"", "`gdp` is no indicator with a target")]
    #[case("county = \"tech_results\"", "county = \"province_tax_revenue\"", "`province_tax_revenue` has the wrong scope")]
    #[case("share = \"province_industry_share\"", "share = \"province_urban_income_growth\"", "has no baseline")]
    fn relations_that_cannot_be_computed_are_refused(#[case] find: &str, #[case] replace: &str, #[case] problem: &str) {
        let text = shipped::plan("heilongjiang-county-economy-2025").unwrap().replace(find, replace);
        let error = Plan::from_toml(&text).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}
