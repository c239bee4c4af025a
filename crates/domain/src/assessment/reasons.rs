//! Why each county has its light, without a row for each where nothing is asked: half of a year's outcomes are not due.

use std::iter::repeat_n;

use crate::verdict::Reason;

/// Why each county has its light.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reasons {
    /// Nothing is asked of any of them: not due, or not applicable.
    Same {
        /// Why.
        reason: Reason,
        /// How many counties there are.
        counties: usize,
    },
    /// Of each its own, in the counties' order.
    Each(Vec<Reason>),
}

impl Reasons {
    /// Why a county has its light; `None` for one that is not there.
    #[must_use]
    pub fn of(&self, county: usize) -> Option<Reason> {
        match self {
            Self::Same { reason, counties } => (county < *counties).then_some(*reason),
            Self::Each(reasons) => reasons.get(county).copied(),
        }
    }

    /// All of them, in the counties' order.
    pub fn iter(&self) -> impl Iterator<Item = Reason> {
        let (same, each) = match self {
            Self::Same { reason, counties } => (repeat_n(*reason, *counties), [].as_slice()),
            Self::Each(reasons) => (repeat_n(Reason::NotDue, 0), reasons.as_slice()),
        };
        same.chain(each.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let same = Reasons::Same { reason: Reason::NotDue, counties: 2 };
        let each = Reasons::Each(vec![Reason::NotDue; 2]);
        for county in 0..3 {
            assert_eq!(same.of(county), each.of(county));
        }
        assert_eq!((same.iter().collect::<Vec<_>>(), same.of(2)), (vec![Reason::NotDue; 2], None));
        assert!(same.iter().eq(each.iter()));
    }
}
