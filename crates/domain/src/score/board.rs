//! The board of a group: what its counties' scores and places follow from, and boards that are part this round's, part another's.

use super::{Column, CompositeRules, Scored, score, veto, veto::VetoRule};
use crate::verdict::Light;

/// One target of a group. Values, expected values and lights are in the counties' order.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The indicator's id.
    pub indicator: String,
    /// What enters the score; `None` where the target is not due.
    pub column: Option<Column>,
    /// What vetoes look at; one for each county.
    pub lights: Vec<Light>,
}

/// The targets of a group of counties in one round.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// How many counties.
    pub counties: usize,
    /// In the plan's order.
    pub targets: Vec<Target>,
}

/// What a policy makes of a board.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Scores and places, vetoes applied.
    pub scored: Scored,
    /// The vetoes.
    pub vetoes: veto::Vetoes,
}

impl Board {
    /// The due targets' columns.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.targets.iter().filter_map(|target| target.column.as_ref())
    }

    /// Ids of the due targets, as the columns are ordered.
    pub fn due(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().filter(|target| target.column.is_some()).map(|target| target.indicator.as_str())
    }

    /// Scores the counties, applies the vetoes and gives places.
    #[must_use]
    pub fn judge(&self, rules: &CompositeRules, vetoes: &[VetoRule]) -> Judged {
        let columns: Vec<Column> = self.columns().cloned().collect();
        let mut scored = score(&columns, self.counties, rules);
        let vetoes = veto::Vetoes::of(vetoes, self.counties, |county, indicator| self.light(county, indicator));
        veto::apply(&mut scored, &vetoes);
        Judged { scored, vetoes }
    }

    /// This board with what `before` had for every target that is due in both, but for the county `kept`, which stays as it is here.
    /// A target that was not due before stays as it is here; both boards have the same counties.
    #[must_use]
    pub fn as_before(&self, before: &Self, kept: Option<usize>) -> Self {
        let earlier = |now: &Target| before.targets.iter().find(|target| target.indicator == now.indicator);
        let mixed = |now: &Target| earlier(now).and_then(|then| mixed(now, then, kept)).unwrap_or_else(|| now.clone());
        Self { counties: self.counties, targets: self.targets.iter().map(mixed).collect() }
    }

    fn light(&self, county: usize, indicator: &str) -> Option<Light> {
        self.targets.iter().find(|target| target.indicator == indicator)?.lights.get(county).copied()
    }
}

/// What `then` had, weighed as `now`; `None` unless it is due in both.
fn mixed(now: &Target, then: &Target, kept: Option<usize>) -> Option<Target> {
    let (here, there) = now.column.as_ref().zip(then.column.as_ref())?;
    let column = Column {
        values: keeping(&there.values, &here.values, kept),
        expected: keeping(&there.expected, &here.expected, kept),
        section: here.section,
        given_weight: here.given_weight,
    };
    Some(Target { indicator: now.indicator.clone(), column: Some(column), lights: keeping(&then.lights, &now.lights, kept) })
}

fn keeping<T: Copy>(then: &[T], now: &[T], kept: Option<usize>) -> Vec<T> {
    let mut row = then.to_vec();
    if let Some((slot, value)) = kept.and_then(|county| row.get_mut(county).zip(now.get(county))) {
        *slot = *value;
    }
    row
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{column, rules},
        *,
    };
    use crate::score::veto::Effect;

    fn target(indicator: &str, values: Option<&[f64]>, light: Light) -> Target {
        Target { indicator: indicator.to_owned(), column: values.map(column), lights: vec![light; 3] }
    }

    #[test]
    fn a_board_is_scored_on_what_is_due_and_vetoed_by_lights_of_everything() {
        let mut board =
            Board { counties: 3, targets: vec![target("a", Some(&[1.0, 2.0, 3.0]), Light::Green), target("b", None, Light::Grey)] };
        board.targets[1].lights[2] = Light::Missing;
        let veto =
            VetoRule {
                indicator: "b".to_owned(), light: Light::Missing, effect: Effect::Unranked, cap: None, origin: "示例值".to_owned()
            };
        let judged = board.judge(&rules(""), &[veto]);
        // 2 of 1..3 is 60 + 40 × 0.5: the vetoed county still sets the scale.
        assert_eq!((judged.scored.ranks, judged.scored.scores), (vec![Some(2), Some(1), None], vec![Some(60.0), Some(80.0), None]));
        assert_eq!(board.due().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn what_was_due_before_is_as_before_but_for_the_kept_county() {
        let now = Board {
            counties: 3,
            targets: vec![target("a", Some(&[1.0, 2.0, 3.0]), Light::Green), target("b", Some(&[4.0, 5.0, 6.0]), Light::Green)],
        };
        let before = Board {
            counties: 3,
            targets: vec![target("a", Some(&[7.0, 8.0, 9.0]), Light::Red), target("b", None, Light::Grey), target("c", None, Light::Red)],
        };
        let mixed = now.as_before(&before, Some(1));
        let values: Vec<_> = mixed.columns().map(|column| column.values.clone()).collect();
        assert_eq!(values, [vec![7.0, 2.0, 9.0], vec![4.0, 5.0, 6.0]]);
        assert_eq!(mixed.targets[0].lights, [Light::Red, Light::Green, Light::Red]);
        assert_eq!(mixed.targets[1].lights, [Light::Green; 3]);
    }
}
