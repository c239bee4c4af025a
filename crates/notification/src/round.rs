//! A frozen round as notification sees it, checked by [`crate::convert`].

use leitai_domain::period::Period;
use time::Date;

/// The state of one verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// Met, on pace, or within the band.
    Green,
    /// Behind, inside the warning margin.
    Yellow,
    /// Behind.
    Red,
    /// Not due, or not applicable.
    Grey,
    /// Due and not reported.
    Missing,
}

impl Light {
    /// Its name as agencies read it.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Green => "达标",
            Self::Yellow => "略低",
            Self::Red => "落后",
            Self::Grey => "不评",
            Self::Missing => "缺报",
        }
    }
}

/// A frozen round with all its findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The plan.
    pub plan_id: String,
    /// The plan's title, Chinese.
    pub plan_title: String,
    /// What it covers.
    pub period: Period,
    /// Every verdict, in the plan's order of indicators, then by division.
    pub findings: Vec<Finding>,
    /// How expected values, lights and ranks were computed, Chinese, one sentence each.
    pub method_notes: Vec<String>,
    /// True where any value in it was simulated.
    pub simulated: bool,
    /// Measures of the responsibility list that were overdue at the freeze. They change no verdict and lead to no letter.
    pub overdue: Vec<OverdueMeasure>,
}

/// A measure that was overdue when the round was frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdueMeasure {
    /// The indicator whose target it serves.
    pub indicator_id: String,
    /// The division whose target it serves.
    pub division_code: String,
    /// The project.
    pub project: String,
    /// The measure.
    pub measure: String,
    /// The agency answerable for it.
    pub owner: String,
    /// The last day.
    pub due: Date,
    /// Days from then to the freeze.
    pub days: i32,
}

/// One target × division. Amounts are in the indicator's unit, in 10⁻⁶.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The indicator.
    pub indicator_id: String,
    /// Its name as printed.
    pub indicator_name: String,
    /// `%`, `个百分点`, `项`.
    pub unit: String,
    /// GB/T 2260 code.
    pub division_code: String,
    /// The division's full name.
    pub division_name: String,
    /// The prefecture's GB/T 2260 code; empty where the county has none.
    pub prefecture_code: String,
    /// The prefecture's full name; empty where the county has none.
    pub prefecture_name: String,
    /// The target as printed: `5.5左右`.
    pub target_text: String,
    /// What the pace expects.
    pub expected: Option<i64>,
    /// What was reported.
    pub actual: Option<i64>,
    /// Actual − expected; negative is behind.
    pub gap: Option<i64>,
    /// The state.
    pub light: Light,
    /// The place, 1 is best.
    pub rank: Option<i32>,
    /// How many counties were ranked.
    pub ranked_count: i32,
    /// What the rest of the year has to bring.
    pub still_needed: Option<StillNeeded>,
    /// What was measured in place of the indicator; empty where the indicator itself was.
    pub proxy: String,
    /// True where the value was simulated.
    pub simulated: bool,
    /// Who submitted the value; empty where nothing was reported, or where that was not recorded.
    pub submitter: String,
    /// The agencies that evaluate the target.
    pub agencies: Vec<String>,
    /// First period of the unbroken run of red verdicts that ends here.
    pub behind_since: Option<Period>,
    /// Anything a reader must know; may be empty.
    pub note: String,
    /// Decimals it is published with, 0 to 6.
    pub decimals: u32,
    /// Due periods of the year up to this round, oldest first; empty where it is neither red nor yellow.
    pub path: Vec<PathPoint>,
}

/// One due period on the way to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathPoint {
    /// The period, of the round's year.
    pub period: Period,
    /// What the pace expected.
    pub expected: Option<i64>,
    /// What was reported.
    pub actual: Option<i64>,
}

/// What the rest of the year still has to bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillNeeded {
    /// Growth of the remaining months, %, or the amount a month, in 10⁻⁶.
    pub value: i64,
    /// `%`, or the unit followed by `/月`.
    pub unit: String,
    /// True where last year's share is assumed even over the months.
    pub share_assumed: bool,
}

#[cfg(test)]
pub(crate) mod testing {
    //! Findings to test with.
    use super::*;

    /// Four per cent of growth where 5.5 is expected, third of twelve, red.
    pub fn finding(indicator: &str, code: &str, name: &str) -> Finding {
        Finding {
            indicator_id: indicator.to_owned(),
            indicator_name: "地区生产总值增速".to_owned(),
            unit: "%".to_owned(),
            division_code: code.to_owned(),
            division_name: name.to_owned(),
            prefecture_code: "430500".to_owned(),
            prefecture_name: "邵阳市".to_owned(),
            target_text: "5.5左右".to_owned(),
            expected: Some(5_500_000),
            actual: Some(4_100_000),
            gap: Some(-1_400_000),
            light: Light::Red,
            rank: Some(11),
            ranked_count: 12,
            still_needed: Some(StillNeeded { value: 5_966_667, unit: "%".to_owned(), share_assumed: true }),
            proxy: String::new(),
            simulated: false,
            submitter: "省统计局".to_owned(),
            agencies: vec!["省发展改革委".to_owned()],
            behind_since: Some(Period::new(2025, 3).unwrap()),
            note: String::new(),
            decimals: 1,
            path: Vec::new(),
        }
    }

    /// January to March 2025 with these findings.
    pub fn round(findings: Vec<Finding>) -> Round {
        Round {
            plan_id: "county-economy-2025".to_owned(),
            plan_title: "黑龙江省县域经济发展突破年行动方案".to_owned(),
            period: Period::new(2025, 3).unwrap(),
            findings,
            method_notes: vec!["增速类指标的序时应达值即年度目标。".to_owned()],
            simulated: false,
            overdue: Vec::new(),
        }
    }
}
