//! The assessment of one target at one period over all counties: a column of reasons and a column of places.
//!
//! What [`crate::verdict::judge`] says of one county in words, this says of forty thousand in integers; both hold values against the
//! same [`Yardstick`].

use crate::{
    micros,
    period::Period,
    plan::{Indicator, Target},
    policy::Policy,
    ranking::{self, Place},
    still_needed::BaseShare,
    verdict::{self, Reason},
    yardstick::{Asked, Yardstick},
};

/// What is known of all counties for one target at one period, each column in the counties' order.
pub trait Known {
    /// The indicator's own values × 10⁶, [`micros::ABSENT`] where nothing was reported; may be shorter than the counties are many.
    fn values(&self) -> &[i64];
    /// Last year's share of the same months; asked where the pace or a missing value needs it.
    fn base(&self, county: usize) -> BaseShare;
    /// True where another measure was reported in the indicator's place; asked only where its own value is absent.
    fn another_was_reported(&self, county: usize) -> bool;
}

/// One target at one period over all counties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Why each county has its light.
    pub reasons: Vec<Reason>,
    /// Values × 10⁶ rounded as published, [`micros::ABSENT`] where nothing was reported.
    pub published: Vec<i64>,
    /// True where the target expects something at the period.
    pub due: bool,
}

/// Holds a column of counties against a target.
#[must_use]
pub fn assess(indicator: &Indicator, target: &Target, period: Period, known: &impl Known, counties: usize, policy: &Policy) -> Assessment {
    let mut published = micros::rounded_column(known.values().get(..counties).unwrap_or(known.values()), indicator.decimals);
    published.resize(counties, micros::ABSENT);
    let seasonal = matches!(crate::pace::pace_of(indicator, target), crate::plan::Pace::Seasonal);
    let asked = |base| Yardstick::of(indicator, target, period, base, policy);
    let same = asked(None);
    let reason = |(county, value): (usize, &i64)| {
        let held = if seasonal { asked(known.base(county).known()) } else { same };
        match (held, *value) {
            (Asked::NotDue, _) => Reason::NotDue,
            (Asked::NotApplicable, _) => Reason::NotApplicable,
            (_, micros::ABSENT) => verdict::why_unreported(indicator, known.another_was_reported(county), known.base(county)),
            (Asked::Value(yardstick), value) => yardstick.reason(value),
        }
    };
    let reasons = published.iter().enumerate().map(reason).collect();
    Assessment { reasons, published, due: matches!(same, Asked::Value(_)) }
}

impl Assessment {
    /// Places of the counties with a value, on the values as published.
    #[must_use]
    pub fn places(&self, decimals: u32) -> Vec<Option<Place>> {
        ranking::column_places(&self.published, decimals)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        decimal,
        testing::{indicator, month},
        verdict::{Evidence, Instead, judge},
    };

    struct Columns {
        values: Vec<i64>,
        bases: Vec<BaseShare>,
        others: Vec<bool>,
    }

    impl Known for Columns {
        fn values(&self) -> &[i64] {
            &self.values
        }

        fn base(&self, county: usize) -> BaseShare {
            self.bases[county]
        }

        fn another_was_reported(&self, county: usize) -> bool {
            self.others[county]
        }
    }

    fn base(choice: u8) -> BaseShare {
        match choice {
            0 => BaseShare::Undefined,
            1 => BaseShare::NotAdditive,
            2 => BaseShare::Assumed(decimal::parse("0.25").unwrap()),
            share => BaseShare::Known(rust_decimal::Decimal::new(i64::from(share), 1)),
        }
    }

    proptest! {
        /// The column says of each county what is said of it alone.
        #[test]
        fn a_column_agrees_with_each_county_alone(
            counties in proptest::collection::vec((proptest::option::of(-3_000_000_i64..30_000_000), 0_u8..9, proptest::bool::ANY), 1..20),
            shape in 0_usize..7, period in 1_u8..=12,
        ) {
            let (kind, unit, text, more) = [
                ("rate", "%", "5.5左右", ""), ("rate", "%", "8以上", ""), ("change", "个百分点", "0.5以上", ""), ("flow", "亿元", "20以上", "pace = \"seasonal\""),
                ("flow", "项", "超过12", "pace = { milestones = [{ month = 6, value = \"5\" }, { month = 12, value = \"12\" }] }"),
                ("level", "户", "20以上", "baseline = \"10\""), ("share", "%", "—", ""),
            ][shape];
            let (indicator, policy) = (indicator(kind, unit, text, more), Policy::example().unwrap());
            let (target, period) = (indicator.target.as_ref().unwrap(), month(period));
            let columns = Columns {
                values: counties.iter().map(|(value, ..)| value.unwrap_or(micros::ABSENT)).collect(),
                bases: counties.iter().map(|(_, choice, _)| base(*choice)).collect(),
                others: counties.iter().map(|(.., other)| *other).collect(),
            };
            let assessment = assess(&indicator, target, period, &columns, counties.len(), &policy);
            for (at, (value, choice, other)) in counties.iter().enumerate() {
                let instead = Instead { indicator: &indicator, value: rust_decimal::Decimal::ONE };
                let instead = if *other && value.is_none() { vec![instead] } else { Vec::new() };
                let alone = judge(&indicator, target, period, &Evidence { value: value.map(decimal::from_micros), instead, base: base(*choice) }, &policy);
                prop_assert_eq!(assessment.reasons[at], alone.reason);
            }
        }
    }

    #[test]
    fn a_short_column_is_filled_with_nothing() {
        let indicator = indicator("rate", "%", "8以上", "");
        let columns = Columns { values: vec![9_040_000], bases: vec![BaseShare::NotAdditive; 3], others: vec![false; 3] };
        let found = assess(&indicator, indicator.target.as_ref().unwrap(), month(3), &columns, 3, &Policy::example().unwrap());
        assert_eq!(found.reasons, [Reason::Met, Reason::NotReported, Reason::NotReported]);
        assert_eq!((found.published.clone(), found.due), (vec![9_000_000, micros::ABSENT, micros::ABSENT], true));
        assert_eq!(found.places(1), [Place::new(1), None, None]);
    }
}
