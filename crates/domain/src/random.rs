//! SplitMix64: the pseudo-random generator of everything that draws from a seed.
//!
//! Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014; the constants are Vigna's. Not for secrets.

/// One stream of numbers, fixed by its seed.
pub(crate) struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The stream of one named thing: the same whatever else is drawn, so that one more indicator changes no other.
    pub(crate) fn named(seed: u64, name: &[&str]) -> Self {
        // FNV-1a, 64 bits, with a separator no code or id holds.
        let bytes = name.iter().flat_map(|part| part.bytes().chain([0]));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self::new(Self::new(seed ^ hash).next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included; `low` where there is nothing between. The bias of the remainder is below 10⁻¹⁶.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low).unwrap_or(0) + 1;
        low + i64::try_from(self.next() % width).unwrap_or(0)
    }

    /// A number from 0 to 1, 1 not included, in steps of 2⁻⁵³.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: i64) -> bool {
        self.between(1, times) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_published_sequence() {
        // The reference values for seed 1234567.
        let mut stream = SplitMix64::new(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| stream.next()).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn names_have_their_own_streams() {
        let first = |name: &[&str]| SplitMix64::named(7, name).next();
        assert_eq!(first(&["230123", "gdp"]), first(&["230123", "gdp"]));
        assert_ne!(first(&["230123", "gdp"]), first(&["230124", "gdp"]));
        assert_ne!(first(&["23", "0123"]), first(&["230", "123"]));
    }

    #[test]
    fn stays_between() {
        let mut stream = SplitMix64::new(1);
        assert!((0..1_000).all(|_| (-3..=4).contains(&stream.between(-3, 4))));
        assert_eq!(stream.between(5, 5), 5);
    }
}
