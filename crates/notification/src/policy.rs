//! The policy: who is told, how urgently, and by when they answer. The shipped one is an example and is printed as such.

use leitai_domain::{
    calendar::{Calendar, Due},
    ladder::{Ladder, LadderError, Tier, Trigger},
};
use serde::Deserialize;
use time::{Date, OffsetDateTime};

use crate::{
    cases::{
        Parties, deadlines,
        life::{self, AcknowledgeBy, Life},
        record::{self, Unreadable},
    },
    quiet::{Quiet, QuietError},
    reminders::{Rules, RulesError},
    round::Light,
    store::entities::case,
};

/// The example policy that is used where none is configured.
pub const EXAMPLE: &str = include_str!("../policy/example.toml");

/// A policy, checked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name as letters print it.
    pub title: String,
    /// The light that opens a case.
    pub opens: Opens,
    /// Follows the division's name in the name of its task force.
    pub task_force_suffix: String,
    /// The name of the province's task force.
    pub provincial_task_force: String,
    /// The issuing agency's mark in a letter's number.
    pub series: String,
    /// How many of the evaluating agencies have to acknowledge a case.
    pub acknowledge_by: AcknowledgeBy,
    /// When a case stands on which tier, and what follows.
    #[serde(rename = "tier")]
    pub ladder: Ladder,
    /// What has to be reported before anyone is told of an indicator.
    #[serde(default, rename = "dependency")]
    pub dependencies: Vec<Dependency>,
    /// When no letter is sent.
    pub quiet: Option<Quiet>,
    /// What follows where a deadline passes and nothing is done; absent: it is missed once, and promised days are moved freely.
    pub deadlines: Option<deadlines::Rules>,
    /// When reports are due and who has not reported is reminded; absent: nobody is.
    pub reminder: Option<Rules>,
}

/// The light that opens a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// Behind by more than the warning margin.
    Red,
}

impl Opens {
    /// True where this light opens a case or keeps one behind.
    #[must_use]
    pub fn by(self, light: Light) -> bool {
        match self {
            Self::Red => light == Light::Red,
        }
    }
}

/// An indicator that says nothing while what it is made from is missing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// The indicator that nobody is told of.
    pub indicator: String,
    /// Indicators that must not be missing for the same division in the same round.
    pub needs: Vec<String>,
    /// Where the rule comes from.
    pub origin: String,
}

/// Why a text is no policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or not the fields of a policy.
    #[error("the policy cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// A value out of bounds.
    #[error("policy: {0}")]
    Invalid(&'static str),
    /// Tiers that are no ladder.
    #[error(transparent)]
    Ladder(#[from] LadderError),
    /// Hours that are none.
    #[error(transparent)]
    Quiet(#[from] QuietError),
    /// Reminders that are none.
    #[error(transparent)]
    Reminder(#[from] RulesError),
}

impl Policy {
    /// Reads and checks a policy.
    ///
    /// # Errors
    /// [`PolicyError`] names the line or the field.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let policy: Self = toml::from_str(text)?;
        let plain = |text: &str| !text.is_empty() && text.chars().count() <= 40 && !text.chars().any(char::is_control);
        let names = [&policy.title, &policy.task_force_suffix, &policy.provincial_task_force, &policy.series];
        if !names.into_iter().all(|name| plain(name)) {
            return Err(PolicyError::Invalid(
                "title, task_force_suffix, provincial_task_force and series have 1 to 40 characters on one line",
            ));
        }
        let stands = |one: &Dependency| !one.indicator.is_empty() && !one.needs.is_empty() && !one.origin.trim().is_empty();
        if !policy.dependencies.iter().all(stands) {
            return Err(PolicyError::Invalid("every [[dependency]] names an indicator, what it needs, and its origin"));
        }
        policy.ladder.check()?;
        policy.quiet.as_ref().map_or(Ok(()), Quiet::check)?;
        policy.deadlines.as_ref().map_or(Ok(()), deadlines::Rules::check).map_err(PolicyError::Invalid)?;
        policy.reminder.as_ref().map_or(Ok(()), Rules::check)?;
        Ok(policy)
    }

    /// Who has a part in a case.
    ///
    /// # Errors
    /// [`Unreadable`] where the stored case does not say who.
    pub fn parties(&self, case: &case::Model) -> Result<Parties, Unreadable> {
        Ok(Parties {
            evaluating: record::agencies(case)?,
            county: format!("{}{}", case.division_name, self.task_force_suffix),
            province: self.provincial_task_force.clone(),
        })
    }

    /// What it says of deeds to a case on this day.
    #[must_use]
    pub fn deeds(&self, life: &Life, today: Date, calendar: &Calendar) -> life::Rules {
        life::Rules {
            acknowledge_by: self.acknowledge_by,
            day_moves: self.deadlines.as_ref().map(|rules| rules.day_moves),
            measure_by: self.measure_by(today, life.suspended_until, calendar),
        }
    }

    /// The last day to file a measure for a case that waits for one from `today` on, or from the end of its suspension; `None` where the policy
    /// has no such deadline.
    #[must_use]
    pub fn measure_by(&self, today: Date, suspended_until: Option<Date>, calendar: &Calendar) -> Option<Date> {
        let days = self.deadlines.as_ref()?.measure_working_days?;
        let from = suspended_until.map_or(today, |until| until.max(today));
        Some(calendar.add_known_working_days(from, days.into()).date)
    }

    /// The last day before a deadline that passed on `day` counts once more, where `missed` are counted by now; `None` where it does not: without
    /// the rule, and where no tier asks for more.
    #[must_use]
    pub fn missed_again_on(&self, missed: i32, day: Date, calendar: &Calendar) -> Option<Date> {
        let rules = self.deadlines.as_ref()?;
        let counts = |trigger: &Trigger| if let Trigger::MissedDeadlines(count) = trigger { Some(*count) } else { None };
        let most = self.ladder.steps().iter().flat_map(|step| &step.triggers).filter_map(counts).max()?;
        let counted = u32::try_from(missed).unwrap_or(0) < most;
        counted.then(|| calendar.add_known_working_days(day, rules.again_after_working_days.into()).date)
    }

    /// Working days until an answer to a letter of this tier is due.
    #[must_use]
    pub fn reply_working_days(&self, tier: Tier) -> u8 {
        self.ladder.step(tier).map_or(1, |step| step.reply_working_days)
    }

    /// The day an answer is due: that many working days after `issued`, as far as the calendar knows them.
    #[must_use]
    pub fn reply_by(&self, tier: Tier, issued: Date, calendar: &Calendar) -> Due {
        calendar.add_known_working_days(issued, self.reply_working_days(tier).into())
    }

    /// When a letter that is ready may be sent.
    #[must_use]
    pub fn sent_from(&self, now: OffsetDateTime, calendar: &Calendar) -> OffsetDateTime {
        self.quiet.as_ref().map_or(now, |quiet| quiet.earliest(now, calendar))
    }

    /// The last day to acknowledge a case that was told of in a letter of this tier.
    #[must_use]
    pub fn acknowledge_by_day(&self, tier: Tier, issued: Date, calendar: &Calendar) -> Date {
        let days = self.ladder.step(tier).map_or(1, |step| step.acknowledge_working_days);
        calendar.add_known_working_days(issued, days.into()).date
    }
}

#[cfg(test)]
mod tests {
    use leitai_domain::{calendar::CHINA_TOML, ladder::Recipient};
    use proptest::prelude::*;
    use rstest::rstest;
    use time::{Duration, macros::date};

    use super::*;
    use crate::cases::{Overdue, life::Deed};

    #[test]
    fn the_shipped_policy_is_an_example_and_says_so() {
        let policy = Policy::from_toml(EXAMPLE).unwrap();
        assert_eq!(policy.title, "示例政策");
        let first = &policy.ladder.steps()[0];
        assert_eq!(first.receives, [Recipient::EvaluatingAgency, Recipient::CountyTaskForce].into());
        assert!(policy.ladder.steps().iter().all(|step| step.origin.starts_with("示例值，方案未规定")));
    }

    #[rstest]
    // Five, Sunday 27 April to Wednesday 30 April, none from 1 to 5 May, 6 May.
    #[case::over_a_rest(date!(2025 - 04 - 18), date!(2025 - 05 - 06), None)]
    // Ten working days from Thursday 24 December 2026: 25, 28, and Monday to Friday of 2027, whose notice is not known.
    #[case::into_an_unknown_year(date!(2026 - 12 - 24), date!(2027 - 01 - 07), Some(2027))]
    fn answers_are_due_on_a_working_day(#[case] issued: Date, #[case] due: Date, #[case] unknown_year: Option<i32>) {
        let calendar = Calendar::from_toml(CHINA_TOML).unwrap();
        let found = Policy::from_toml(EXAMPLE).unwrap().reply_by(Tier::Notice, issued, &calendar);
        assert_eq!((found.date, found.unknown_year), (due, unknown_year));
    }

    /// The example without the line of this key.
    fn without(key: &str) -> String {
        let text: String = EXAMPLE.lines().filter(|line| !line.starts_with(key)).flat_map(|line| [line, "\n"]).collect();
        assert!(text.len() < EXAMPLE.len());
        text
    }

    #[test]
    fn a_policy_that_says_nothing_of_measures_asks_for_none_by_a_day() {
        let (calendar, today) = (Calendar::from_toml(CHINA_TOML).unwrap(), date!(2025 - 04 - 21));
        let by = |text: &str| Policy::from_toml(text).unwrap().measure_by(today, None, &calendar);
        // Ten working days from Monday 21 April: 22 to 25, Sunday 27 to 30, none from 1 to 5 May, 6, 7.
        assert_eq!(by(EXAMPLE), Some(date!(2025 - 05 - 07)));
        assert_eq!(by(&without("measure_working_days")), None);
        let old = EXAMPLE.split("[deadlines]").next().unwrap();
        assert_eq!(by(old), None);
    }

    #[test]
    fn the_time_for_a_measure_begins_after_a_suspension() {
        let (calendar, today) = (Calendar::from_toml(CHINA_TOML).unwrap(), date!(2025 - 04 - 21));
        let policy = Policy::from_toml(EXAMPLE).unwrap();
        let by = |until| policy.measure_by(today, Some(until), &calendar);
        assert_eq!(by(date!(2025 - 04 - 11)), Some(date!(2025 - 05 - 07)), "it is over");
        // From Wednesday 7 May: 8, 9, 12 to 16, 19, 20, 21.
        assert_eq!(by(date!(2025 - 05 - 07)), Some(date!(2025 - 05 - 21)));
    }

    #[test]
    fn no_measure_is_overdue_before_its_letter_asks_for_it() {
        let policy = Policy::from_toml(EXAMPLE).unwrap();
        let days = policy.deadlines.as_ref().unwrap().measure_working_days.unwrap();
        assert!(policy.ladder.steps().iter().all(|step| step.reply_working_days <= days));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A case acknowledged on any day and never given a measure misses its deadline on the first day before which as many working days have
        /// passed as the policy says, and not sooner; with one filed it does not.
        #[test]
        fn a_measure_is_missed_after_so_many_working_days(days in 1_u8..=60, start in 0_i64..600, passed in 0_i64..130) {
            let calendar = Calendar::from_toml(CHINA_TOML).unwrap();
            let text = EXAMPLE.replacen("measure_working_days = 10", &format!("measure_working_days = {days}"), 1);
            let policy = Policy::from_toml(&text).unwrap();
            let acknowledged = date!(2024 - 12 - 01) + Duration::days(start);
            let open = case::Model { state: "open".to_owned(), agencies: "[\"甲局\"]".to_owned(), acknowledged_by: "[]".to_owned(), ..Default::default() };
            let parties = policy.parties(&open).unwrap();
            let act = |row: &case::Model, deed: Deed| {
                let life = record::life(row).unwrap();
                let rules = policy.deeds(&life, acknowledged, &calendar);
                record::with_life(row.clone(), &life::after(&life, &deed, "甲局", &parties, rules, acknowledged).unwrap())
            };
            let known = act(&open, Deed::Acknowledge);
            let filed = act(&known, Deed::Rectify { measure: "m".to_owned(), owner: "o".to_owned(), promised: date!(2099 - 12 - 31) });
            let today = acknowledged + Duration::days(passed);
            let missed = |row: &case::Model| record::deadlines(row).unwrap().missed(today).map(|missed| missed.what);
            let yesterday = today.previous_day().unwrap();
            let over = calendar.known_working_days_between(acknowledged, yesterday).days >= u32::from(days);
            prop_assert_eq!(missed(&known), over.then_some(Overdue::Measure));
            prop_assert_eq!(missed(&filed), None);
        }
    }

    #[rstest]
    #[case::unknown_key("series = \"县调督\"", "serie = \"县调督\"")]
    #[case::unknown_recipient("\"county_task_force\"", "\"mayor\"")]
    #[case::no_days("reply_working_days = 10", "reply_working_days = 0")]
    #[case::two_lines("\"示例政策\"", "\"示例\\n政策\"")]
    #[case::no_recipient("[\"evaluating_agency\", \"county_task_force\"]", "[]")]
    #[case::due_after_its_reminder("before_working_days = 3", "before_working_days = 10")]
    #[case::no_patience("again_after_working_days = 20", "again_after_working_days = 0")]
    #[case::no_time_for_a_measure("measure_working_days = 10", "measure_working_days = 0")]
    #[case::nothing_needed("needs = [", "needs = []\nx = [")]
    fn refuses(#[case] from: &str, #[case] to: &str) {
        assert!(EXAMPLE.contains(from));
        Policy::from_toml(&EXAMPLE.replacen(from, to, 1)).unwrap_err();
    }
}
