//! What may be typed into an entry cell: wide enough for every true value, narrow enough to stop a slip of the unit or the key.

use leitai_domain::plan::{Indicator, Kind};

use crate::units;

/// The bounds of an entry cell, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Least value, in the indicator's unit.
    pub least: i64,
    /// Largest value, in the indicator's unit.
    pub most: i64,
    /// True where only whole numbers make sense.
    pub whole: bool,
}

/// Largest growth, %: foreign capital from a small base grows a hundredfold.
const GROWTH: i64 = 10_000;
/// Largest count.
const COUNT: i64 = 1_000_000;
/// Largest amount, in whatever unit: the store holds up to 9.2 × 10¹².
const AMOUNT: i64 = 1_000_000_000;

impl Range {
    /// The bounds of an indicator, by its kind and unit. What cannot be negative: shares, counts and amounts that are no change.
    #[must_use]
    pub fn of(indicator: &Indicator) -> Self {
        let whole = units::is_count(&indicator.unit);
        let (least, most) = match (indicator.kind, units::is_percent(&indicator.unit)) {
            (Kind::Share, true) => (0, 100),
            // An amount cannot shrink by more than the whole of it.
            (Kind::Rate, true) => (-100, GROWTH),
            (Kind::Change, _) if units::is_point(&indicator.unit) => (-100, 100),
            (kind, _) => {
                let most = if whole { COUNT } else { AMOUNT };
                (if matches!(kind, Kind::Flow | Kind::Level) { 0 } else { -most }, most)
            }
        };
        Self { least, most, whole }
    }

    /// The rule as a clerk reads it.
    #[must_use]
    pub fn chinese(self) -> String {
        format!("{}至{}之间的{}", short(self.least), short(self.most), if self.whole { "整数" } else { "数" })
    }
}

/// `10亿`, `-100万`, `100`.
fn short(bound: i64) -> String {
    match bound {
        0 => "0".to_owned(),
        bound if bound % 100_000_000 == 0 => format!("{}亿", bound / 100_000_000),
        bound if bound % 10_000 == 0 => format!("{}万", bound / 10_000),
        bound => bound.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use leitai_domain::{plan::Plan, shipped, simulate};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("gdp_growth", -100, GROWTH, false)]
    #[case("province_processing_rate", 0, 100, false)]
    #[case("industry_share_change", -100, 100, false)]
    #[case("tech_results", 0, COUNT, true)]
    #[case("new_industrial_enterprises", -COUNT, COUNT, true)]
    #[case("budget_revenue", 0, AMOUNT, false)]
    #[case("loan_change_since_january", -AMOUNT, AMOUNT, false)]
    fn bounds_follow_from_kind_and_unit(#[case] id: &str, #[case] least: i64, #[case] most: i64, #[case] whole: bool) {
        let plan = Plan::from_toml(shipped::plan(simulate::PLAN).unwrap()).unwrap();
        assert_eq!(Range::of(plan.indicator(id).unwrap()), Range { least, most, whole });
    }

    #[test]
    fn bounds_are_told_in_short() {
        assert_eq!(Range { least: -100, most: GROWTH, whole: false }.chinese(), "-100至1万之间的数");
        assert_eq!(Range { least: -COUNT, most: COUNT, whole: true }.chinese(), "-100万至100万之间的整数");
        assert_eq!(Range { least: 0, most: AMOUNT, whole: false }.chinese(), "0至10亿之间的数");
    }
}
