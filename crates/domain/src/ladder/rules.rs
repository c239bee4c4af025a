//! What a policy says of each tier: when a case stands on it, who is written to, and by when they answer.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::Tier;

/// Most working days that a deadline may give.
const LONGEST_DEADLINE: u8 = 60;

/// The tiers of a policy, gentlest first; a case stands on the highest whose triggers it meets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Ladder {
    steps: Vec<Step>,
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The tier.
    pub tier: Tier,
    /// Any one of these puts a case on it.
    pub triggers: Vec<Trigger>,
    /// Who is written to.
    pub receives: BTreeSet<Recipient>,
    /// Working days until an owner has to acknowledge, 1 to 60.
    pub acknowledge_working_days: u8,
    /// Working days until a written answer is due, 1 to 60.
    pub reply_working_days: u8,
    /// Rounds from one letter of this tier to the next about the same case, 1 to 12: 1 is every round.
    #[serde(default = "every_round")]
    pub repeat_after_rounds: u32,
    /// Where the numbers come from.
    pub origin: String,
}

/// What puts a case on a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Behind in this many due periods without a break, the round's own included.
    Periods(u32),
    /// Behind by at least this many percentage points; for indicators in % and 个百分点.
    GapPoints(Decimal),
    /// Behind by at least this percent of what is expected; for all other indicators.
    GapPercent(Decimal),
    /// At least this many deadlines missed (to acknowledge, to file a measure, to rectify) since the case was opened.
    MissedDeadlines(u32),
}

/// Who is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Every agency that evaluates the target.
    EvaluatingAgency,
    /// The task force of the county that is behind.
    CountyTaskForce,
    /// The task force of its prefecture.
    CityTaskForce,
    /// The task force of the province.
    ProvincialTaskForce,
}

/// Why tiers are no ladder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LadderError {
    /// No tier at all.
    #[error("policy: there is no [[tier]]; the gentlest one has triggers = [{{ periods = 1 }}]")]
    Empty,
    /// Not gentlest first, or one twice.
    #[error("policy: the tiers must stand gentlest first and once each: notice, warning, supervision, interview; {0:?} does not")]
    Order(Tier),
    /// What is behind for the first time would get no letter.
    #[error("policy: the first tier must have the trigger {{ periods = 1 }}: a case is opened by one period behind")]
    First,
    /// A field out of bounds.
    #[error("policy: tier {tier:?}: {field} {right}")]
    Field {
        /// The tier.
        tier: Tier,
        /// The field.
        field: &'static str,
        /// What would be right.
        right: &'static str,
    },
}

fn every_round() -> u32 {
    1
}

impl Ladder {
    /// The steps, gentlest first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What the policy says of a tier; where it has no such tier, of the next gentler one, or of the gentlest.
    #[must_use]
    pub fn step(&self, tier: Tier) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.tier <= tier).or_else(|| self.steps.first())
    }

    /// Holds the tiers against each other and their numbers against their bounds.
    ///
    /// # Errors
    /// [`LadderError`] names the tier and the field.
    pub fn check(&self) -> Result<(), LadderError> {
        let first = self.steps.first().ok_or(LadderError::Empty)?;
        if !first.triggers.contains(&Trigger::Periods(1)) {
            return Err(LadderError::First);
        }
        if let Some((_, later)) = self.steps.iter().zip(self.steps.iter().skip(1)).find(|(step, later)| step.tier >= later.tier) {
            return Err(LadderError::Order(later.tier));
        }
        self.steps.iter().try_for_each(Step::check)
    }
}

impl Step {
    fn check(&self) -> Result<(), LadderError> {
        let deadline = |days| (1..=LONGEST_DEADLINE).contains(&days);
        let wrong = [
            (self.triggers.is_empty() || !self.triggers.iter().all(Trigger::is_sound), "triggers", "must be at least one, each above 0"),
            (self.receives.is_empty(), "receives", "must name at least one recipient"),
            (!deadline(self.acknowledge_working_days), "acknowledge_working_days", "must be 1 to 60"),
            (!deadline(self.reply_working_days), "reply_working_days", "must be 1 to 60"),
            (!(1..=12).contains(&self.repeat_after_rounds), "repeat_after_rounds", "must be 1 to 12"),
            (self.origin.trim().is_empty(), "origin", "must say where the numbers come from"),
        ];
        match wrong.into_iter().find(|(is_wrong, ..)| *is_wrong) {
            Some((_, field, right)) => Err(LadderError::Field { tier: self.tier, field, right }),
            None => Ok(()),
        }
    }
}

impl Trigger {
    fn is_sound(&self) -> bool {
        match self {
            Self::Periods(count) | Self::MissedDeadlines(count) => *count > 0,
            Self::GapPoints(gap) | Self::GapPercent(gap) => *gap > Decimal::ZERO,
        }
    }

    /// `连续2期落后`, `差距达3个百分点`.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Periods(count) => format!("连续{count}期落后"),
            Self::GapPoints(gap) => format!("差距达{}个百分点", gap.normalize()),
            Self::GapPercent(gap) => format!("差距达应达值的{}%", gap.normalize()),
            Self::MissedDeadlines(count) => format!("逾期{count}次"),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;

    use super::*;

    #[derive(Deserialize)]
    struct File {
        tier: Ladder,
    }

    /// Three tiers, the last by missed deadlines.
    pub const TIERS: &str = r#"
        [[tier]]
        tier = "notice"
        triggers = [{ periods = 1 }]
        receives = ["evaluating_agency", "county_task_force"]
        acknowledge_working_days = 3
        reply_working_days = 10
        origin = "x"
        [[tier]]
        tier = "warning"
        triggers = [{ periods = 2 }, { gap_points = "3" }, { gap_percent = "50" }]
        receives = ["evaluating_agency", "county_task_force", "city_task_force"]
        acknowledge_working_days = 2
        reply_working_days = 7
        repeat_after_rounds = 2
        origin = "x"
        [[tier]]
        tier = "interview"
        triggers = [{ missed_deadlines = 2 }]
        receives = ["provincial_task_force"]
        acknowledge_working_days = 1
        reply_working_days = 5
        origin = "x"
    "#;

    pub fn ladder(text: &str) -> Ladder {
        toml::from_str::<File>(text).unwrap().tier
    }

    #[test]
    fn a_missing_tier_goes_by_the_next_gentler_one() {
        let ladder = ladder(TIERS);
        ladder.check().unwrap();
        let days = |tier| ladder.step(tier).unwrap().reply_working_days;
        assert_eq!(Tier::ALL.map(days), [10, 7, 7, 5]);
    }

    #[rstest]
    #[case::none(TIERS.split("[[tier]]").next().unwrap().to_owned() + "tier = []", "there is no [[tier]]")]
    #[case::order(TIERS.replacen("\"warning\"", "\"interview\"", 1), "Interview does not")]
    #[case::first(TIERS.replacen("periods = 1", "periods = 2", 1), "a case is opened by one period behind")]
    #[case::trigger(TIERS.replacen("\"3\"", "\"-3\"", 1), "tier Warning: triggers must be at least one, each above 0")]
    #[case::days(TIERS.replacen("reply_working_days = 7", "reply_working_days = 61", 1), "reply_working_days must be 1 to 60")]
    #[case::nobody(TIERS.replacen("[\"provincial_task_force\"]", "[]", 1), "tier Interview: receives must name at least one recipient")]
    #[case::repeat(TIERS.replacen("repeat_after_rounds = 2", "repeat_after_rounds = 0", 1), "repeat_after_rounds must be 1 to 12")]
    fn refuses(#[case] text: String, #[case] says: &str) {
        let error = ladder(&text).check().unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }

    #[rstest]
    #[case(Trigger::Periods(2), "连续2期落后")]
    #[case(Trigger::GapPoints(Decimal::new(30, 1)), "差距达3个百分点")]
    #[case(Trigger::GapPercent(Decimal::new(50, 0)), "差距达应达值的50%")]
    #[case(Trigger::MissedDeadlines(1), "逾期1次")]
    fn triggers_are_told_in_words(#[case] trigger: Trigger, #[case] words: &str) {
        assert_eq!(trigger.chinese(), words);
    }
}
