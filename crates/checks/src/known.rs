//! What rules need to know beside the incoming values.

use std::collections::{BTreeSet, HashMap};

use leitai_domain::{
    division::{Level, Registry},
    period::Period,
};

/// The values in force, and which division belongs to which.
pub trait Known: Sync {
    /// The value in force in 10⁻⁶ of the indicator's unit, where there is one.
    fn value(&self, division: &str, indicator: &str, period: Period) -> Option<i64>;
    /// The city that a county belongs to.
    fn city_of(&self, division: &str) -> Option<&str>;
    /// The counties of a city, ascending; empty for any other division.
    fn counties_of(&self, division: &str) -> Vec<&str>;
    /// The division's name, for messages.
    fn name(&self, division: &str) -> Option<&str>;
}

/// Which values in force are looked at: each of the divisions, indicators and periods, the incoming ones' own among them where a rule
/// looks at those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// GB/T 2260 codes.
    pub divisions: BTreeSet<String>,
    /// Of the plan.
    pub indicators: BTreeSet<String>,
    /// Of this year and the neighbouring ones.
    pub periods: BTreeSet<Period>,
}

/// Values in force held in memory, over a list of divisions.
#[derive(Debug)]
pub struct Values<'a> {
    registry: &'a Registry,
    counties: HashMap<&'a str, Vec<&'a str>>,
    values: HashMap<String, HashMap<String, Vec<(Period, i64)>>>,
}

impl<'a> Values<'a> {
    /// No value in force.
    #[must_use]
    pub fn new(registry: &'a Registry) -> Self {
        let mut counties: HashMap<&'a str, Vec<&'a str>> = HashMap::new();
        for county in registry.iter().filter(|division| division.level == Level::County) {
            if let Some(city) = registry.prefecture_of(&county.code) {
                counties.entry(&city.code).or_default().push(&county.code);
            }
        }
        counties.values_mut().for_each(|codes| codes.sort_unstable());
        Self { registry, counties, values: HashMap::new() }
    }

    /// Puts a value in force, in place of an earlier one.
    pub fn insert(&mut self, division: &str, indicator: &str, period: Period, micros: i64) {
        let of_division = self.values.entry(division.to_owned()).or_default();
        let periods = of_division.entry(indicator.to_owned()).or_default();
        periods.retain(|(known, _)| *known != period);
        periods.push((period, micros));
    }
}

impl Known for Values<'_> {
    fn value(&self, division: &str, indicator: &str, period: Period) -> Option<i64> {
        let periods = self.values.get(division)?.get(indicator)?;
        periods.iter().find(|(known, _)| *known == period).map(|(_, micros)| *micros)
    }

    fn city_of(&self, division: &str) -> Option<&str> {
        self.registry.prefecture_of(division).map(|city| city.code.as_str()).filter(|city| *city != division)
    }

    fn counties_of(&self, division: &str) -> Vec<&str> {
        self.counties.get(division).cloned().unwrap_or_default()
    }

    fn name(&self, division: &str) -> Option<&str> {
        self.registry.get(division).map(|division| division.name.as_str())
    }
}
