//! What a policy sets for the composite score: method, coverage, weights and groups.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// How the values of a column are made comparable. Larger is better before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// 目标完成率: actual ÷ expected × 100, from 0 to the policy's cap.
    Attainment,
    /// 极差法: 0 for the least, 100 for the largest.
    MinMax,
    /// 标准化: deviations from the mean in population standard deviations, unbounded.
    ZScore,
    /// 位次法: 100 for the first place, 0 for the last.
    Rank,
    /// 功效系数: from the policy's lowest to its highest score.
    Efficacy,
    /// 距目标: minus the standard deviations still missing to what is expected, 0 where it is reached (OECD, Measuring Distance to the SDG
    /// Targets, 2017).
    Distance,
}

/// What the columns weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// As the policy or the county's group gives them.
    Given,
    /// The same for each.
    Equal,
    /// The same for each section of the plan, and the same for each column within it.
    EqualBySection,
    /// 熵权法: more where a column spreads its values more unevenly (Shannon 1948; Zeleny 1982).
    Entropy,
    /// CRITIC: more where a column spreads and disagrees with the others (Diakoulaki, Mavrotas, Papayannakis 1995).
    Critic,
}

/// How a county's normalised values become one score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// 加权算术平均.
    Arithmetic,
    /// 加权几何平均: a weak column is made up for only in part.
    Geometric,
    /// Closeness to the best of each column, from 0 to 100 (Hwang, Yoon 1981).
    Topsis,
}

/// How a county's score is made.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompositeRules {
    /// How values are made comparable.
    pub normalisation: Normalisation,
    /// What the columns weigh.
    pub weighting: Weighting,
    /// How they become one score.
    pub aggregation: Aggregation,
    /// Efficacy of the worst value, 0 to 100; above 0 for a geometric mean.
    pub lowest: f64,
    /// Efficacy of the best value, above `lowest`, at most 100.
    pub highest: f64,
    /// Attainment that counts at most, %, 100 to 1,000.
    pub attainment_cap: f64,
    /// Percent of the due indicators that must have a value before a county is ranked, 0 to 100.
    pub minimum_coverage: f64,
    /// Weight by indicator id, 0 or more, where weights are given; an indicator not named weighs 1.
    #[serde(default)]
    pub weights: BTreeMap<String, f64>,
    /// Counties that are ranked among themselves; without any, all are.
    #[serde(default, rename = "group")]
    pub groups: Vec<Group>,
    /// Where the numbers come from.
    pub origin: String,
}

/// Counties that are ranked among themselves.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// As printed; unique.
    pub name: String,
    /// GB/T 2260 codes; a county stands in one group at most.
    pub counties: Vec<String>,
    /// Weight by indicator id, before those of all groups.
    #[serde(default)]
    pub weights: BTreeMap<String, f64>,
}

/// Name of the counties that stand in no group where there are groups.
pub const UNGROUPED: &str = "未分组";

type Refusal = (&'static str, &'static str);

impl CompositeRules {
    /// Holds the numbers against their bounds and the parts of the method against each other.
    ///
    /// # Errors
    /// The field and what would be right.
    pub fn check(&self) -> Result<(), Refusal> {
        let refused = [
            (!(0.0..=100.0).contains(&self.lowest), ("composite.lowest", "must be from 0 to 100")),
            (!(0.0..=100.0).contains(&self.highest), ("composite.highest", "must be from 0 to 100")),
            (self.lowest >= self.highest, ("composite.highest", "must be above composite.lowest")),
            (!(100.0..=1000.0).contains(&self.attainment_cap), ("composite.attainment_cap", "must be from 100 to 1000")),
            (!(0.0..=100.0).contains(&self.minimum_coverage), ("composite.minimum_coverage", "must be from 0 to 100")),
            (
                !self.aggregates(self.normalisation),
                ("composite.aggregation", "geometric needs positive values: attainment, or efficacy with a lowest above 0"),
            ),
            (self.origin.trim().is_empty(), ("composite.origin", "must not be empty")),
        ];
        match refused.into_iter().find(|(is_wrong, _)| *is_wrong) {
            Some((_, refusal)) => Err(refusal),
            None => self.check_weights().and_then(|()| self.check_groups()),
        }
    }

    /// True where the aggregation takes what the normalisation gives: a geometric mean takes positive values alone.
    #[must_use]
    pub fn aggregates(&self, normalisation: Normalisation) -> bool {
        let positive = match normalisation {
            Normalisation::Attainment => true,
            Normalisation::Efficacy => self.lowest > 0.0,
            _ => false,
        };
        positive || self.aggregation != Aggregation::Geometric
    }

    /// The given weight of an indicator for the counties of a group (by name): the group's, else that of all groups, else 1.
    #[must_use]
    pub fn given_weight(&self, group: &str, indicator_id: &str) -> f64 {
        let own = self.groups.iter().find(|of| of.name == group).and_then(|group| group.weights.get(indicator_id));
        own.or_else(|| self.weights.get(indicator_id)).copied().unwrap_or(1.0)
    }

    fn check_weights(&self) -> Result<(), Refusal> {
        let mut all = self.groups.iter().flat_map(|group| group.weights.values()).chain(self.weights.values()).peekable();
        if all.peek().is_some() && self.weighting != Weighting::Given {
            return Err(("composite.weighting", "must be given where weights are written"));
        }
        let valid = all.all(|weight| weight.is_finite() && *weight >= 0.0);
        if valid { Ok(()) } else { Err(("composite.weights", "must be 0 or more")) }
    }

    fn check_groups(&self) -> Result<(), Refusal> {
        let mut names = BTreeSet::from(["", UNGROUPED]);
        if !self.groups.iter().all(|group| names.insert(group.name.trim())) {
            return Err(("composite.group.name", "must be unique, not empty and not 未分组"));
        }
        let mut codes = BTreeSet::new();
        let once = self.groups.iter().flat_map(|group| &group.counties).all(|code| codes.insert(code));
        if once { Ok(()) } else { Err(("composite.group.counties", "must name a county in one group, once")) }
    }
}

/// Splits counties, given by code, into groups in the policy's order, each with the numbers of its counties; groups without any of these
/// counties are left out. Counties of no group come last as 未分组, under an empty name where the policy has no groups.
#[must_use]
pub fn groups<'a>(codes: &[&str], rules: &'a CompositeRules) -> Vec<(&'a str, Vec<usize>)> {
    let named: BTreeMap<&str, usize> = (rules.groups.iter().enumerate())
        .flat_map(|(number, group)| group.counties.iter().map(move |code| (code.as_str(), number)))
        .collect();
    let last = if rules.groups.is_empty() { "" } else { UNGROUPED };
    let names = rules.groups.iter().map(|group| group.name.as_str()).chain([last]);
    let mut groups: Vec<(&str, Vec<usize>)> = names.map(|name| (name, Vec::new())).collect();
    for (county, code) in codes.iter().enumerate() {
        if let Some((_, counties)) = groups.get_mut(named.get(code).copied().unwrap_or(rules.groups.len())) {
            counties.push(county);
        }
    }
    groups.retain(|(_, counties)| !counties.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::testing::policy_section;

    fn read(text: &str) -> Result<CompositeRules, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn the_example_is_right_and_says_what_it_is() {
        let rules = read(&policy_section("composite")).unwrap();
        assert_eq!(rules.check(), Ok(()));
        assert!(rules.origin.starts_with("示例值，方案未规定"));
    }

    #[rstest]
    #[case("lowest = 60", "lowest = -1", "composite.lowest")]
    #[case("highest = 100", "highest = 60", "composite.highest")]
    #[case("highest = 100", "highest = nan", "composite.highest")]
    #[case("attainment_cap = 120", "attainment_cap = 99", "composite.attainment_cap")]
    #[case("minimum_coverage = 50", "minimum_coverage = 101", "composite.minimum_coverage")]
    #[case("lowest = 60", "weights = { gdp = 2 }\nlowest = 60", "composite.weighting")]
    #[case("\"equal\"", "\"given\"\nweights = { gdp = -1 }", "composite.weights")]
    #[case("\"arithmetic\"", "\"geometric\"\ngroup = [{ name = \"未分组\", counties = [] }]", "composite.group.name")]
    #[case("lowest = 60", "lowest = 60\ngroup = [{ name = \"a\", counties = [\"1\", \"1\"] }]", "composite.group.counties")]
    fn refuses(#[case] from: &str, #[case] to: &str, #[case] field: &str) {
        let rules = read(&policy_section("composite").replacen(from, to, 1)).unwrap();
        assert_eq!(rules.check().unwrap_err().0, field);
    }

    #[rstest]
    #[case("efficacy", 60.0, true)]
    #[case("efficacy", 0.0, false)]
    #[case("attainment", 0.0, true)]
    #[case("min_max", 60.0, false)]
    #[case("z_score", 60.0, false)]
    #[case("rank", 60.0, false)]
    #[case("distance", 60.0, false)]
    fn a_geometric_mean_needs_positive_values(#[case] normalisation: &str, #[case] lowest: f64, #[case] taken: bool) {
        let text = policy_section("composite").replacen("\"efficacy\"", &format!("\"{normalisation}\""), 1).replacen(
            "\"arithmetic\"",
            "\"geometric\"",
            1,
        );
        let rules = CompositeRules { lowest, ..read(&text).unwrap() };
        assert_eq!(rules.check().is_ok(), taken);
    }

    #[test]
    fn counties_are_split_in_the_policys_order() {
        let group = "\n[[group]]\nname = \"山区\"\ncounties = [\"3\", \"1\"]\nweights = { gdp = 3 }\n[[group]]\nname = \"别处\"\ncounties = [\"9\"]\n";
        let text = policy_section("composite").replacen("\"equal\"", "\"given\"\nweights = { gdp = 2, tax = 5 }", 1) + group;
        let rules = read(&text).unwrap();
        assert_eq!(rules.check(), Ok(()));
        assert_eq!(groups(&["1", "2", "3"], &rules), [("山区", vec![0, 2]), (UNGROUPED, vec![1])]);
        let weights = [("山区", "gdp"), ("山区", "tax"), (UNGROUPED, "gdp"), ("山区", "loans")].map(|(g, i)| rules.given_weight(g, i));
        assert_eq!(weights, [3.0, 5.0, 2.0, 1.0]);
        assert_eq!(groups(&["1", "2"], &read(&policy_section("composite")).unwrap()), [("", vec![0, 1])]);
    }
}
