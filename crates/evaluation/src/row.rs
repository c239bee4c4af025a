//! One verdict of a round, and counts of verdicts by light.

use leitai_domain::{
    period::Period,
    verdict::{Light, Verdict},
};

use crate::cube::{Cell, Moment};

/// One verdict with what is printed beside it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Place of the indicator in the plan's list.
    pub indicator: usize,
    /// Place of the county in the plan's counties.
    pub county: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// What was reported, with all beside it.
    pub cell: Option<Cell>,
    /// Since when that is in force.
    pub since: Option<Moment>,
    /// Place among the counties with a value.
    pub rank: Option<u32>,
    /// Counties with a value.
    pub ranked: usize,
    /// First period of the unbroken run of red verdicts that ends here.
    pub behind_since: Option<Period>,
}

/// Verdicts by light.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LightCounts {
    /// Green.
    pub green: i32,
    /// Yellow.
    pub yellow: i32,
    /// Red.
    pub red: i32,
    /// Grey.
    pub grey: i32,
    /// Missing.
    pub missing: i32,
}

impl LightCounts {
    /// Counts by light.
    pub fn of(lights: impl IntoIterator<Item = Light>) -> Self {
        let mut counts = Self::default();
        lights.into_iter().for_each(|light| counts.add(light));
        counts
    }

    /// Counts one more.
    pub fn add(&mut self, light: Light) {
        *match light {
            Light::Green => &mut self.green,
            Light::Yellow => &mut self.yellow,
            Light::Red => &mut self.red,
            Light::Grey => &mut self.grey,
            Light::Missing => &mut self.missing,
        } += 1;
    }
}
