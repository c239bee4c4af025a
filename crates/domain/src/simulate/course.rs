//! Courses: when over the year a county is ahead of a target and when behind.

use crate::random::SplitMix64;

/// How a county fares with one target over its due periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Course {
    /// First due period behind, counted from 0.
    from: usize,
    /// First due period on pace again.
    until: usize,
}

impl Course {
    /// Draws a course over `periods` due periods. `steadiness` is the chance in a hundred of never falling behind; of the others six in
    /// ten fall behind once and recover, three in ten stay behind, one in ten slips at the end.
    pub(super) fn draw(random: &mut SplitMix64, periods: usize, steadiness: i64) -> Self {
        let mut pick = |low: usize, high: usize| {
            let drawn = random.between(i64::try_from(low).unwrap_or(0), i64::try_from(high).unwrap_or(0));
            usize::try_from(drawn).unwrap_or(low)
        };
        let last = periods.saturating_sub(1);
        // About half of those that fall behind do so from the first due period on.
        let from = pick(0, last).saturating_sub(last / 2);
        let (length, fate) = (pick(1, periods / 3 + 1), pick(1, 10));
        let slip = pick(last * 2 / 3, last);
        let (from, until) = match fate {
            1..=6 => (from, (from + length).min(last)),
            7..=9 => (from, periods),
            _ => (slip, periods),
        };
        if random.between(1, 100) <= steadiness { Self { from: 0, until: 0 } } else { Self { from, until } }
    }

    /// True where the county is meant to be behind.
    pub(super) fn is_behind(self, position: usize) -> bool {
        (self.from..self.until).contains(&position)
    }

    /// Rates around a target, in tenths: ahead of it by up to `spread`, or behind it by a third of `spread` to the whole.
    pub(super) fn rates(self, random: &mut SplitMix64, periods: usize, target: i64, spread: i64) -> Vec<i64> {
        let (ahead, behind) = (random.between(1, spread), random.between(spread / 3 + 1, spread));
        let wobble = (spread / 8).max(1);
        let mut rate = |position: usize| {
            let wobble = random.between(-wobble, wobble);
            if self.is_behind(position) { target - (behind + wobble).max(1) } else { target + (ahead + wobble).max(0) }
        };
        (0..periods).map(&mut rate).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(seed: u64, periods: usize) -> Course {
        Course::draw(&mut SplitMix64::new(seed), periods, 0)
    }

    #[test]
    fn courses_recover_stay_and_slip() {
        let courses: Vec<Course> = (0..1_000).map(|seed| draw(seed, 11)).collect();
        let recovered = courses.iter().filter(|course| !course.is_behind(10)).count();
        let from_the_start = courses.iter().filter(|course| course.until == 11 && course.from < 6).count();
        assert!((500..700).contains(&recovered), "{recovered}");
        assert!((200..400).contains(&from_the_start), "{from_the_start}");
        assert!(
            courses.iter().all(|course| (0..11).any(|position| course.is_behind(position))),
            "an unsteady county is behind at least once"
        );
    }

    #[test]
    fn rates_keep_to_their_side_of_the_target() {
        for seed in 0..200 {
            let course = draw(seed, 4);
            let rates = course.rates(&mut SplitMix64::new(seed), 4, 55, 20);
            assert!(rates.iter().enumerate().all(|(position, rate)| course.is_behind(position) == (*rate < 55)), "{rates:?}");
            assert!(rates.iter().all(|rate| (33..=77).contains(rate)));
        }
    }
}
