//! The provincial roll-up: what the counties' values give for a provincial indicator, and how it agrees with the reported figure.
//!
//! - **Nothing is scaled up.** A roll-up of some counties is the number of those counties and says so.
//! - **Rounding is carried exactly.** Every published value stands for the interval of half a published unit around it (counts are exact);
//!   the formula is computed on the intervals, so that [`RollUp::carried`] bounds what rounding alone can do and is no estimate.
//! - **Both figures stay.** [`reconcile`] holds the roll-up against the reported figure and names the one that is judged.
//! - A count of counties above a threshold is of whole years: before December nothing is counted, and last year's count stands beside it.

mod estimate;
mod formula;
mod gather;
mod judgement;
mod reconcile;

use rust_decimal::Decimal;

use self::{estimate::Estimate, formula::Draft, gather::Scene};
pub use self::{
    judgement::verdict,
    reconcile::{Agreement, Judged, JudgedFigure, Reconciliation, reconcile},
};
use crate::{
    decimal,
    period::Period,
    plan::{Indicator, Plan, Rollup},
};

/// Where values come from: a snapshot of a plan's counties, numbered from 0, and of its province.
pub trait Values {
    /// A county's value in the indicator's unit; `None` where nothing was reported.
    fn county(&self, county: usize, indicator_id: &str, period: Period) -> Option<Decimal>;
    /// The province's own value in the indicator's unit; `None` where nothing was reported.
    fn province(&self, indicator_id: &str, period: Period) -> Option<Decimal>;
    /// How many counties the plan judges.
    fn counties(&self) -> usize;
}

/// What became of a roll-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RollUpReason {
    /// Every county is in.
    Computed,
    /// Some counties are in: the value is theirs alone.
    Partial,
    /// The plan document gives no formula.
    NotRolledUp,
    /// The indicator is not due at the period.
    NotDue,
    /// No county has all that the formula takes.
    NothingReported,
    /// The province's own figure that the formula takes was not reported.
    WholeNotReported,
    /// What is divided by is zero, negative, or no larger than its own rounding.
    ZeroBase,
    /// A number is too large to be computed with.
    OutOfRange,
}

/// A number that went into a roll-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What it is, Chinese.
    pub name: String,
    /// In `unit`, at most six decimals.
    pub value: Decimal,
    /// Its unit; a product's unit names both.
    pub unit: String,
}

/// A provincial indicator as its counties give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollUp {
    /// In the indicator's unit, rounded at the sixth decimal; `None` unless the reason is `Computed` or `Partial`.
    pub value: Option<Decimal>,
    /// How far rounding of the published values alone can have moved `value`; present with it.
    pub carried: Option<Decimal>,
    /// What became of it.
    pub reason: RollUpReason,
    /// True where `value` is the most that it can be, and the figure itself may be lower.
    pub is_ceiling: bool,
    /// Counties that have all that the formula takes.
    pub counties_in: usize,
    /// Counties of the plan.
    pub counties_of: usize,
    /// The counties that are not in, ascending.
    pub missing: Vec<usize>,
    /// Part of last year's amount that the counties in have, 0 to 1; `None` where last year's amounts are not all known or not positive.
    pub weight_coverage: Option<Decimal>,
    /// What `value` was computed from, to be recomputed by hand.
    pub inputs: Vec<Input>,
    /// The formula, or why there is none, Chinese.
    pub formula: String,
}

impl RollUp {
    /// True where every county is in and the value is the figure itself, not a ceiling of it.
    #[must_use]
    pub fn can_be_judged(&self) -> bool {
        self.reason == RollUpReason::Computed && !self.is_ceiling
    }

    fn without(reason: RollUpReason, formula: String, counties_of: usize) -> Self {
        Self {
            value: None,
            carried: None,
            reason,
            is_ceiling: false,
            counties_in: 0,
            counties_of,
            missing: (0..counties_of).collect(),
            weight_coverage: None,
            inputs: Vec::new(),
            formula,
        }
    }
}

/// Rolls a provincial indicator up from the counties' values at a period.
#[must_use]
pub fn roll_up(plan: &Plan, indicator: &Indicator, period: Period, values: &impl Values) -> RollUp {
    let scene = Scene { plan, period, values };
    let nothing = |reason, formula: &str| RollUp::without(reason, formula.to_owned(), values.counties());
    let rollup = match &indicator.rollup {
        None => return nothing(RollUpReason::NotRolledUp, "方案文件没有写明怎样由各县数得出"),
        Some(Rollup::None { reason }) => return nothing(RollUpReason::NotRolledUp, reason),
        Some(rollup) => rollup,
    };
    let Some(draft) = formula::draft(&scene, indicator, rollup) else {
        return nothing(RollUpReason::NotRolledUp, "方案文件中没有公式所用的指标");
    };
    if indicator.is_due(period) {
        return finished(draft, values.counties());
    }
    let before = formula::before_the_year_ends(&scene, rollup).into_iter().collect();
    RollUp { inputs: before, ..RollUp::without(RollUpReason::NotDue, draft.formula, values.counties()) }
}

fn finished(draft: Draft, counties_of: usize) -> RollUp {
    let counties_in = counties_of.saturating_sub(draft.missing.len());
    let estimate = if counties_in == 0 { Err(RollUpReason::NothingReported) } else { draft.estimate };
    let reason = match &estimate {
        Err(reason) => *reason,
        Ok(_) if draft.missing.is_empty() => RollUpReason::Computed,
        Ok(_) => RollUpReason::Partial,
    };
    let value = estimate.as_ref().ok().map(Estimate::published);
    RollUp {
        value,
        carried: estimate.ok().map(|estimate| estimate.carried()),
        reason,
        is_ceiling: draft.is_ceiling,
        counties_in,
        counties_of,
        missing: draft.missing,
        weight_coverage: draft.weight_coverage,
        inputs: draft.inputs,
        formula: draft.formula,
    }
}

fn input(name: String, value: Decimal, unit: &str) -> Input {
    Input { name, value: decimal::round(value, decimal::SCALE).normalize(), unit: unit.to_owned() }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
