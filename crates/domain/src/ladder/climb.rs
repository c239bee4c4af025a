//! Where a case stands on the ladder in a round, and whether a letter is written about it. Pure.

use rust_decimal::Decimal;
use time::Date;

use super::{Ladder, Step, Tier, Trigger};
use crate::micros;

/// What is known of a case when its round is issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// Due periods behind without a break, this one included; 0 where the round does not find it behind.
    pub periods: u32,
    /// How far it is behind.
    pub gap: Gap,
    /// Deadlines missed since it was opened.
    pub missed_deadlines: u32,
    /// The last letter about it.
    pub told: Option<Told>,
    /// What keeps letters back, the first that applies.
    pub hold: Option<Hold>,
}

/// How far a case is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// In percentage points × 10⁶, positive is behind.
    Points(i64),
    /// In the indicator's unit × 10⁶, positive is behind, beside what is expected.
    Amount {
        /// How much is missing.
        behind: i64,
        /// What is expected.
        expected: i64,
    },
    /// Nothing to compare with.
    Unknown,
}

/// The last letter about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Its tier.
    pub tier: Tier,
    /// Rounds in which the case was behind since then, this one included; at least 1.
    pub rounds_ago: u32,
}

/// Why no letter is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// The round is older than one that was issued before: what it finds is history.
    LateRound,
    /// The round does not find it behind.
    NotBehind,
    /// It is suspended up to and including this day.
    Suspended(Date),
    /// A silence covers it, by its id.
    Silenced(String),
    /// What the indicator is made from was not reported: this indicator.
    BaseMissing(String),
    /// The tier repeats after so many rounds, and so many are left.
    RepeatNotDue(u32),
}

/// On which tier a case stands, and what put it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Climbed {
    /// The tier.
    pub tier: Tier,
    /// The triggers of that tier that are met; empty where it stands there since an earlier letter.
    pub because: Vec<Trigger>,
}

/// Whether a letter is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A letter of this tier.
    Tell(Climbed),
    /// None.
    Hold(Hold),
}

impl Hold {
    /// Its name in stores and scenarios.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::LateRound => "late_round",
            Self::NotBehind => "not_behind",
            Self::Suspended(_) => "suspended",
            Self::Silenced(_) => "silenced",
            Self::BaseMissing(_) => "base_missing",
            Self::RepeatNotDue(_) => "repeat_not_due",
        }
    }
}

/// Decides on a letter. A case never steps down while it is open: it stands at least on the tier of its last letter.
#[must_use]
pub fn decide(ladder: &Ladder, situation: &Situation) -> Decision {
    if let Some(hold) = &situation.hold {
        return Decision::Hold(hold.clone());
    }
    let Some(climbed) = climbed(ladder, situation) else { return Decision::Hold(Hold::NotBehind) };
    match situation.told.map(|told| repeat_left(ladder, &climbed, told)) {
        Some(left) if left > 0 => Decision::Hold(Hold::RepeatNotDue(left)),
        _ => Decision::Tell(climbed),
    }
}

/// The tier that a case stands on; `None` where it is not behind.
fn climbed(ladder: &Ladder, situation: &Situation) -> Option<Climbed> {
    if situation.periods == 0 {
        return None;
    }
    let met = |step: &&Step| step.triggers.iter().any(|trigger| is_met(trigger, situation));
    let reached = ladder.steps().iter().rev().find(met);
    let floor = situation.told.map(|told| told.tier);
    match (reached, floor) {
        (Some(step), floor) if floor.is_none_or(|floor| step.tier >= floor) => {
            let because = step.triggers.iter().filter(|trigger| is_met(trigger, situation)).copied().collect();
            Some(Climbed { tier: step.tier, because })
        }
        (_, Some(tier)) => Some(Climbed { tier, because: Vec::new() }),
        (_, None) => None,
    }
}

/// Rounds until a letter of the same tier is due again; a higher tier is due at once.
fn repeat_left(ladder: &Ladder, climbed: &Climbed, told: Told) -> u32 {
    let every = ladder.step(climbed.tier).map_or(1, |step| step.repeat_after_rounds);
    if climbed.tier > told.tier { 0 } else { every.saturating_sub(told.rounds_ago) }
}

fn is_met(trigger: &Trigger, situation: &Situation) -> bool {
    match (trigger, situation.gap) {
        (Trigger::Periods(count), _) => situation.periods >= *count,
        (Trigger::MissedDeadlines(count), _) => situation.missed_deadlines >= *count,
        (Trigger::GapPoints(least), Gap::Points(behind)) => micros_of(*least).is_some_and(|least| behind >= least),
        (Trigger::GapPercent(least), Gap::Amount { behind, expected }) => {
            // behind ÷ expected ≥ least %, multiplied out so that nothing is rounded.
            let (behind, expected) = (Decimal::from(behind) * Decimal::ONE_HUNDRED, Decimal::from(expected));
            expected > Decimal::ZERO && least.checked_mul(expected).is_some_and(|least| behind >= least)
        }
        (Trigger::GapPoints(_) | Trigger::GapPercent(_), _) => false,
    }
}

fn micros_of(value: Decimal) -> Option<i64> {
    crate::decimal::to_micros(value).ok().filter(|micros| *micros != micros::ABSENT)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use time::macros::date;

    use super::{
        super::rules::tests::{TIERS, ladder},
        *,
    };

    fn behind(periods: u32) -> Situation {
        Situation { periods, gap: Gap::Points(1_000_000), missed_deadlines: 0, told: None, hold: None }
    }

    fn tier(situation: &Situation) -> Option<Tier> {
        match decide(&ladder(TIERS), situation) {
            Decision::Tell(climbed) => Some(climbed.tier),
            Decision::Hold(_) => None,
        }
    }

    #[rstest]
    #[case::first(behind(1), Some(Tier::Notice))]
    #[case::second(behind(2), Some(Tier::Warning))]
    #[case::far_behind_at_once(Situation { gap: Gap::Points(3_000_000), ..behind(1) }, Some(Tier::Warning))]
    #[case::just_not_so_far(Situation { gap: Gap::Points(2_999_999), ..behind(1) }, Some(Tier::Notice))]
    // 6 of 12 is 50 %
    #[case::half_is_missing(Situation { gap: Gap::Amount { behind: 6_000_000, expected: 12_000_000 }, ..behind(1) }, Some(Tier::Warning))]
    #[case::less_than_half(Situation { gap: Gap::Amount { behind: 5_999_999, expected: 12_000_000 }, ..behind(1) }, Some(Tier::Notice))]
    #[case::nothing_expected(Situation { gap: Gap::Amount { behind: 5_000_000, expected: 0 }, ..behind(1) }, Some(Tier::Notice))]
    #[case::deadlines(Situation { missed_deadlines: 2, ..behind(1) }, Some(Tier::Interview))]
    #[case::not_behind(behind(0), None)]
    fn the_highest_tier_whose_trigger_is_met(#[case] situation: Situation, #[case] expected: Option<Tier>) {
        assert_eq!(tier(&situation), expected);
    }

    #[test]
    fn a_case_does_not_step_down_while_it_is_open() {
        let told = Some(Told { tier: Tier::Interview, rounds_ago: 1 });
        let decision = decide(&ladder(TIERS), &Situation { told, ..behind(3) });
        assert_eq!(decision, Decision::Tell(Climbed { tier: Tier::Interview, because: Vec::new() }));
    }

    #[rstest]
    #[case::too_soon(Tier::Warning, 1, Decision::Hold(Hold::RepeatNotDue(1)))]
    #[case::due(Tier::Warning, 2, Decision::Tell(Climbed { tier: Tier::Warning, because: vec![Trigger::Periods(2)] }))]
    #[case::higher_at_once(Tier::Notice, 1, Decision::Tell(Climbed { tier: Tier::Warning, because: vec![Trigger::Periods(2)] }))]
    fn a_tier_repeats_after_its_rounds(#[case] tier: Tier, #[case] rounds_ago: u32, #[case] expected: Decision) {
        let told = Some(Told { tier, rounds_ago });
        assert_eq!(decide(&ladder(TIERS), &Situation { told, ..behind(3) }), expected);
    }

    #[test]
    fn what_holds_a_letter_back_is_named() {
        let hold = Hold::Suspended(date!(2025 - 06 - 30));
        let decision = decide(&ladder(TIERS), &Situation { hold: Some(hold.clone()), ..behind(9) });
        assert_eq!(decision, Decision::Hold(hold));
    }

    fn situations() -> impl Strategy<Value = Situation> {
        let told = proptest::option::of((0_usize..4, 1_u32..6).prop_map(|(tier, rounds_ago)| Told { tier: Tier::ALL[tier], rounds_ago }));
        (1_u32..12, -1_000_000_i64..9_000_000, 0_u32..4, told).prop_map(|(periods, points, missed_deadlines, told)| Situation {
            periods,
            gap: Gap::Points(points),
            missed_deadlines,
            told,
            hold: None,
        })
    }

    proptest! {
        /// Whatever makes a case worse never lowers its tier, and no tier is below that of the last letter.
        #[test]
        fn worse_is_never_lower(situation in situations(), periods in 0_u32..3, points in 0_i64..3_000_000, missed in 0_u32..2) {
            let Gap::Points(before) = situation.gap else { unreachable!() };
            let worse = Situation {
                periods: situation.periods + periods,
                gap: Gap::Points(before + points),
                missed_deadlines: situation.missed_deadlines + missed,
                ..situation.clone()
            };
            let ladder = ladder(TIERS);
            let stands = |situation: &Situation| climbed(&ladder, situation).unwrap().tier;
            prop_assert!(stands(&situation) <= stands(&worse));
            prop_assert!(situation.told.is_none_or(|told| told.tier <= stands(&situation)));
        }
    }
}
