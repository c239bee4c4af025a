//! The assessment of one target at one period over all counties: a column of reasons and a column of places.
//!
//! What [`crate::verdict::judge`] says of one county in words, this says of forty thousand in integers; both hold values against the
//! same [`Yardstick`].

mod reasons;

pub use self::reasons::Reasons;
use crate::{
    micros, pace,
    period::Period,
    plan::{Indicator, Pace, Target},
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
    /// Counties whose value came in after its round was frozen without one.
    fn late(&self) -> Vec<usize> {
        Vec::new()
    }
    /// True where another measure was reported in the indicator's place; asked only where its own value is absent.
    fn another_was_reported(&self, county: usize) -> bool;
}

/// One target at one period over all counties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Why each county has its light.
    pub reasons: Reasons,
    /// Values × 10⁶ rounded as published, [`micros::ABSENT`] where nothing was reported; shorter than the counties are many where nothing is
    /// asked, and the rest is absent.
    pub published: Vec<i64>,
    /// What is expected of each county.
    pub expected: Expected,
}

/// What a target expects of the counties, × 10⁶.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: not due, or not applicable.
    Nothing,
    /// The same of every county.
    Same(i64),
    /// Of each by its own season, in the counties' order.
    Each(Vec<i64>),
}

impl Expected {
    /// What is expected of a county.
    #[must_use]
    pub fn of(&self, county: usize) -> Option<i64> {
        match self {
            Self::Nothing => None,
            Self::Same(value) => Some(*value),
            Self::Each(values) => values.get(county).copied(),
        }
    }
}

/// Holds a column of counties against a target.
#[must_use]
pub fn assess(indicator: &Indicator, target: &Target, period: Period, known: &impl Known, counties: usize, policy: &Policy) -> Assessment {
    let mut published = micros::rounded_column(known.values().get(..counties).unwrap_or(known.values()), indicator.decimals);
    let ruler = Ruler::new(indicator, target, period, known, counties, policy);
    let same = |reason| Reasons::Same { reason, counties };
    let unreported = |county| verdict::why_unreported(indicator, known.another_was_reported(county), || known.base(county));
    let reasons = match &ruler {
        Ruler::Same(Asked::NotDue) => same(Reason::NotDue),
        Ruler::Same(Asked::NotApplicable) => same(Reason::NotApplicable),
        Ruler::Same(Asked::Value(yardstick)) => {
            published.resize(counties, micros::ABSENT);
            Reasons::Each(backfilled(by_one(yardstick, &published, unreported), known, policy))
        }
        Ruler::Each(asked) => {
            published.resize(counties, micros::ABSENT);
            Reasons::Each(backfilled(by_own(asked, &published, unreported), known, policy))
        }
    };
    Assessment { reasons, published, expected: ruler.expected() }
}

/// The few values that came in too late for their round.
fn backfilled(mut reasons: Vec<Reason>, known: &impl Known, policy: &Policy) -> Vec<Reason> {
    for county in known.late() {
        if let Some(reason) = reasons.get_mut(county) {
            *reason = reason.backfilled(policy);
        }
    }
    reasons
}

/// Holds all against one yardstick. All are compared first, and the few without a value looked at again: a column without branches is
/// judged in half the time.
fn by_one(yardstick: &Yardstick, published: &[i64], unreported: impl Fn(usize) -> Reason) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = published.iter().map(|value| yardstick.reason(*value)).collect();
    let absent = published.iter().zip(&mut reasons).enumerate().filter(|(_, (value, _))| **value == micros::ABSENT);
    absent.for_each(|(county, (_, reason))| *reason = unreported(county));
    reasons
}

/// Holds each against its own.
fn by_own(asked: &[Asked], published: &[i64], unreported: impl Fn(usize) -> Reason) -> Vec<Reason> {
    let of_county = |(county, (asked, value)): (usize, (&Asked, &i64))| match asked {
        Asked::NotDue => Reason::NotDue,
        Asked::NotApplicable => Reason::NotApplicable,
        Asked::Value(_) if *value == micros::ABSENT => unreported(county),
        Asked::Value(yardstick) => yardstick.reason(*value),
    };
    asked.iter().zip(published).enumerate().map(of_county).collect()
}

/// The yardstick of each county: the same for all but where the pace follows their seasons.
enum Ruler {
    Same(Asked),
    Each(Vec<Asked>),
}

impl Ruler {
    fn new(indicator: &Indicator, target: &Target, period: Period, known: &impl Known, counties: usize, policy: &Policy) -> Self {
        let asked = |base| Yardstick::of(indicator, target, period, base, policy);
        let due = matches!(asked(None), Asked::Value(_));
        if due && matches!(pace::pace_of(indicator, target), Pace::Seasonal) {
            return Self::Each((0..counties).map(|county| asked(known.base(county).known())).collect());
        }
        Self::Same(asked(None))
    }

    fn expected(&self) -> Expected {
        let value = |asked: &Asked| if let Asked::Value(yardstick) = asked { Some(yardstick.expected()) } else { None };
        match self {
            Self::Same(asked) => value(asked).map_or(Expected::Nothing, Expected::Same),
            Self::Each(asked) => Expected::Each(asked.iter().filter_map(value).collect()),
        }
    }
}

impl Assessment {
    /// True where the target expects something at the period.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.expected != Expected::Nothing
    }

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
        late: Vec<usize>,
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

        fn late(&self) -> Vec<usize> {
            self.late.clone()
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
            late in proptest::collection::btree_set(0_usize..20, 0..20),
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
                late: late.iter().copied().collect(),
            };
            let assessment = assess(&indicator, target, period, &columns, counties.len(), &policy);
            for (at, (value, choice, other)) in counties.iter().enumerate() {
                let instead = Instead { indicator: &indicator, value: rust_decimal::Decimal::ONE };
                let instead = if *other && value.is_none() { vec![instead] } else { Vec::new() };
                let alone = judge(&indicator, target, period, &Evidence { value: value.map(decimal::from_micros), instead, base: base(*choice), late: late.contains(&at) }, &policy);
                prop_assert_eq!(assessment.reasons.of(at), Some(alone.reason));
                prop_assert_eq!(assessment.expected.of(at).map(decimal::from_micros), alone.expected);
            }
        }
    }

    #[test]
    fn a_short_column_is_filled_with_nothing() {
        let indicator = indicator("rate", "%", "8以上", "");
        let columns = Columns { values: vec![9_040_000], bases: vec![BaseShare::NotAdditive; 3], others: vec![false; 3], late: Vec::new() };
        let found = assess(&indicator, indicator.target.as_ref().unwrap(), month(3), &columns, 3, &Policy::example().unwrap());
        assert_eq!(found.reasons, Reasons::Each(vec![Reason::Met, Reason::NotReported, Reason::NotReported]));
        assert_eq!((found.published.clone(), found.is_due()), (vec![9_000_000, micros::ABSENT, micros::ABSENT], true));
        assert_eq!(found.places(1), [Place::new(1), None, None]);
    }
}
