//! 选树先进典型、争先晋位: the best performers and the best risers of a group.

use serde::Deserialize;

/// How many counties are honoured.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HonourRules {
    /// Best performers of a group; more where the last place is shared.
    pub performers: usize,
    /// Best risers of a group; more where the last number of places won is shared.
    pub risers: usize,
    /// Where the numbers come from.
    pub origin: String,
}

impl HonourRules {
    /// Holds the numbers against their bounds.
    ///
    /// # Errors
    /// The field and what would be right.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.origin.trim().is_empty() { Err(("honours.origin", "must not be empty")) } else { Ok(()) }
    }
}

/// Counties that are honoured, by number in their group, best first; ties in that order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Honours {
    /// By place.
    pub performers: Vec<usize>,
    /// By places won since the round before; only who won any.
    pub risers: Vec<usize>,
}

/// The best performers and risers of a group from places and places won ([`crate::ranking::movement`]). Excluded counties, and those
/// without a place, make room for the next.
#[must_use]
pub fn honours(ranks: &[Option<u32>], movement: &[Option<i32>], excluded: &[usize], rules: &HonourRules) -> Honours {
    let ranked =
        || ranks.iter().enumerate().filter_map(|(county, rank)| Some((county, (*rank)?))).filter(|(county, _)| !excluded.contains(county));
    let won = |county: usize| movement.get(county).copied().flatten().filter(|places| *places > 0);
    let risers = ranked().filter_map(|(county, _)| Some((county, -i64::from(won(county)?)))).collect();
    let performers = ranked().map(|(county, rank)| (county, i64::from(rank))).collect();
    Honours { performers: first(performers, rules.performers), risers: first(risers, rules.risers) }
}

/// The counties with the `count` least keys, and all that tie with the last of them.
fn first(mut keyed: Vec<(usize, i64)>, count: usize) -> Vec<usize> {
    keyed.sort_unstable_by_key(|(county, key)| (*key, *county));
    let Some(last) = count.checked_sub(1).and_then(|last| keyed.get(last.min(keyed.len().checked_sub(1)?))).map(|(_, key)| *key) else {
        return Vec::new();
    };
    keyed.into_iter().take_while(|(_, key)| *key <= last).map(|(county, _)| county).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::testing::policy_section;

    fn rules(performers: usize, risers: usize) -> HonourRules {
        HonourRules { performers, risers, ..toml::from_str(&policy_section("honours")).unwrap() }
    }

    #[test]
    fn the_example_is_right_and_says_what_it_is() {
        let rules = rules(1, 1);
        assert_eq!(rules.check(), Ok(()));
        assert!(rules.origin.starts_with("示例值，方案未规定"));
        assert_eq!(HonourRules { origin: " ".into(), ..rules }.check().unwrap_err().0, "honours.origin");
    }

    #[rstest]
    #[case(2, 1, &[], &[2, 0, 4], &[3])] // the second place is shared
    #[case(1, 2, &[2], &[0, 4], &[3, 0, 4])] // the first is excluded: the next two share the place
    #[case(0, 0, &[], &[], &[])]
    #[case(9, 9, &[0], &[2, 4, 3], &[3, 4])]
    fn ties_are_included(
        #[case] performers: usize,
        #[case] risers: usize,
        #[case] excluded: &[usize],
        #[case] best: &[usize],
        #[case] risen: &[usize],
    ) {
        let ranks = [Some(2), None, Some(1), Some(4), Some(2)];
        let movement = [Some(1), Some(9), Some(0), Some(3), Some(1)];
        assert_eq!(
            honours(&ranks, &movement, excluded, &rules(performers, risers)),
            Honours { performers: best.into(), risers: risen.into() }
        );
    }

    #[test]
    fn a_first_round_has_no_risers() {
        assert_eq!(honours(&[Some(1)], &[], &[], &rules(3, 3)), Honours { performers: vec![0], risers: vec![] });
        assert_eq!(honours(&[], &[], &[], &rules(3, 3)), Honours { performers: vec![], risers: vec![] });
    }
}
