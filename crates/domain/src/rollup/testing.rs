//! Values of a few counties for the tests of roll-ups.

use std::{collections::HashMap, sync::LazyLock};

use rust_decimal::Decimal;

use super::Values;
use crate::{
    period::Period,
    plan::{Indicator, Plan},
    shipped,
    testing::dec,
};

/// Values by county or province, indicator and period.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub counties: usize,
    pub values: HashMap<(Option<usize>, String, Period), Decimal>,
}

impl Known {
    /// One indicator's values of the counties in order; `—` is not reported.
    pub fn with(mut self, id: &str, period: Period, column: &[&str]) -> Self {
        self.counties = self.counties.max(column.len());
        let reported = column.iter().enumerate().filter(|(_, text)| **text != "—");
        self.values.extend(reported.map(|(county, text)| ((Some(county), id.to_owned(), period), dec(text))));
        self
    }

    /// The province's own value.
    pub fn province(mut self, id: &str, period: Period, value: &str) -> Self {
        self.values.insert((None, id.to_owned(), period), dec(value));
        self
    }
}

impl Values for Known {
    fn county(&self, county: usize, indicator_id: &str, period: Period) -> Option<Decimal> {
        self.values.get(&(Some(county), indicator_id.to_owned(), period)).copied()
    }

    fn province(&self, indicator_id: &str, period: Period) -> Option<Decimal> {
        self.values.get(&(None, indicator_id.to_owned(), period)).copied()
    }

    fn counties(&self) -> usize {
        self.counties
    }
}

/// The shipped plan of the counties, read once.
pub fn plan() -> &'static Plan {
    static PLAN: LazyLock<Plan> = LazyLock::new(|| Plan::from_toml(shipped::plan("heilongjiang-county-economy-2025").unwrap()).unwrap());
    &PLAN
}

/// One of its indicators.
pub fn of(id: &str) -> &'static Indicator {
    plan().indicator(id).unwrap()
}
