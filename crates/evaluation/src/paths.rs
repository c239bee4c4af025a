//! The way to a round: what each target expected, and what was published, at every due period of the year.

use std::collections::HashMap;

use leitai_domain::{micros, period::Period, verdict::Light};

use crate::{round::Round, row::Row, target_round::TargetRound};

/// The way to a round's verdicts, of the targets that anyone is behind on.
pub(crate) struct Paths<'a> {
    /// By place of the indicator in the plan's list; oldest first.
    earlier: HashMap<usize, Vec<(Period, TargetRound)>>,
    round: &'a Round,
}

/// One due period of one county. Amounts × 10⁶, in the indicator's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    /// The period.
    pub period: Period,
    /// What the pace expected.
    pub expected: Option<i64>,
    /// What was reported, rounded as published.
    pub actual: Option<i64>,
}

impl<'a> Paths<'a> {
    /// Assesses the months before anew: a round keeps no more of them than since when a county is behind.
    pub fn of(round: &'a Round) -> Self {
        let anyone = |target: &&TargetRound| target.reasons.iter().any(|reason| is_behind(reason.light()));
        let behind = round.targets.iter().filter(anyone);
        Self { earlier: behind.map(|target| (target.position, earlier(round, target.position))).collect(), round }
    }

    /// The due periods up to a verdict's, oldest first; none where it is not behind.
    pub fn points(&self, row: &Row) -> impl Iterator<Item = Point> {
        let behind = is_behind(row.verdict.light());
        let earlier = self.earlier.get(&row.indicator).filter(|_| behind).into_iter().flatten();
        let now = self.round.targets.iter().find(|target| behind && target.position == row.indicator);
        let periods = earlier.map(|(period, target)| (*period, target)).chain(now.map(|target| (self.round.period, target)));
        let county = row.county;
        periods.map(move |(period, target)| {
            let actual = target.published.get(county).copied().and_then(micros::value);
            Point { period, expected: target.expected.of(county), actual }
        })
    }
}

fn is_behind(light: Light) -> bool {
    matches!(light, Light::Yellow | Light::Red)
}

fn earlier(round: &Round, position: usize) -> Vec<(Period, TargetRound)> {
    let Some(indicator) = round.facts.plan.indicators.get(position) else { return Vec::new() };
    let Some(target) = &indicator.target else { return Vec::new() };
    let at = |month| (month, TargetRound::at(&round.known, position, indicator, target, month, &round.policy));
    let mut earlier: Vec<_> = round.period.earlier_this_year().map(at).filter(|(_, then)| then.is_due()).collect();
    earlier.reverse();
    earlier
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{COUNTIES, cube, evaluated, observed};

    /// Points of the first county as (period, expected, actual), in tenths.
    fn path(values: &[(&str, &str)], indicator: &str, period: &str) -> Vec<(String, Option<i64>, Option<i64>)> {
        let observed = values.iter().map(|(month, text)| observed(COUNTIES[0], indicator, month, text));
        let round = evaluated(&cube(observed), period);
        let paths = Paths::of(&round);
        let row = round.rows().find(|row| row.county == 0 && round.facts.plan.indicators[row.indicator].id == indicator).unwrap();
        let tenths = |micros: Option<i64>| micros.map(|micros| micros / 100_000);
        paths.points(&row).map(|point| (point.period.to_string(), tenths(point.expected), tenths(point.actual))).collect()
    }

    fn point(period: &str, expected: i64, actual: Option<i64>) -> (String, Option<i64>, Option<i64>) {
        (period.to_owned(), Some(expected), actual)
    }

    #[test]
    fn a_county_behind_has_every_due_month_with_what_was_published() {
        let found = path(&[("2025-M02", "7"), ("2025-M04", "3.27")], "industry_growth", "2025-M04");
        assert_eq!(found, [point("2025-M02", 60, Some(70)), point("2025-M03", 60, None), point("2025-M04", 60, Some(33))]);
    }

    #[test]
    fn yellow_has_one_and_green_and_missing_have_none() {
        assert_eq!(path(&[("2025-M02", "5.5")], "industry_growth", "2025-M02"), [point("2025-M02", 60, Some(55))]);
        assert!(path(&[("2025-M02", "1"), ("2025-M03", "6")], "industry_growth", "2025-M03").is_empty());
        assert!(path(&[("2025-M02", "1")], "industry_growth", "2025-M03").is_empty());
    }

    #[test]
    fn a_quarterly_target_has_its_quarters() {
        let found = path(&[("2025-M03", "5"), ("2025-M06", "2")], "gdp_growth", "2025-M06");
        assert_eq!(found, [point("2025-M03", 55, Some(50)), point("2025-M06", 55, Some(20))]);
    }
}
