//! How far a place depends on the method: the interval of a county's rank under perturbed weights and other normalisations, and neighbours
//! whose order flips. Monte Carlo as in OECD and JRC, Handbook on Constructing Composite Indicators (2008), step 7.

use serde::Deserialize;

use super::{
    Aggregation, Column, CompositeRules, Normalisation, Scored,
    aggregate::{Sum, Terms},
    normalised, published, score,
    veto::{self, Vetoes},
};
use crate::{micros, random::SplitMix64, ranking};

/// What a policy sets for rank intervals.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RobustnessRules {
    /// Draws, 20 to 10,000. Memory: four bytes a county and draw.
    pub draws: usize,
    /// Fixes the draws.
    pub seed: u64,
    /// How far a weight moves up or down at most, percent of itself, 0 to 100.
    pub weight_spread_percent: f64,
    /// One of these is picked in each draw; at least one.
    pub normalisations: Vec<Normalisation>,
    /// From this share of the draws on, percent, neighbours whose order flips are marked; 0 to 100.
    pub flip_percent: f64,
    /// Where the numbers come from.
    pub origin: String,
}

impl RobustnessRules {
    /// Holds the numbers against their bounds.
    ///
    /// # Errors
    /// The field and what would be right.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let percent = 0.0..=100.0;
        let refused = [
            (!(20..=10_000).contains(&self.draws), ("robustness.draws", "must be from 20 to 10000")),
            (!percent.contains(&self.weight_spread_percent), ("robustness.weight_spread_percent", "must be from 0 to 100")),
            (self.normalisations.is_empty(), ("robustness.normalisations", "must name at least one")),
            (!percent.contains(&self.flip_percent), ("robustness.flip_percent", "must be from 0 to 100")),
            (self.origin.trim().is_empty(), ("robustness.origin", "must not be empty")),
        ];
        refused.into_iter().find(|(is_wrong, _)| *is_wrong).map_or(Ok(()), |(_, refusal)| Err(refusal))
    }
}

/// How sure the places of a group are.
#[derive(Debug, Clone, PartialEq)]
pub struct Robustness {
    /// The better end of each county's interval: the 5th percentile of its place over the draws. `None` where it is not ranked.
    pub low: Vec<Option<u32>>,
    /// The worse end: the 95th percentile.
    pub high: Vec<Option<u32>>,
    /// Neighbours in the published ranking, from the top; counties of one place in the order of their numbers.
    pub neighbours: Vec<Neighbours>,
    /// The normalisations drawn from: those of the policy that the aggregation takes, its published one where it takes none of them.
    pub normalisations: Vec<Normalisation>,
}

/// Two counties that stand next to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbours {
    /// Number of the upper county.
    pub above: usize,
    /// Number of the lower county.
    pub below: usize,
    /// Share of the draws in which the lower one is ahead, 0 to 1.
    pub flip_share: f64,
    /// True from the policy's share on: their order is not to be relied on.
    pub is_marked: bool,
}

/// Rank intervals and flips of a group; the same seed gives the same answer.
///
/// Each draw multiplies each weight by a number drawn evenly from 1 − spread … 1 + spread, renormalises, and picks one normalisation.
/// Percentiles are values that occurred (nearest rank). An interval need not hold the published place: that one is by a single method.
/// A veto holds in every draw: who is unranked takes no place, and who is held down by a cap keeps the published one.
#[must_use]
pub fn rank_intervals(
    columns: &[Column],
    counties: usize,
    rules: &CompositeRules,
    robustness: &RobustnessRules,
    vetoes: &Vetoes,
) -> Robustness {
    let without = score(columns, counties, rules);
    let mut with = without.clone();
    veto::apply(&mut with, vetoes);
    let mut normalisations: Vec<_> = robustness.normalisations.iter().copied().filter(|method| rules.aggregates(*method)).collect();
    if normalisations.is_empty() {
        normalisations.push(rules.normalisation);
    }
    let matrices: Vec<Vec<Vec<f64>>> = normalisations.iter().map(|method| normalised(columns, counties, *method, rules)).collect();
    let terms: Vec<Terms<'_>> = matrices.iter().map(|matrix| Terms::of(matrix, rules.aggregation)).collect();
    let held = Held::of(&without, &with);
    let mut tally = Tally::of(&held, &with.ranks, robustness.draws);
    let mut random = SplitMix64::new(robustness.seed);
    let mut sums = Vec::new();
    for _ in 0..robustness.draws {
        let weights = perturbed(&with.weights, robustness.weight_spread_percent / 100.0, &mut random);
        let picked = usize::try_from(random.next() % terms.len() as u64).unwrap_or(0);
        sums.clear();
        sums.resize(counties, Sum::default());
        terms.get(picked).into_iter().for_each(|terms| terms.add(&weights, &mut sums));
        tally.count(&sums, rules.aggregation);
    }
    tally.answer(robustness, normalisations)
}

fn perturbed(weights: &[f64], spread: f64, random: &mut SplitMix64) -> Vec<f64> {
    let moved: Vec<f64> = weights.iter().map(|weight| weight * (1.0 + spread * (2.0 * random.unit() - 1.0))).collect();
    let total: f64 = moved.iter().sum();
    moved.into_iter().map(|weight| if total > 0.0 { weight / total } else { 0.0 }).collect()
}

/// Which counties draw a place, and where those stand that a cap holds down.
struct Held {
    is_free: Vec<bool>,
    /// For each held county, how many free ones are published not behind it; ascending.
    not_behind: Vec<u32>,
}

impl Held {
    fn of(without: &Scored, with: &Scored) -> Self {
        let is_free: Vec<bool> = without.scores.iter().zip(&with.scores).map(|(before, now)| now.is_some() && before == now).collect();
        let places = || with.ranks.iter().zip(&is_free).filter_map(|(rank, is_free)| Some(((*rank)?, *is_free)));
        let mut free: Vec<u32> = places().filter(|(_, is_free)| *is_free).map(|(rank, _)| rank).collect();
        free.sort_unstable();
        let not_behind = |place: u32| u32::try_from(free.partition_point(|other| *other <= place)).unwrap_or(u32::MAX);
        let mut not_behind: Vec<u32> = places().filter(|(_, is_free)| !*is_free).map(|(place, _)| not_behind(place)).collect();
        not_behind.sort_unstable();
        Self { is_free, not_behind }
    }

    /// The place among all of a county that has this place among the free ones.
    fn place(&self, among_free: u32) -> u32 {
        let ahead = if self.not_behind.is_empty() { 0 } else { self.not_behind.partition_point(|count| *count < among_free) };
        among_free + u32::try_from(ahead).unwrap_or(0)
    }
}

/// Places over the draws.
struct Tally<'a> {
    held: &'a Held,
    /// The published place of held counties, and each draw's of the others.
    places: Vec<Option<u32>>,
    drawn: Vec<Vec<u32>>,
    pairs: Vec<(usize, usize)>,
    flips: Vec<usize>,
    /// Draws that are counted.
    draws: usize,
    keys: Vec<i64>,
}

impl<'a> Tally<'a> {
    fn of(held: &'a Held, ranks: &[Option<u32>], draws: usize) -> Self {
        let mut order: Vec<(u32, usize)> = ranks.iter().enumerate().filter_map(|(county, rank)| Some(((*rank)?, county))).collect();
        order.sort_unstable();
        let pairs: Vec<(usize, usize)> = order.iter().zip(order.iter().skip(1)).map(|((_, above), (_, below))| (*above, *below)).collect();
        let drawn = ranks.iter().zip(&held.is_free).map(|(rank, is_free)| match rank {
            Some(_) if *is_free => Vec::with_capacity(draws),
            rank => Vec::from_iter(*rank),
        });
        Self { held, places: ranks.to_vec(), drawn: drawn.collect(), flips: vec![0; pairs.len()], pairs, draws: 0, keys: Vec::new() }
    }

    /// Takes the places of one draw; a county that the drawn normalisation cannot score has none in it.
    fn count(&mut self, sums: &[Sum], aggregation: Aggregation) {
        let key = |(sum, is_free): (&Sum, &bool)| {
            let score = sum.score(aggregation);
            if *is_free && score.is_finite() { published(score) } else { micros::ABSENT }
        };
        self.keys.clear();
        self.keys.extend(sums.iter().zip(&self.held.is_free).map(key));
        let among_free = ranking::column_places(&self.keys, 2);
        let free = self.places.iter_mut().zip(&mut self.drawn).zip(among_free).zip(&self.held.is_free).filter(|(_, is_free)| **is_free);
        for (((place, drawn), among_free), _) in free {
            *place = among_free.map(|place| self.held.place(place.get()));
            drawn.extend(*place);
        }
        self.draws += 1;
        for ((above, below), flips) in self.pairs.iter().zip(&mut self.flips) {
            let place = |county: usize| self.places.get(county).copied().flatten();
            *flips += usize::from(place(*below).zip(place(*above)).is_some_and(|(below, above)| below < above));
        }
    }

    fn answer(mut self, robustness: &RobustnessRules, normalisations: Vec<Normalisation>) -> Robustness {
        let low = self.drawn.iter_mut().map(|places| percentile(places, 5)).collect();
        let high = self.drawn.iter_mut().map(|places| percentile(places, 95)).collect();
        let share = |flips: usize| flips as f64 / self.draws.max(1) as f64;
        let pair = |((above, below), flips): ((usize, usize), usize)| {
            let flip_share = share(flips);
            Neighbours { above, below, flip_share, is_marked: flip_share * 100.0 >= robustness.flip_percent }
        };
        Robustness { low, high, neighbours: self.pairs.iter().copied().zip(self.flips.iter().copied()).map(pair).collect(), normalisations }
    }
}

/// The least value that at least this percent of the values do not exceed; reorders them.
fn percentile(places: &mut [u32], percent: usize) -> Option<u32> {
    let index = (places.len() * percent).div_ceil(100).checked_sub(1)?;
    Some(*places.select_nth_unstable(index).1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::score::{
        tests::{column, rules},
        veto::VetoRule,
    };
    use crate::{testing::policy_section, verdict::Light};

    const NAN: f64 = f64::NAN;

    fn example(more: &str) -> RobustnessRules {
        let field = more.split('=').next().unwrap_or_default().trim();
        let kept: String = policy_section("robustness")
            .lines()
            .filter(|line| field.is_empty() || !line.starts_with(field))
            .map(|line| format!("{line}\n"))
            .collect();
        toml::from_str(&(kept + more)).unwrap()
    }

    fn intervals(columns: &[Column], more: &str, robustness: &RobustnessRules) -> Robustness {
        let counties = columns[0].values.len();
        rank_intervals(columns, counties, &rules(more), robustness, &Vetoes::none(counties))
    }

    #[test]
    fn the_example_is_right_and_says_what_it_is() {
        assert_eq!(example("").check(), Ok(()));
        assert!(example("").origin.starts_with("示例值，方案未规定"));
    }

    #[rstest]
    #[case("draws = 19", "robustness.draws")]
    #[case("weight_spread_percent = 100.1", "robustness.weight_spread_percent")]
    #[case("normalisations = []", "robustness.normalisations")]
    #[case("flip_percent = nan", "robustness.flip_percent")]
    #[case("origin = \"\"", "robustness.origin")]
    fn refuses(#[case] line: &str, #[case] field: &str) {
        assert_eq!(example(line).check().unwrap_err().0, field);
    }

    #[test]
    fn a_place_that_no_method_disputes_has_no_width() {
        let columns = [column(&[9.0, 5.0, 1.0, NAN]), column(&[8.0, 6.0, 2.0, NAN])];
        let found = intervals(&columns, "", &example("normalisations = [\"efficacy\", \"z_score\", \"rank\"]"));
        assert_eq!(found.low, [Some(1), Some(2), Some(3), None]);
        assert_eq!(found.high, found.low);
        let pairs: Vec<_> = found.neighbours.iter().map(|pair| (pair.above, pair.below, pair.flip_share, pair.is_marked)).collect();
        assert_eq!(pairs, [(0, 1, 0.0, false), (1, 2, 0.0, false)]);
    }

    #[test]
    fn even_opponents_flip_in_half_of_the_draws() {
        // Who leads depends only on which of two equal weights was drawn larger: a fair coin. 1,000 throws: 0.5 ± 4 × 0.0158.
        let columns = [column(&[9.0, 1.0, 1.0]), column(&[1.0, 9.0, 1.0])];
        let found = intervals(&columns, "", &example("normalisations = [\"min_max\"]"));
        assert_eq!((found.low, found.high), (vec![Some(1), Some(1), Some(3)], vec![Some(2), Some(2), Some(3)]));
        let [first, last] = found.neighbours[..] else { panic!("{:?}", found.neighbours) };
        assert!((first.flip_share - 0.5).abs() < 0.064 && first.is_marked, "{first:?}");
        assert!(last.flip_share.abs() < f64::EPSILON && !last.is_marked);
    }

    #[test]
    fn without_spread_and_other_methods_the_published_places_stay() {
        let columns = [column(&[3.0, 3.0, 7.0, 1.0, NAN]), column(&[2.0, 2.0, 8.0, 0.5, 1.0])];
        let mut still = example("normalisations = [\"efficacy\"]");
        still.weight_spread_percent = 0.0;
        let found = intervals(&columns, "", &still);
        let ranks = score(&columns, 5, &rules("")).ranks;
        assert_eq!((&found.low, &found.high), (&ranks, &ranks));
        assert!(found.neighbours.iter().all(|pair| pair.flip_share == 0.0));
    }

    #[test]
    fn vetoes_hold_in_every_draw() {
        // Published: 2 is not ranked, 0 (100) is held at 75 behind 1 (90) and before 3 (60): places 2, 1, none, 3.
        let columns = [column(&[4.0, 3.0, 3.5, 0.0]), column(&[4.0, 3.0, 3.9, 0.0])];
        let veto = |light: &str, effect: &str| -> VetoRule {
            toml::from_str(&format!("indicator = \"i\"\nlight = \"{light}\"\norigin = \"o\"\neffect = {effect}")).unwrap()
        };
        let lights = [Some(Light::Red), None, Some(Light::Missing), None];
        let vetoes = Vetoes::of(&[veto("red", "\"capped\"\ncap = 75"), veto("missing", "\"unranked\"")], 4, |county, _| lights[county]);
        let found = rank_intervals(&columns, 4, &rules(""), &example("normalisations = [\"efficacy\", \"z_score\"]"), &vetoes);
        assert_eq!(found.low, [Some(2), Some(1), None, Some(3)]);
        assert_eq!(found.high, found.low);
    }

    #[test]
    fn a_geometric_mean_draws_from_what_it_takes() {
        let columns = [column(&[9.0, 5.0]), column(&[8.0, 6.0])];
        let found = intervals(&columns, "aggregation = \"geometric\"", &example(""));
        assert_eq!(found.normalisations, [Normalisation::Efficacy, Normalisation::Attainment]);
        let alone = intervals(&columns, "aggregation = \"geometric\"", &example("normalisations = [\"rank\"]"));
        assert_eq!(alone.normalisations, [Normalisation::Efficacy]);
    }

    #[rstest]
    #[case(5, 50)]
    #[case(95, 950)]
    fn percentiles_are_nearest_ranks(#[case] percent: usize, #[case] expected: u32) {
        let mut places: Vec<u32> = (1..=1000).rev().collect();
        assert_eq!(percentile(&mut places, percent), Some(expected));
        assert_eq!(percentile(&mut [], percent), None);
        assert_eq!(percentile(&mut [7], percent), Some(7));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_same_seed_gives_the_same_answer(values in proptest::collection::vec(-100_i32..100, 30), seed: u64) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let columns: Vec<Column> = values.chunks_exact(10).map(column).collect();
            let robustness = RobustnessRules { seed, draws: 50, ..example("") };
            for aggregation in ["arithmetic", "geometric", "topsis"] {
                let more = format!("aggregation = \"{aggregation}\"");
                let found = intervals(&columns, &more, &robustness);
                prop_assert_eq!(&found, &intervals(&columns, &more, &robustness));
                for (low, high) in found.low.iter().zip(&found.high) {
                    prop_assert!(low.is_some() && low <= high && *high <= Some(10));
                }
            }
        }
    }
}
