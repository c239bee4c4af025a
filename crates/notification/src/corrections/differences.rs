//! What a letter told held against what is known now. Pure.

use std::collections::HashMap;

use leitai_domain::period::Period;

use crate::{
    letter::figures,
    round::{Finding, Light, Round},
};

/// Indicator and division.
pub type Key = (String, String);

/// The figures of a finding that a correction can change. Amounts are in the indicator's unit, in 10⁻⁶.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// What the pace expected.
    pub expected: Option<i64>,
    /// What was reported.
    pub actual: Option<i64>,
    /// Actual − expected.
    pub gap: Option<i64>,
    /// The state.
    pub light: Light,
    /// The place.
    pub rank: Option<i32>,
    /// How many counties were ranked.
    pub ranked_count: i32,
    /// First period of the unbroken run of red verdicts.
    pub behind_since: Option<Period>,
}

/// A figure that letters print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// 序时应达.
    Expected,
    /// 实际.
    Actual,
    /// 差距.
    Gap,
    /// 评价.
    Light,
    /// 位次.
    Rank,
    /// 连续落后.
    Since,
}

/// A figure that reads otherwise now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub field: Field,
    /// As it was told last.
    pub told: String,
    /// As it reads now.
    pub right: String,
}

/// A finding of a letter with what is another now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// As it was told last.
    pub told: Finding,
    /// As it is known now.
    pub now: Finding,
    /// At least one.
    pub lines: Vec<Line>,
    /// When the value that is known now came into force, Unix milliseconds.
    pub known_since: Option<i64>,
}

/// A round as it is known now.
#[derive(Debug, Clone)]
pub struct Known {
    /// The round.
    pub round: Round,
    /// When the value of each finding came into force, Unix milliseconds.
    pub since: HashMap<Key, i64>,
}

/// A letter's findings held against what is known now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// What is another, in the order of the letter's findings.
    pub items: Vec<Item>,
    /// Findings that the plan does not judge any more.
    pub not_judged: usize,
}

impl Field {
    /// Its heading in letters.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Expected => "序时应达",
            Self::Actual => "实际",
            Self::Gap => "差距",
            Self::Light => "评价",
            Self::Rank => "位次",
            Self::Since => "连续落后",
        }
    }
}

impl Figures {
    /// Those of a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        Self {
            expected: finding.expected,
            actual: finding.actual,
            gap: finding.gap,
            light: finding.light,
            rank: finding.rank,
            ranked_count: finding.ranked_count,
            behind_since: finding.behind_since,
        }
    }

    /// The finding with these in place of its own.
    #[must_use]
    pub fn told_of(self, finding: Finding) -> Finding {
        let Self { expected, actual, gap, light, rank, ranked_count, behind_since } = self;
        Finding { expected, actual, gap, light, rank, ranked_count, behind_since, ..finding }
    }
}

impl Item {
    /// True where its own value was corrected.
    #[must_use]
    pub fn is_of_value(&self) -> bool {
        self.lines.iter().any(|line| line.field == Field::Actual)
    }

    /// True where only its place is another.
    #[must_use]
    pub fn is_of_rank_only(&self) -> bool {
        self.lines.iter().all(|line| line.field == Field::Rank)
    }
}

/// Holds what a letter told, as it was printed and corrected since, against what is known now.
#[must_use]
pub fn differences(held: &[Key], printed: &HashMap<Key, &Finding>, told_since: &HashMap<Key, Figures>, known: &Known) -> Differences {
    let now: HashMap<(&str, &str), &Finding> =
        known.round.findings.iter().map(|finding| ((finding.indicator_id.as_str(), finding.division_code.as_str()), finding)).collect();
    let mut differences = Differences::default();
    for key in held {
        let Some(printed) = printed.get(key) else { continue };
        let Some(now) = now.get(&(key.0.as_str(), key.1.as_str())) else {
            differences.not_judged += 1;
            continue;
        };
        let told = told_since.get(key).cloned().unwrap_or_else(|| Figures::of(printed)).told_of((*printed).clone());
        let lines = lines(&told, now);
        if !lines.is_empty() {
            differences.items.push(Item { told, now: (*now).clone(), lines, known_since: known.since.get(key).copied() });
        }
    }
    differences
}

/// What reads otherwise: an amount that is another only in decimals that are not printed does not.
fn lines(told: &Finding, now: &Finding) -> Vec<Line> {
    let places = [told, now].map(figures::decimals);
    let of = |field: Field, finding: &Finding, places: u32| match field {
        Field::Expected => figures::amount(finding.expected, places),
        Field::Actual => figures::amount(finding.actual, places),
        Field::Gap => figures::gap(finding, places),
        Field::Light => finding.light.chinese().to_owned(),
        Field::Rank => figures::rank(finding),
        Field::Since => figures::since(finding),
    };
    let same = |field: Field| match field {
        Field::Expected => told.expected == now.expected,
        Field::Actual => told.actual == now.actual,
        Field::Gap => told.gap == now.gap,
        Field::Light | Field::Rank | Field::Since => false,
    };
    let fields = [Field::Expected, Field::Actual, Field::Gap, Field::Light, Field::Rank, Field::Since];
    let line = |field: Field| Line { field, told: of(field, told, places[0]), right: of(field, now, places[1]) };
    fields.into_iter().filter(|field| !same(*field)).map(line).filter(|line| line.told != line.right).collect()
}

#[cfg(test)]
mod tests;
