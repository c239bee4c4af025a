//! Holds a plan against itself: what its own numbers imply about each other, and what it leaves open.
//!
//! The relations are declared in the plan document as `[[check]]` and computed from its exact decimals; the findings say the
//! arithmetic in one Chinese sentence each and judge no one.

mod relations;

use crate::{
    division::Registry,
    plan::{Indicator, Plan, Target},
    target,
};

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the rule, lower snake case.
    pub rule: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// Ids of the indicators that it is about, in the plan's words' order.
    pub indicators: Vec<String>,
    /// What was found, one Chinese sentence.
    pub sentence: String,
}

/// How grave a finding is, gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The plan's numbers cannot all be meant: meeting one leaves another unmet.
    Contradiction,
    /// Holds only under one reading, or cannot be computed.
    Doubt,
    /// Holds, or is left open by the plan: worth knowing.
    Note,
}

/// Everything found in a plan: each declared relation in the plan's order, then what it states twice and what it leaves open.
#[must_use]
pub fn lint(plan: &Plan, registry: &Registry) -> Vec<Finding> {
    let declared = plan.checks.iter().filter_map(|check| relations::find(plan, registry, check));
    declared.chain(restated(plan)).chain(without_owner(plan)).collect()
}

fn targets(plan: &Plan) -> impl Iterator<Item = (&Indicator, &Target)> {
    plan.indicators.iter().filter_map(|indicator| Some((indicator, indicator.target.as_ref()?)))
}

/// Targets that two places of the document write differently.
fn restated(plan: &Plan) -> impl Iterator<Item = Finding> {
    targets(plan).filter_map(|(indicator, target)| {
        let first = target.sources.first()?;
        let other = target.sources.iter().find(|source| source.reads.is_some())?;
        let reads = other.reads.as_deref()?;
        let same = target::parse(reads) == Ok(target.comparator());
        let sentence = format!(
            "“{}”在“{}”写作“{}”，在“{}”写作“{reads}”，{}；以“{}”为准。",
            indicator.name,
            first.place,
            target.text,
            other.place,
            if same { "数量相同" } else { "要求不同" },
            target.text
        );
        let severity = if same { Severity::Note } else { Severity::Contradiction };
        Some(Finding { rule: "restated_differently", severity, indicators: vec![indicator.id.clone()], sentence })
    })
}

/// Targets that nobody is named for, as one finding.
fn without_owner(plan: &Plan) -> Option<Finding> {
    let open: Vec<&Indicator> = targets(plan).filter(|(_, target)| target.owners.is_empty()).map(|(indicator, _)| indicator).collect();
    let named: Vec<&str> = open.iter().take(3).map(|indicator| indicator.name.as_str()).collect();
    (!open.is_empty()).then(|| Finding {
        rule: "no_owner",
        severity: Severity::Note,
        indicators: open.iter().map(|indicator| indicator.id.clone()).collect(),
        sentence: format!(
            "方案未写明责任单位：{}{}{}项目标。",
            named.join("、"),
            if open.len() > named.len() { "等" } else { "，共" },
            open.len()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped;

    fn findings(id: &str) -> Vec<Finding> {
        lint(&Plan::from_toml(shipped::plan(id).unwrap()).unwrap(), &Registry::shipped().unwrap())
    }

    #[test]
    fn plans_without_owners_say_so() {
        let [finding] = findings("heilongjiang-enterprise-service-2025").try_into().unwrap();
        assert_eq!((finding.rule, finding.indicators.len()), ("no_owner", 3));
        assert!(finding.sentence.starts_with("方案未写明责任单位：重大项目用地保障率、"), "{}", finding.sentence);
        let science = findings("heilongjiang-science-technology-2025");
        assert_eq!(science.last().unwrap().indicators.len(), 62);
        assert!(!findings("heilongjiang-county-economy-2025").iter().any(|finding| finding.rule == "no_owner"));
    }

    #[test]
    fn a_target_in_two_wordings_is_shown_with_both() {
        let restated: Vec<Finding> =
            findings("heilongjiang-science-technology-2025").into_iter().filter(|finding| finding.rule == "restated_differently").collect();
        assert_eq!(restated.len(), 1);
        assert_eq!(restated[0].severity, Severity::Note);
        assert_eq!(
            restated[0].sentence,
            "“布局重大攻关项目”在“一、工作目标(一)”写作“200项以上”，在“二、重点任务 1.”写作“200项”，数量相同；以“200项以上”为准。"
        );
    }
}
