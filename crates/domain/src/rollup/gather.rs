//! Which counties have all that a formula takes.

use rust_decimal::Decimal;

use super::{
    RollUpReason, Values,
    estimate::{Estimate, Estimated, fits, half_unit},
};
use crate::{
    period::Period,
    plan::{Indicator, Plan},
};

/// What a formula is computed in.
pub(super) struct Scene<'a, V> {
    pub(super) plan: &'a Plan,
    pub(super) period: Period,
    pub(super) values: &'a V,
}

/// An indicator's values at a period: one column of the counties.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) indicator: &'a Indicator,
    pub(super) period: Period,
}

impl<'a> At<'a> {
    /// The same months of last year.
    pub(super) fn last_year(self) -> Self {
        Self { period: self.period.last_year(), ..self }
    }

    /// The whole of last year; the period itself where a year has no December.
    pub(super) fn whole_last_year(self) -> Self {
        let before = self.period.last_year();
        Self { period: Period::new(before.year(), 12).unwrap_or(before), ..self }
    }

    fn of(self, values: &impl Values, county: usize) -> Option<Decimal> {
        values.county(county, &self.indicator.id, self.period)
    }

    /// The column's sum with what its rounding may hide.
    pub(super) fn sum(self, column: impl ExactSizeIterator<Item = Decimal>) -> Estimated {
        let hidden = fits(half_unit(self.indicator).checked_mul(Decimal::from(column.len())))?;
        Estimate::around(total(column)?, hidden)
    }
}

/// The counties that have every value, and those that do not.
pub(super) struct Gathered<const N: usize> {
    pub(super) rows: Vec<[Decimal; N]>,
    pub(super) missing: Vec<usize>,
}

impl<const N: usize> Gathered<N> {
    /// One value of every county that is in.
    pub(super) fn column(&self, at: usize) -> impl ExactSizeIterator<Item = Decimal> {
        self.rows.iter().map(move |row| row.get(at).copied().unwrap_or_default())
    }
}

impl<'a, V: Values> Scene<'a, V> {
    /// An indicator of the plan at the scene's period; `None` only where the plan was not checked.
    pub(super) fn at(&self, id: &str) -> Option<At<'a>> {
        Some(At { indicator: self.plan.indicator(id)?, period: self.period })
    }

    /// Every county that has all of these and is `usable`.
    pub(super) fn gather<const N: usize>(&self, wanted: [At<'_>; N], usable: impl Fn(&[Decimal; N]) -> bool) -> Gathered<N> {
        let mut gathered = Gathered { rows: Vec::new(), missing: Vec::new() };
        for county in 0..self.values.counties() {
            let found = wanted.map(|at| at.of(self.values, county));
            let row = found.map(Option::unwrap_or_default);
            if found.iter().all(Option::is_some) && usable(&row) {
                gathered.rows.push(row);
            } else {
                gathered.missing.push(county);
            }
        }
        gathered
    }

    /// The part of a column's sum that the counties other than `missing` have, 0 to 1.
    pub(super) fn covered(&self, missing: &[usize], weight: At<'_>) -> Option<Decimal> {
        let counties = self.values.counties();
        if missing.is_empty() && counties > 0 {
            return Some(Decimal::ONE);
        }
        let amounts: Vec<Decimal> = (0..counties).map(|county| weight.of(self.values, county)).collect::<Option<_>>()?;
        let whole = total(amounts.iter().copied()).ok().filter(|whole| *whole > Decimal::ZERO)?;
        let out = missing.iter().filter_map(|county| amounts.get(*county)).copied();
        let part = whole.checked_sub(total(out).ok()?)?.checked_div(whole)?;
        (Decimal::ZERO..=Decimal::ONE).contains(&part).then_some(part)
    }
}

/// The exact sum.
pub(super) fn total(values: impl IntoIterator<Item = Decimal>) -> Result<Decimal, RollUpReason> {
    fits(values.into_iter().try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value)))
}
