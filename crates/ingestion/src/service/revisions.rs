//! Reading what values were.

use leitai_proto::ingestion::v1::{Observation, ObservationRevision};

use super::Service;
use crate::{
    error::Error,
    store::{
        observations::{Filter, Key},
        revisions::{self, NEWEST, Place, Since},
        rounds,
    },
};

/// As in force when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// Now.
    Now,
    /// At a time, Unix milliseconds.
    Time(i64),
    /// Once this number of the change log was written.
    Sequence(i64),
}

impl Service {
    /// Up to `limit` values in force after a key.
    ///
    /// # Errors
    /// The database's own.
    pub async fn observations(&self, filter: &Filter, as_of: AsOf, after: Option<&Key>, limit: u64) -> Result<Vec<Observation>, Error> {
        let connection = self.database.connection();
        let as_of = match as_of {
            AsOf::Now => NEWEST,
            AsOf::Sequence(sequence) => sequence,
            AsOf::Time(millis) => revisions::sequence_at(connection, &filter.plan_id, millis).await?,
        };
        Ok(revisions::in_force(connection, filter, as_of, after, limit).await?)
    }

    /// Up to `limit` revisions of one division and indicator after a period and revision.
    ///
    /// # Errors
    /// The database's own.
    pub async fn history(&self, filter: &Filter, after: Option<(&str, i32)>, limit: u64) -> Result<Vec<ObservationRevision>, Error> {
        let history = revisions::history(self.database.connection(), filter, after, limit).await?;
        self.seen(&filter.plan_id, history).await
    }

    /// Up to `limit` revisions of a plan since a time, after a place.
    ///
    /// # Errors
    /// The database's own.
    pub async fn revisions(&self, since: &Since, after: Option<&Place>, limit: u64) -> Result<Vec<ObservationRevision>, Error> {
        let revisions = revisions::since(self.database.connection(), since, after, limit).await?;
        self.seen(&since.filter.plan_id, revisions).await
    }

    /// The same with the frozen rounds that saw each.
    async fn seen(&self, plan_id: &str, mut revisions: Vec<ObservationRevision>) -> Result<Vec<ObservationRevision>, Error> {
        let rounds = rounds::of_plan(self.database.connection(), plan_id).await?;
        let frozen = rounds.iter().filter_map(|round| Some((round.period.as_str(), round.frozen_sequence?)));
        let frozen: Vec<(&str, i64)> = frozen.filter(|(_, sequence)| *sequence > 0).collect();
        for revision in &mut revisions {
            revision.frozen_rounds = seen_by(revision, &frozen);
        }
        Ok(revisions)
    }
}

/// Rounds of the value's period or a later one that were frozen after it came into force and before another took its place.
fn seen_by(revision: &ObservationRevision, frozen: &[(&str, i64)]) -> Vec<String> {
    let Some(value) = revision.observation.as_ref().filter(|value| value.sequence > 0) else { return Vec::new() };
    let replaced = Some(revision.replaced_sequence).filter(|sequence| *sequence > 0).unwrap_or(NEWEST);
    let saw = |(period, sequence): &&(&str, i64)| *period >= value.period.as_str() && (value.sequence..replaced).contains(sequence);
    frozen.iter().filter(saw).map(|(period, _)| (*period).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::in_force(10, 0, &["2025-M03", "2025-M06"])]
    #[case::replaced_between(10, 25, &["2025-M03"])]
    #[case::came_after_the_freeze(21, 0, &["2025-M06"])]
    #[case::replaced_before_any(10, 15, &[])]
    #[case::number_not_known(0, 0, &[])]
    fn a_round_saw_what_was_in_force_at_its_freeze(#[case] sequence: i64, #[case] replaced_sequence: i64, #[case] rounds: &[&str]) {
        let value = Observation { period: "2025-M03".to_owned(), sequence, ..Observation::default() };
        let revision = ObservationRevision { observation: Some(value), replaced_sequence, ..ObservationRevision::default() };
        // February's round was frozen late, after March's: it does not read March.
        assert_eq!(seen_by(&revision, &[("2025-M02", 22), ("2025-M03", 20), ("2025-M06", 30)]), rounds);
    }
}
