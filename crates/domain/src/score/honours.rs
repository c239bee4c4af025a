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
    /// Neither is more than this part of the group's counties with a place, in percent, 1 to 100, but for shared places; one county may
    /// always be honoured. Absent: no such bound.
    #[serde(default = "every_county")]
    pub most_percent: u32,
    /// Where the numbers come from.
    pub origin: String,
}

const fn every_county() -> u32 {
    100
}

impl HonourRules {
    /// Holds the numbers against their bounds.
    ///
    /// # Errors
    /// The field and what would be right.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.origin.trim().is_empty() {
            Err(("honours.origin", "must not be empty"))
        } else if !(1..=100).contains(&self.most_percent) {
            Err(("honours.most_percent", "must be 1 to 100"))
        } else {
            Ok(())
        }
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
    let most = (ranks.iter().flatten().count() * rules.most_percent as usize / 100).max(1);
    Honours { performers: first(performers, rules.performers.min(most)), risers: first(risers, rules.risers.min(most)) }
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
        HonourRules { performers, risers, most_percent: 100, ..toml::from_str(&policy_section("honours")).unwrap() }
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

    #[rstest]
    #[case(12, 20, 2)] // 2.4
    #[case(67, 20, 10)] // 13.4, but no more than ten
    #[case(4, 20, 1)] // 0.8, but one may always be named
    #[case(12, 100, 10)]
    fn a_small_group_honours_few(#[case] counties: u32, #[case] most_percent: u32, #[case] named: usize) {
        let ranks: Vec<_> = (1..=counties).map(Some).chain([None]).collect();
        let rules = HonourRules { most_percent, ..rules(10, 5) };
        assert_eq!(honours(&ranks, &[], &[], &rules).performers.len(), named);
    }

    #[rstest]
    #[case(0)]
    #[case(101)]
    fn a_part_is_1_to_100(#[case] most_percent: u32) {
        assert_eq!(HonourRules { most_percent, ..rules(1, 1) }.check().unwrap_err().0, "honours.most_percent");
    }

    #[test]
    fn a_first_round_has_no_risers() {
        assert_eq!(honours(&[Some(1)], &[], &[], &rules(3, 3)), Honours { performers: vec![0], risers: vec![] });
        assert_eq!(honours(&[], &[], &[], &rules(3, 3)), Honours { performers: vec![], risers: vec![] });
    }
}
