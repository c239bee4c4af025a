//! The committed table of measured false-alarm rates.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{IntegrityRules, SignalKind};

/// Written by `cargo run --release -p leitai-domain --example integrity_false_alarms`.
pub(super) const CSV: &str = include_str!("../../data/integrity_false_alarms.csv");

/// One measurement.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Row {
    /// [`SignalKind::name`].
    pub(super) signal: String,
    /// The clean world it was measured in.
    pub(super) world: String,
    /// Counties or values in one sample.
    pub(super) sample: usize,
    /// Samples drawn.
    pub(super) replications: u32,
    /// Clean samples with any signal.
    pub(super) alarms: u32,
    /// Planted samples in which what was planted was noticed.
    pub(super) caught: u32,
}

/// The rows, and the rules they were measured with; rows that cannot be read are left out, and a test reads them all.
static MEASURED: LazyLock<(Vec<Row>, Option<IntegrityRules>)> =
    LazyLock::new(|| (rows(CSV).filter_map(Result::ok).collect(), IntegrityRules::example()));

/// The rows of a table.
pub(super) fn rows(csv: &str) -> impl Iterator<Item = Result<Row, csv::Error>> {
    csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(csv.as_bytes()).into_deserialize()
}

/// Share of simulated clean samples that raise any signal of the kind (0: none in at least 2,000): measured at the largest sample size that is not above `sample`, the
/// worst of the clean worlds. `None` for a smaller sample than any measured, or for rules with other numbers than the measured ones.
#[must_use]
pub fn false_alarm_rate(kind: SignalKind, sample: usize, rules: &IntegrityRules) -> Option<f64> {
    let (rows, measured) = &*MEASURED;
    let same = measured.as_ref().is_some_and(|measured| IntegrityRules { origin: rules.origin.clone(), ..measured.clone() } == *rules);
    let of_kind = || rows.iter().filter(|row| same && row.signal == kind.name());
    let nearest = of_kind().map(|row| row.sample).filter(|size| *size <= sample).max()?;
    of_kind()
        .filter(|row| row.sample == nearest)
        .map(|row| f64::from(row.alarms) / f64::from(row.replications.max(1)))
        .max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::testing::rules;

    fn rate(signal: &str, world: &str, sample: usize) -> f64 {
        let row =
            rows(CSV).map(Result::unwrap).find(|row| (row.signal.as_str(), row.world.as_str(), row.sample) == (signal, world, sample));
        row.map(|row| f64::from(row.alarms) / f64::from(row.replications)).unwrap()
    }

    #[test]
    fn the_rate_is_the_worst_of_the_nearest_smaller_size() {
        let heavy = rate("december_jump", "heavy_tails", 67);
        assert!(heavy > rate("december_jump", "normal", 67));
        for sample in [67, 68, 199] {
            assert_eq!(false_alarm_rate(SignalKind::DecemberJump, sample, &rules()), Some(heavy));
        }
        assert_eq!(false_alarm_rate(SignalKind::DecemberJump, 11, &rules()), None);
        assert!(SignalKind::ALL.iter().all(|kind| false_alarm_rate(*kind, 40_000, &rules()).is_some()));
    }

    #[test]
    fn the_documentation_prints_every_rate() {
        let text = include_str!("../../../../docs/integrity.md");
        for row in rows(CSV).map(Result::unwrap) {
            let percent = |count: u32| f64::from(count) * 100.0 / f64::from(row.replications);
            let cell = format!("{}: {:.1} / {:.1} |", row.sample, percent(row.alarms), percent(row.caught));
            let line = text.lines().find(|line| line.starts_with(&format!("| {} | {} |", row.signal, row.world))).unwrap();
            assert!(line.contains(&cell), "{line} lacks {cell}");
        }
    }

    #[test]
    fn other_rules_were_not_measured() {
        let origin = IntegrityRules { origin: "县域办会议纪要".into(), ..rules() };
        assert!(false_alarm_rate(SignalKind::Bunching, 67, &origin).is_some());
        let wider = IntegrityRules { window_steps: 6, ..rules() };
        assert_eq!(false_alarm_rate(SignalKind::Bunching, 67, &wider), None);
    }
}
