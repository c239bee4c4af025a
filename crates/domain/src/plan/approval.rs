//! Who approves a report before its values come into force.

use std::{fmt, str::FromStr};

use serde::Deserialize;

use super::PlanError;

/// `[approval]`: the levels that a report goes through. No plan of the province prints them: they are whoever runs it to set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// In this order, each at most once.
    pub levels: Vec<ApprovalLevel>,
    /// Where they come from: an article, or that they are an example. 1 to 200 characters.
    pub origin: String,
}

/// One level of approval, the nearest to the report first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalLevel {
    /// The county: one agency of it.
    County,
    /// The city above: one agency of it.
    City,
    /// The evaluating agencies: for each indicator of the report one owner of its target.
    Evaluator,
}

impl ApprovalLevel {
    /// Every level, in order.
    pub const ALL: [Self; 3] = [Self::County, Self::City, Self::Evaluator];

    /// As plans and the wire name it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::County => "county",
            Self::City => "city",
            Self::Evaluator => "evaluator",
        }
    }

    /// As agencies read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::County => "县级审核",
            Self::City => "市级审核",
            Self::Evaluator => "评价部门审核",
        }
    }
}

impl fmt::Display for ApprovalLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// No level has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no approval level: write county, city or evaluator")]
pub struct UnknownLevel(pub String);

impl FromStr for ApprovalLevel {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL.into_iter().find(|level| level.id() == text).ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}

impl Approval {
    pub(super) fn check(&self) -> Result<(), PlanError> {
        let invalid = |problem: &str| Err(PlanError::Invalid { place: "approval".to_owned(), problem: problem.to_owned() });
        if self.levels.is_empty() || !self.levels.windows(2).all(|pair| pair[0] < pair[1]) {
            return invalid(
                "levels must be some of county, city, evaluator, in this order and each once; without any, leave [approval] out",
            );
        }
        let length = self.origin.chars().count();
        if length == 0 || length > 200 || self.origin.contains(char::is_control) {
            return invalid("origin must have 1 to 200 characters, none of them a line break");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::plan::Plan;

    fn read(approval: &str) -> Result<Plan, PlanError> {
        Plan::from_toml(&format!("id = 'a'\ntitle = 'a'\nyear = 2025\nsource = 'a'\nprovince_code = '230000'\n{approval}"))
    }

    #[rstest]
    #[case("levels = ['county', 'city', 'evaluator']", &ApprovalLevel::ALL)]
    #[case("levels = ['county', 'evaluator']", &[ApprovalLevel::County, ApprovalLevel::Evaluator])]
    #[case("levels = ['evaluator']", &[ApprovalLevel::Evaluator])]
    fn any_levels_in_order(#[case] levels: &str, #[case] expected: &[ApprovalLevel]) {
        let plan = read(&format!("[approval]\n{levels}\norigin = '示例'\n")).unwrap();
        assert_eq!(plan.approval.unwrap().levels, expected);
        assert!(read("").unwrap().approval.is_none(), "a plan without the section asks for none");
    }

    #[rstest]
    #[case("levels = []\norigin = '示例'")]
    #[case("levels = ['city', 'county']\norigin = '示例'")]
    #[case("levels = ['city', 'city']\norigin = '示例'")]
    #[case("levels = ['province']\norigin = '示例'")]
    #[case("levels = ['city']\norigin = ''")]
    #[case("levels = ['city']")]
    #[case("levels = ['city']\norigin = '示例'\ndays = 3")]
    fn anything_else_is_refused(#[case] section: &str) {
        assert!(read(&format!("[approval]\n{section}\n")).is_err());
    }

    #[test]
    fn a_level_is_read_by_its_id() {
        assert!(ApprovalLevel::ALL.into_iter().all(|level| level.id().parse() == Ok(level)));
        assert_eq!("省级".parse::<ApprovalLevel>(), Err(UnknownLevel("省级".to_owned())));
    }
}
