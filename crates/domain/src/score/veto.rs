//! Veto conditions (一票否决): one light of one indicator takes a county's place, caps its score, or bars it from being honoured.

use serde::Deserialize;

use super::{Scored, places, rounded};
use crate::verdict::Light;

/// One veto condition of a policy.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VetoRule {
    /// Id of the indicator that is looked at.
    pub indicator: String,
    /// The light that brings the effect: yellow, red or missing.
    #[serde(with = "LightName")]
    pub light: Light,
    /// What follows.
    pub effect: Effect,
    /// The largest score left, on the scale of the scores; with `capped` alone.
    pub cap: Option<f64>,
    /// Where the condition comes from.
    pub origin: String,
}

/// What a veto does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// 不参与排名: no score, no place, no honours.
    Unranked,
    /// 得分封顶: at most the cap.
    Capped,
    /// 取消评优: not among the best performers and risers.
    NoHonours,
}

/// A light as a policy writes it.
#[derive(Deserialize)]
#[serde(remote = "Light", rename_all = "snake_case")]
enum LightName {
    Green,
    Yellow,
    Red,
    Grey,
    Missing,
}

impl VetoRule {
    /// Holds the condition against what a veto can be.
    ///
    /// # Errors
    /// The field and what would be right.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let refused = [
            (self.indicator.trim().is_empty(), ("veto.indicator", "must not be empty")),
            (matches!(self.light, Light::Green | Light::Grey), ("veto.light", "must be yellow, red or missing")),
            (self.cap.is_some() != (self.effect == Effect::Capped), ("veto.cap", "must stand with the effect `capped`, and only there")),
            (self.cap.is_some_and(|cap| !cap.is_finite()), ("veto.cap", "must be a number")),
            (self.origin.trim().is_empty(), ("veto.origin", "must not be empty")),
        ];
        refused.into_iter().find(|(is_wrong, _)| *is_wrong).map_or(Ok(()), |(_, refusal)| Err(refusal))
    }
}

/// A condition that a county meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Number of the county in its group.
    pub county: usize,
    /// Number of the condition in the policy.
    pub rule: usize,
}

/// What vetoes do to the counties of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Vetoes {
    /// True where the county has no place.
    pub unranked: Vec<bool>,
    /// The largest score left, the least of several.
    pub caps: Vec<Option<f64>>,
    /// True where the county is not honoured: every unranked one, too.
    pub no_honours: Vec<bool>,
    /// Every condition met, by county, then by condition: what a circular gives as the ground.
    pub hits: Vec<Hit>,
}

impl Vetoes {
    /// No vetoes at all.
    #[must_use]
    pub fn none(counties: usize) -> Self {
        Self { unranked: vec![false; counties], caps: vec![None; counties], no_honours: vec![false; counties], hits: Vec::new() }
    }

    /// The vetoes that follow from the lights of the counties (by number, then indicator id); no light brings no effect.
    #[must_use]
    pub fn of(rules: &[VetoRule], counties: usize, light: impl Fn(usize, &str) -> Option<Light>) -> Self {
        let mut vetoes = Self::none(counties);
        for county in 0..counties {
            for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| light(county, &rule.indicator) == Some(rule.light)) {
                vetoes.take(county, number, rule);
            }
        }
        vetoes
    }

    /// Numbers of the counties that are not honoured.
    #[must_use]
    pub fn excluded(&self) -> Vec<usize> {
        self.no_honours.iter().enumerate().filter(|(_, excluded)| **excluded).map(|(county, _)| county).collect()
    }

    fn take(&mut self, county: usize, number: usize, rule: &VetoRule) {
        let Some(((unranked, cap), no_honours)) =
            self.unranked.get_mut(county).zip(self.caps.get_mut(county)).zip(self.no_honours.get_mut(county))
        else {
            return;
        };
        match rule.effect {
            Effect::Unranked => (*unranked, *no_honours) = (true, true),
            Effect::Capped => *cap = rule.cap.map(|new| cap.map_or(new, |old: f64| old.min(new))),
            Effect::NoHonours => *no_honours = true,
        }
        self.hits.push(Hit { county, rule: number });
    }
}

/// Applies vetoes to scores and gives the places anew. `exact`, and with it a dossier, stays what it was without them.
pub fn apply(scored: &mut Scored, vetoes: &Vetoes) {
    for ((score, unranked), cap) in scored.scores.iter_mut().zip(&vetoes.unranked).zip(&vetoes.caps) {
        *score = score.filter(|_| !unranked).map(|score| cap.map_or(score, |cap| score.min(rounded(cap))));
    }
    scored.ranks = places(&scored.scores);
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        policy::EXAMPLE_TOML,
        score::{
            score,
            tests::{column, rules},
        },
    };

    #[derive(Deserialize)]
    struct Section {
        veto: Vec<VetoRule>,
    }

    fn rule(light: &str, effect: &str) -> VetoRule {
        let text = format!("indicator = \"gdp\"\nlight = \"{light}\"\norigin = \"示例值\"\neffect = {effect}");
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn the_example_is_right_and_says_what_it_is() {
        let section: Section = toml::from_str(EXAMPLE_TOML).unwrap();
        let commented = EXAMPLE_TOML.lines().skip_while(|line| *line != "# [[veto]]").take_while(|line| !line.is_empty());
        let commented: String = commented.map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
        let both: Vec<VetoRule> = section.veto.into_iter().chain(toml::from_str::<Section>(&commented).unwrap().veto).collect();
        assert_eq!(both.len(), 2);
        assert!(both.iter().all(|rule| rule.check() == Ok(()) && rule.origin.starts_with("示例值，方案未规定")));
    }

    #[rstest]
    #[case("green", "\"unranked\"", "veto.light")]
    #[case("red", "\"capped\"", "veto.cap")]
    #[case("red", "\"unranked\"\ncap = 60", "veto.cap")]
    #[case("red", "\"capped\"\ncap = nan", "veto.cap")]
    fn refuses(#[case] light: &str, #[case] effect: &str, #[case] field: &str) {
        assert_eq!(rule(light, effect).check().unwrap_err().0, field);
    }

    #[test]
    fn vetoes_take_places_and_points() {
        // Efficacies 100, 90, 80, 60: the first is not ranked, the second capped at 75 by the lesser of two caps, the third not honoured.
        let mut scored = score(&[column(&[4.0, 3.0, 2.0, 0.0])], 4, &rules(""));
        let rules = [
            rule("missing", "\"unranked\""),
            rule("red", "\"capped\"\ncap = 85"),
            rule("red", "\"capped\"\ncap = 75.004"),
            rule("yellow", "\"no_honours\""),
        ];
        let lights = [Some(Light::Missing), Some(Light::Red), Some(Light::Yellow), None];
        let vetoes = Vetoes::of(&rules, 4, |county, indicator| lights[county].filter(|_| indicator == "gdp"));
        apply(&mut scored, &vetoes);
        assert_eq!(scored.scores, [None, Some(75.0), Some(80.0), Some(60.0)]);
        assert_eq!(scored.ranks, [None, Some(2), Some(1), Some(3)]);
        assert_eq!(scored.exact, [100.0, 90.0, 80.0, 60.0]);
        assert_eq!(vetoes.excluded(), [0, 2]);
        let hits: Vec<_> = vetoes.hits.iter().map(|hit| (hit.county, hit.rule)).collect();
        assert_eq!(hits, [(0, 0), (1, 1), (1, 2), (2, 3)]);
    }

    #[test]
    fn without_a_veto_nothing_changes() {
        let scored = score(&[column(&[4.0, 3.0, f64::NAN])], 3, &rules(""));
        let mut same = scored.clone();
        apply(&mut same, &Vetoes::none(3));
        assert_eq!((same.scores, same.ranks), (scored.scores, scored.ranks));
    }
}
