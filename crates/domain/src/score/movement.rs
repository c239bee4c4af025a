//! Why a county's place moved: one cause is let in after the other, and each is given the places that its step wins or loses.

/// Places of one county, each with one more cause let in; `None` where it has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// In the round before, as it was published.
    pub published: Option<u32>,
    /// The same round with the values as they are known now.
    pub revised: Option<u32>,
    /// That round's values by this round's rules: its indicators, weights and policy. An indicator that was not due then has this round's values.
    pub method: Option<u32>,
    /// The same with this round's values of the county itself.
    pub own: Option<u32>,
    /// In this round.
    pub now: Option<u32>,
}

/// Places won (positive) or lost, by cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// The published place in the round before.
    pub published: u32,
    /// Values of that round revised since.
    pub revisions: i32,
    /// Other indicators due, another plan revision or another policy.
    pub method: i32,
    /// The county's own values.
    pub own: i32,
    /// The other counties' values.
    pub others: i32,
}

impl Movement {
    /// Published place minus place now: the sum of the causes.
    #[must_use]
    pub fn total(&self) -> i32 {
        self.revisions + self.method + self.own + self.others
    }
}

impl Steps {
    /// The movement by cause; `None` unless the county has a place in both rounds. A step that leaves it without a place is counted
    /// with the next one that gives it one.
    #[must_use]
    pub fn movement(self) -> Option<Movement> {
        let (published, now) = self.published.zip(self.now)?;
        let mut place = published;
        let mut step = |next: Option<u32>| {
            let before = place;
            place = next.unwrap_or(place);
            i32::try_from(i64::from(before) - i64::from(place)).unwrap_or_default()
        };
        let (revisions, method, own) = (step(self.revised), step(self.method), step(self.own));
        Some(Movement { published, revisions, method, own, others: step(Some(now)) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steps(places: [Option<u32>; 5]) -> Steps {
        let [published, revised, method, own, now] = places;
        Steps { published, revised, method, own, now }
    }

    #[test]
    fn each_step_gets_the_places_that_it_wins() {
        let moved = steps([Some(10), Some(12), Some(11), Some(4), Some(6)]).movement().unwrap();
        assert_eq!(moved, Movement { published: 10, revisions: -2, method: 1, own: 7, others: -2 });
        assert_eq!(moved.total(), 4);
    }

    #[test]
    fn a_step_without_a_place_is_counted_with_the_next() {
        let moved = steps([Some(10), None, Some(11), None, Some(6)]).movement().unwrap();
        assert_eq!((moved.revisions, moved.method, moved.own, moved.others), (0, -1, 0, 5));
        assert_eq!(steps([None, Some(1), Some(1), Some(1), Some(1)]).movement(), None);
        assert_eq!(steps([Some(1), Some(1), Some(1), Some(1), None]).movement(), None);
    }

    proptest! {
        #[test]
        fn the_causes_add_up(published in 1_u32..3_000, between in proptest::array::uniform3(proptest::option::of(1_u32..3_000)), now in 1_u32..3_000) {
            let [revised, method, own] = between;
            let moved = steps([Some(published), revised, method, own, Some(now)]).movement().unwrap();
            prop_assert_eq!(i64::from(moved.total()), i64::from(published) - i64::from(now));
        }
    }
}
