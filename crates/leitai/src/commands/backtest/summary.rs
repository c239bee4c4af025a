//! What a replay came to, by agency, by round and in all. Pure: letters and cases in, counts out.

use std::collections::BTreeMap;

use leitai_proto::notification::v1::{Case, CaseState, Letter, LetterKind};

/// Letters and cases of an agency, of a round, or of all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// Letters.
    pub letters: usize,
    /// Findings that the letters hold; one that goes to several agencies counts for each.
    pub findings: usize,
    /// Cases that were opened; one of several agencies counts for each, and once in all.
    pub opened: usize,
    /// Of these, recovered at the end.
    pub recovered: usize,
    /// Of these, still open at the end.
    pub still_open: usize,
    /// Median number of rounds that a recovered case was behind; `None` without any.
    pub median_behind: Option<f64>,
}

/// A replay's outcome.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Agencies with cases by name, then those that have letters only.
    pub agencies: Vec<(String, Counts)>,
    /// By period: letters of the round, and cases that it opened.
    pub rounds: Vec<(String, Counts)>,
    /// Everything.
    pub total: Counts,
}

/// What falls to one of them.
#[derive(Default)]
struct Share<'a> {
    letters: Vec<&'a Letter>,
    cases: Vec<&'a Case>,
}

impl Summary {
    /// Counts letters and cases. Reminders are left out: they follow the clock of the replay, not its rounds.
    pub fn of(letters: &[Letter], cases: &[Case]) -> Self {
        let letters: Vec<&Letter> = letters.iter().filter(|letter| letter.kind() != LetterKind::Reminder).collect();
        let mut agencies: BTreeMap<(bool, &str), Share<'_>> = BTreeMap::new();
        let mut rounds: BTreeMap<&str, Share<'_>> = BTreeMap::new();
        let evaluates = |agency: &str| cases.iter().any(|case| case.evaluating_agencies.iter().any(|one| one == agency));
        for case in cases {
            for agency in &case.evaluating_agencies {
                agencies.entry((false, agency)).or_default().cases.push(case);
            }
            rounds.entry(&case.opened_period).or_default().cases.push(case);
        }
        for letter in &letters {
            agencies.entry((!evaluates(&letter.agency), &letter.agency)).or_default().letters.push(letter);
            rounds.entry(&letter.period).or_default().letters.push(letter);
        }
        Self {
            agencies: agencies.into_iter().map(|((_, name), share)| (name.to_owned(), share.counts())).collect(),
            rounds: rounds.into_iter().map(|(period, share)| (period.to_owned(), share.counts())).collect(),
            total: Share { letters, cases: cases.iter().collect() }.counts(),
        }
    }
}

impl Share<'_> {
    fn counts(&self) -> Counts {
        let Self { letters, cases } = self;
        let in_state = |state: CaseState| cases.iter().filter(move |case| case.state() == state);
        let behind = in_state(CaseState::Recovered).map(|case| case.periods_behind).collect();
        Counts {
            letters: letters.len(),
            findings: letters.iter().map(|letter| usize::try_from(letter.case_count).unwrap_or_default()).sum(),
            opened: cases.len(),
            recovered: in_state(CaseState::Recovered).count(),
            still_open: in_state(CaseState::Open).count(),
            median_behind: median(behind),
        }
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(mut values: Vec<i32>) -> Option<f64> {
    values.sort_unstable();
    let [low, high] = [values.len().checked_sub(1)? / 2, values.len() / 2].map(|place| values.get(place).copied());
    Some((f64::from(low?) + f64::from(high?)) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(agency: &str, period: &str, case_count: i32) -> Letter {
        Letter { agency: agency.to_owned(), period: period.to_owned(), case_count, ..Letter::default() }
    }

    fn case(agencies: &[&str], period: &str, state: CaseState, periods_behind: i32) -> Case {
        Case {
            evaluating_agencies: agencies.iter().map(|&agency| agency.to_owned()).collect(),
            opened_period: period.to_owned(),
            state: state.into(),
            periods_behind,
            ..Case::default()
        }
    }

    #[test]
    fn letters_and_cases_are_counted_by_agency_and_round() {
        use CaseState::{Open, Recovered};
        let letters = [
            letter("甲厅", "2025-M02", 2),
            letter("乙局", "2025-M02", 1),
            letter("某县专班", "2025-M02", 2),
            letter("甲厅", "2025-M03", 1),
            Letter { kind: LetterKind::Reminder.into(), ..letter("甲厅", "2025-M03", 7) },
        ];
        let cases = [
            case(&["甲厅"], "2025-M02", Recovered, 1),
            case(&["甲厅", "乙局"], "2025-M02", Recovered, 4),
            case(&["甲厅"], "2025-M03", Open, 1),
        ];
        let counts = |letters, findings, opened, recovered, still_open, median_behind| Counts {
            letters,
            findings,
            opened,
            recovered,
            still_open,
            median_behind,
        };
        let summary = Summary::of(&letters, &cases);
        let named = |(name, counts): (&str, Counts)| (name.to_owned(), counts);
        let agencies = [
            ("乙局", counts(1, 1, 1, 1, 0, Some(4.0))),
            ("甲厅", counts(2, 3, 3, 2, 1, Some(2.5))),
            ("某县专班", counts(1, 2, 0, 0, 0, None)),
        ];
        assert_eq!(summary.agencies, agencies.map(named));
        let rounds = [("2025-M02", counts(3, 5, 2, 2, 0, Some(2.5))), ("2025-M03", counts(1, 1, 1, 0, 1, None))];
        assert_eq!(summary.rounds, rounds.map(named));
        // The case of two agencies is one case.
        assert_eq!(summary.total, counts(4, 6, 3, 2, 1, Some(2.5)));
    }

    #[test]
    fn nothing_comes_to_nothing() {
        assert_eq!(Summary::of(&[], &[]), Summary::default());
    }
}
