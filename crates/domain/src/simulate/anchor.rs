//! Anchors: the real county values of 2020, and the amounts of 2024 that follow from them.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::SimulateError;
use crate::{decimal, plan::Plan, random::SplitMix64};

const COUNTIES_2020: &str = include_str!("../../data/heilongjiang_county_2020.csv");

/// What the model takes from the yearbook.
pub(super) const PRIMARY: &str = "第一产业增加值";
pub(super) const SECONDARY: &str = "第二产业增加值";
pub(super) const GDP: &str = "地区生产总值";
const REVENUE: &str = "一般公共预算收入";
const LOANS: &str = "年末金融机构各项贷款余额";
const ENTERPRISES: &str = "规模以上工业企业数";

#[derive(Deserialize)]
struct Row {
    code: String,
    indicator: String,
    value: String,
}

/// Values of 2020 by county and name, as the yearbook has them: 万元, 个.
pub(super) struct Anchors {
    values: HashMap<(String, String), Decimal>,
}

impl Anchors {
    pub(super) fn read() -> Result<Self, SimulateError> {
        let mut values = HashMap::new();
        for row in csv::Reader::from_reader(COUNTIES_2020.as_bytes()).deserialize() {
            let Row { code, indicator, value } = row.map_err(SimulateError::Anchors)?;
            values.insert((code, indicator), decimal::parse(&value)?);
        }
        Ok(Self { values })
    }

    /// A county's value; an error where the yearbook has none.
    pub(super) fn of(&self, code: &str, name: &'static str) -> Result<Decimal, SimulateError> {
        let missing = || SimulateError::NoAnchor { division: code.to_owned(), name };
        self.values.get(&(code.to_owned(), name.to_owned())).copied().ok_or_else(missing)
    }

    /// All counties together.
    pub(super) fn total(&self, name: &str) -> Decimal {
        self.values.iter().filter(|((_, indicator), _)| indicator == name).map(|(_, value)| *value).sum()
    }
}

/// A county's amounts of the whole year 2024, or at its end, each in the unit of its indicator.
pub(super) struct County {
    /// 亿元.
    gdp: Decimal,
    /// 万元.
    revenue: Decimal,
    /// 万元.
    tax: Decimal,
    /// 亿元, at the year's end.
    loans: Decimal,
    /// Growth of loans over 2024 as a ratio.
    loan_ratio: Decimal,
    /// 万美元.
    foreign_capital: Decimal,
    /// Above-scale industrial enterprises in 2020.
    pub(super) enterprises: i64,
}

impl County {
    /// Scales the county's values of 2020 so that the counties add up to what the plan prints for 2024.
    pub(super) fn of(anchors: &Anchors, plan: &Plan, code: &str, seed: u64) -> Result<Self, SimulateError> {
        let printed = |id: &'static str| {
            let target = plan.indicator(id).and_then(|indicator| indicator.target.as_ref());
            target.and_then(|target| target.baseline_value()).ok_or(SimulateError::NoBaseline(id))
        };
        let mut random = SplitMix64::named(seed, &[code, "county"]);
        let part = |name| Ok::<_, SimulateError>(anchors.of(code, name)? / anchors.total(name));
        let gdp = part(GDP)? * printed("province_gdp")?;
        let revenue = part(REVENUE)? * printed("province_budget_revenue")? * Decimal::from(10_000);
        let tax_share = printed("province_tax_revenue")? / printed("province_budget_revenue")?;
        let loan_ratio = Decimal::ONE + printed("province_loan_growth")? / Decimal::ONE_HUNDRED;
        let years = loan_ratio * loan_ratio * loan_ratio * loan_ratio;
        Ok(Self {
            gdp,
            revenue,
            tax: revenue * tax_share * per_mille(random.between(900, 1_100)),
            loans: anchors.of(code, LOANS)? / Decimal::from(10_000) * years,
            loan_ratio,
            foreign_capital: gdp * Decimal::new(random.between(10, 60), 1) + Decimal::from(40),
            enterprises: i64::try_from(anchors.of(code, ENTERPRISES)?.trunc()).unwrap_or(0),
        })
    }

    /// The amount of January to `month` of 2024, or the stock at its end; `None` where the model has no such amount.
    /// `tilt` moves the county's seasons: −20 to 20, later to earlier.
    pub(super) fn amount(&self, indicator: &str, month: u8, tilt: i64) -> Option<Decimal> {
        let flow = |whole: Decimal, months: &[i64; 12]| Some(whole * share(months, month, tilt));
        match indicator {
            "gdp" => flow(self.gdp, &GDP_MONTHS),
            "budget_revenue" => flow(self.revenue, &REVENUE_MONTHS),
            "tax_revenue" => flow(self.tax, &REVENUE_MONTHS),
            "foreign_capital" => flow(self.foreign_capital, &EVEN_MONTHS),
            "loan_balance" => {
                let before = self.loans / self.loan_ratio;
                Some(before + (self.loans - before) * share(&LOAN_MONTHS, month, tilt))
            }
            _ => None,
        }
    }
}

/// What part of the year's amount has come by the end of each month, in thousandths: a farming province earns late in the year.
const GDP_MONTHS: [i64; 12] = [50, 105, 165, 235, 305, 380, 455, 535, 620, 740, 865, 1_000];
/// Revenue comes a little early: January and the months after a quarter.
const REVENUE_MONTHS: [i64; 12] = [95, 165, 260, 345, 425, 515, 595, 665, 745, 825, 900, 1_000];
/// A twelfth each month.
const EVEN_MONTHS: [i64; 12] = [83, 167, 250, 333, 417, 500, 583, 667, 750, 833, 917, 1_000];
/// New loans are granted in the first quarter above all.
const LOAN_MONTHS: [i64; 12] = [220, 300, 420, 460, 500, 620, 640, 680, 780, 810, 880, 1_000];

/// The part of the year by the end of the month; the tilt is nothing at the year's end and most in its middle.
fn share(months: &[i64; 12], month: u8, tilt: i64) -> Decimal {
    let passed = i64::from(month.clamp(1, 12));
    let plain = months.get(usize::from(month.clamp(1, 12)) - 1).copied().unwrap_or(1_000);
    per_mille(plain + tilt * passed * (12 - passed) / 36)
}

fn per_mille(thousandths: i64) -> Decimal {
    Decimal::new(thousandths, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_season_rises_to_the_whole() {
        for months in [GDP_MONTHS, REVENUE_MONTHS, EVEN_MONTHS, LOAN_MONTHS] {
            for tilt in [-20, 0, 20] {
                let shares: Vec<Decimal> = (1..=12).map(|month| share(&months, month, tilt)).collect();
                assert!(shares.windows(2).all(|pair| pair[0] < pair[1]) && shares[0] > Decimal::ZERO, "{months:?} {tilt}");
                assert_eq!(shares[11], Decimal::ONE);
            }
        }
    }
}
