//! Cases, their history and silences as messages. Words of the store are the names of the wire's values.

use leitai_proto::notification::v1 as wire;
use leitai_rpc::{clock::rfc3339, failure::Failure};

use crate::{
    cases::record,
    store::entities::{case, case_history, silence},
};

/// `CASE_STATE_SIGNED_OFF` of `signed_off`.
fn named(prefix: &str, word: &str) -> String {
    format!("{prefix}{}", word.to_uppercase())
}

/// A state's word.
pub fn state(word: &str) -> wire::CaseState {
    wire::CaseState::from_str_name(&named("CASE_STATE_", word)).unwrap_or_default()
}

/// A tier's word, or none.
pub fn tier(word: Option<&str>) -> wire::Tier {
    word.and_then(|word| wire::Tier::from_str_name(&named("TIER_", word))).unwrap_or_default()
}

fn overdue(word: Option<&str>) -> wire::OverdueKind {
    word.and_then(|word| wire::OverdueKind::from_str_name(&named("OVERDUE_KIND_", word))).unwrap_or_default()
}

fn change(word: &str) -> wire::CaseChange {
    wire::CaseChange::from_str_name(&named("CASE_CHANGE_", word)).unwrap_or_default()
}

fn hold(word: Option<&str>) -> wire::HoldReason {
    word.and_then(|word| wire::HoldReason::from_str_name(&named("HOLD_REASON_", word))).unwrap_or_default()
}

/// Cases.
///
/// # Errors
/// `INTERNAL` where a stored one cannot be read.
pub fn cases(rows: Vec<case::Model>) -> Result<Vec<wire::Case>, Failure> {
    rows.into_iter().map(case).collect()
}

/// A case.
///
/// # Errors
/// `INTERNAL` where the stored one cannot be read.
pub fn case(row: case::Model) -> Result<wire::Case, Failure> {
    let unreadable = |error| Failure::internal(&error);
    Ok(wire::Case {
        evaluating_agencies: record::agencies(&row).map_err(unreadable)?,
        acknowledged_by: record::life(&row).map_err(unreadable)?.acknowledged_by.into_iter().collect(),
        state: state(&row.state).into(),
        tier: tier(row.tier.as_deref()).into(),
        overdue: overdue(row.overdue.as_deref()).into(),
        case_id: row.case_id,
        plan_id: row.plan_id,
        indicator_id: row.indicator_id,
        indicator_name: row.indicator_name,
        division_code: row.division_code,
        division_name: row.division_name,
        opened_period: row.opened_period,
        latest_period: row.latest_period,
        periods_behind: row.periods_behind,
        simulated: row.simulated,
        run: row.run,
        acknowledge_due: row.acknowledge_due.unwrap_or_default(),
        measure_due: row.measure_due.unwrap_or_default(),
        measure: row.measure,
        measure_owner: row.measure_owner,
        rectify_due: row.rectify_due.unwrap_or_default(),
        missed_deadlines: row.missed_deadlines,
        day_moves: row.day_moves,
        missed_again_on: row.missed_again_on.unwrap_or_default(),
        suspended_until: row.suspended_until.unwrap_or_default(),
        recovered_by: row.recovered_by,
        entries: row.entries,
    })
}

/// One entry of a history.
pub fn entry(row: case_history::Model) -> wire::CaseHistoryEntry {
    wire::CaseHistoryEntry {
        entry: row.entry,
        at: rfc3339(row.at_ms),
        change: change(&row.what).into(),
        agency: row.agency,
        who: row.who,
        reason: row.reason,
        period: row.period.unwrap_or_default(),
        finding_sequence: row.sequence.unwrap_or_default(),
        tier: tier(row.tier.as_deref()).into(),
        hold: hold(row.hold.as_deref()).into(),
    }
}

/// A silence.
pub fn silence(row: silence::Model) -> wire::Silence {
    wire::Silence {
        silence_id: row.silence_id,
        plan_id: row.plan_id.unwrap_or_default(),
        indicator_id: row.indicator_id.unwrap_or_default(),
        division_code: row.division_code.unwrap_or_default(),
        reason: row.reason,
        who: row.who,
        created_at: rfc3339(row.created_at_ms),
        until: row.until_day,
        ended_at: row.ended_at_ms.map(rfc3339).unwrap_or_default(),
        ended_by: row.ended_by,
    }
}

#[cfg(test)]
mod tests {
    use leitai_domain::ladder::{Hold, Tier};
    use time::macros::date;

    use super::*;
    use crate::cases::{Change, Overdue, State};

    #[test]
    fn every_word_has_its_value_on_the_wire() {
        assert!(State::ALL.iter().all(|of| state(of.word()) != wire::CaseState::Unspecified));
        assert!(Tier::ALL.iter().all(|of| tier(Some(of.word())) != wire::Tier::Unspecified));
        assert!(Overdue::ALL.iter().all(|of| overdue(Some(of.word())) != wire::OverdueKind::Unspecified));
        assert!(Change::ALL.iter().all(|of| change(of.word()) != wire::CaseChange::Unspecified));
        let holds = [
            Hold::LateRound,
            Hold::NotBehind,
            Hold::Suspended(date!(2025 - 05 - 06)),
            Hold::Silenced(String::new()),
            Hold::BaseMissing(String::new()),
            Hold::RepeatNotDue(1),
        ];
        assert!(holds.iter().all(|of| hold(Some(of.word())) != wire::HoldReason::Unspecified));
    }
}
