//! A simulated year of the 67 counties of Heilongjiang, for showing and testing the whole flow. None of its figures was ever reported.
//!
//! The model:
//! - **Size and structure are real.** Each county's part of GDP, budget revenue and above-scale enterprises is that of the 2020 yearbook,
//!   scaled so that all counties add up to what the plan prints for 2024. Loans of 2020 grow by the plan's 2024 growth in each year.
//!   Tax is the plan's part of revenue, a tenth more or less. Foreign capital has no anchor: 1 to 6 万美元 for each 亿元 of GDP, and 40.
//! - **Seasons are assumed**, one pattern for each amount, shifted a little from county to county.
//! - **Growth follows a course.** For each county and target the county is steady, falls behind and recovers, stays behind or slips
//!   at the end; growth lies above or below the target accordingly. 55 to 90 of 100 targets of a county are steady.
//! - **Growth agrees with the amounts**: amount ÷ last year's published amount − 1, one decimal. GDP growth is real: the amount also grows by
//!   [`DEFLATOR`], which is what the plan's 7080.7 → 7500 亿元 leaves beyond its 5.5 %.
//! - **Counts** of results come quarter by quarter; most new above-scale enterprises enter in December.
//! - **About one value in a hundred is missing**, growth and amount together.
//! - **What a roll-up takes besides** is apart: [`value_added`] by county, and the province's own figures in [`provincial_reports`];
//!   [`whole_year`] is all of it.

mod anchor;
mod course;
mod provincial;
mod value_added;

use rust_decimal::Decimal;

use self::{
    anchor::{Anchors, County},
    course::Course,
};
pub use self::{provincial::provincial_reports, value_added::value_added};
use crate::{
    decimal::{self, DecimalError},
    division::{CountySetError, Registry},
    period::{Period, PeriodError},
    plan::{Indicator, Kind, Plan, PlanError, Target},
    random::SplitMix64,
    shipped,
};

/// Assumed rise of prices in 2025, %.
pub const DEFLATOR: Decimal = Decimal::from_parts(4, 0, 0, false, 1);

/// Id of the plan whose counties, targets and due periods are simulated.
pub const PLAN: &str = "heilongjiang-county-economy-2025";

/// One simulated value, in its indicator's unit and rounded as the indicator is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedValue {
    /// GB/T 2260 code.
    pub division_code: String,
    /// Id in the plan [`PLAN`].
    pub indicator_id: String,
    /// Due in 2025, or the same months of 2024 for an amount.
    pub period: Period,
    /// The value.
    pub value: Decimal,
}

/// Why nothing was simulated; only where shipped files contradict each other.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The plan does not ship.
    #[error("no plan `{PLAN}` ships with the program")]
    NoPlan,
    /// The plan cannot be read.
    #[error("the plan to simulate cannot be read")]
    Plan(#[from] PlanError),
    /// The plan's counties are unknown.
    #[error("the counties to simulate are unknown")]
    Counties(#[from] CountySetError),
    /// The values of 2020 are no CSV.
    #[error("the values of 2020 cannot be read")]
    Anchors(#[source] csv::Error),
    /// A value of 2020 is no number.
    #[error("a value of 2020 cannot be read")]
    Number(#[from] DecimalError),
    /// A county without a value of 2020.
    #[error("division `{division}` has no `{name}` of 2020")]
    NoAnchor {
        /// The county's code.
        division: String,
        /// The yearbook's name of the value.
        name: &'static str,
    },
    /// The plan prints no value of 2024 to scale to.
    #[error("indicator `{0}` has no baseline to scale to")]
    NoBaseline(&'static str),
    /// The plan's year is none of the calendar.
    #[error("the plan's year cannot be simulated")]
    Year(#[from] PeriodError),
}

/// One whole year of every county of the plan: all its county targets at their due periods, and the amounts behind them with last year's.
/// The same seed gives the same values, sorted by division, indicator and period.
///
/// # Errors
/// [`SimulateError`] only where shipped files contradict each other.
pub fn province(registry: &Registry, seed: u64) -> Result<Vec<SimulatedValue>, SimulateError> {
    counties(registry, &shipped_plan()?, seed, Gaps::Left)
}

/// Everything that is submitted for the plan's year: [`province`], [`value_added`] and [`provincial_reports`], sorted likewise.
///
/// # Errors
/// [`SimulateError`] only where shipped files contradict each other.
pub fn whole_year(registry: &Registry, seed: u64) -> Result<Vec<SimulatedValue>, SimulateError> {
    let mut values = province(registry, seed)?;
    values.extend(value_added(registry, seed)?);
    values.extend(provincial_reports(registry, seed)?);
    sort(&mut values);
    Ok(values)
}

fn shipped_plan() -> Result<Plan, SimulateError> {
    Ok(Plan::from_toml(shipped::plan(PLAN).ok_or(SimulateError::NoPlan)?)?)
}

/// What becomes of values that a county does not report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gaps {
    Left,
    Filled,
}

fn counties(registry: &Registry, plan: &Plan, seed: u64, gaps: Gaps) -> Result<Vec<SimulatedValue>, SimulateError> {
    let set = plan.county_set.as_ref().ok_or(SimulateError::NoPlan)?;
    let (anchors, months) = (Anchors::read()?, months(plan)?);
    let mut values = Vec::new();
    for division in registry.county_set(set)? {
        let county = County::of(&anchors, plan, &division.code, seed)?;
        let steadiness = SplitMix64::named(seed, &[&division.code, "steadiness"]).between(55, 90);
        for (indicator, target) in plan.county_targets() {
            let due: Vec<Period> = months.iter().copied().filter(|month| indicator.is_due(*month)).collect();
            let year = Year { plan, county: &county, code: &division.code, indicator, due: &due, gaps };
            year.simulate(target, SplitMix64::named(seed, &[&division.code, &indicator.id]), steadiness, &mut values);
        }
    }
    sort(&mut values);
    Ok(values)
}

fn months(plan: &Plan) -> Result<Vec<Period>, PeriodError> {
    (1..=12).map(|month| Period::new(plan.year, month)).collect()
}

/// By division, indicator and period.
fn sort(values: &mut [SimulatedValue]) {
    values.sort_by(|one, other| {
        (&one.division_code, &one.indicator_id, one.period).cmp(&(&other.division_code, &other.indicator_id, other.period))
    });
}

/// One county and one target over the year.
struct Year<'a> {
    plan: &'a Plan,
    county: &'a County,
    code: &'a str,
    indicator: &'a Indicator,
    due: &'a [Period],
    gaps: Gaps,
}

impl Year<'_> {
    fn simulate(&self, target: &Target, mut random: SplitMix64, steadiness: i64, values: &mut Vec<SimulatedValue>) {
        let course = Course::draw(&mut random, self.due.len(), steadiness);
        let figures = match self.indicator.id.as_str() {
            "tech_results" => self.results(course, &mut random),
            "new_industrial_enterprises" => self.newcomers(course, &mut random),
            id => {
                let tenths = target.comparator().bound().and_then(|bound| i64::try_from((bound * Decimal::TEN).trunc()).ok()).unwrap_or(0);
                let rates = course.rates(&mut random, self.due.len(), tenths, spread(id));
                self.rates(&rates, &mut random, values)
            }
        };
        for (period, Figure { own, amount }) in self.due.iter().zip(figures) {
            if random.once_in(100) && self.gaps == Gaps::Left {
                continue;
            }
            values.extend(own.map(|value| self.value(&self.indicator.id, *period, value)));
            values.extend(amount.map(|(id, value)| self.value(&id, *period, value)));
        }
    }

    fn value(&self, indicator: &str, period: Period, value: Decimal) -> SimulatedValue {
        SimulatedValue { division_code: self.code.to_owned(), indicator_id: indicator.to_owned(), period, value: value.normalize() }
    }

    /// Results come evenly over the year, rounded up; a county behind has one fewer than it should, rounded down.
    fn results(&self, course: Course, random: &mut SplitMix64) -> Vec<Figure> {
        let whole = random.between(2, 5);
        let mut reached = 0;
        let counts = (0_i64..).zip(0..self.due.len()).map(|(quarter, position)| {
            let count = if course.is_behind(position) { (quarter - 1) / 2 } else { (whole * (quarter + 1) + 3) / 4 };
            reached = count.max(reached);
            Figure::own(Decimal::from(reached))
        });
        counts.collect()
    }

    /// Two or more by December, more where there is more industry; before December a quarter of the way at most.
    fn newcomers(&self, course: Course, random: &mut SplitMix64) -> Vec<Figure> {
        let behind = course.is_behind(self.due.len().saturating_sub(1));
        let whole = if behind { random.between(0, 1) } else { 2 + random.between(0, self.county.enterprises / 30) };
        let count = |period: &Period| if period.month() == 12 { whole } else { whole * i64::from(period.month()) / 48 };
        self.due.iter().map(|period| Figure::own(Decimal::from(count(period)))).collect()
    }

    /// Rates in tenths, with the amounts behind them where the model has these; last year's amounts go to `values` at once.
    fn rates(&self, rates: &[i64], random: &mut SplitMix64, values: &mut Vec<SimulatedValue>) -> Vec<Figure> {
        let level = self.indicator.level.as_deref().and_then(|id| self.plan.indicator(id));
        let tilt = random.between(-20, 20);
        let mut before = Decimal::ZERO;
        let mut figures = Vec::new();
        for (period, tenths) in self.due.iter().zip(rates) {
            let rate = Decimal::new(*tenths, 1);
            let amount = level.and_then(|level| Some((level, self.county.amount(&level.id, period.month(), tilt)?)));
            figures.push(match amount {
                None => Figure::own(rate),
                Some((level, base)) => {
                    let base = decimal::round(base, level.decimals);
                    values.push(self.value(&level.id, period.last_year(), base));
                    let (own, now) = self.grown(level, base, rate, before);
                    before = now;
                    Figure { own, amount: Some((level.id.clone(), now)) }
                }
            });
        }
        figures
    }

    /// The growth and the amount that a rate makes of last year's amount: real for GDP, else read off the rounded amounts.
    /// A cumulative amount never shrinks below the one before.
    fn grown(&self, level: &Indicator, base: Decimal, rate: Decimal, before: Decimal) -> (Option<Decimal>, Decimal) {
        let by = |percent: Decimal| Decimal::ONE + percent / Decimal::ONE_HUNDRED;
        if level.id == "gdp" {
            return (Some(rate), decimal::round(base * by(rate) * by(DEFLATOR), level.decimals));
        }
        let now = decimal::round(base * by(rate), level.decimals);
        let now = if level.kind == Kind::Flow { now.max(before) } else { now };
        let growth = now.checked_div(base).map(|ratio| (ratio - Decimal::ONE) * Decimal::ONE_HUNDRED);
        (growth.map(|growth| decimal::round(growth, self.indicator.decimals)), now)
    }
}

/// One due period's value, and the amount behind it with its indicator.
struct Figure {
    own: Option<Decimal>,
    amount: Option<(String, Decimal)>,
}

impl Figure {
    fn own(value: Decimal) -> Self {
        Self { own: Some(value), amount: None }
    }
}

/// How far counties lie from a target, in tenths of its unit: an assumption, wider where real county tables are wider.
fn spread(indicator: &str) -> i64 {
    match indicator {
        "industry_share_change" => 4,
        "primary_growth" => 12,
        "urban_income_growth" => 15,
        "rural_income_growth" => 18,
        "loan_growth" => 35,
        "industry_growth" => 40,
        "budget_revenue_growth" => 60,
        "tax_revenue_growth" => 70,
        "project_investment_growth" => 120,
        "foreign_capital_growth" => 300,
        _ => 20,
    }
}

#[cfg(test)]
mod tests;
