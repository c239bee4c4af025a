//! What a new list changes in the one in force.

use std::collections::BTreeMap;

use super::{
    duty::{Duty, Key},
    row::{Column, Fault},
};

/// A measure in force, under the id that the store gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The store's id.
    pub id: String,
    /// As the list before has it.
    pub duty: Duty,
    /// True where it was cancelled.
    pub cancelled: bool,
}

/// What becomes of one measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// New.
    Added(Duty),
    /// The same words, maybe in another place.
    Unchanged(InForce, Duty),
    /// Other words: the next revision, and what changed, column by column.
    Revised(InForce, Duty, Vec<Changed>),
    /// It was cancelled, and the list has it again.
    Restored(InForce, Duty, Vec<Changed>),
    /// In force, and not in the new list. It stays in force unless the caller cancels it in so many words.
    Missing(InForce),
}

/// One column before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub column: Column,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// Every measure of the new list in its order, then those that it lacks.
///
/// # Errors
/// A measure known by its 编号 that has moved to another target: it is another measure and needs another 编号.
pub fn compare(in_force: Vec<InForce>, list: Vec<Duty>) -> Result<Vec<Outcome>, Vec<Fault>> {
    let mut known: BTreeMap<Key, InForce> = in_force.into_iter().map(|known| (known.duty.key(), known)).collect();
    let (mut outcomes, mut faults) = (Vec::new(), Vec::new());
    for duty in list {
        match known.remove(&duty.key()) {
            None => outcomes.push(Outcome::Added(duty)),
            Some(known) if target(&known.duty) != target(&duty) => faults.push(moved(&known.duty, &duty)),
            Some(known) => outcomes.push(outcome(known, duty)),
        }
    }
    let mut missing: Vec<_> = known.into_values().filter(|known| !known.cancelled).collect();
    missing.sort_by(|one, other| one.id.cmp(&other.id));
    outcomes.extend(missing.into_iter().map(Outcome::Missing));
    if faults.is_empty() { Ok(outcomes) } else { Err(faults) }
}

fn target(duty: &Duty) -> (&str, &str) {
    (&duty.indicator_id, &duty.division_code)
}

fn moved(before: &Duty, after: &Duty) -> Fault {
    Fault {
        place: after.place.clone(),
        column: Column::Code.heading().to_owned(),
        found: after.code.clone(),
        expected: format!("另一个编号：该编号原属{}的{}", before.division_code, before.indicator_id),
    }
}

fn outcome(known: InForce, duty: Duty) -> Outcome {
    let changed = changes(&known.duty, &duty);
    match (known.cancelled, changed.is_empty()) {
        (true, _) => Outcome::Restored(known, duty, changed),
        (false, true) => Outcome::Unchanged(known, duty),
        (false, false) => Outcome::Revised(known, duty, changed),
    }
}

/// Which columns differ, in the template's order. The target and the 编号 cannot.
#[must_use]
pub fn changes(before: &Duty, after: &Duty) -> Vec<Changed> {
    let texts = |duty: &Duty| {
        [
            (Column::Project, duty.project.clone()),
            (Column::Measure, duty.measure.clone()),
            (Column::Owner, duty.owner.clone()),
            (Column::CoOwners, duty.co_owners.join("、")),
            (Column::Leader, duty.leader.clone()),
            (Column::Post, duty.post.clone()),
            (Column::Due, duty.due.to_string()),
            (Column::Note, duty.note.clone()),
        ]
    };
    let pairs = texts(before).into_iter().zip(texts(after));
    let differ = pairs.filter(|((_, before), (_, after))| before != after);
    differ.map(|((column, before), (_, after))| Changed { column, before, after }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn duty(code: &str, measure: &str) -> Duty {
        Duty {
            indicator_id: "gdp_growth".to_owned(),
            division_code: "230123".to_owned(),
            code: code.to_owned(),
            project: "项目".to_owned(),
            measure: measure.to_owned(),
            owner: "甲局".to_owned(),
            co_owners: Vec::new(),
            leader: "张某".to_owned(),
            post: "副县长".to_owned(),
            due: date!(2025 - 09 - 30),
            note: String::new(),
            place: "x".to_owned(),
        }
    }

    fn known(id: &str, duty: Duty) -> InForce {
        InForce { id: id.to_owned(), duty, cancelled: false }
    }

    fn words(outcomes: &[Outcome]) -> Vec<&'static str> {
        let word = |outcome: &Outcome| match outcome {
            Outcome::Added(_) => "added",
            Outcome::Unchanged(..) => "unchanged",
            Outcome::Revised(..) => "revised",
            Outcome::Restored(..) => "restored",
            Outcome::Missing(_) => "missing",
        };
        outcomes.iter().map(word).collect()
    }

    #[test]
    fn each_row_has_one_outcome_and_what_is_missing_stays() {
        let later = Duty { due: date!(2025 - 12 - 31), ..duty("", "乙") };
        let cancelled = InForce { cancelled: true, ..known("d", duty("", "丁")) };
        let in_force = vec![known("a", duty("", "甲")), known("b", duty("", "乙")), known("c", duty("", "丙")), cancelled];
        let outcomes = compare(in_force, vec![duty("", "甲"), later, duty("", "丁"), duty("", "戊")]).unwrap();
        assert_eq!(words(&outcomes), ["unchanged", "revised", "restored", "added", "missing"]);
        let Outcome::Revised(_, _, changed) = &outcomes[1] else { panic!("{outcomes:?}") };
        let change = Changed { column: Column::Due, before: "2025-09-30".to_owned(), after: "2025-12-31".to_owned() };
        assert_eq!(*changed, [change]);
    }

    #[test]
    fn with_its_own_name_other_words_are_a_revision_and_without_another_measure() {
        let other = |code: &str| words(&compare(vec![known("a", duty(code, "甲"))], vec![duty(code, "乙")]).unwrap());
        assert_eq!(other("Y-1"), ["revised"]);
        assert_eq!(other(""), ["added", "missing"]);
    }

    #[test]
    fn a_measure_does_not_move_to_another_target() {
        let elsewhere = Duty { division_code: "230124".to_owned(), ..duty("Y-1", "甲") };
        let faults = compare(vec![known("a", duty("Y-1", "甲"))], vec![elsewhere]).unwrap_err();
        assert!(faults[0].expected.contains("230123"), "{faults:?}");
    }

    proptest! {
        #[test]
        fn the_same_again_changes_nothing(measures in prop::collection::btree_set("[a-j]{1,3}", 1..20)) {
            let list: Vec<_> = measures.iter().map(|measure| duty("", measure)).collect();
            let in_force = list.iter().map(|duty| known(&duty.measure, duty.clone())).collect();
            let outcomes = compare(in_force, list.clone()).unwrap();
            prop_assert_eq!(outcomes.len(), list.len());
            prop_assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Unchanged(..))));
        }

        #[test]
        fn nothing_in_force_is_left_out(before in prop::collection::btree_set("[abcd]{1,2}", 0..12), after in prop::collection::btree_set("[abcd]{1,2}", 0..12)) {
            let in_force = before.iter().map(|measure| known(measure, duty("", measure))).collect();
            let outcomes = compare(in_force, after.iter().map(|measure| duty("", measure)).collect()).unwrap();
            prop_assert_eq!(outcomes.len(), before.union(&after).count());
            let missing = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Missing(_))).count();
            prop_assert_eq!(missing, before.difference(&after).count());
        }
    }
}
